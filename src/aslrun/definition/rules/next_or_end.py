"""next-or-end: a state that does not end the machine says what comes next.

> These fields are required: [Next]
> (after the States Language: a state that does not end has a Next field)

Give the state Next, or "End": true.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """Neither Next nor ``"End": true``."""
    if "Next" not in place.value and place.value.get("End", False) is False:
        yield Problem(place.location, "One of these fields is required: [Next, End]", hint='write Next or "End": true')
