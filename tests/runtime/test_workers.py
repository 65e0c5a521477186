"""Workers of an interpreter whose handler is cancelled at the very instant at which it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aslrun import Interpreter, TaskError, VirtualClock
from aslrun.stores.memory import MemoryStore

from .machines import machine, parallel, served, task, wait

pytestmark = pytest.mark.anyio


async def pause(order: object) -> int:
    await checkpoint()
    return 7


async def test_a_worker_whose_handler_was_cancelled_too_late_takes_no_more_jobs() -> None:
    both = anyio.Event()

    async def fail(order: object) -> None:
        await both.wait()
        raise TaskError("Broken")

    async def late(order: object) -> None:
        await both.wait()

    async with Interpreter(
        served(pause, fail=fail, late=late), clock=VirtualClock(auto=False), max_handlers=2
    ) as interpreter:
        await interpreter.start(machine(parallel(task("fail"), task("late"))))
        await anyio.wait_all_tasks_blocked()
        others = [await interpreter.start(machine(task())) for _ in range(3)]
        both.set()
        with anyio.fail_after(10):
            assert [(await other.result()).output for other in others] == [7, 7, 7]


async def test_a_worker_whose_handler_was_cancelled_too_late_does_not_wait_for_jobs() -> None:
    done = anyio.Event()

    async def slow(order: object) -> None:
        await done.wait()

    def follow(arn: str, records: Sequence[object]) -> None:
        if arn.endswith(":other"):
            done.set()

    async with Interpreter(
        served(pause, slow=slow), clock=VirtualClock(auto=False), store=MemoryStore(), on_history=follow, threads=False
    ) as interpreter:
        execution = await interpreter.start(machine(task("slow")))
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as group:  # both are written, and applied, together
            group.start_soon(lambda: interpreter.start(machine(wait(5)), name="other"))
            group.start_soon(execution.stop)
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(10):
            assert (await (await interpreter.start(machine(task()))).result()).output == 7


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_handler_that_cancels_its_own_task_takes_nobody_with_it() -> None:
    async def mischief(order: object) -> None:
        current = asyncio.current_task()
        assert current is not None
        current.cancel()

    outputs: list[object] = []
    async with Interpreter(
        served(pause, mischief=mischief), clock=VirtualClock(auto=False), store=MemoryStore()
    ) as interpreter:
        await interpreter.start(machine(task("mischief")))
        await anyio.wait_all_tasks_blocked()
        with anyio.fail_after(10):
            outputs.append((await (await interpreter.start(machine(task()))).result()).output)
    assert outputs == [7]
