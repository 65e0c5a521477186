"""How executions are kept: the texts of their events, and their records when they are over."""

from __future__ import annotations

import json
import math

import pytest

from aslrun import Interpreter, VirtualClock, values
from aslrun.engine.dump import pack
from aslrun.engine.events import TaskStarted, TaskSucceeded, to_dict
from aslrun.engine.history import PackedRecords
from aslrun.runtime.stored import event_text, events_of
from aslrun.stores.memory import MemoryStore
from aslrun.values import JSON

from .machines import machine, parallel

OUTPUTS: list[JSON] = [
    None,
    -0.0,
    1e22,
    '\ud800 é "quoted" \u2028',
    {"a": [1, {"b": True}], "": {}},
    values.parse('{"kept":  1.50}'),
]


@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
@pytest.mark.parametrize("at", [7, 0.1, 1_700_000_000.123456, 1e22])
def test_the_short_way_to_write_a_success_writes_the_same(output: JSON, at: float) -> None:
    event = TaskSucceeded(3, output, at)
    slowly = to_dict(event) | {"output": pack(output)}
    text = event_text(event)
    assert text == json.dumps(slowly, separators=(",", ":"))
    [read] = events_of([text])
    assert isinstance(read, TaskSucceeded)
    assert (read.task, read.at, repr(read.output)) == (3, at, repr(output))


@pytest.mark.parametrize("worker", [None, 'w "1"'])
@pytest.mark.parametrize("at", [7, 0.1, 1_700_000_000.123456, 1e22])
def test_the_short_way_to_write_a_beginning_writes_the_same(worker: str | None, at: float) -> None:
    event = TaskStarted(3, at, worker)
    text = event_text(event)
    assert text == json.dumps(to_dict(event), separators=(",", ":"))
    assert events_of([text]) == [event]


def test_what_is_no_json_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        event_text(TaskSucceeded(3, math.nan, 1.0))


@pytest.mark.anyio
@pytest.mark.parametrize(("states", "kind"), [(5, list), (60, PackedRecords)])
async def test_only_a_long_history_is_packed_when_its_execution_is_over(states: int, kind: type) -> None:
    async with Interpreter(store=MemoryStore(), clock=VirtualClock()) as interpreter:
        branches = [{"Type": "Pass"}] * states
        execution = await interpreter.start(machine(parallel(*branches)), {})
        assert (await execution.result()).succeeded
        assert isinstance(execution.run.records, kind)
