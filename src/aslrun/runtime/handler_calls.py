"""Calls of handlers on an event loop: awaited, in place, or in a worker thread.

Rules that a change must keep:

1. When nobody waits for a task any more, the call is cancelled: an async handler in its cancel scope, a thread is
   abandoned. A call is made only while somebody waits.
2. Whatever ``Exception`` a handler raises is its task's failure, and so is a cancellation that it made itself. What is
   more (KeyboardInterrupt, SystemExit) is meant for the application and goes through.
3. Every call has a copy of the context variables as they were when the interpreter was opened: nothing that one
   handler sets is seen by another.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, copy_context
from functools import partial
from threading import get_ident
from typing import Any, NoReturn, TypeVar

import anyio
from anyio.lowlevel import current_token

from ..engine.events import News as TaskNews
from ..errors import TaskTimedOut
from ..resources.invocation import Failed, Invocation, NeedsEventLoop, Outcome, invoke, invoke_sync
from .host import Host, Job, Run
from .in_place import TaskInPlace, call_in_place
from .live_task import LiveTask, News
from .threads import WorkerThreads

T = TypeVar("T")


class HandlerCalls:
    """Makes the calls of one interpreter; ``told`` is called when a handler has reported something."""

    def __init__(
        self,
        host: Host,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        told: Callable[[], None],
        *,
        threads: bool,
    ) -> None:
        self.now = now
        self.sleep = sleep
        self.thread = get_ident()
        self.loop = current_token()
        self._host = host
        self._told = told
        self._threads = WorkerThreads() if threads else None
        self._context = copy_context()
        self._scopes: dict[tuple[Run, int], list[anyio.CancelScope]] = {}

    def is_quick(self, job: Job) -> bool:
        """Whether the call is made in place."""
        call = job.call
        return isinstance(call, Failed) or not (call.handler.is_async or (self._threads and not call.handler.inline))

    def make_in_place(self, job: Job, started: bool) -> Awaits | None:
        """Make a quick call and tell its outcome; what is given back is still to be awaited."""
        if isinstance(job.call, Invocation):
            job.call.task.driver = TaskInPlace(self._host, job.run, job.scheduled.task)
        try:
            call_in_place(self._host, job, started, self._call_in_place)
        except Awaits as handed_over:
            return handed_over
        return None

    async def make(self, job: Job, begun: Awaits | None = None) -> Outcome | None:
        """The outcome of one call; ``None`` if nobody waits for it any more."""
        call = job.call
        assert isinstance(call, Invocation)
        if not self._host.is_waiting(job.run, job.scheduled.task):
            return None
        if begun is None:
            self._host.started(job)
        else:
            call.task.driver = LiveTask(self, job.run, job.scheduled.task)
        if begun is not None or call.handler.is_async or self._threads is None:
            return await self._awaited(job, call, invoke(call, None if begun is None else begun.coroutine))
        in_thread = partial(self._context.copy().run, _call_in_thread, call)
        try:
            return await self._awaited(job, call, self._threads.call(in_thread))
        except Awaits as handed_over:
            return await self._awaited(job, call, invoke(call, handed_over.coroutine))

    def cancel(self, run: Run, task: int) -> None:
        """Nobody waits for this task any more."""
        for scope in self._scopes.get((run, task), ()):
            scope.cancel()

    def close(self) -> None:
        """No more calls; threads that sleep are woken, the others abandoned."""
        for run, task in list(self._scopes):
            self.cancel(run, task)
        if self._threads is not None:
            self._threads.close()

    def tell(self, run: Run, task: int, news: News) -> None:
        """A handler has news of its task. Raises ``TaskTimedOut`` if the task is over."""
        if not self._host.is_waiting(run, task):
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        self._host.tell(run, news(self.now()))
        self._told()

    def tell_at(self, run: Run, event: TaskNews) -> None:
        """A task token will come back at an instant."""
        self._host.tell_at(run, event)
        self._told()

    @contextmanager
    def cancellable(self, run: Run, task: int) -> Iterator[None]:
        """What is awaited within is cancelled when nobody waits for the task any more."""
        scopes = self._scopes.setdefault((run, task), [])
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            try:
                if not self._host.is_waiting(run, task):
                    scope.cancel()
                yield
            finally:
                scopes.remove(scope)
                if not scopes:
                    self._scopes.pop((run, task), None)

    async def _awaited(self, job: Job, call: Invocation, outcome: Coroutine[Any, Any, Outcome]) -> Outcome | None:
        known: Outcome | None = None
        with self.cancellable(job.run, job.scheduled.task):
            try:
                known = await _InContext(self._context.copy(), outcome)
            except anyio.get_cancelled_exc_class() as cancelled:
                if _is_cancelled():
                    raise
                known = call.fail(cancelled)
        return known

    def _call_in_place(self, call: Invocation) -> Outcome:
        try:
            return self._context.copy().run(invoke_sync, call, _hand_over)
        except anyio.get_cancelled_exc_class() as cancelled:
            return call.fail(cancelled)


class Awaits(NeedsEventLoop):
    """A sync handler has returned a coroutine."""

    def __init__(self, coroutine: Coroutine[object, None, object]) -> None:
        super().__init__()
        self.coroutine = coroutine


def _hand_over(coroutine: Coroutine[object, None, object]) -> NoReturn:
    raise Awaits(coroutine)


def _call_in_thread(call: Invocation) -> Outcome:
    # The context of the interpreter may say that an event loop runs. Here none does: a handler may run one.
    if sniffio := sys.modules.get("sniffio"):
        sniffio.current_async_library_cvar.set(None)
    return invoke_sync(call, _hand_over)


class _InContext(Awaitable[T]):
    """Awaits a coroutine whose context variables are its own, in the task of whoever awaits this."""

    __slots__ = ("_context", "_coroutine")

    def __init__(self, context: Context, coroutine: Coroutine[Any, Any, T]) -> None:
        self._context, self._coroutine = context, coroutine

    def __await__(self) -> Generator[Any, Any, T]:
        # "yield from" with every step in the context (PEP 380)
        run, coroutine = self._context.run, self._coroutine
        step: Callable[..., object] = coroutine.send
        given: object = None
        while True:
            try:
                asked = run(step, given)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            try:
                step, given = coroutine.send, (yield asked)
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001  # handed on to the coroutine
                step, given = coroutine.throw, error


def _is_cancelled() -> bool:
    """Whether the running task is being cancelled; if not, the handler brought the cancellation about itself."""
    if anyio.current_effective_deadline() == -math.inf:
        return True
    try:
        task = asyncio.current_task()
    except RuntimeError:  # on trio
        return False
    return task is not None and task.cancelling() > 0
