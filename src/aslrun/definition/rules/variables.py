"""variables: the name of a variable is an identifier, and not `states`.

> The name of a variable must follow the rules for identifiers of Unicode Standard Annex 31: ID_Start, then
> ID_Continue; at most 80 characters. The variable "states" is reserved   <- developer guide, "Passing data with variables"

A name begins with a letter, in whatever script, and goes on with letters, digits and underscores. Assign sets whole
variables, never a part of one.

Bad::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "Assign": {"order-id": 7}, "End": true}}}

Good::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "Assign": {"order_id": 7}, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import SCHEMA, Problem
from ..structure.outline import Place
from .assignments import assignments

NAME = "variables"
MAX_NAME = 80
RESERVED = ("states",)


def check(place: Place) -> Iterator[Problem]:
    """The names in every Assign of a state."""
    for name, location in assignments(place):
        if reason := _no_name(name):
            yield Problem(location, reason, SCHEMA, NAME, told_at=location[:-1])


def _no_name(name: str) -> str | None:
    if name in RESERVED:
        return f"no variable may be named {name}: the name is reserved"
    if len(name) > MAX_NAME:
        return f"the name of a variable must have at most {MAX_NAME} characters, not {len(name)}"
    if not name.isidentifier() or name.startswith("_"):
        return "the name of a variable must be a letter, followed by letters, digits and underscores"
    return None
