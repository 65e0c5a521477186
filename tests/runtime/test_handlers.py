"""How the interpreter calls handlers: in threads, in place, awaited; what they may return, raise and never do."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import math
import threading
import uuid
from collections import UserDict
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import pytest

import aslrun
from aslrun import Interpreter, Resources, Result, TaskContext, TaskError, TaskTimedOut, VirtualClock
from aslrun.runtime.execution_handle import ExecutionHandle
from aslrun.values import JSON

from .machines import DAY, LAMBDA, SYNC, State, inline, machine, parallel, served, task, wait

pytestmark = pytest.mark.anyio


async def outcome(
    resources: Resources, *states: State, input: JSON = None, clock: VirtualClock | None = None, **settings: Any
) -> Result:
    """What comes of these states."""
    async with Interpreter(resources, clock=clock or VirtualClock(), **settings) as interpreter:
        with anyio.fail_after(10):
            return await (await interpreter.start(machine(*states), input)).result()


# --------------------------------------------------------------------------- where they run


async def test_a_sync_handler_runs_in_a_thread() -> None:
    result = await outcome(served(lambda order: threading.current_thread() is threading.main_thread()), task())
    assert result.output is False


async def test_an_inline_handler_runs_on_the_event_loop() -> None:
    result = await outcome(inline(lambda order: threading.current_thread() is threading.main_thread()), task())
    assert result.output is True


async def test_without_threads_every_handler_runs_on_the_event_loop() -> None:
    handlers = served(lambda order: threading.current_thread() is threading.main_thread())
    assert (await outcome(handlers, task(), threads=False)).output is True


async def test_threads_are_used_again() -> None:
    threads: set[int] = set()
    await outcome(served(lambda order: threads.add(threading.get_ident())), *[task(ResultPath=None)] * 20)
    assert len(threads) == 1


@pytest.mark.parametrize("is_inline", [True, False])
async def test_a_plain_function_may_return_a_coroutine(is_inline: bool) -> None:
    async def later(value: JSON) -> JSON:
        await anyio.sleep(0.001)
        return value

    resources = Resources()
    resources.task(LAMBDA + "work", lambda value: later(value), inline=is_inline)
    assert (await outcome(resources, task(), input=7)).output == 7


async def test_a_sync_handler_may_run_an_event_loop_of_its_own() -> None:
    async def nested() -> str:
        await anyio.lowlevel.checkpoint()
        return "done"

    assert (await outcome(served(lambda order: anyio.run(nested)), task())).output == "done"


async def test_many_blocking_handlers_meet() -> None:
    together = threading.Barrier(60, timeout=10)  # more than the threads that anyio would give

    def meet(order: object) -> None:
        together.wait()

    result = await outcome(served(meet), {
        "Type": "Map", "MaxConcurrency": 60, "ItemsPath": "$",
        "ItemProcessor": {"StartAt": "X", "States": {"X": task(End=True)}},
    }, input=list(range(60)), limits=aslrun.Limits(map_concurrency=60))  # fmt: skip
    assert result.succeeded


# --------------------------------------------------------------------------- what they share


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
async def test_every_handler_has_its_own_copy_of_the_input(kind: str) -> None:
    def spoil(order: dict[str, list[int]]) -> str:
        order["items"].append(1)
        return "done"

    async def spoil_async(order: dict[str, list[int]]) -> str:
        return spoil(order)

    resources = Resources()
    resources.task(LAMBDA + "work", spoil_async if kind == "async" else spoil, inline=kind == "inline")
    branches = parallel(task(ResultPath="$.x"), task(ResultPath="$.x"))
    assert (await outcome(resources, branches, input={"items": []})).output == [{"items": [], "x": "done"}] * 2


# --------------------------------------------------------------------------- what never returns


async def test_an_async_handler_that_never_returns_times_out_and_is_cancelled() -> None:
    ends: list[str] = []

    async def forever(order: object) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ends.append("cancelled")

    clock = VirtualClock(auto=False)
    async with Interpreter(served(forever), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(TimeoutSeconds=60)))
        await anyio.wait_all_tasks_blocked()
        clock.advance(60)
        assert (await execution.result()).error == "States.Timeout"
        await anyio.wait_all_tasks_blocked()
        assert ends == ["cancelled"]


async def test_sync_handlers_that_never_return_time_out_and_hold_nobody_up() -> None:
    release = threading.Event()

    def forever(order: object) -> None:
        release.wait(30)

    clock = VirtualClock(auto=False)
    async with Interpreter(served(forever, quick=lambda order: order), clock=clock) as interpreter:
        stuck = [await interpreter.start(machine(task(TimeoutSeconds=60))) for _ in range(50)]
        await anyio.wait_all_tasks_blocked()
        clock.advance(60)
        assert {(await each.result()).error for each in stuck} == {"States.Timeout"}
        assert (await (await interpreter.start(machine(task("quick")), 7)).result()).output == 7
    release.set()


async def test_what_a_thread_returns_too_late_changes_nothing() -> None:
    release, clock = threading.Event(), VirtualClock(auto=False)
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}]

    def slow_once(order: object, task: TaskContext) -> int:
        if task.attempt == 0:
            release.wait(10)
        return task.attempt

    async with Interpreter(served(slow_once), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(TimeoutSeconds=60, Retry=retry), wait(DAY)))
        await anyio.wait_all_tasks_blocked()
        clock.advance(60)
        release.set()
        await interpreter.settled()
        await clock.elapse(1)
        await interpreter.settled()
        types = [event["type"] for event in execution.history()]
    assert types.count("LambdaFunctionSucceeded") == 1
    assert execution.describe().find("$") == [None]
    assert types[-1] == "WaitStateEntered"


async def test_a_thread_whose_task_is_over_is_told_when_it_reports_or_sleeps() -> None:
    release, clock = threading.Event(), VirtualClock(auto=False)
    told: list[str] = []

    def late(order: object, task: TaskContext) -> None:
        release.wait(10)
        for report in (task.heartbeat, lambda: task.submitted({}), lambda: task.sleep(5)):
            try:
                report()
            except TaskTimedOut as error:
                told.append(str(error))
        anyio.from_thread.run_sync(finished.set, token=loop)

    finished, loop = anyio.Event(), anyio.lowlevel.current_token()
    async with Interpreter(served(late), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(TimeoutSeconds=60)))
        await anyio.wait_all_tasks_blocked()
        clock.advance(60)
        await execution.result()
        release.set()
        with anyio.fail_after(5):
            await finished.wait()
    assert told == ["Task Timed Out: 'Provided task does not exist anymore'"] * 3


async def test_a_thread_that_sleeps_is_woken_by_its_time_out() -> None:
    def sleepy(order: object, task: TaskContext) -> None:
        try:
            task.sleep(DAY)
        except TaskTimedOut:
            anyio.from_thread.run_sync(woken.set, token=loop)

    woken, loop = anyio.Event(), anyio.lowlevel.current_token()
    clock = VirtualClock()
    result = await outcome(served(sleepy), task(TimeoutSeconds=60), clock=clock)
    with anyio.fail_after(5):
        await woken.wait()
    assert (result.error, clock.now() - result.started_at) == ("States.Timeout", 60)


@pytest.mark.parametrize("sleeps", ["anyio", "task"])
async def test_siblings_of_a_failed_branch_are_cancelled(sleeps: str) -> None:
    cancelled: list[str] = []

    async def slow(order: object, task: TaskContext) -> None:
        try:
            await (anyio.sleep_forever() if sleeps == "anyio" else task.sleep(DAY))
        except BaseException:
            cancelled.append(task.state)
            raise

    async def fail(order: object) -> None:
        await anyio.wait_all_tasks_blocked()
        raise TaskError("Broken")

    clock = VirtualClock(auto=False)
    result = await outcome(served(slow, fail=fail), parallel(task(), task("fail"), task()), clock=clock)
    assert result.error == "Broken"
    assert sorted(cancelled) == ["X0", "X2"]


async def test_a_call_that_nobody_waits_for_any_more_is_not_made() -> None:
    calls: list[str] = []

    async def fail(order: object) -> None:
        raise TaskError("Broken")

    resources = served(lambda order: calls.append("late"), fail=fail)
    result = await outcome(resources, parallel(task("fail"), task()), max_handlers=1)
    assert (result.error, calls) == ("Broken", [])


async def test_a_cancelled_sleep_does_not_move_virtual_time() -> None:
    async def slow(order: object, task: TaskContext) -> None:
        await task.sleep(DAY)

    clock = VirtualClock()
    result = await outcome(
        served(slow),
        task(TimeoutSeconds=60, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]),
        wait(5),
        clock=clock,
    )
    assert (result.stopped_at or 0) - result.started_at == 65


# --------------------------------------------------------------------------- how many


@pytest.mark.parametrize("kind", ["thread", "async"])
async def test_no_more_than_max_handlers_are_at_work(kind: str) -> None:
    lock, at_work, most, full = threading.Lock(), 0, 0, threading.Event()

    def change(by: int) -> None:
        nonlocal at_work, most
        with lock:
            at_work += by
            most = max(most, at_work)
            if at_work == 3:
                full.set()

    def plain(order: object) -> None:
        change(+1)
        full.wait()
        change(-1)

    everyone = anyio.Event()

    async def coroutine(order: object) -> None:
        change(+1)
        if full.is_set():
            everyone.set()
        await everyone.wait()
        change(-1)

    async with Interpreter(served(plain if kind == "thread" else coroutine), max_handlers=3) as interpreter:
        executions = [await interpreter.start(machine(task(), task())) for _ in range(10)]
        for execution in executions:
            assert (await execution.result()).succeeded
    assert most == 3


async def test_a_handler_that_never_returned_leaves_its_place_to_the_next() -> None:
    async def forever(order: object) -> None:
        await anyio.sleep_forever()

    clock = VirtualClock()
    async with Interpreter(served(forever, quick=lambda order: 7), clock=clock, max_handlers=1) as interpreter:
        stuck = await interpreter.start(machine(task(TimeoutSeconds=60)))
        after = await interpreter.start(machine(task("quick")))
        await anyio.wait_all_tasks_blocked()
        assert after.status == "RUNNING"
        clock.advance(60)
        assert (await stuck.result()).error == "States.Timeout"
        assert (await after.result()).output == 7


def test_max_handlers_must_be_one_or_more() -> None:
    with pytest.raises(ValueError, match="max_handlers must be at least 1, not 0"):
        Interpreter(max_handlers=0)


# --------------------------------------------------------------------------- what they return


class Model(UserDict[str, int]):
    pass


NO_JSON: list[tuple[object, str]] = [
    (decimal.Decimal("1.5"), "$"),
    ({"when": datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)}, "$.when"),
    ({"day": [datetime.date(2024, 1, 1)]}, "$.day[0]"),
    ([1, math.nan], "$[1]"),
    ({"a": {"b": math.inf}}, "$.a.b"),
    ({"a": {1, 2}}, "$.a"),
    ((1, 2), "$"),
    ({"a": b"bytes"}, "$.a"),
    ({(1, 2): "tuple key"}, "$"),
    ({"a": {1: "number key"}}, "$.a"),
    ({"a": {None: "no key"}}, "$.a"),
    ({"id": uuid.UUID(int=0)}, "$.id"),
    ({"a": [{"b": object()}]}, "$.a[0].b"),
    (Model(), "$"),
    ({"a": range(3)}, "$.a"),
]


@pytest.mark.parametrize(("value", "path"), NO_JSON, ids=[str(path) + type(value).__name__ for value, path in NO_JSON])
@pytest.mark.parametrize("kind", ["thread", "inline", "async", "service"])
async def test_what_is_no_json_fails_the_task_with_handler_and_path(kind: str, value: object, path: str) -> None:
    def charge(order: object) -> object:
        return value

    async def charge_async(order: object) -> object:
        return value

    resources, resource = Resources(), SYNC.removesuffix(".sync") if kind == "service" else LAMBDA + "charge"
    handler: Callable[..., object] = charge_async if kind == "async" else charge
    resources.task(resource, handler, name="charge", inline=kind == "inline")
    result = await outcome(resources, task(resource, Parameters={}))
    assert (result.status, result.error) == ("FAILED", "InvalidHandlerOutput")
    assert (result.cause or "").startswith(f"handler charge returned no JSON: at {path} ")


async def test_what_contains_itself_is_no_json() -> None:
    def loop(order: object) -> list[object]:
        itself: list[object] = []
        itself.append(itself)
        return itself

    assert (await outcome(served(loop), task())).error == "InvalidHandlerOutput"


async def test_a_bad_result_can_be_caught() -> None:
    catch = [{"ErrorEquals": ["InvalidHandlerOutput"], "Next": "B"}]
    assert (await outcome(served(lambda order: {1}), task(Catch=catch), {"Type": "Succeed"})).succeeded


async def test_what_a_handler_submits_must_be_json_too() -> None:
    resources = Resources()

    async def submit(job: object, task: TaskContext) -> None:
        await task.submitted({"when": {1}})  # type: ignore[dict-item]

    resources.task(SYNC, submit)
    result = await outcome(resources, task(SYNC, Parameters={}))
    assert (result.status, result.error) == ("FAILED", "InvalidHandlerOutput")


# --------------------------------------------------------------------------- what they raise


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
@pytest.mark.parametrize(
    "problem",
    [ValueError("no"), TaskError("Refused"), ExceptionGroup("two", [ValueError()]), StopIteration(1), TimeoutError()],
)
async def test_an_exception_is_the_failure_of_the_task(kind: str, problem: Exception) -> None:
    def plain(order: object) -> None:
        raise problem

    async def coroutine(order: object) -> None:
        await anyio.lowlevel.checkpoint()
        raise problem

    resources = Resources()
    resources.task(LAMBDA + "work", coroutine if kind == "async" else plain, inline=kind == "inline")
    async with Interpreter(resources) as interpreter:
        for _ in range(2):
            result = await (await interpreter.start(machine(task()))).result()
            assert result.status == "FAILED"
    named = {StopIteration: {"StopIteration", "RuntimeError"}, TaskError: {"Refused"}}
    assert result.error in named.get(type(problem), {type(problem).__name__})


class Stop(BaseException):
    """No failure of a task: the application wants to end."""


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
async def test_what_is_no_exception_ends_the_block(kind: str) -> None:
    def plain(order: object) -> None:
        raise Stop

    async def coroutine(order: object) -> None:
        await anyio.lowlevel.checkpoint()
        raise Stop

    resources = Resources()
    resources.task(LAMBDA + "work", coroutine if kind == "async" else plain, inline=kind == "inline")
    with pytest.raises(Stop):  # noqa: PT012
        async with Interpreter(resources) as interpreter:
            execution = await interpreter.start(machine(task()))
            await anyio.sleep_forever()
    assert execution.status == "RUNNING"


@pytest.mark.parametrize("problem", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_keyboard_interrupt_and_exit_end_the_program(backend: str, problem: type[BaseException]) -> None:
    async def leave(order: object) -> None:
        raise problem

    async def main() -> None:
        async with Interpreter(served(leave)) as interpreter:
            await (await interpreter.start(machine(task()))).result()

    with pytest.raises(problem):
        anyio.run(main, backend=backend)


def cancelled_by_itself(kind: str) -> Result:
    """A handler on asyncio that raises CancelledError though nobody cancelled it."""

    async def coroutine(order: object) -> None:
        inner = asyncio.ensure_future(asyncio.sleep(60))
        asyncio.get_running_loop().call_soon(inner.cancel)
        await inner

    def plain(order: object) -> None:
        raise asyncio.CancelledError

    resources = Resources()
    resources.task(LAMBDA + "work", coroutine if kind == "async" else plain, inline=kind == "inline")

    async def main() -> Result:
        async with Interpreter(resources) as interpreter:
            with anyio.fail_after(5):
                return await (await interpreter.start(machine(task()))).result()

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
def test_a_handler_that_cancels_itself_fails_its_task(kind: str) -> None:
    result = cancelled_by_itself(kind)
    assert (result.status, result.error) == ("FAILED", "CancelledError")


def test_a_task_of_asyncio_that_is_cancelled_from_outside_fails_nothing() -> None:
    async def forever(order: object) -> None:
        await anyio.sleep_forever()

    async def serve(started: asyncio.Event) -> None:
        async with Interpreter(served(forever)) as interpreter:
            executions.append(await interpreter.start(machine(task())))
            await anyio.wait_all_tasks_blocked()
            started.set()
            await asyncio.sleep(60)

    async def main() -> None:
        started = asyncio.Event()
        serving = asyncio.ensure_future(serve(started))
        await started.wait()
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    executions: list[ExecutionHandle] = []
    asyncio.run(main())
    assert executions[0].status == "RUNNING"


# --------------------------------------------------------------------------- time


Sleeper = Callable[[object, TaskContext], object]


def sleepers() -> dict[str, tuple[Sleeper, bool]]:
    def plain(order: object, task: TaskContext) -> float:
        for _ in range(3):
            task.sleep(50)
            task.heartbeat()
        return task.time

    async def coroutine(order: object, task: TaskContext) -> float:
        for _ in range(3):
            await task.sleep(50)
            await task.heartbeat()
        return task.time

    return {"thread": (plain, False), "inline": (plain, True), "async": (coroutine, False)}


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
@pytest.mark.parametrize(("heartbeat", "error"), [(60, None), (40, "States.Timeout")])
async def test_every_handler_takes_the_time_it_says_and_reports_in_between(
    kind: str, heartbeat: int, error: str | None
) -> None:
    handler, is_inline = sleepers()[kind]
    resources = Resources()
    resources.task(LAMBDA + "work", handler, inline=is_inline)
    result = await outcome(resources, task(TimeoutSeconds=600, HeartbeatSeconds=heartbeat), clock=VirtualClock(0.0))
    assert result.error == error
    assert result.stopped_at == (150 if error is None else 40)
    assert error or result.output == 150


@pytest.mark.parametrize("kind", ["thread", "inline", "async"])
async def test_less_than_no_time_is_a_failure_of_the_handler(kind: str) -> None:
    def plain(order: object, task: TaskContext) -> Awaitable[None]:
        return task.sleep(-1)

    async def coroutine(order: object, task: TaskContext) -> None:
        await task.sleep(math.nan)

    resources = Resources()
    resources.task(LAMBDA + "work", coroutine if kind == "async" else plain, inline=kind == "inline")
    assert (await outcome(resources, task())).error == "ValueError"


async def test_a_thread_of_the_handlers_own_may_report_too() -> None:
    def work(order: object, task: TaskContext) -> str:
        helper = threading.Thread(target=lambda: (task.sleep(1), task.heartbeat()))
        helper.start()
        helper.join()
        return "done"

    assert (await outcome(served(work), task(TimeoutSeconds=600, HeartbeatSeconds=60))).output == "done"
