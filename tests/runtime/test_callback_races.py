"""A hundred racers for one token, in tasks, threads and two other processes: exactly one is acknowledged."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from functools import partial
from pathlib import Path
from random import Random
from subprocess import PIPE

import anyio
import anyio.to_thread
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from aslrun import AslrunError, Interpreter, TaskCallbacks
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.values import JSON

from .machines import Desk, callback, machine
from .racer import HEAD_START, race

TASKS, THREADS, PROCESSES, THREADS_IN_EACH = 40, 30, 2, 15
ROOT = Path(__file__).parents[2]


class Racers:
    """A process full of racers."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, BufferedByteReceiveStream(process.stdout)

    async def ready(self) -> None:
        await self._output.receive_until(b"\n", 10_000)

    async def race(self, token: str, outcomes: dict[str, str]) -> None:
        await self._input.send(f"{token}\n".encode())
        outcomes.update(json.loads(await self._output.receive_until(b"\n", 1_000_000)))


@asynccontextmanager
async def racers(path: Path, name: str) -> AsyncIterator[Racers]:
    command = [sys.executable, "-m", "tests.runtime.racer", str(path), name, str(THREADS_IN_EACH)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    async with await anyio.open_process(
        command, stdin=PIPE, stdout=PIPE, stderr=None, cwd=ROOT, env=environment
    ) as process:
        started = Racers(process)
        await started.ready()
        yield started
        process.kill()


async def in_task(callbacks: TaskCallbacks, token: str, name: str, delay: float, outcomes: dict[str, str]) -> None:
    await anyio.sleep(delay)
    try:
        await callbacks.send_task_success(json.dumps(name), token=token)
        outcomes[name] = "acknowledged"
    except AslrunError as error:
        outcomes[name] = type(error).__name__


async def in_thread(callbacks: TaskCallbacks, token: str, name: str, delay: float, outcomes: dict[str, str]) -> None:
    one = partial(race, callbacks, token, json.dumps(name), delay)
    outcomes[name] = await anyio.to_thread.run_sync(one, limiter=anyio.CapacityLimiter(1))


async def one_round(
    callbacks: TaskCallbacks, token: str, others: list[Racers], chance: Random, late: float
) -> dict[str, str]:
    """What became of each racer; those of this process, whose way is the shortest, may be some seconds late."""
    outcomes: dict[str, str] = {}
    async with anyio.create_task_group() as group:
        for other in others:
            group.start_soon(other.race, token, outcomes)
        for number in range(TASKS):
            delay = late + 2 * chance.random() * HEAD_START
            group.start_soon(in_task, callbacks, token, f"task {number}", delay, outcomes)
        for number in range(THREADS):
            delay = late + chance.random() * HEAD_START
            group.start_soon(in_thread, callbacks, token, f"thread {number}", delay, outcomes)
    return outcomes


async def rounds(path: Path, count: int) -> Counter[str]:
    """Race; how often each kind of racer has won."""
    desk, chance, won = Desk(), Random(7), Counter[str]()
    async with AsyncExitStack() as stack:
        tokens = stack.enter_context(closing(SQLiteTokenStore(path)))
        interpreter = await stack.enter_async_context(Interpreter(desk.resources, tokens=tokens))
        others = [await stack.enter_async_context(racers(path, f"process-{n}")) for n in range(PROCESSES)]
        callbacks = TaskCallbacks.local(interpreter)
        for number in range(count):
            execution = await interpreter.start(machine(callback()))
            await interpreter.settled()
            outcomes = await one_round(callbacks, desk.token, others, chance, late=0.02 * (number % 3))
            winner = the_winner(outcomes)
            output: JSON = (await execution.result()).output
            assert output == winner
            won[winner.split(" ")[0].split("-")[0]] += 1
    return won


def the_winner(outcomes: dict[str, str]) -> str:
    assert Counter(outcomes.values()) == {"acknowledged": 1, "TaskTimedOut": 99}
    return next(name for name, outcome in outcomes.items() if outcome == "acknowledged")


def test_of_a_hundred_racers_one_is_acknowledged(tmp_path: Path) -> None:
    assert anyio.run(rounds, tmp_path / "runs.db", 30).total() == 30


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_of_a_hundred_racers_one_is_acknowledged_a_thousand_times(tmp_path: Path) -> None:
    won = anyio.run(rounds, tmp_path / "runs.db", 1_000)
    assert won.total() == 1_000
    assert set(won) == {"task", "thread", "process"}
