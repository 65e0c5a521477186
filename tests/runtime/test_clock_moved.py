"""The wall clock is set while an interpreter runs: by an hour, forward or back, in memory or over a store."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aslrun import Interpreter, VirtualClock
from aslrun.runtime import clock as clocks
from aslrun.runtime.clock import SystemClock
from aslrun.stores.memory import MemoryStore
from aslrun.stores.protocols import ExecutionStore

from .machines import Desk, callback, machine, wait

pytestmark = pytest.mark.anyio
HOUR = 3_600.0


@pytest.fixture(params=["in memory", "awake", "asleep"])
def kept(request: pytest.FixtureRequest) -> dict[str, object]:
    store: ExecutionStore | None = None if request.param == "in memory" else MemoryStore()
    return {"store": store, "max_awake": 0 if request.param == "asleep" else 10}


@pytest.mark.parametrize("by", [HOUR, -HOUR])
async def test_seconds_last_as_long_and_timestamps_follow(kept: dict[str, object], by: float) -> None:
    clock = VirtualClock(auto=False)
    until = datetime.fromtimestamp(clock.now() + 2 * HOUR, UTC).isoformat().replace("+00:00", "Z")
    absolute = {"Type": "Wait", "Timestamp": until}
    async with Interpreter(clock=clock, **kept) as interpreter:  # type: ignore[arg-type]
        relative = await interpreter.start(machine(wait(60)))
        fixed = await interpreter.start(machine(absolute))
        started = clock.now()
        await clock.elapse(10)
        clock.set(by)
        await clock.elapse(49)
        assert relative.status == "RUNNING"
        await clock.elapse(1)
        assert (await relative.result()).stopped_at == started + by + 60
        await clock.elapse(2 * HOUR - by - 61)
        assert fixed.status == "RUNNING"
        await clock.elapse(1)
        assert (await fixed.result()).stopped_at == started + 2 * HOUR


async def test_a_token_times_out_when_it_would_have(kept: dict[str, object]) -> None:
    clock, desk = VirtualClock(auto=False), Desk()
    async with Interpreter(desk.resources, clock=clock, **kept) as interpreter:  # type: ignore[arg-type]
        execution = await interpreter.start(machine(callback(TimeoutSeconds=100)))
        await interpreter.settled()
        clock.set(HOUR)
        await clock.elapse(99)
        assert execution.status == "RUNNING"
        await clock.elapse(1)
        assert (await execution.result()).error == "States.Timeout"


def test_the_system_clock_goes_on_until_it_is_asked_and_then_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    wall, steady = [1_000.0], [50.0]
    monkeypatch.setattr(clocks.time, "time", lambda: wall[0])
    monkeypatch.setattr(clocks, "steady", lambda: steady[0])
    clock = SystemClock()
    wall[0], steady[0] = 1_010.0 + HOUR, 60.0
    assert clock.now() == 1_010.0
    assert clock.moved() == HOUR
    assert (clock.now(), clock.moved()) == (1_010.0 + HOUR, 0.0)


def test_the_system_clock_tells_of_no_small_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = [1_000.0]
    monkeypatch.setattr(clocks.time, "time", lambda: wall[0])
    monkeypatch.setattr(clocks, "steady", lambda: 50.0)
    clock = SystemClock()
    wall[0] = 1_000.01
    assert (clock.moved(), clock.now()) == (0.0, 1_000.0)
