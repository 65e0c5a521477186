"""The same machine, handlers and seed give the same history on every driver, to the event and to the second."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from aslrun import Interpreter, Machine, Resources, Result, TaskContext, TaskError, VirtualClock, simulate
from aslrun.stores.tokens import PlainTokenStore
from aslrun.values import JSON

from .machines import ACTIVITY, DAY, LAMBDA, State, callback, machine, parallel, task, wait

NAME, SEED = "agreed", 7
RETRY = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 3, "BackoffRate": 2, "JitterStrategy": "FULL", "MaxAttempts": 5}]
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "B"}]


def echo(value: Any, task: TaskContext) -> Any:
    return value


def slow(value: Any, task: TaskContext) -> str:
    task.sleep(60)
    return task.idempotency_key


def flaky(value: Any, task: TaskContext) -> int:
    if task.attempt < 3:
        raise TaskError("Flaky", f"attempt {task.attempt}")
    return task.attempt


def broken(value: Any, task: TaskContext) -> None:
    raise TaskError("Broken")


def lively(value: Any, task: TaskContext) -> None:
    for _ in range(3):
        task.sleep(20)
        task.heartbeat()


def publish(value: Any, task: TaskContext) -> dict[str, str]:
    return {"MessageId": "1"}


HANDLERS = [echo, slow, flaky, broken, lively]


def inlined(step: Callable[..., object]) -> Callable[[Any, TaskContext], object]:
    return step


def awaited(step: Callable[..., object]) -> Callable[[Any, TaskContext], Awaitable[object]]:
    """The same as a coroutine function: what it does is done in the same time."""

    async def handler(value: Any, task: TaskContext) -> object:
        if step is slow:
            await task.sleep(60)
            return task.idempotency_key
        if step is lively:
            for _ in range(3):
                await task.sleep(20)
                await task.heartbeat()
            return None
        return step(value, task)

    return handler


def resources(dressed: Callable[..., Any]) -> Resources:
    served = Resources()
    for each in HANDLERS:
        served.task(LAMBDA + each.__name__, dressed(each), name=each.__name__, inline=dressed is inlined)
    served.task("arn:aws:states:::sns:publish", dressed(publish), inline=dressed is inlined)
    served.activity("approve")
    return served


def items(state: State, **fields: Any) -> State:
    processor = {"StartAt": "X", "States": {"X": {**state, "End": True}}}
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "ResultPath": "$.done", **fields}


SHAPES: dict[str, Machine] = {
    "a chain": machine(task("echo"), wait(5), {"Type": "Pass"}, task("slow"), {"Type": "Succeed"}),
    "retries with jitter": machine(task("flaky", Retry=RETRY), wait(DAY)),
    "a caught failure": machine(task("broken", Catch=CATCH_ALL), wait(1)),
    "an uncaught failure": machine(wait(1), task("broken")),
    "branches": machine(parallel(task("echo"), task("slow"), wait(30), task("flaky", Retry=RETRY))),
    "a failing branch": machine(parallel(task("slow"), wait(1000), task("broken"), callback())),
    "a map": machine(items(task("echo"), MaxConcurrency=2)),
    "a map that takes time": machine(items(task("slow"), MaxConcurrency=2), wait(1)),
    "a map of retries": machine(items(task("flaky", Retry=RETRY))),
    "a time-out": machine(task("slow", TimeoutSeconds=59, Catch=CATCH_ALL), wait(1)),
    "heartbeats": machine(task("lively", TimeoutSeconds=100, HeartbeatSeconds=30)),
    "a missed heartbeat": machine(task("lively", TimeoutSeconds=100, HeartbeatSeconds=10)),
    "a machine that times out": machine(wait(10), task("slow"), TimeoutSeconds=30),
    "a callback that nobody answers": machine(callback(TimeoutSeconds=DAY, Catch=CATCH_ALL), wait(1)),
    "an activity without workers": machine(task(ACTIVITY), TimeoutSeconds=DAY),
    "random values": machine({"Type": "Pass", "Parameters": {"a.$": "States.UUID()"}}),
}  # fmt: skip
INPUT: dict[str, JSON] = {"items": [1, 2, 3, 4, 5]}


def interpreted(shape: Machine, dressed: Callable[..., Any], backend: str) -> Result:
    async def main() -> Result:
        clock, tokens = VirtualClock(), PlainTokenStore()
        async with Interpreter(resources(dressed), clock=clock, tokens=tokens) as interpreter:
            execution = await interpreter.start(shape, INPUT, name=NAME, seed=SEED)
            with anyio.fail_after(10):
                return await execution.result()

    return anyio.run(main, backend=backend)


SEQUENTIAL = [name for name in SHAPES if not name.startswith(("branches", "a failing branch", "a map"))]


def simulated(shape: Machine, dressed: Callable[..., Any]) -> Result:
    return simulate(shape, INPUT, resources(dressed), name=NAME, seed=SEED)


def assert_same(other: Result, told: Result) -> None:
    assert told.status != "RUNNING"
    assert other.history == told.history
    assert (other.status, other.output, other.error, other.cause) == (told.status, told.output, told.error, told.cause)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_interpreter_tells_what_a_simulation_tells(shape: str, backend: str) -> None:
    assert_same(interpreted(SHAPES[shape], inlined, backend), simulated(SHAPES[shape], inlined))


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("shape", SEQUENTIAL)
def test_async_handlers_tell_the_same_where_nothing_is_concurrent(shape: str, backend: str) -> None:
    assert_same(interpreted(SHAPES[shape], awaited, backend), simulated(SHAPES[shape], inlined))


@pytest.mark.parametrize("shape", SEQUENTIAL)
def test_a_simulation_with_async_handlers_tells_the_same_where_nothing_is_concurrent(shape: str) -> None:
    assert_same(simulated(SHAPES[shape], awaited), simulated(SHAPES[shape], inlined))


@pytest.mark.parametrize("dressed", [inlined, awaited])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_simulation_tells_the_same_twice(shape: str, dressed: Callable[..., Any]) -> None:
    assert_same(simulated(SHAPES[shape], dressed), simulated(SHAPES[shape], dressed))


@pytest.mark.parametrize("shape", SHAPES)
def test_async_handlers_come_to_the_same_end(shape: str) -> None:
    told, other = simulated(SHAPES[shape], inlined), simulated(SHAPES[shape], awaited)
    assert (other.status, other.error) == (told.status, told.error)
    assert other.stopped_at == told.stopped_at
