"""What a handler of the interpreter can do with its task: ask for the time, report, and let time pass.

Rules that a change must keep:

1. An async handler is on the event loop and awaits its sleep; a sync one in a worker thread (or in a thread that it
   made itself) is blocked meanwhile. Inline ones have a ``TaskInPlace``. All take the same time as in ``simulate``.
2. A sleep ends when nobody waits for the task any more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from threading import get_ident
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread

from ..engine.events import Event, TaskHeartbeat, TaskSubmitted
from ..errors import TaskTimedOut
from ..resources.task_context import ACKNOWLEDGED
from ..values import JSON
from .runs import Run
from .task_news import called_back

if TYPE_CHECKING:
    from .handler_calls import HandlerCalls

News = Callable[[float], Event]


class LiveTask:
    """A handler's view of its task."""

    __slots__ = ("_calls", "run", "task")

    def __init__(self, calls: HandlerCalls, run: Run, task: int) -> None:
        self._calls, self.run, self.task = calls, run, task

    def now(self) -> float:
        return self._calls.now()

    def heartbeat(self) -> None:
        self._tell(lambda at: TaskHeartbeat(self.task, at))

    def submitted(self, output: JSON) -> None:
        self._tell(lambda at: TaskSubmitted(self.task, output, at))

    def sleep(self, seconds: float) -> Awaitable[None]:
        if get_ident() == self._calls.thread:
            return _Sleep(self._calls, seconds)
        anyio.from_thread.run(self._sleep_for_thread, seconds, token=self._calls.loop)
        return ACKNOWLEDGED

    def call_back(self, after: float, output: JSON, error: str | None, cause: str | None) -> None:
        event = called_back(self.task, output, error, cause, self.now() + after)
        if get_ident() == self._calls.thread:
            self._calls.tell_at(self.run, event)
        else:
            anyio.from_thread.run_sync(self._calls.tell_at, self.run, event, token=self._calls.loop)

    def _tell(self, news: News) -> None:
        if get_ident() == self._calls.thread:
            self._calls.tell(self.run, self.task, news)
        else:
            anyio.from_thread.run_sync(self._calls.tell, self.run, self.task, news, token=self._calls.loop)

    async def _sleep_for_thread(self, seconds: float) -> None:
        slept = False
        with self._calls.cancellable(self.run, self.task):
            await self._calls.sleep(seconds)
            slept = True
        if not slept:
            raise TaskTimedOut


class _Sleep(Awaitable[None]):
    """To be awaited by an async handler."""

    __slots__ = ("_calls", "_seconds")

    def __init__(self, calls: HandlerCalls, seconds: float) -> None:
        self._calls, self._seconds = calls, seconds

    def __await__(self) -> Generator[Any, Any, None]:
        return self._calls.sleep(self._seconds).__await__()
