"""What may be done with executions while no interpreter runs them: stop one, redrive one, answer a task.

Rules that a change must keep:

1. Nothing is called and nothing is lost: what an execution asks for is outstanding, and the next interpreter that
   recovers the store does it.
2. What is told here is told as in an interpreter: overdue deadlines come first, parents and children hear of it, and
   the call returns when all of that is written.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import anyio

from ..engine.effects import Effect, ScheduleTask
from ..engine.events import News
from ..errors import ExecutionDoesNotExist, TaskTimedOut
from ..resources.registry import Resources
from ..stores.protocols import ExecutionStore
from ..stores.tokens import KeepsTokens, MemoryTokenStore, TokenStore
from .callbacks import TaskCallbacks
from .durable_host import DurableHost
from .naming import Place
from .recovery import Progress, Recovery
from .runs import Run


class Offline:
    """The executions of a store that is owned for a moment; made by ``owned``."""

    def __init__(self, store: ExecutionStore, now: Callable[[], float]) -> None:
        self.tokens: TokenStore = store.tokens() if isinstance(store, KeepsTokens) else MemoryTokenStore()
        signer = self.tokens.signer(secrets.token_bytes(32))
        self._host = _QuietHost(Resources(), now, signer, Place(), None, store, most_awake=1_000)

    def callbacks(self) -> TaskCallbacks:
        """Answers tasks by their token or key."""
        return TaskCallbacks(_OfflineChannel(self._host), lambda: self.tokens, self._host.now)

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> bool:
        """Stop an execution; whether it was running. Raises ``ExecutionDoesNotExist``."""
        run = self._run(arn)
        if run.finished:
            return False
        self._host.abort(run, error, cause)
        self._host.settle()
        return True

    def redrive(self, arn: str) -> None:
        """Let an execution go on with the next interpreter.

        Raises ``ExecutionDoesNotExist`` or ``ExecutionNotRedrivable``.
        """
        self._host.redrive(self._run(arn))
        self._host.settle()

    def _run(self, arn: str) -> Run:
        self._host.settle()
        run = self._host.known(arn)
        if run is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return run


@contextmanager
def owned(
    store: ExecutionStore, progress: Progress | None = None, now: Callable[[], float] = time.time
) -> Iterator[Offline]:
    """Own a store in which no interpreter runs executions; not on an event loop.

    Raises ``StoreInUse`` if one does, or another ``StoreError``.
    """
    with store.opened():
        offline = Offline(store, now)
        host = offline._host
        recovery = Recovery(host, progress)
        anyio.run(recovery.find)
        recovery.reconnect()
        recovery.tell_time()
        host.settle()
        yield offline
        host.sleep_all()
        host.settle()


class _QuietHost(DurableHost):
    """Calls nobody: tasks stay outstanding."""

    def perform(self, run: Run, effect: Effect) -> None:
        if isinstance(effect, ScheduleTask) and effect.role != "child":
            run.tasks[effect.task] = effect
        else:
            super().perform(run, effect)

    def settle(self) -> None:
        """Write and apply what was told, and what comes of it."""
        self.apply()
        while self.pending or self.has_changes:
            batch, changes = self.take()
            self.store.write(changes)
            self.apply_batch(batch)
            self.apply()


class _OfflineChannel:
    """To the tasks of executions that nobody runs."""

    __slots__ = ("_host",)

    def __init__(self, host: _QuietHost) -> None:
        self._host = host

    async def success(self, token: str, output: str) -> None:
        """End the task with an output."""
        self._told(lambda: self._host.desk.send_success(token, output))

    async def failure(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the task fail."""
        self._told(lambda: self._host.desk.send_failure(token, error, cause))

    async def heartbeat(self, token: str) -> None:
        """The task is alive."""
        self._told(lambda: self._host.desk.send_heartbeat(token))

    async def is_open(self, token: str) -> bool:
        """Whether somebody still waits for this token."""
        return self._host.desk.waits_for(token)

    def close(self) -> None:
        """Nothing to let go of."""

    def _told(self, tell: Callable[[], News]) -> None:
        self._host.settle()
        event = tell()
        self._host.watch(event)
        self._host.settle()
        if not self._host.verdict(event):
            raise TaskTimedOut
