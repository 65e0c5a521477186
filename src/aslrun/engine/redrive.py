"""Redrive: an execution that ended without success goes on from its unsuccessful states.

What that takes is kept when it ends: the frames as they stood before the failure unwound them. Nothing is kept of an
execution while it runs, so its hot path does not know of redrives.

Rules that a change must keep:

1. A state that was not over is repeated on the same input, without being entered again; its retries count from 0.
2. Of a Parallel or an inline Map only the branches and iterations that were not over are repeated; one that failed for
   a reason of its own is repeated as a whole.
3. The same map run of a distributed Map goes on, with the children that did not succeed and then those that are to
   come. It is repeated as a whole, with a new map run, if the run was over or never began.
4. The machine's time-out starts anew; everything else (input, ids, variables, history) goes on.

Source: developer guide, "Restarting state machine executions with redrive".
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from .context_object import FrameScope
from .deadlines import Deadlines
from .frame import BUSY, RETRY, RUN, Frame, Join

if TYPE_CHECKING:
    from .execution import Execution


def keep(execution: Execution) -> None:
    """Keep the frames as they stand, if nothing is kept yet; an Express execution cannot be redriven."""
    if execution.rest is None and execution.machine.type != "EXPRESS":
        kept: dict[int, Frame] = {}
        for frame in execution.frames.values():
            if frame.id:  # the machine's clock starts anew
                kept[frame.id] = _kept(execution, frame, kept)
        execution.rest = kept


def _kept(execution: Execution, frame: Frame, kept: dict[int, Frame]) -> Frame:
    parent = None if frame.parent is None else kept[frame.parent.id]
    one = Frame(frame.id, frame.state, frame.input, parent, frame.index)
    one.variables = frame.variables
    one.phase = RUN if frame.phase == RUN else RETRY
    one.last, one.before, one.entered, one.entered_at = frame.last, frame.before, frame.entered, frame.entered_at
    if frame.join is not None and frame.join.children:
        one.phase = BUSY
        one.join = copy(frame.join)
        one.join.results, one.join.children, one.join.tasks = list(frame.join.results), {}, {}
    elif frame.join is not None and _goes_on(execution, frame.join):
        one.phase, one.join = RETRY, _kept_run(execution, frame.join)
    if parent is not None:
        assert parent.join is not None
        parent.join.children[one.index] = one
    return one


def _goes_on(execution: Execution, join: Join) -> bool:
    """Whether it is a distributed Map whose map run can be redriven."""
    if join.run_arn is None or join.intake is None:
        return False
    return execution.map_runs[join.run_arn].status == "RUNNING"


def _kept_run(execution: Execution, join: Join) -> Join:
    """What the Map knows, with the children that still run among those that are lost."""
    one = copy(join)
    assert join.intake is not None
    one.intake = copy(join.intake)
    one.intake.lost = list(join.intake.lost)
    for task in join.tasks.values():
        one.intake.lose(execution.tasks[task][1])
    one.intake = one.intake.kept()
    one.results, one.children, one.tasks = list(join.results), {}, {}
    return one


def go_on(execution: Execution, at: float) -> None:
    """The execution runs again. What cannot be redriven stays as it is."""
    rest = execution.rest
    if rest is None:
        return
    execution.rest = None
    execution.now = max(execution.now, at)
    execution.status, execution.output, execution.error, execution.cause = "RUNNING", None, None, None
    execution.stopped_at, execution.redriven_at = None, execution.now
    execution.redrive_count += 1
    execution.history.append(("ExecutionRedriven", execution.now, execution.event_id, execution.redrive_count))
    execution.event_id += 1
    execution.deadlines, execution.view = Deadlines(execution.frames), FrameScope(execution)
    execution.frames.update(rest)
    for frame in rest.values():
        frame.last = execution.event_id
        if frame.phase != BUSY:
            execution.ready.append(frame)
        if frame.join is not None and frame.join.run_arn is not None:
            execution.map_runs[frame.join.run_arn].redriven(execution.now)
    execution.start_clocks(next(iter(rest.values())).state)
