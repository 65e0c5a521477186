"""Worker threads for sync handlers.

Rules that a change must keep:

1. A thread that never comes back holds nobody up: whoever waited for it may go, the next call gets another thread,
   and the process ends without it (anyio's own threads on asyncio would be waited for at exit).
2. How many calls there are at a time is the caller's to bound.
3. Everything here but ``_serve`` runs on the event loop, so nothing needs a lock. An interpreter that was left leaves
   no idle thread behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from .wakeup import Wakeup

T = TypeVar("T")
MOST_IDLE = 100  # threads that are kept for later calls


class WorkerThreads:
    """Calls functions for the running event loop."""

    def __init__(self) -> None:
        self._call_soon = _loop_caller()
        self._idle: list[SimpleQueue[Work[object] | None]] = []
        self._closed = False

    async def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises. Cancelling the wait abandons the thread, which goes on alone."""
        return await self.begin(function).result()

    def begin(self, function: Callable[[], T]) -> Work[T]:
        """Have the function called now; its result is to be awaited."""
        work = Work(function)
        inbox = self._idle.pop() if self._idle else self._new_thread()
        inbox.put(work)  # type: ignore[arg-type]  # a queue of works of any type
        return work

    def close(self) -> None:
        """Let idle threads end now, and the others when their call returns."""
        self._closed = True
        for inbox in self._idle:
            inbox.put(None)
        self._idle.clear()

    def _new_thread(self) -> SimpleQueue[Work[object] | None]:
        inbox: SimpleQueue[Work[object] | None] = SimpleQueue()
        Thread(target=self._serve, args=(inbox,), name="aslrun handler", daemon=True).start()
        return inbox

    def _serve(self, inbox: SimpleQueue[Work[object] | None]) -> None:
        while (work := inbox.get()) is not None:
            work.do()
            try:
                self._call_soon(self._done, work, inbox)
            except RuntimeError:  # the event loop is gone: nobody waits any more
                return
            if self._closed:  # it may stop before it calls
                return
            del work  # an idle thread holds no payload

    def _done(self, work: Work[object], inbox: SimpleQueue[Work[object] | None]) -> None:
        work.done()
        if self._closed or len(self._idle) >= MOST_IDLE:
            inbox.put(None)
        else:
            self._idle.append(inbox)


def _loop_caller() -> Callable[..., object]:
    """What has the running event loop call a function soon, from any thread."""
    try:
        return asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        from trio.lowlevel import current_trio_token  # imported here: it may not be installed

        return current_trio_token().run_sync_soon


class Work(Generic[T]):
    """One call, and what came of it."""

    __slots__ = ("_error", "_function", "_over", "_value", "_wakeup")

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._value: list[T] = []
        self._error: BaseException | None = None
        self._over = False
        self._wakeup = Wakeup()

    def do(self) -> None:
        """Call it, in whatever thread this is."""
        try:
            self._value.append(self._function())
        except BaseException as error:  # noqa: BLE001  # raised again where the call is awaited
            self._error = error

    def done(self) -> None:
        """It was called; on the event loop."""
        self._over = True
        self._wakeup.ring()

    async def result(self) -> T:
        """Wait for what the function returns or raises; once."""
        while not self._over:
            await self._wakeup.wait()
        error, self._error = self._error, None  # no cycle of exception, traceback and frame
        if error is not None:
            raise error
        return self._value.pop()
