"""Where the journal writes: on the event loop while the store is quick, in a thread where it is not or has to wait."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import get_ident

import anyio
import pytest
from anyio.lowlevel import checkpoint

from aslrun import Interpreter, Limits, Resources
from aslrun.errors import StoreBusy
from aslrun.runtime.pace import FEW, QUICK
from aslrun.stores.memory import MemoryStore
from aslrun.stores.protocols import Change
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
        self.snapshots: list[bool] = []

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        if self.busy and not wait:
            raise StoreBusy("the store", "somebody else is writing")
        here = get_ident() == self.loop
        self.writes.append((here, len(changes)))
        self.snapshots += [here for change in changes if change.snapshot is not None]
        end = time.perf_counter() + self.seconds
        while time.perf_counter() < end:
            pass
        super().write(changes)

    @property
    def on_the_loop(self) -> int:
        return sum(here for here, _ in self.writes)


async def steps(store: Watched, count: int = 40) -> None:
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
    assert store.writes[0][0] is True
    assert store.on_the_loop > 5, "whatever else the machine does"


async def test_a_store_that_is_slow_is_written_to_in_a_thread_but_for_a_few_trials() -> None:
    store = Watched(seconds=2 * QUICK)
    await steps(store)
    assert len(store.writes) >= 40
    assert store.on_the_loop <= 5, "the first, those after 4, 8 and 16 more, and the last"


async def test_a_store_that_has_to_wait_for_others_is_written_to_in_a_thread() -> None:
    store = Watched(busy=True)
    await steps(store)
    assert len(store.writes) >= 40
    assert store.on_the_loop <= 1, "all but the last write, when the interpreter is left"


async def test_many_changes_are_written_in_a_thread_however_quick_the_store_is() -> None:
    store = Watched()
    async with Interpreter(handlers(), store=store) as interpreter:
        async with anyio.create_task_group() as group:
            for _ in range(10 * FEW):
                group.start_soon(output, interpreter, 5)
        large = [here for here, changes in store.writes if changes > FEW]
    assert large
    assert not any(large)


async def test_a_snapshot_is_written_in_a_thread_however_quick_the_store_is() -> None:
    store = Watched()
    await steps(store, 120)
    assert store.snapshots
    assert not any(store.snapshots)


async def test_an_execution_that_never_waits_leaves_others_their_turns() -> None:
    count = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"}
    enough = {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 10_000, "Next": "Done"}]}
    states = {"Count": count, "Enough": {**enough, "Default": "Count"}, "Done": {"Type": "Succeed"}}
    limits, store, turns = Limits.none(), Watched(), 0
    async with Interpreter(store=store, limits=limits) as interpreter:
        execution = await interpreter.start({"StartAt": "Count", "States": states}, {"n": 0})
        while execution.describe().status == "RUNNING":
            turns += 1
            await checkpoint()
    assert turns >= 10  # one for each thousand transitions, at least
