"""Clocks: where drivers get the time from, and how they wait for an instant.

``SystemClock`` is the wall clock. ``LoopClock`` follows the event loop's own clock, so it is as virtual as the loop is
(trio's MockClock, the loop of ``simulate``). ``VirtualClock`` stands still and jumps: by itself when nothing is left
to do before the next deadline, or only when it is told to.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from typing import Protocol

import anyio
from anyio.lowlevel import checkpoint

from .simulate import SIMULATION_EPOCH


class Clock(Protocol):
    """The time, in seconds since the epoch, UTC."""

    def now(self) -> float:
        """What time it is."""
        ...

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        """Return at the instant ``at`` (``None``: never), or before, when ``changed`` is set.

        ``idle`` tells whether no handler is at work (a sleeping one is not).
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass for one handler."""
        ...


class SystemClock:
    """The wall clock."""

    def now(self) -> float:
        return time.time()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        await _wait(changed, None if at is None else at - time.time())

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class LoopClock:
    """The event loop's clock, counted from an epoch."""

    def __init__(self, epoch: float = SIMULATION_EPOCH) -> None:
        self._offset = epoch - anyio.current_time()

    def now(self) -> float:
        return self._offset + anyio.current_time()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        await _wait(changed, None if at is None else at - self.now())

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class VirtualClock:
    """Time that only moves by jumps.

    With ``auto`` it jumps to the next deadline as soon as no handler is at work; without, only ``advance`` moves it.

    >>> clock = VirtualClock(start=1000.0, auto=False)
    >>> clock.advance(60)
    >>> clock.now()
    1060.0
    """

    def __init__(self, start: float = SIMULATION_EPOCH, *, auto: bool = True) -> None:
        self._now = start
        self._auto = auto
        self._changed: anyio.Event | None = None
        self._sleepers: list[tuple[float, int, anyio.Event]] = []
        self._slept = 0

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due in between happens in order.

        Raises ``ValueError`` if ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"time cannot go back by {-seconds} seconds")
        self._move_to(self._now + seconds)
        if self._changed is not None:
            self._changed.set()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        instants = [self._sleepers[0][0]] if self._sleepers else []
        if at is not None:
            instants.append(at)
        if self._auto and instants and await self._stays_quiet(changed, idle):
            self._move_to(min(instants))
            return
        self._changed = changed
        if not (at is not None and at <= self._now):
            await changed.wait()

    async def sleep(self, seconds: float) -> None:
        woken = anyio.Event()
        self._slept += 1
        heapq.heappush(self._sleepers, (self._now + seconds, self._slept, woken))
        await woken.wait()

    async def _stays_quiet(self, changed: anyio.Event, idle: Callable[[], bool]) -> bool:
        """Whether nobody has anything left to do before time moves."""
        for _ in range(QUIET_ROUNDS):
            await checkpoint()
            if changed.is_set():
                return False
        return idle()

    def _move_to(self, instant: float) -> None:
        self._now = max(self._now, instant)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            heapq.heappop(self._sleepers)[2].set()


QUIET_ROUNDS = 5  # rounds of the event loop in which others may still bring news before time jumps


async def _wait(changed: anyio.Event, seconds: float | None) -> None:
    if seconds is not None and seconds <= 0:
        return
    with anyio.move_on_after(seconds):
        await changed.wait()
