"""variable-name: a variable is named by an identifier, and not states.

> the length of a variable name is at most 80 characters; it is a Unicode identifier
> (after AWS's documentation of variables)

A letter, then letters, digits and underscores. The name states is reserved for what JSONata reads as $states.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Assign": {"order-id": 1}, "End": true}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Assign": {"order_id": 1}, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .assignments import assigned
from .outline import Place

MAX_VARIABLE_NAME = 80


def check(place: Place) -> Iterator[Problem]:
    """A name in an Assign that no variable can have."""
    for name, location in assigned(place):
        if reason := _refused(name):
            yield Problem(location, reason, told_at=location[:-1])


def _refused(name: str) -> str | None:
    if name == "states":
        return "No variable can be named 'states': the name is reserved"
    if len(name) > MAX_VARIABLE_NAME:
        return f"The name of a variable must have at most {MAX_VARIABLE_NAME} characters, not {len(name)}"
    if not name.isidentifier() or name.startswith("_"):
        return f"The variable name '{name}' must be a letter, followed by letters, digits and underscores"
    return None
