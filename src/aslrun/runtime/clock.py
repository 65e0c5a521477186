"""Clocks: where drivers get the time from, and how they wait for an instant.

``SystemClock`` is the wall clock. ``LoopClock`` follows the event loop's own clock, so it is as virtual as the loop is
(trio's MockClock, the loop of ``simulate``). ``VirtualClock`` stands still and jumps: by itself when nothing is left
to do before the next deadline, or only when it is told to.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import anyio
from anyio.lowlevel import checkpoint

SIMULATION_EPOCH = 1_704_067_200.0  # 2024-01-01T00:00:00Z: where virtual time begins unless it is told


class Clock(Protocol):
    """The time, in seconds since the epoch, UTC."""

    def now(self) -> float:
        """What time it is."""
        ...

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        """Return at the instant ``at`` (``None``: never), or before, when ``changed`` is set.

        ``idle`` tells whether no handler is at work.
        """
        ...


class SystemClock:
    """The wall clock."""

    def now(self) -> float:
        return time.time()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        await _wait(changed, None if at is None else at - time.time())


class LoopClock:
    """The event loop's clock, counted from an epoch."""

    def __init__(self, epoch: float = SIMULATION_EPOCH) -> None:
        self._offset = epoch - anyio.current_time()

    def now(self) -> float:
        return self._offset + anyio.current_time()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        await _wait(changed, None if at is None else at - self.now())


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
        self._moved: anyio.Event | None = None

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due in between happens in order."""
        if seconds < 0:
            raise ValueError(f"time cannot go back by {-seconds} seconds")
        self._now += seconds
        if self._moved is not None:
            self._moved.set()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        if self._auto and at is not None:
            for _ in range(QUIET_ROUNDS):
                await checkpoint()
                if changed.is_set():
                    return
            if idle():
                self._now = max(self._now, at)
                return
        self._moved = changed
        if at is None or at > self._now:
            await changed.wait()


QUIET_ROUNDS = 5  # rounds of the event loop in which others may still bring news before time jumps


async def _wait(changed: anyio.Event, seconds: float | None) -> None:
    if seconds is not None and seconds <= 0:
        return
    with anyio.move_on_after(seconds):
        await changed.wait()
