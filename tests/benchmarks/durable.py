"""What durability costs: steps a second beside raw SQLite, executions that wait, and a restart with many of them.

A step is a Task state whose handler returns at once: one event that must be on the disk before the next state begins.
The raw program writes a row of the same size to a table of the same shape, with the same settings, and does nothing
else: a transaction for each row, or one for 200. It is also measured with a log that has its whole size from the
beginning, as our store gives it. DBOS is taken as its documentation sets it up.

Rules that a change must keep:

1. All write to the same disk, in turn, and seconds are those of the wall clock: waiting for the disk is the point. A
   ratio is the median over such turns, for how long the disk takes changes from minute to minute.
2. Whoever sends a token waits for its acknowledgement, in a task of asyncio; what is written after that counts, too.
3. Memory is what the process has grown by, divided by the executions; nothing is collected or trimmed for the figure.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import anyio

from aslrun import Interpreter, Resources, SQLiteStore, load
from aslrun.definition.model import Machine
from aslrun.stores.signing import SignedTokens
from aslrun.stores.sqlite_room import give_room

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:step"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ROW = "x" * 120  # characters of an event
ALONE_BAR, TOGETHER_BAR = 0.5, 0.1  # shares of raw SQLite
RIVAL_BARS = (3, 30)  # times what DBOS does
MEMORY_BAR, RESUME_BAR, RESTART_BAR = 2_048, 0.010, 10.0  # bytes, CPU seconds for 1,000, seconds


def chain(length: int) -> Machine:
    """Task states one after the other."""
    state = {"Type": "Task", "Resource": FUNCTION}
    states: dict[str, Any] = {f"S{number}": {**state, "Next": f"S{number + 1}"} for number in range(length - 1)}
    states[f"S{length - 1}"] = {**state, "End": True}
    return load({"StartAt": "S0", "States": states})


WAITING = {
    "StartAt": "Wait",
    "States": {
        "Wait": {
            "Type": "Task",
            "Resource": CALLBACK,
            "Parameters": {"order.$": "$.order", "token.$": "$$.Task.Token"},
            "TimeoutSeconds": 86_400,
            "End": True,
        }
    },
}


def handlers(tokens: list[str]) -> Resources:
    """A step that does nothing, and a desk on which tokens are left."""
    resources = Resources()

    async def step(order: Any) -> Any:
        return order

    async def leave(message: Any) -> None:
        tokens.append(message["token"])

    resources.task(FUNCTION, step)
    resources.task(CALLBACK, leave)
    return resources


@contextmanager
def file() -> Iterator[Path]:
    """The path of a new database in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        yield Path(folder) / "runs.db"


# --------------------------------------------------------------------------- steps a second


def raw(rows: int, at_once: int, room: bool = False) -> float:
    """Rows a second."""
    with file() as path:
        connection = _table(path, "FULL")
        if room:
            give_room(connection, path)
        started = time.perf_counter()
        for number in range(0, rows, at_once):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO t VALUES (?, ?, ?)", [(i, number, ROW) for i in range(at_once)])
            connection.execute("COMMIT")
        elapsed = time.perf_counter() - started
        connection.close()
    return rows / elapsed


def _table(path: Path, synchronous: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("CREATE TABLE t (a, b INTEGER, c TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
    return connection


def ours(executions: int, steps: int) -> float:
    """Steps a second, with so many executions at once."""

    async def main() -> float:
        machine = chain(steps)
        async with Interpreter(handlers([]), store=SQLiteStore(path)) as interpreter:
            started = time.perf_counter()

            async def run() -> None:
                execution = await interpreter.start(machine, {"order": 7})
                assert (await execution.result()).succeeded

            async with anyio.create_task_group() as group:
                for _ in range(executions):
                    group.start_soon(run)
            return executions * steps / (time.perf_counter() - started)

    with file() as path:
        return anyio.run(main)


def steps_per_second(repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Pairs of ours and raw: one execution after another, and 200 at once."""
    ours(1, 20)  # nobody measures imports
    return {
        "one after another": [(ours(1, 300), raw(300, 1)) for _ in range(repeats)],
        "200 at once": [(ours(200, 25), raw(10_000, 200)) for _ in range(repeats)],
    }


def beside_dbos(repeats: int) -> dict[str, list[tuple[float, float]]]:
    """Pairs of ours and DBOS, made in turn; none where it is not installed."""
    if find_spec("dbos") is None:
        return {}
    command = [sys.executable, "-m", "tests.benchmarks.durable_dbos"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        return {
            name: [(ours(executions, steps), _asked(process, measurement)) for _ in range(repeats)]
            for name, measurement, executions, steps in (
                ("one after another", "alone", 1, 200),
                ("200 at once", "together", 200, 25),
            )
        }


def _asked(process: subprocess.Popen[str], measurement: str) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{measurement}\n")
    process.stdin.flush()
    return float(process.stdout.readline())


# --------------------------------------------------------------------------- waiting executions


def resident() -> int:
    """Bytes of memory that the process has now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def waiting(executions: int, resumed: int = 1_000) -> dict[str, float]:
    """Bytes for each execution that waits for a token, CPU seconds for resuming some, seconds of a restart."""
    with file() as path:
        figures = anyio.run(_fill, path, executions, resumed)
        figures["restart"] = anyio.run(_restart, path)
        figures["file"] = path.stat().st_size / executions
    return figures


async def _fill(path: Path, executions: int, resumed: int) -> dict[str, float]:
    tokens: list[str] = []
    machine = load(WAITING)
    async with Interpreter(handlers(tokens), store=SQLiteStore(path, synchronous="NORMAL")) as interpreter:
        await _start(interpreter, machine, 2_000)
        first, known = resident(), len(tokens)
        started = time.perf_counter()
        await _start(interpreter, machine, executions - 2_000)
        elapsed = time.perf_counter() - started
        wanted, asleep = tokens[-resumed:], tokens[:resumed]
        held = sum(map(len, tokens[known:]))  # what the benchmark itself keeps
        del tokens[:]
        gc.collect()
        memory = (resident() - first) / (executions - 2_000)
        first_cpu, second_cpu = await _resume(interpreter, wanted), await _resume(interpreter, asleep)
    return {
        "memory": memory,
        "resume": first_cpu,
        "resume asleep": second_cpu,
        "least": await _least(resumed),
        "starts": (executions - 2_000) / elapsed,
        "held": held,
    }


async def _resume(interpreter: Interpreter, tokens: list[str]) -> float:
    """CPU seconds until all is done: acknowledged, at its end, and written."""
    gc.collect()
    cpu = time.process_time()
    await asyncio.gather(*[interpreter.send_task_success(token, "1") for token in tokens])
    await anyio.sleep(0.2)
    return time.process_time() - cpu


async def _least(count: int) -> float:
    """CPU seconds without an interpreter: a task each that checks its token, keeps a row and waits for it."""
    tokens = SignedTokens(bytes(32))
    arn = "arn:aws:states:us-east-1:123456789012:execution:Wait:"
    sent = [tokens.mint(f"{arn}{number}", 1) for number in range(count)]
    rows: list[tuple[str, int, str]] = []
    written = asyncio.Event()

    async def answer(token: str, output: str) -> None:
        execution, task = tokens.address(token)
        rows.append((execution, task, ROW + json.dumps(json.loads(output))))
        await written.wait()

    def write() -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        written.set()

    with file() as path, closing(_table(path, "NORMAL")) as connection:
        gc.collect()
        cpu = time.process_time()
        asyncio.get_running_loop().call_later(0.01, write)
        await asyncio.gather(*[answer(token, "1") for token in sent])
        return time.process_time() - cpu


async def _start(interpreter: Interpreter, machine: Machine, count: int) -> None:
    async def some(numbers: range) -> None:
        for number in numbers:
            await interpreter.start(machine, {"order": number})

    async with anyio.create_task_group() as group:
        for part in range(100):
            group.start_soon(some, range(part, count, 100))
    await interpreter.settled()


async def _restart(path: Path) -> float:
    started = time.perf_counter()
    async with Interpreter(handlers([]), store=SQLiteStore(path)):
        return time.perf_counter() - started


# --------------------------------------------------------------------------- the table


def report(repeats: int, executions: int = 100_000) -> dict[str, Any]:
    """All figures, printed and given back."""
    pairs = steps_per_second(repeats)
    bars = {"one after another": ALONE_BAR, "200 at once": TOGETHER_BAR}
    print("\ndurable steps, synchronous=FULL             ours/s        raw/s   share    bar")
    for name, each in pairs.items():
        share = median(mine / theirs for mine, theirs in each)
        mine, theirs = (median(column) for column in zip(*each, strict=True))
        print(
            f"{name:<38} {mine:>11,.0f} {theirs:>12,.0f} {share:>7.2f} {bars[name]:>6.2f}  {_met(share >= bars[name])}"
        )
    beside = [(ours(1, 300), raw(300, 1, room=True)) for _ in range(repeats)]
    mine, theirs = (median(column) for column in zip(*beside, strict=True))
    share = median(mine / theirs for mine, theirs in beside)
    print(f"{'  raw with a log of its whole size':<38} {mine:>11,.0f} {theirs:>12,.0f} {share:>7.2f}   none")
    _print_rival(beside_dbos(repeats))
    figures = waiting(executions)
    print(f"\n{executions:,} executions that wait for a token")
    for name, value, bar, unit in (
        ("memory of each", figures["memory"], MEMORY_BAR, "bytes"),
        ("resuming 1,000, still in memory", figures["resume"] * 1000, RESUME_BAR * 1000, "ms CPU"),
        ("resuming 1,000, out of the file", figures["resume asleep"] * 1000, RESUME_BAR * 1000, "ms CPU"),
        ("restart until ready", figures["restart"], RESTART_BAR, "s"),
    ):
        print(f"{name:<38} {value:>11,.1f} {unit:<7} bar {bar:>8,.0f}  {_met(value <= bar)}")
    print(f"{'  the least without an interpreter':<38} {figures['least'] * 1000:>11,.1f} ms CPU")
    print(f"{'starting them':<38} {figures['starts']:>11,.0f} a second; {figures['file']:,.0f} bytes each in the file")
    return {"steps": pairs, "waiting": figures}


def _print_rival(pairs: dict[str, list[tuple[float, float]]]) -> None:
    if not pairs:
        return print("DBOS is not installed: nobody to compare with")
    for (name, each), bar in zip(pairs.items(), RIVAL_BARS, strict=True):
        times = sorted(mine / theirs for mine, theirs in each)
        mine, theirs = (median(column) for column in zip(*each, strict=True))
        said = f"ours are {median(times):.1f} x ({times[0]:.1f}-{times[-1]:.1f}), bar {bar} x"
        print(f"{f'DBOS, {name}':<38} {mine:>11,.0f} {theirs:>12,.0f} {said}  {_met(median(times) >= bar)}")
    return None


def _met(met: bool) -> str:
    return "met" if met else "BELOW"
