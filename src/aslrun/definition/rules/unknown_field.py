"""unknown-field: a field is one that the States Language knows at its place.

> Field 'ResutlPath' is not supported
> (ValidateStateMachineDefinition)

Mostly a typing error: names are written exactly so, in upper camel case. Remarks belong into Comment.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true, "ResutlPath": "$.note"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true, "ResultPath": "$.note"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .words import nearest


def check(refusal: Refusal) -> Iterator[Problem]:
    """A field that nothing of this kind has."""
    if refusal.names:
        (name,) = refusal.names
        known = refusal.schema.get("properties")
        hint = nearest(name, known if isinstance(known, dict) else ())
        place = refusal.location
        yield Problem((*place, name), f"Field '{name}' is not supported", told_at=place, hint=hint)
