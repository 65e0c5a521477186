"""Wakes those who wait on the event loop: what every durable step does several times, so with as little as possible.

Rules that a change must keep:

1. It remembers nothing: who waits asks first whether what it waits for is there, and awaits nothing in between.
2. Set on the event loop only. Who is cancelled while it waits is forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trio import Event


class Wakeup:
    """A bell: whoever waits hears the next ring.

    >>> import anyio
    >>> async def main():
    ...     bell = Wakeup()
    ...     async with anyio.create_task_group() as group:
    ...         _ = asyncio.get_running_loop().call_soon(bell.ring)
    ...         await bell.wait()
    ...     return "heard"
    >>> anyio.run(main)
    'heard'
    """

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None] | Event] = []

    def ring(self) -> None:
        """Wake all who wait now."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not isinstance(each, asyncio.Future):
                each.set()
            elif not each.done():
                each.set_result(None)

    def wait(self) -> Awaitable[None]:
        """The next ring, to be awaited at once."""
        try:
            future = asyncio.get_running_loop().create_future()
        except RuntimeError:
            return self._wait_on_trio()
        self._waiting.append(future)
        return future

    def _wait_on_trio(self) -> Awaitable[None]:
        from trio import Event  # imported here: it may not be installed

        event = Event()
        self._waiting.append(event)
        return event.wait()
