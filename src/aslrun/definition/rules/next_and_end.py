"""next-and-end: a state goes on or ends, not both.

> There should only be one of [Next, End]
> (ValidateStateMachineDefinition's words for fields that exclude each other)

Remove one of the two.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Next": "Done", "End": true}, "Done": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Next": "Done"}, "Done": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """Next beside ``"End": true``."""
    if place.value.get("End") is True and "Next" in place.value:
        yield Problem((*place.location, "End"), "There should only be one of [Next, End]", told_at=place.location)
