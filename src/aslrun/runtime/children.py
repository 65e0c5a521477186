"""The child executions that do the items of a distributed Map: their names, and what their ends mean.

Rules that a change must keep:

1. A name comes from the parent and the task alone, so a replay and a redrive find the same child again.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from ..definition.model import Machine
from ..engine.effects import Finish, ScheduleTask
from ..engine.execution import Execution
from ..engine.failure import TIMEOUT
from ..engine.map_results import ChildResult
from ..resources.invocation import Failed, Outcome, Succeeded

_NAMES = UUID("6b0f6c0e-3d1c-5f0a-9a52-6a1f0f6d7a11")


def name(execution: str, scheduled: ScheduleTask, machine: Machine) -> str:
    """The name of a child of an execution with this ARN; of an Express one there is another whenever it is redriven."""
    again = f"/{scheduled.attempt}" if scheduled.attempt and machine.type == "EXPRESS" else ""
    return str(uuid5(_NAMES, f"{execution}/{scheduled.task}{again}"))


def machine_name(scheduled: ScheduleTask) -> str:
    """What the children of a map run execute: ``Orders/Each`` for ``…:mapRun:Orders/Each:6d-b0``."""
    return scheduled.resource.rpartition(":")[0].partition(":mapRun:")[2]


def result(child: Execution) -> ChildResult:
    """What a result file says of a child."""
    identity = child.identity
    return ChildResult(
        identity.arn,
        identity.name,
        identity.machine_arn,
        child.status,
        child.input,
        child.output,
        child.error,
        child.cause,
        child.started_at,
        child.stopped_at,
    )


def outcome(end: Finish | Execution) -> Outcome:
    """What the end of a child means for the task that it was."""
    if end.status == "SUCCEEDED":
        return Succeeded(end.output)
    return Failed(TIMEOUT if end.status == "TIMED_OUT" else end.error, end.cause)
