"""Map: its processor runs on every item; inline as frames of this execution, distributed as executions of their own.

Items are started lazily, in order, as many at a time as MaxConcurrency allows; the results keep the order of the
items. All bookkeeping is by counters: nothing scans the items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...values import JSON
from ..frame import Frame, Join
from . import distributed_map, map_fields
from .behaviour import Behaviour, effective_input, leave_with

if TYPE_CHECKING:
    from ...definition.model import MapState
    from ..execution import Execution


def enter(execution: Execution, frame: Frame, state: MapState) -> None:
    if frame.join is not None:  # kept for a redrive
        return distributed_map.go_on(execution, frame, state, frame.join)
    effective = effective_input(execution, frame)
    scope = execution.scope(frame)
    scope.input = effective
    items, keys = ([], None) if state.reader is not None else map_fields.items(state, scope)
    concurrency = map_fields.concurrency(state, scope, execution)
    frame.join = join = Join(len(items), effective, items, keys)
    if execution.watch is not None and state.reader is None:
        execution.watch(state.name, "items", len(items))
    join.concurrency = concurrency
    execution.record(frame, "MapStateStarted", (len(items),))
    if state.distributed:
        return distributed_map.begin(execution, frame, state, join)
    if not items:
        return _all_ended(execution, frame)
    for _ in range(min(concurrency, len(items))):
        _start_iteration(execution, frame, state, frame.last)
    return None


def _start_iteration(execution: Execution, frame: Frame, state: MapState, previous: int) -> None:
    """Start the next item; ``previous`` is the history event that it follows."""
    join = frame.join
    assert join is not None
    index = join.cursor
    join.cursor += 1
    input = map_fields.item_input(execution, frame, state, join, index)
    last = frame.last
    frame.last = previous
    execution.record(frame, "MapIterationStarted", (state.name, index))
    started, frame.last = frame.last, last
    execution.spawn(frame, state.processor, input, index, started)


def child_ended(execution: Execution, frame: Frame, child: Frame, output: JSON) -> None:
    state: MapState = frame.state  # type: ignore[assignment]
    join = frame.join
    assert join is not None
    join.results[child.index] = output
    join.pending -= 1
    frame.last = child.last
    execution.record(frame, "MapIterationSucceeded", (state.name, child.index))
    if join.cursor < len(join.results):
        _start_iteration(execution, frame, state, child.last)
    elif not join.pending:
        _all_ended(execution, frame)


def child_aborted(execution: Execution, frame: Frame, child: Frame) -> None:
    execution.record(child, "MapIterationAborted", (frame.state.name, child.index))


def _all_ended(execution: Execution, frame: Frame) -> None:
    join = frame.join
    assert join is not None
    execution.remark(frame, "MapStateSucceeded")
    leave_with(execution, frame, join.results)


BEHAVIOUR = Behaviour(
    enter,
    news=distributed_map.news,
    aborted=distributed_map.aborted,
    child_ended=child_ended,
    child_aborted=child_aborted,
)
