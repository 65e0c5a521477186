"""state-name: the name of a state has 1 to 80 characters.

> INVALID_STATE_NAME: the state name does not follow the naming convention
> (ValidateStateMachineDefinition)

Shorten the name and say the rest in Comment.

Bad::

    {"StartAt": "", "States": {"": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Program

MAX_NAME = 80


def check(program: Program) -> Iterator[Problem]:
    """A name that is empty or too long."""
    for name in program.states:
        if not 1 <= len(name) <= MAX_NAME:
            message = f"The name of a state must have 1 to {MAX_NAME} characters"
            place = (*program.location, "States", name)
            yield Problem(place, message, hint=f"it has {len(name)}")
