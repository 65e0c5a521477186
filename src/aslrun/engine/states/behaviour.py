"""What the engine asks of a state type. A type answers only what can happen to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...language.errors import ExpressionError
from ...values import JSON
from ..frame import Frame

if TYPE_CHECKING:
    from ..deadlines import Kind
    from ..effects import ScheduleTask
    from ..events import News
    from ..execution import Execution


def _retry_is_due(execution: Execution, frame: Frame, kind: Kind) -> None:
    """A back-off is over (all that can be due where a state sets no deadline of its own)."""
    execution.repeat(frame)


def _no_news(execution: Execution, frame: Frame, scheduled: ScheduleTask, news: News) -> None:
    raise AssertionError(f"{frame.state.name} has no tasks")


def _no_child(execution: Execution, parent: Frame, child: Frame, output: JSON) -> None:
    raise AssertionError(f"{parent.state.name} has no children")


def record_aborted(execution: Execution, frame: Frame) -> None:
    """The state is stopped from outside."""
    execution.record(frame, frame.state.aborted)


def _nothing(execution: Execution, parent: Frame, child: Frame) -> None:
    """Nothing to record."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """``enter`` a state (or repeat it after a back-off); a deadline is ``due``; ``news`` of a task; it is ``aborted``;
    ``child_ended`` and ``child_aborted`` for the frames that it spawned."""

    enter: Callable[[Execution, Frame, Any], None]
    due: Callable[[Execution, Frame, Kind], None] = _retry_is_due
    news: Callable[[Execution, Frame, ScheduleTask, News], None] = _no_news
    aborted: Callable[[Execution, Frame], None] = record_aborted
    child_ended: Callable[[Execution, Frame, Frame, JSON], None] = _no_child
    child_aborted: Callable[[Execution, Frame, Frame], None] = _nothing


def leave_with(execution: Execution, frame: Frame, result: JSON) -> None:
    """The state's work is done: the rest of its data flow, and on to the next state."""
    flow = frame.state.dataflow
    join, complete = flow.join, flow.complete
    if join is not None:
        return execution.leave(frame, join(frame.input, result))
    if complete is None:
        return execution.leave(frame, result)
    output, assigned = complete(execution.scope(frame), frame.input, result)
    return execution.leave(frame, output, assigned)


def effective_input(execution: Execution, frame: Frame) -> JSON:
    """The input after InputPath and Parameters."""
    enter = frame.state.dataflow.enter
    return frame.input if enter is None else enter(execution.scope(frame))


LONG = 2**63  # Java's long ends below it


def whole_number(field: str, value: JSON, path: str) -> int:
    """The value of a ``...Path`` field that takes seconds or a count of them.

    Raises ``ExpressionError`` in AWS's words (recorded for SecondsPath).
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ExpressionError(f"The {field} parameter does not reference an input value: {path}")
    if value % 1 != 0 or not -LONG <= value < LONG:
        raise ExpressionError(f"The {field} parameter cannot be parsed as a long value: {path} == {value}")
    if value < 0:
        raise ExpressionError(f"The {field} parameter references a negative value: {path} == {value}")
    return int(value)
