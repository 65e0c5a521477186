"""wrong-type: a value has the JSON type of its field.

> "IntervalSeconds": a positive integer
> (States Language, Retriers: every field there comes with its type)

Text is not a number and a number is no text: write 3, not "3". In a JSONata state an expression in {% %} may stand
where the value may be computed.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": "3", "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ...values import JSON, type_name
from ..problem import Problem
from ..shape import Refusal
from .words import shown


def check(refusal: Refusal) -> Iterator[Problem]:
    """A value is of another type than its field."""
    types = refusal.schema["type"]
    expected = " or ".join(str(name).capitalize() for name in (types if isinstance(types, list) else [types]))
    yield Problem(refusal.location, f"Expected value of type {expected}", hint=_is(refusal.value))


def _is(value: JSON) -> str:
    """What the value is instead."""
    if value is None or isinstance(value, (dict, list)):
        return f"it is {shown(value)}"
    return f"{shown(value)} is a {type_name(value)}"
