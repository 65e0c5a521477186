"""``VirtualClock``: time that jumps by itself, or only when it is told to."""

from __future__ import annotations

import math
import time

import anyio
import anyio.lowlevel
import pytest

from aslrun import Interpreter, TaskContext, VirtualClock

from .machines import DAY, Desk, callback, inline, machine, parallel, served, task, wait

pytestmark = pytest.mark.anyio


async def test_time_jumps_to_the_next_deadline() -> None:
    clock = VirtualClock(0.0)
    before = time.perf_counter()
    async with Interpreter(clock=clock) as interpreter:
        result = await (await interpreter.start(machine(wait(DAY), wait(DAY)))).result()
    assert time.perf_counter() - before < 1
    assert (result.stopped_at, clock.now(), interpreter.now()) == (2 * DAY, 2 * DAY, 2 * DAY)


async def test_time_stands_still_while_a_handler_is_at_work() -> None:
    async def work(order: object, task: TaskContext) -> float:
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        return task.time

    async with Interpreter(served(work), clock=VirtualClock(0.0)) as interpreter:
        working = await interpreter.start(machine(task()))
        waiting = await interpreter.start(machine(wait(DAY)))
        assert (await working.result()).output == 0
        assert (await waiting.result()).stopped_at == DAY


async def test_time_stands_still_while_a_thread_is_at_work() -> None:
    def work(order: object, task: TaskContext) -> float:
        time.sleep(0.01)
        return task.time

    async with Interpreter(served(work), clock=VirtualClock(0.0)) as interpreter:
        shape = machine(parallel(task(TimeoutSeconds=60), wait(DAY)))
        assert (await (await interpreter.start(shape)).result()).output == [0, {}]


async def test_time_moves_while_handlers_sleep() -> None:
    async def slow(order: object, task: TaskContext) -> float:
        await task.sleep(2 * DAY)
        return task.time

    async with Interpreter(served(slow), clock=VirtualClock(0.0)) as interpreter:
        result = await (await interpreter.start(machine(parallel(task(), wait(DAY))))).result()
    assert result.stopped_at == 2 * DAY


async def test_a_thread_sleeps_in_virtual_time() -> None:
    def slow(order: object, task: TaskContext) -> float:
        task.sleep(DAY)
        return task.time

    async with Interpreter(served(slow), clock=VirtualClock(0.0)) as interpreter:
        assert (await (await interpreter.start(machine(task()))).result()).output == DAY


async def test_handlers_that_sleep_wake_in_order() -> None:
    woken: list[int] = []

    async def slow(order: int, task: TaskContext) -> None:
        await task.sleep(order)
        woken.append(order)

    async with Interpreter(served(slow), clock=VirtualClock()) as interpreter:
        executions = [await interpreter.start(machine(task()), seconds) for seconds in (300, 10, 200)]
        for execution in executions:
            await execution.result()
    assert woken == [10, 200, 300]


async def test_sleeping_for_no_time_needs_no_jump() -> None:
    async def quick(order: object, task: TaskContext) -> str:
        await task.sleep(0)
        return "done"

    async with Interpreter(served(quick), clock=VirtualClock(auto=False)) as interpreter:
        assert (await (await interpreter.start(machine(task()))).result()).output == "done"


async def test_without_auto_only_advance_moves_time() -> None:
    clock = VirtualClock(0.0, auto=False)
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(wait(60)))
        await interpreter.settled()
        assert (execution.status, clock.now()) == ("RUNNING", 0)
        clock.advance(59)
        await interpreter.settled()
        assert (execution.status, clock.now()) == ("RUNNING", 59)
        clock.advance(1)
        assert (await execution.result()).stopped_at == 60


async def test_states_end_at_their_own_instants_though_time_jumps_beyond() -> None:
    clock = VirtualClock(0.0, auto=False)
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(wait(60), wait(60)))
        clock.advance(1000)
        assert (await execution.result()).stopped_at == 120
        assert clock.now() == 1000


async def test_advance_moves_auto_time_too() -> None:
    clock = VirtualClock(0.0)
    async with Interpreter(clock=clock) as interpreter:
        await interpreter.settled()
        clock.advance(60)
        execution = await interpreter.start(machine(wait(10)))
        assert (await execution.result()).stopped_at == 70


async def test_elapse_calls_the_handlers_in_between() -> None:
    times: list[float] = []

    async def note(order: object, task: TaskContext) -> None:
        times.append(task.time)

    clock = VirtualClock(0.0, auto=False)
    async with Interpreter(served(note), clock=clock) as interpreter:
        execution = await interpreter.start(machine(wait(10), task(), wait(10), task(), wait(10), task()))
        await clock.elapse(25)
        assert (times, clock.now(), execution.status) == ([10, 20], 25, "RUNNING")
        await clock.elapse(5)
        assert (times, execution.status) == ([10, 20, 30], "SUCCEEDED")


async def test_heartbeats_come_in_time_while_time_elapses() -> None:
    async def lively(order: object, task: TaskContext) -> str:
        for _ in range(10):
            await task.sleep(50)
            await task.heartbeat()
        return "alive"

    clock = VirtualClock(0.0, auto=False)
    async with Interpreter(served(lively), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(TimeoutSeconds=DAY, HeartbeatSeconds=60)))
        await clock.elapse(DAY)
        assert (await execution.result()).output == "alive"
        assert clock.now() == DAY


async def test_two_may_let_time_elapse_at_once() -> None:
    arrived: list[float] = []

    async def elapse(seconds: float) -> None:
        await clock.elapse(seconds)
        arrived.append(clock.now())

    clock = VirtualClock(0.0, auto=False)
    async with Interpreter(clock=clock), anyio.create_task_group() as group:
        for seconds in (30, 10):
            group.start_soon(elapse, seconds)
    assert arrived == [10, 30]


async def test_time_out_of_a_callback_while_nobody_looks() -> None:
    desk, clock = Desk(), VirtualClock(0.0, auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await interpreter.start(machine(callback(TimeoutSeconds=60)))
        await clock.elapse(60)
        assert execution.status == "FAILED"


async def test_a_sleep_that_was_cancelled_moves_no_time() -> None:
    clock = VirtualClock(0.0)

    async def slow(order: object, task: TaskContext) -> None:
        await task.sleep(DAY)

    async with Interpreter(served(slow), clock=clock) as interpreter:
        assert (await (await interpreter.start(machine(task(TimeoutSeconds=5)))).result()).error == "States.Timeout"
        await interpreter.settled()
        with anyio.move_on_after(0.005):
            await anyio.sleep_forever()
        assert clock.now() == 5


async def test_what_an_inline_handler_said_before_its_time_out_moves_no_time() -> None:
    clock = VirtualClock(0.0)

    def slow(order: object, task: TaskContext) -> None:
        task.sleep(DAY)

    async with Interpreter(inline(slow), clock=clock) as interpreter:
        assert (await (await interpreter.start(machine(task(TimeoutSeconds=5)))).result()).error == "States.Timeout"
        with anyio.move_on_after(0.005):
            await anyio.sleep_forever()
        assert clock.now() == 5


@pytest.mark.parametrize("seconds", [-1, -0.001])
async def test_time_does_not_go_back(seconds: float) -> None:
    clock = VirtualClock(100.0)
    with pytest.raises(ValueError, match="time cannot go back"):
        clock.advance(seconds)
    with pytest.raises(ValueError, match="time cannot go back"):
        await clock.elapse(seconds)
    assert clock.now() == 100


async def test_the_clock_of_the_loop_may_be_virtual_too() -> None:
    from aslrun.runtime.clock import LoopClock

    clock = LoopClock(1000.0)
    async with Interpreter(clock=clock) as interpreter:
        result = await (await interpreter.start(machine(wait(0)))).result()
    assert math.isclose(result.started_at, 1000, abs_tol=5)
