"""Distributed Map: a map run, whose items are read, batched, and done by executions of their own.

Reading and writing are tasks of the driver. Their arguments and answers:

- ``item_reader``: ``{"MapRun": ARN, "Arguments", "Config", "Skip": items so far}``, answered with
  ``{"Items": [[value, source, key or null], ...], "Last": whether these were the last}``.
- ``result_writer``: ``{"MapRun": ARN, "Arguments", "Transformation", "OutputType"}``, answered with the state's result.

Rules that a change must keep:

1. Reading is pulled: the next items are asked for when all others have children, and one more child may run.
2. Items are in the event that answers: a replay reads no file. Nothing is kept of an item whose child succeeded.
3. With a ResultWriter the driver keeps the results of the children, and the core does not.
4. A run that fails for its failures leaves its results in files too (developer guide, "ResultWriter (Map)").
5. The input of a child that failed is kept: a redrive starts it again, as the same task, before others begin.
6. The parent's history says nothing of children, reading and writing, but that they failed (recorded).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from ...values import JSON
from ..effects import ScheduleTask
from ..events import TaskFailed, TaskSucceeded
from ..failure import TIMEOUT, Failure
from ..frame import Frame, Join
from ..intake import Intake
from ..item_batches import ItemBatcher
from ..map_run import MapRun
from . import map_fields
from .behaviour import leave_with, record_aborted

if TYPE_CHECKING:
    from ...definition.model import MapState
    from ..context_object import FrameScope
    from ..events import News
    from ..execution import Execution

OVER_TOLERANCE = Failure(
    "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
)
_NOTHING: Final = object()  # no input for a child, for ``None`` is one


def begin(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    """The state has started: now its map run does."""
    scope = execution.scope(frame)
    scope.input = join.input
    tolerated = map_fields.tolerated(state, scope)
    arn = _run_arn(execution, state)
    reader, batcher, writer = _reader(state, scope, arn), batcher_of(state, scope), _writer(state, scope, arn)
    join.intake = Intake(reader, batcher, writer, tolerated)
    join.results = []
    join.run_arn = arn
    most = execution.limits.distributed_concurrency or sys.maxsize
    execution.map_runs[arn] = run = MapRun(
        arn,
        execution.identity.arn,
        execution.now,
        join.concurrency if join.concurrency < most else 0,
        int(tolerated[0] or 0),
        float(tolerated[1] or 0),
    )
    _await_turn(run, batcher, len(join.items or ()))
    execution.record(frame, "MapRunStarted", (arn,))
    _advance(execution, frame, state, join)


def go_on(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    """The execution was redriven, and its map run with it."""
    run = _run(execution, join)
    execution.record(frame, "MapRunRedriven", (run.arn, run.redrive_count))
    _advance(execution, frame, state, join)


def _run_arn(execution: Execution, state: MapState) -> str:
    identity = execution.identity
    random = execution.random()
    label = state.label or UUID(int=random.getrandbits(128), version=4)
    run = UUID(int=random.getrandbits(128), version=4)
    return f"arn:aws:states:{identity.region}:{identity.account}:mapRun:{identity.machine_name}/{label}:{run}"


def _reader(state: MapState, scope: FrameScope, run: str) -> dict[str, JSON] | None:
    reader = state.reader
    if reader is None:
        return None
    config: JSON = {} if reader.config is None else reader.config(scope)
    if reader.max_items is not None:
        config = {**cast("dict[str, JSON]", config), "MaxItems": map_fields.max_items(reader.max_items, scope)}
    arguments: JSON = {} if reader.arguments is None else reader.arguments(scope)
    return {"MapRun": run, "Arguments": arguments, "Config": config}


def batcher_of(state: MapState, scope: FrameScope) -> ItemBatcher | None:
    """What makes the batches of a Map, if it has any."""
    batcher = state.batcher
    if batcher is None:
        return None
    max_items, max_bytes = (
        None if field is None else map_fields.batch_limit(field, scope)
        for field in (batcher.max_items, batcher.max_bytes)
    )
    if batcher.batch_input is None:
        return ItemBatcher(max_items, max_bytes)
    return ItemBatcher(max_items, max_bytes, batcher.batch_input(scope))


def _writer(state: MapState, scope: FrameScope, run: str) -> dict[str, JSON] | None:
    writer = state.writer
    if writer is None:
        return None
    arguments: JSON = None if writer.arguments is None else writer.arguments(scope)
    form: dict[str, JSON] = {"Transformation": writer.transformation, "OutputType": writer.output_type}
    return {"MapRun": run, "Arguments": arguments, **form}


# --------------------------------------------------------------------------- items, and children for them


def _advance(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    """Start the children that may run; then have more items read, or end."""
    intake = _intake(join)
    again = _intake(join).again
    while len(join.tasks) < join.concurrency:
        if again:
            _start_again(execution, frame, state, join, again.pop())
            continue
        input = _next_input(execution, frame, state, join)
        if input is _NOTHING:
            break
        _start_child(execution, frame, state, join, cast("JSON", input))
    else:
        return
    if frame.task is not None:  # somebody reads
        return
    if not intake.last:
        _read(execution, frame, state, join)
    elif not join.tasks:
        _all_ended(execution, frame, state, join)


def _next_input(execution: Execution, frame: Frame, state: MapState, join: Join) -> object:
    """The input of the next child, if the items at hand are enough for one."""
    batcher = _intake(join).batcher
    assert join.items is not None
    end = join.offset + len(join.items)
    while join.cursor < end:
        item = map_fields.item_input(execution, frame, state, join, join.cursor)
        join.cursor += 1
        if batcher is None:
            return item
        if (batch := batcher.add(item)) is not None:
            return batch
    batch = batcher.rest() if batcher is not None and _intake(join).last else None
    return _NOTHING if batch is None else batch


def _start_child(execution: Execution, frame: Frame, state: MapState, join: Join, input: JSON) -> None:
    """Have an execution of its own do the next item or batch."""
    intake = _intake(join)
    index = intake.started
    intake.started += 1
    if intake.writer is None:
        join.results.append(None)
    task = execution.new_task()
    join.tasks[index] = task
    run = _run(execution, join)
    if intake.batcher is not None:
        run.added(0)
    scheduled = ScheduleTask(task, "child", state.name, run.arn, "", input, index=index)
    run.began(_items(intake, scheduled))
    execution.schedule(frame, scheduled)


def _start_again(execution: Execution, frame: Frame, state: MapState, join: Join, child: JSON) -> None:
    """Have a child go on that did not succeed before the redrive."""
    task, index, attempt, input = cast("tuple[int, int, int, JSON]", child)
    run = _run(execution, join)
    scheduled = ScheduleTask(task, "child", state.name, run.arn, "", input, attempt=attempt + 1, index=index)
    join.tasks[index] = task
    run.began_again(_items(_intake(join), scheduled))
    execution.schedule(frame, scheduled)


def _items(intake: Intake, scheduled: ScheduleTask) -> int:
    """How many items a child has."""
    if intake.batcher is None:
        return 1
    return len(cast("dict[str, list[JSON]]", scheduled.arguments)["Items"])


def _await_turn(run: MapRun, batcher: ItemBatcher | None, items: int) -> None:
    run.added(items, executions=items if batcher is None else 0)


def _read(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    intake = _intake(join)
    assert state.reader is not None
    assert intake.reader is not None
    join.items, join.keys, join.sources, join.offset = [], None, None, join.cursor
    arguments: JSON = {**intake.reader, "Skip": join.cursor}
    frame.task = execution.new_task()
    execution.schedule(frame, ScheduleTask(frame.task, "item_reader", state.name, state.reader.resource, "", arguments))


# --------------------------------------------------------------------------- news


def news(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: News) -> None:
    """A child is over, or the driver has read or written (that they begin is no news)."""
    if frame.join is not None and isinstance(event, (TaskSucceeded, TaskFailed)):
        del execution.tasks[scheduled.task]
        _NEWS[scheduled.role](execution, frame, scheduled, event)


def _child_over(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: TaskSucceeded | TaskFailed) -> None:
    join, index = frame.join, scheduled.index
    assert join is not None
    assert index is not None
    intake = _intake(join)
    items = _items(intake, scheduled)
    del join.tasks[index]
    written = intake.writer is not None or isinstance(event, TaskSucceeded)
    _run(execution, join).ended(_status(event), items, written)
    if isinstance(event, TaskSucceeded):
        if intake.writer is None:
            join.results[index] = event.output
    else:
        intake.failed += items
        intake.lose(scheduled)
        if intake.is_over_tolerance(_total(join)):
            return _exceed_tolerance(execution, frame, join)
    return _advance(execution, frame, frame.state, join)  # type: ignore[arg-type]


def _status(event: TaskSucceeded | TaskFailed) -> str:
    if isinstance(event, TaskSucceeded):
        return "SUCCEEDED"
    return "TIMED_OUT" if event.error == TIMEOUT else "FAILED"


def _items_read(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: TaskSucceeded | TaskFailed) -> None:
    frame.task = None
    if isinstance(event, TaskFailed):
        return _fail_run(execution, frame, Failure(event.error, event.cause))
    join = frame.join
    assert join is not None
    answer = cast("dict[str, list[list[JSON]]]", event.output)
    items = answer["Items"]
    join.items = [item[0] for item in items]
    join.sources = cast("list[str]", [item[1] for item in items])
    join.keys = cast("list[str | None]", [item[2] for item in items])
    intake = _intake(join)
    intake.last = bool(answer["Last"])
    if intake.last and execution.watch is not None:
        execution.watch(frame.state.name, "items", _total(join))
    _await_turn(_run(execution, join), intake.batcher, len(items))
    if intake.last and intake.is_over_tolerance(_total(join)):
        return _exceed_tolerance(execution, frame, join)
    return _advance(execution, frame, frame.state, join)  # type: ignore[arg-type]


def _written(execution: Execution, frame: Frame, scheduled: ScheduleTask, event: TaskSucceeded | TaskFailed) -> None:
    frame.task = None
    assert frame.join is not None
    failure = _intake(frame.join).failure
    if failure is not None:
        error, cause = failure
        return _fail_run(execution, frame, Failure(error, cause))
    if isinstance(event, TaskFailed):
        return _fail_run(execution, frame, Failure(event.error, event.cause))
    return _succeed(execution, frame, event.output)


_NEWS: dict[str, Callable[[Execution, Frame, ScheduleTask, TaskSucceeded | TaskFailed], None]] = {
    "child": _child_over,
    "item_reader": _items_read,
    "result_writer": _written,
}


# --------------------------------------------------------------------------- the end


def _all_ended(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    if state.writer is None:
        return _succeed(execution, frame, join.results)
    return _write(execution, frame, state, join)


def _write(execution: Execution, frame: Frame, state: MapState, join: Join) -> None:
    assert state.writer is not None
    request = _intake(join).writer
    frame.task = execution.new_task()
    scheduled = ScheduleTask(frame.task, "result_writer", state.name, state.writer.resource, "", request)
    execution.schedule(frame, scheduled)


def _exceed_tolerance(execution: Execution, frame: Frame, join: Join) -> None:
    """Too many items failed; results that go to files are written all the same."""
    state: MapState = frame.state  # type: ignore[assignment]
    if state.writer is None or not state.writer.resource:
        return _fail_run(execution, frame, OVER_TOLERANCE)
    for task in join.tasks.values():
        _intake(join).lose(execution.tasks[task][1])
    for task in (*join.tasks.values(), *(() if frame.task is None else (frame.task,))):
        execution.cancel(task)
    join.tasks.clear()
    _run(execution, join).cancelled()
    _intake(join).failure = [OVER_TOLERANCE.error, OVER_TOLERANCE.cause]
    return _write(execution, frame, state, join)


def _succeed(execution: Execution, frame: Frame, result: JSON) -> None:
    assert frame.join is not None
    _run(execution, frame.join).finish("SUCCEEDED", execution.now)
    execution.record(frame, "MapRunSucceeded")
    execution.remark(frame, "MapStateSucceeded")
    leave_with(execution, frame, result)


def _fail_run(execution: Execution, frame: Frame, problem: Failure) -> None:
    execution.record(frame, "MapRunFailed", (problem.error, problem.cause))
    execution.fail(frame, problem, from_child=True)


def aborted(execution: Execution, frame: Frame) -> None:
    """A map run ends before its state does."""
    if frame.join is not None and frame.join.run_arn is not None:
        _run(execution, frame.join).finish("ABORTED", execution.now)
        execution.record(frame, "MapRunAborted")
    record_aborted(execution, frame)


def _intake(join: Join) -> Intake:
    assert join.intake is not None
    return join.intake


def _run(execution: Execution, join: Join) -> MapRun:
    return execution.map_runs[join.run_arn or ""]


def _total(join: Join) -> int:
    return join.offset + len(join.items or ())
