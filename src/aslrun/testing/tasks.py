"""The tasks of a machine, as mocks and handlers are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..definition.model import TaskState
from ..resources.registry import TaskReference

if TYPE_CHECKING:
    from ..definition.model import Machine


def tasks_of(machine: Machine) -> list[TaskReference]:
    """The tasks of a machine under the names of their states, with their arguments as they stand there."""
    return [
        TaskReference(name, state.resource.arn, state.document.get("Parameters", state.document.get("Arguments")))
        for name, state in machine.states.items()
        if isinstance(state, TaskState)
    ]
