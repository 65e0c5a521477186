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
from typing import Any, NamedTuple, NoReturn

import anyio
from anyio.lowlevel import current_token

from ..engine.events import News as TaskNews
from ..errors import TaskTimedOut
from ..resources.invocation import Invocation, NeedsEventLoop, Outcome, Waiting, first_step, invoke, invoke_sync
from .host import Host, Job
from .in_place import call_in_place, task_in_host
from .live_task import LiveTask, News
from .runs import Run
from .threads import WorkerThreads

_NOT_BEGUN = object()


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
        if not isinstance(call, Invocation):
            return True
        return not (call.handler.is_async or (self._threads and not call.handler.inline))

    def make_in_place(self, job: Job, started: bool) -> Awaits | None:
        """Make a quick call and tell its outcome; what is given back is still to be awaited."""
        if isinstance(job.call, Invocation) and job.call.handler.takes_task:
            job.call.task.driver = task_in_host(self._host, job.run, job.scheduled.task)
        try:
            call_in_place(self._host, job, started, self._call_in_place)
        except Awaits as handed_over:
            return handed_over
        return None

    def begin(self, job: Job, begun: Awaits | None = None) -> Outcome | Pending | None:
        """Begin one call; ``None`` if nobody waits for it any more, or its token has been used already.

        An async handler runs to its first wait, in the task that calls this. Many never wait: their calls cost
        neither a task nor a cancel scope.
        """
        call = job.call
        assert isinstance(call, Invocation)
        run, task = job.run, job.scheduled.task
        host = self._host
        if not host.is_waiting(run, task) or (run, task) in host.answered:
            return None
        context = self._context.copy()
        if begun is not None:
            call.task.driver = LiveTask(self, run, task)
        elif self._threads is not None and not call.handler.is_async:
            return Pending(Suspended(context, self._in_thread(call), _NOT_BEGUN))
        try:
            made = context.run(first_step, call, None if begun is None else begun.coroutine)
        except anyio.get_cancelled_exc_class() as cancelled:
            return call.fail(cancelled)
        if isinstance(made, Waiting):
            return Pending(invoke(call, Suspended(context, *made)))
        return made

    async def finish(self, job: Job, pending: Pending, worker: anyio.CancelScope) -> Outcome:
        """Await the rest of a call; ``worker`` is the scope of the whole task that does it."""
        call = job.call
        assert isinstance(call, Invocation)
        key = (job.run, job.scheduled.task)
        self._scopes.setdefault(key, []).append(worker)
        try:
            return await pending.rest
        except anyio.get_cancelled_exc_class() as cancelled:
            if _is_cancelled():
                raise
            return call.fail(cancelled)
        finally:
            self._forget(key, worker)

    async def _in_thread(self, call: Invocation) -> Outcome:
        assert self._threads is not None
        try:
            return await self._threads.call(partial(self._context.copy().run, _call_in_thread, call))
        except Awaits as handed_over:
            return await invoke(call, handed_over.coroutine)

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
            raise TaskTimedOut
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
                self._forget((run, task), scope)

    def _forget(self, key: tuple[Run, int], scope: anyio.CancelScope) -> None:
        scopes = self._scopes[key]
        scopes.remove(scope)
        if not scopes:
            del self._scopes[key]

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


class Pending(NamedTuple):
    """A call that is not over after its first step; the rest is to be awaited, once."""

    rest: Awaitable[Outcome]


class Suspended(Awaitable[Any]):
    """A coroutine that waits; ``asked`` is what its first step has asked of the event loop.

    Its context variables are its own. It is awaited in the task that made the first step.
    """

    __slots__ = ("_asked", "_context", "_coroutine")

    def __init__(self, context: Context, coroutine: Coroutine[Any, Any, object], asked: object) -> None:
        self._context, self._coroutine, self._asked = context, coroutine, asked

    def __await__(self) -> Generator[Any, Any, Any]:
        # "yield from" with every step in the context (PEP 380)
        run, coroutine, asked = self._context.run, self._coroutine, self._asked
        step: Callable[..., object] = coroutine.send
        given: object = None
        while True:
            try:
                if asked is _NOT_BEGUN:
                    asked = run(step, given)
            except StopIteration as end:
                return end.value
            try:
                step, given, asked = coroutine.send, (yield asked), _NOT_BEGUN
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001  # handed on to the coroutine
                step, given, asked = coroutine.throw, error, _NOT_BEGUN


def _is_cancelled() -> bool:
    """Whether the running task is being cancelled; if not, the handler brought the cancellation about itself."""
    if anyio.current_effective_deadline() == -math.inf:
        return True
    try:
        task = asyncio.current_task()
    except RuntimeError:  # on trio
        return False
    return task is not None and task.cancelling() > 0
