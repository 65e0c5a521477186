"""The way of a callback to whoever runs the task, and the one to an interpreter in this process.

Rules that a change must keep:

1. A channel's methods are coroutines that never wait where there is no event loop: there they block instead, and end
   in one step. ``aside`` and ``pause`` are what they are made of.
2. An interpreter is touched on its own event loop only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from anyio.lowlevel import current_token

if TYPE_CHECKING:
    from anyio.lowlevel import EventLoopToken

    from .interpreter import Interpreter

T = TypeVar("T")


class CallbackChannel(Protocol):
    """Brings callbacks to whoever runs the task; all raise ``InvalidToken``, ``TaskDoesNotExist``, ``TaskTimedOut``."""

    async def success(self, token: str, output: str) -> None:
        """End the task with an output, as JSON text."""
        ...

    async def failure(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the task fail."""
        ...

    async def heartbeat(self, token: str) -> None:
        """The task is alive."""
        ...

    async def is_open(self, token: str) -> bool:
        """Whether somebody still waits for this token; raises nothing of the above."""
        ...

    def close(self) -> None:
        """Let go of what the channel has opened itself."""
        ...


class LocalChannel:
    """To an interpreter in this process."""

    __slots__ = ("_interpreter",)

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    async def success(self, token: str, output: str) -> None:
        """End the task with an output."""
        await self._there(self._interpreter.send_task_success, token, output)

    async def failure(self, token: str, error: str | None, cause: str | None) -> None:
        """Let the task fail."""
        await self._there(self._interpreter.send_task_failure, token, error, cause)

    async def heartbeat(self, token: str) -> None:
        """The task is alive."""
        await self._there(self._interpreter.send_task_heartbeat, token)

    async def is_open(self, token: str) -> bool:
        """Whether somebody still waits for this token."""
        return await self._there(self._interpreter.waits_for_token, token)

    def close(self) -> None:
        """Nothing to let go of: the interpreter is left by whoever entered it."""

    async def _there(self, method: Callable[..., Coroutine[Any, Any, T]], *arguments: object) -> T:
        """Call a method of the interpreter on its own event loop."""
        loop, here = self._interpreter.event_loop(), event_loop()
        if here == loop:
            return await method(*arguments)
        return await aside(partial(anyio.from_thread.run, method, *arguments, token=loop))


def event_loop() -> EventLoopToken | None:
    """The event loop that runs here, if one does."""
    try:
        return current_token()
    except RuntimeError:  # what anyio raises for it
        return None


def on_event_loop() -> bool:
    """Whether an event loop runs here, which must not be blocked."""
    return event_loop() is not None


async def aside(function: Callable[..., T], *arguments: object) -> T:
    """Call what blocks: in a thread, or here if there is no event loop."""
    return await anyio.to_thread.run_sync(function, *arguments) if on_event_loop() else function(*arguments)


async def pause(seconds: float) -> None:
    """Let time pass."""
    if on_event_loop():
        await anyio.sleep(seconds)
    else:
        time.sleep(seconds)  # noqa: ASYNC251  # no event loop is held up
