"""Parallel: every branch runs on the same effective input; the result is an array in the order of the branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...values import JSON, joined
from ..frame import Frame, Join
from .behaviour import Behaviour, effective_input, leave_with

if TYPE_CHECKING:
    from ...definition.model import ParallelState
    from ..execution import Execution


def enter(execution: Execution, frame: Frame, state: ParallelState) -> None:
    effective = effective_input(execution, frame)
    execution.record(frame, "ParallelStateStarted")
    frame.join = Join(len(state.branches), effective)
    for index, branch in enumerate(state.branches):
        execution.spawn(frame, branch, effective, index, frame.last)


def child_ended(execution: Execution, frame: Frame, child: Frame, output: JSON) -> None:
    join = frame.join
    assert join is not None
    join.results[child.index] = output
    join.pending -= 1
    frame.last = child.last
    if join.pending:
        return None
    execution.remark(frame, "ParallelStateSucceeded")
    return leave_with(execution, frame, joined(join.results))


BEHAVIOUR = Behaviour(enter, child_ended=child_ended)
