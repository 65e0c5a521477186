"""no-terminal: some state of a machine ends it.

> Workflow has no terminal state
> (ValidateStateMachineDefinition, code MISSING_END_STATE; it names no location)

Every state leads on to another one. Give one of them "End": true, or add a Succeed or Fail state.

Bad::

    {"StartAt": "Ping", "States": {"Ping": {"Type": "Pass", "Next": "Pong"}, "Pong": {"Type": "Pass", "Next": "Ping"}}}

Good::

    {"StartAt": "Ping", "States": {"Ping": {"Type": "Pass", "Next": "Pong"}, "Pong": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import NOWHERE, Problem
from .outline import Program
from .transitions import ends_somewhere


def check(program: Program) -> Iterator[Problem]:
    """All states lead on."""
    if not ends_somewhere(program):
        place = (*program.location, "States")
        yield Problem(place, "Workflow has no terminal state", told_at=NOWHERE)
