"""number-range: a number is within the range of its field.

> Minimum value is 0
> (ValidateStateMachineDefinition)

Seconds go up to 99,999,999, percentages from 0 to 100, a back-off rate begins at 1, and a time-out of 0 seconds is
none.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": -1, "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 0, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .words import shown


def check(refusal: Refusal) -> Iterator[Problem]:
    """A number is too small or too large."""
    message = f"{refusal.keyword.capitalize()} value is {refusal.schema[refusal.keyword]}"
    yield Problem(refusal.location, message, hint=f"it is {shown(refusal.value)}")
