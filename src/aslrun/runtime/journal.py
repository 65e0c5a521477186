"""Group commit: what all executions were told meanwhile is written together, and then applied.

While a batch is being written, the next one gathers; so the more there is to do, the more executions share a
transaction, and nobody waits for a timer.

Rules that a change must keep:

1. Nothing is applied that is not written, and everything that is written is applied, in the same order.
2. A write that fails is the end of the interpreter: what was told cannot be kept. Whoever waits hears of it.
3. What nobody waits for (an execution sleeps now, a snapshot) goes along with the next batch, or is written when there
   is nothing else to do.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..engine.events import News
from ..errors import CallerError, StoreError
from ..stores.protocols import Change, ExecutionStore
from .clock import QUIET_ROUNDS
from .durable_host import DurableHost
from .recovery import Progress, Recovered, recover
from .stored_executions import PAGE, StoredExecutions, dispensable
from .threads import WorkerThreads


class Journal:
    """Writes for one host; ``applied`` is called after a batch was applied."""

    def __init__(self, host: DurableHost, applied: Callable[[], None], *, threads: bool) -> None:
        self._host = host
        self._applied = applied
        self._with_threads = threads
        self._threads: WorkerThreads | None = None
        self._changed = anyio.Event()
        self._applied_next = anyio.Event()  # set when the next batch is applied, or nothing will be any more
        self._writing = False
        self.problem: StoreError | None = None
        self._closed = False
        self._closing = ExitStack()
        self.executions = StoredExecutions(host.store)
        host.told = self._changed_now

    def _changed_now(self) -> None:
        self._changed.set()

    @property
    def is_idle(self) -> bool:
        """Whether everything that was told is applied."""
        return not self._host.pending and not self._writing

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
        while True:
            self._changed = anyio.Event()
            if not (self._host.pending or self._host.has_changes):
                await self._changed.wait()
                continue
            if not self._host.pending:
                await self._give_way()
            await self._write_batch()

    async def _give_way(self) -> None:
        """Nothing is urgent: perhaps something will be at once."""
        for _ in range(QUIET_ROUNDS):
            await checkpoint()
            if self._host.pending:
                return

    async def _write_batch(self) -> None:
        self._writing = True
        batch, changes = self._host.take()
        try:
            await self._write(changes)
            self._host.apply_batch(batch)
        except StoreError as problem:
            self.problem = problem
            raise
        finally:
            self._writing = False
            self._wake()
        self._applied()

    def _wake(self) -> None:
        done, self._applied_next = self._applied_next, anyio.Event()
        done.set()

    async def _write(self, changes: list[Change]) -> None:
        if self._threads is None:
            self._host.store.write(changes)
            return await checkpoint()
        with anyio.CancelScope(shield=True):  # it is written or not, but never unknown
            await self._threads.call(partial(self._host.store.write, changes))

    async def stored(self) -> None:
        """Wait until everything that was told until now is written and applied.

        Raises the ``StoreError`` that is in the way, or ``CallerError`` if the interpreter is left before.
        """
        told = self._host.accepted
        while self._host.done < told and self.problem is None and not self._closed:
            await self._applied_next.wait()
        if self.problem is not None:
            raise self.problem
        if self._host.done < told:
            raise CallerError("the interpreter was left before this was stored")

    async def forgotten(self) -> None:
        """Wait until what is to be forgotten has left the store."""
        while self._host.forgets and self.problem is None and not self._closed:
            await self._applied_next.wait()

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

    async def taken(self, event: News) -> bool:
        """Wait until news are applied; whether their task was outstanding then. Raises what ``stored`` raises."""
        self._host.watch(event)
        try:
            await self.stored()
        finally:
            taken = self._host.verdict(event)
        return taken

    def close(self) -> None:
        """Write what is left: what was told and is not applied any more, and who sleeps."""
        self._closed = True
        self._wake()
        if self._threads is not None:
            self._threads.close()
        with self._closing:
            if self.problem is None:
                self._host.sleep_all()
                _, changes = self._host.take()
                if changes:
                    self._host.store.write(changes)
