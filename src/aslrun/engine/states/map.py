"""Map: its processor runs on every item; inline as frames of this execution, distributed as executions of their own.

Items are started lazily, in order, as many at a time as MaxConcurrency allows; the results keep the order of the
items. All bookkeeping is by counters: nothing scans the items.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from uuid import UUID

from ...language.errors import ExpressionError
from ...values import JSON, to_text
from ..effects import ScheduleTask
from ..events import TaskFailed, TaskSucceeded
from ..failure import Failure
from ..frame import Frame, Join
from .behaviour import Behaviour, effective_input, leave_with, record_aborted

if TYPE_CHECKING:
    from ...definition.model import MapState
    from ...language.dataflow import FieldValue
    from ..context_object import FrameScope
    from ..events import News
    from ..execution import Execution

OVER_TOLERANCE = "The specified tolerated failure threshold was exceeded"


def enter(execution: Execution, frame: Frame, state: MapState) -> None:
    effective = effective_input(execution, frame)
    scope = execution.scope(frame)
    scope.input = effective
    items, keys = _items(state, scope)
    concurrency = _concurrency(state, scope, execution)
    frame.join = join = Join(len(items), effective, items, keys)
    join.concurrency = concurrency
    execution.record(frame, "MapStateStarted", len(items))
    if state.distributed:
        join.tolerated = _tolerated(state, scope, len(items))
        join.run_arn = _run_arn(execution, state)
        execution.record(frame, "MapRunStarted", join.run_arn)
    if not items:
        return _all_ended(execution, frame, state)
    start = _start_child if state.distributed else _start_iteration
    for _ in range(min(concurrency, len(items))):
        start(execution, frame, state, frame.last)
    return None


# --------------------------------------------------------------------------- the fields


def _items(state: MapState, scope: FrameScope) -> tuple[list[JSON], list[str] | None]:
    """The item list, and the property names where it comes from an object."""
    value = scope.input if state.items is None else state.items.evaluate(scope)
    if isinstance(value, list):
        return value, None
    if isinstance(value, dict):
        return list(value.values()), list(value)
    path = "$" if state.items is None else state.items.path
    raise ExpressionError(f'Reference path "{path}" must point to array.')


def _concurrency(state: MapState, scope: FrameScope, execution: Execution) -> int:
    limits = execution.limits
    most = (limits.distributed_concurrency if state.distributed else limits.map_concurrency) or sys.maxsize
    field = state.max_concurrency
    if field is None:
        return most
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _not_a(field, value, "integer")
    if value < 0:
        raise ExpressionError("MaxConcurrency cannot be negative.")
    return min(int(value) or most, most)


def _tolerated(state: MapState, scope: FrameScope, total: int) -> float:
    """How many items may fail."""
    tolerated = []
    if state.tolerated_count is not None:
        tolerated.append(_tolerated_count(state.tolerated_count, scope))
    if state.tolerated_percentage is not None:
        tolerated.append(_tolerated_percentage(state.tolerated_percentage, scope) * total / 100)
    return min(tolerated, default=0)


def _tolerated_count(field: FieldValue, scope: FrameScope) -> float:
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
        raise _not_a(field, value, "integer")
    if value < 0:
        raise ExpressionError("ToleratedFailureCount cannot be negative.")
    return value


def _tolerated_percentage(field: FieldValue, scope: FrameScope) -> float:
    value = field.evaluate(scope)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _not_a(field, value, "float")
    if not 0 <= value <= 100:
        raise ExpressionError("ToleratedFailurePercentage must be between 0 and 100.")
    return value


def _not_a(field: FieldValue, value: JSON, kind: str) -> ExpressionError:
    text = value if isinstance(value, str) else to_text(value)
    return ExpressionError(f'The {field.name} field refers to value "{text}" which is not a valid {kind}: {field.path}')


def _item_input(execution: Execution, frame: Frame, state: MapState, join: Join, index: int) -> JSON:
    """The input of an iteration: the item, or what ItemSelector makes of it."""
    if state.item_selector is None:
        assert join.items is not None
        return join.items[index]
    scope = execution.scope(frame, index)
    scope.input = join.input
    return state.item_selector(scope)


# --------------------------------------------------------------------------- inline


def _start_iteration(execution: Execution, frame: Frame, state: MapState, previous: int) -> None:
    """Start the next item; ``previous`` is the history event that it follows."""
    join = frame.join
    assert join is not None
    index = join.cursor
    join.cursor += 1
    input = _item_input(execution, frame, state, join, index)
    last = frame.last
    frame.last = previous
    execution.record(frame, "MapIterationStarted", state.name, index)
    started, frame.last = frame.last, last
    execution.spawn(frame, state.processor, input, index, started)


def child_ended(execution: Execution, frame: Frame, child: Frame, output: JSON) -> None:
    state: MapState = frame.state  # type: ignore[assignment]
    join = frame.join
    assert join is not None
    join.results[child.index] = output
    join.pending -= 1
    frame.last = child.last
    execution.record(frame, "MapIterationSucceeded", state.name, child.index)
    if join.cursor < len(join.results):
        _start_iteration(execution, frame, state, child.last)
    elif not join.pending:
        _all_ended(execution, frame, state)


def child_aborted(execution: Execution, frame: Frame, child: Frame) -> None:
    execution.record(child, "MapIterationAborted", frame.state.name, child.index)


def _all_ended(execution: Execution, frame: Frame, state: MapState) -> None:
    join = frame.join
    assert join is not None
    if state.distributed:
        execution.record(frame, "MapRunSucceeded")
    execution.remark(frame, "MapStateSucceeded")
    leave_with(execution, frame, join.results)


# --------------------------------------------------------------------------- distributed


def _run_arn(execution: Execution, state: MapState) -> str:
    identity = execution.identity
    random = execution.random()
    label = state.label or UUID(int=random.getrandbits(128), version=4)
    run = UUID(int=random.getrandbits(128), version=4)
    return f"arn:aws:states:{identity.region}:{identity.account}:mapRun:{identity.machine_name}/{label}:{run}"


def _start_child(execution: Execution, frame: Frame, state: MapState, previous: int) -> None:
    """Have the next item done by an execution of its own; the parent's history says nothing of it."""
    join = frame.join
    assert join is not None
    index = join.cursor
    join.cursor += 1
    input = _item_input(execution, frame, state, join, index)
    task = execution.new_task()
    join.tasks[index] = task
    execution.schedule(frame, ScheduleTask(task, "child", state.name, join.run_arn or "", "", input, index=index))


def news(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: News) -> None:
    """A child execution is over (its beginning is no news for the parent)."""
    state: MapState = frame.state  # type: ignore[assignment]
    join, index = frame.join, scheduled.index
    if join is None or index is None or not isinstance(event, (TaskSucceeded, TaskFailed)):
        return None
    del execution.tasks[scheduled.task], join.tasks[index]
    join.pending -= 1
    if isinstance(event, TaskSucceeded):
        join.results[index] = event.output
    else:
        join.failures += 1
        if join.failures > join.tolerated:
            return _fail_run(execution, frame)
    if join.cursor < len(join.results):
        return _start_child(execution, frame, state, frame.last)
    return None if join.pending else _all_ended(execution, frame, state)


def _fail_run(execution: Execution, frame: Frame) -> None:
    problem = Failure("States.ExceedToleratedFailureThreshold", OVER_TOLERANCE)
    execution.record(frame, "MapRunFailed", problem.error, problem.cause)
    execution.fail(frame, problem, from_child=True)


def aborted(execution: Execution, frame: Frame) -> None:
    """A map run ends before its state does."""
    if frame.join is not None and frame.join.run_arn is not None:
        execution.record(frame, "MapRunAborted")
    record_aborted(execution, frame)


BEHAVIOUR = Behaviour(enter, news=news, aborted=aborted, child_ended=child_ended, child_aborted=child_aborted)
