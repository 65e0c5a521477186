"""The child executions that do the items of a distributed Map: who they are, how they begin, and what their ends mean.

Rules that a change must keep:

1. A name comes from the parent and the task alone, so a replay and a redrive find the same child again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from ..definition.model import Machine, MapState
from ..engine.effects import Finish, ScheduleTask
from ..engine.execution import Execution
from ..engine.failure import TIMEOUT
from ..engine.identity import Identity
from ..engine.map_results import ChildResult
from ..resources.invocation import Failed, Outcome, Succeeded
from .naming import Place

if TYPE_CHECKING:
    from .host import Host
    from .runs import Run

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


def of_task(run: Run, scheduled: ScheduleTask) -> tuple[Machine, Identity]:
    """What the child that does a task runs, and who it is."""
    machine, parent = run.execution.machine.processor(scheduled.state), run.execution.identity
    unique = name(run.arn, scheduled, machine)
    place = Place(parent.region, parent.account, parent.role_arn)
    return machine, place.identity(machine, unique, lambda: unique, machine_name(scheduled))


def spawn(host: Host, run: Run, scheduled: ScheduleTask) -> None:
    """Let a child do a task: a new one, or in a redrive the one that had not succeeded."""
    machine, identity = of_task(run, scheduled)
    known = host.known(identity.arn) if scheduled.attempt else None
    if known is not None and _spawned_again(host, run, scheduled, known):
        return
    seed = run.execution.seed + scheduled.task
    child = host.begin(machine, scheduled.arguments, identity, seed, (run, scheduled.task))
    state = run.execution.machine.states[scheduled.state]
    if isinstance(state, MapState) and state.writer is not None and scheduled.index is not None:
        child.place = scheduled.resource, scheduled.index
    run.tasks[scheduled.task] = child


def _spawned_again(host: Host, run: Run, scheduled: ScheduleTask, child: Run) -> bool:
    """Whether a child that is known goes on with its parent."""
    if child.execution.status == "SUCCEEDED":  # at the instant at which its parent failed
        host.over(run, scheduled.task, Succeeded(child.execution.output))
        return True
    run.tasks[scheduled.task] = child
    return host.take_back(child)
