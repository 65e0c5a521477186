"""Group commit: what all executions were told meanwhile is written together, and then applied.

While a batch is being written, the next one gathers; so the more there is to do, the more executions share a
transaction, and nobody waits for a timer. A thread writes, so that a slow disk holds up nobody but those who wait for
it. Where a small batch takes no longer than a thread takes to wake up, it is written on the event loop.

Rules that a change must keep:

1. Nothing is applied that is not written, and everything that is written is applied, in the same order.
2. A write that fails is the end of the interpreter: what was told cannot be kept. Whoever waits hears of it.
3. What nobody waits for (an execution sleeps now, a snapshot) goes along with the next batch, or is written when there
   is nothing else to do.
4. The event loop never waits for another process, but when the interpreter is left. How much it is held up by the disk
   is the affair of ``pace``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import NamedTuple

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..engine.events import Event, News
from ..errors import CallerError, StoreBusy, StoreError, TaskTimedOut
from ..stores.protocols import Change, ExecutionStore
from .clock import QUIET_ROUNDS
from .durable_host import DurableHost
from .durable_run import DurableRun
from .pace import FEW, Pace, is_small
from .recovery import Progress, Recovered, recover
from .stored_executions import PAGE, StoredExecutions, dispensable
from .threads import Work, WorkerThreads
from .wakeup import Wakeup


class _Batch(NamedTuple):
    """What is written together; ``work`` is the writing in a thread, ``None`` if that is to be done on the loop."""

    events: list[tuple[DurableRun, Event]]
    changes: list[Change]
    work: Work[None] | None


class Journal:
    """Writes for one host; ``applied`` is called after a batch was applied."""

    def __init__(self, host: DurableHost, applied: Callable[[], None], *, threads: bool) -> None:
        self._host = host
        self._applied = applied
        self._with_threads = threads
        self._threads: WorkerThreads | None = None
        self._changed = Wakeup()
        self._batch_over = Wakeup()  # a batch is applied, or nothing will be any more
        self._taken: _Batch | None = None  # what nobody else has any more, and is not applied
        self.problem: StoreError | None = None
        self._pace = Pace()
        self._writes = False  # whether somebody waits for what is begun to be written
        self._closed = False
        self._closing = ExitStack()
        self.executions = StoredExecutions(host.store)
        host.told = self._changed.ring

    @property
    def is_idle(self) -> bool:
        """Whether everything that was told is applied."""
        return self._taken is None and not self._host.pending

    def write_now(self) -> None:
        """Nothing more will be told in this turn: a thread need not wait for the next one."""
        told = self._host.pending
        if not self._writes or self._threads is None or self._taken is not None or not told:
            return
        if len(told) > FEW or not self._pace.is_quick:
            self._begin(by_thread=True)

    def own(self) -> ExecutionStore:
        """Own the store until ``close``. Raises ``StoreError``."""
        self._closing.enter_context(self._host.store.opened())
        return self._host.store

    async def open(self, group: TaskGroup, progress: Progress | None) -> Recovered:
        """Take up what is in the store, and write from now on. Raises ``StoreError``."""
        if self._with_threads:
            self._threads = WorkerThreads()
        group.start_soon(self._keep)
        return await recover(self._host, self.stored, progress)

    async def _keep(self) -> None:
        """Write and apply, until cancelled."""
        host = self._host
        self._writes = True
        try:
            while True:
                if self._taken is not None:
                    await self._finish(self._taken)
                elif host.pending:
                    self._begin()
                elif host.has_changes:
                    await self._give_way()
                    if self._taken is None:
                        self._begin()
                else:
                    await self._changed.wait()
        finally:
            self._writes = False
            if self._taken is not None and self.problem is None:  # ``write_now`` has begun it at the last moment
                await self._finish(self._taken)

    async def _give_way(self) -> None:
        """Nothing is urgent: perhaps something will be at once."""
        for _ in range(QUIET_ROUNDS):
            await checkpoint()
            if self._host.pending or self._taken is not None:
                return

    def _begin(self, by_thread: bool = False) -> None:
        """Take what was told, and have it written, or be about to."""
        events, changes = self._host.take()
        here = self._threads is None or (not by_thread and self._pace.is_quick and is_small(changes))
        self._taken = _Batch(events, changes, None if here else self._handed_over(changes))

    def _handed_over(self, changes: list[Change]) -> Work[None]:
        assert self._threads is not None
        self._pace.handed_over()
        return self._threads.begin(partial(self._host.store.write, changes))

    def _written_here(self, changes: list[Change]) -> Work[None] | None:
        """Write on the event loop; if that would mean to wait, the work of a thread."""
        if self._threads is None:
            self._host.store.write(changes)
            return None
        begun = perf_counter()
        try:
            self._host.store.write(changes, wait=False)
        except StoreBusy:
            return self._handed_over(changes)
        self._pace.took(perf_counter() - begun)
        return None

    async def _finish(self, batch: _Batch) -> None:
        """Wait until it is written, and apply it."""
        try:
            work = batch.work or self._written_here(batch.changes)
            if work is not None:
                with anyio.CancelScope(shield=True):  # it is written or not, but never unknown
                    await work.result()
            self._host.apply_batch(batch.events)
        except StoreError as problem:
            self.problem = problem
            raise
        finally:
            self._taken = None
            self._batch_over.ring()
        self._applied()
        if work is None:  # others want their turn
            await checkpoint()

    async def stored(self) -> None:
        """Wait until everything that was told until now is written and applied.

        Raises the ``StoreError`` that is in the way, or ``CallerError`` if the interpreter is left before.
        """
        told = self._host.accepted
        while self._host.done < told and self.problem is None and not self._closed:
            await self._batch_over.wait()
        self._check(told)

    def _check(self, told: int) -> None:
        """Raise what has kept so many events from being applied, if something has."""
        if self.problem is not None:
            raise self.problem
        if self._host.done < told:
            raise CallerError("the interpreter was left before this was stored")

    async def forgotten(self) -> None:
        """Wait until what is to be forgotten has left the store."""
        while self._host.forgets and self.problem is None and not self._closed:
            await self._batch_over.wait()

    async def prune(self, stopped_before: float | None, keep: int | None) -> int:
        """Forget executions that are over; how many. Raises ``StoreError``."""
        arns = list(dispensable(self._host.store, stopped_before, keep))
        for number, arn in enumerate(arns, 1):
            if (run := self._host.known(arn)) is not None:
                self._host.forget(run)
            if number % PAGE == 0:
                await self.forgotten()
        await self.forgotten()
        return len(arns)

    async def taken(self, event: News) -> None:
        """Wait until news were applied.

        Raises ``TaskTimedOut`` if their task was over before that, and what ``stored`` raises.
        """
        host = self._host
        host.watch(event)
        told = host.accepted
        try:
            while host.done < told and self.problem is None and not self._closed:  # ``stored``, written out
                await self._batch_over.wait()
            self._check(told)
        finally:  # also when nobody waits any more
            taken = host.verdict(event)
        if not taken:
            raise TaskTimedOut

    def close(self) -> None:
        """Write what is left: what was told and is not applied any more, and who sleeps."""
        self._closed = True
        self._batch_over.ring()
        if self._threads is not None:
            self._threads.close()
        with self._closing:
            if self.problem is None:
                self._host.sleep_all()
                _, changes = self._host.take()
                if changes:
                    self._host.store.write(changes)
