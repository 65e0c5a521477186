"""Where the journal writes: on the event loop while the store is quick, in a thread where it is not or has to wait."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from threading import get_ident

import anyio
import pytest

from aslrun import Interpreter, Resources, SQLiteStore
from aslrun.errors import StoreBusy
from aslrun.runtime.journal import FEW, QUICK
from aslrun.stores.memory import MemoryStore
from aslrun.stores.protocols import Change, Query
from aslrun.values import JSON

from .machines import machine, served, task

pytestmark = pytest.mark.anyio


class Watched(MemoryStore):
    """A store that takes ``seconds``, and notes for each write whether it was on the event loop, and of how much."""

    def __init__(self, seconds: float = 0.0, busy: bool = False) -> None:
        super().__init__()
        self.seconds, self.busy = seconds, busy
        self.loop = get_ident()
        self.writes: list[tuple[bool, int]] = []

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        if self.busy and not wait:
            raise StoreBusy("the store", "somebody else is writing")
        self.writes.append((get_ident() == self.loop, len(changes)))
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            pass
        super().write(changes)

    @property
    def on_the_loop(self) -> int:
        return sum(here for here, _ in self.writes)


async def steps(store: Watched, count: int = 20) -> None:
    """So many steps of one execution, to its end."""
    async with Interpreter(handlers(), store=store) as interpreter:
        assert await output(interpreter, count) == 7


async def output(interpreter: Interpreter, count: int) -> JSON:
    """What comes of so many tasks one after the other."""
    execution = await interpreter.start(machine(*[task()] * count), 7)
    return (await execution.result()).output


def handlers() -> Resources:
    async def work(input: JSON) -> JSON:
        return input

    return served(work)


async def test_a_store_that_is_quick_is_written_to_on_the_event_loop() -> None:
    store = Watched()
    await steps(store)
    assert store.writes[0][0] is False, "nobody knows it yet"
    assert store.on_the_loop > len(store.writes) / 2


async def test_a_store_that_is_slow_is_written_to_in_a_thread() -> None:
    store = Watched(seconds=2 * QUICK)
    await steps(store)
    assert len(store.writes) >= 20
    assert store.on_the_loop <= 1, "all but the last write, when the interpreter is left"


async def test_a_store_that_has_to_wait_for_others_is_written_to_in_a_thread() -> None:
    store = Watched(busy=True)
    await steps(store)
    assert len(store.writes) >= 20
    assert store.on_the_loop <= 1


async def test_many_changes_are_written_in_a_thread_however_quick_the_store_is() -> None:
    store = Watched()
    async with Interpreter(handlers(), store=store) as interpreter:
        async with anyio.create_task_group() as group:
            for _ in range(10 * FEW):
                group.start_soon(output, interpreter, 5)
        large = [here for here, changes in store.writes if changes > FEW]
    assert large
    assert not any(large)


async def test_another_process_that_writes_for_long_holds_up_no_event_loop(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "runs.db", synchronous="NORMAL")
    async with Interpreter(handlers(), store=store) as interpreter, anyio.create_task_group() as group:
        await output(interpreter, 20)
        other = store.connect()
        other.execute("BEGIN IMMEDIATE")
        group.start_soon(output, interpreter, 1)
        await anyio.wait_all_tasks_blocked()  # on the loop, it would have waited until SQLite gave up
        assert len(interpreter.list_executions()) == 1
        other.execute("ROLLBACK")
        other.close()
    assert [each.status for each in store.list(Query())] == ["SUCCEEDED"] * 2
