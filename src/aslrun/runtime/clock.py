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

from .simulation import SIMULATION_EPOCH


class Clock(Protocol):
    """The time, in seconds since the epoch, UTC."""

    def now(self) -> float:
        """What time it is."""
        ...

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        """Return at the instant ``at`` (``None``: never), or before, at the latest when ``changed`` is set.

        ``idle`` tells whether no handler is at work (a sleeping one is not).
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass for one handler."""
        ...

    def moved(self) -> float:
        """By how many seconds somebody has set the clock since this was asked last; from now on ``now`` follows."""
        ...


TOLERATED = 0.02  # seconds between the wall clock and ours that nobody needs to hear of
UNDISTURBED = 0.002  # seconds in which both clocks must be read, or they cannot be compared


class SystemClock:
    """The wall clock. It may be set: then ``now`` goes on as before until ``moved`` tells by how much.

    Between two settings time is counted by a clock that nobody can set, and that goes on while the machine is
    suspended, where the system has one. ``longest_wait`` is how many seconds may pass before a setting is noticed.
    """

    def __init__(self, longest_wait: float = 1.0) -> None:
        self._longest_wait = longest_wait
        self._offset = time.time() - steady()

    def now(self) -> float:
        return self._offset + steady()

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        await _wait(changed, None if at is None else min(at - self.now(), self._longest_wait))

    def moved(self) -> float:
        before = steady()
        wall = time.time()
        by = wall - (self._offset + before)
        if abs(by) < TOLERATED or steady() - before > UNDISTURBED:
            return 0.0
        self._offset += by
        return by

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def _steady_clock() -> Callable[[], float]:
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # both go on while a machine sleeps: Linux, macOS
        if hasattr(time, name) and hasattr(time, "clock_gettime"):
            number = getattr(time, name)
            return lambda: time.clock_gettime(number)
    return time.monotonic


steady = _steady_clock()


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

    def moved(self) -> float:
        return 0.0


class VirtualClock:
    """Time that only moves by jumps; for one interpreter.

    With ``auto`` it jumps to the next deadline as soon as no handler is at work; without, only ``advance`` and
    ``elapse`` move it.

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
        self._gone: set[int] = set()
        self._goals: list[tuple[float, anyio.Event]] = []
        self._set = 0.0

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Jump: at the next turn of the event loop, everybody finds that so much time has gone by.

        States time out at their own instants, but a handler that slept for a part of it wakes at its end; where
        handlers are to be called in between, use ``elapse``. Raises ``ValueError`` if ``seconds`` is negative.
        """
        self._move_to(self._now + _not_negative(seconds))
        self._wake()

    def set(self, by: float) -> None:
        """Somebody sets the clock, forward or back: no time passes, but it shows ``by`` seconds more."""
        self._set += by
        self._wake()

    def moved(self) -> float:
        by, self._set = self._set, 0.0
        if by:
            self._now += by
            self._sleepers = [(at + by, sleeper, woken) for at, sleeper, woken in self._sleepers]
            self._goals = [(at + by, arrived) for at, arrived in self._goals]
        return by

    async def elapse(self, seconds: float) -> None:
        """Let time pass, from one deadline to the next, with everything that handlers do in between.

        Only inside an interpreter's block. Raises ``ValueError`` if ``seconds`` is negative.
        """
        arrived = anyio.Event()
        self._goals.append((self._now + _not_negative(seconds), arrived))
        self._wake()
        await arrived.wait()  # everything up to that instant has been done by then

    async def wait_until(self, at: float | None, changed: anyio.Event, idle: Callable[[], bool]) -> None:
        self._changed = changed
        target = self._target(at)
        if target is not None and await self._stays_quiet(changed, idle):
            if not self._arrive():
                self._move_to(target)
        elif not (at is not None and at <= self._now):
            await changed.wait()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return await checkpoint()
        woken = anyio.Event()
        self._slept += 1
        sleeper = self._slept
        heapq.heappush(self._sleepers, (self._now + seconds, sleeper, woken))
        try:
            await woken.wait()
        finally:
            if not woken.is_set():
                self._gone.add(sleeper)
        return None

    def _target(self, at: float | None) -> float | None:
        """Where time may jump to by itself."""
        instants = [instant for instant in (at, self._first_sleeper()) if instant is not None]
        goals = [instant for instant, _ in self._goals]
        return min(instants + goals) if goals or (instants and self._auto) else None

    def _first_sleeper(self) -> float | None:
        sleepers = self._sleepers
        while sleepers and sleepers[0][1] in self._gone:
            self._gone.discard(heapq.heappop(sleepers)[1])
        return sleepers[0][0] if sleepers else None

    async def _stays_quiet(self, changed: anyio.Event, idle: Callable[[], bool]) -> bool:
        """Whether nobody has anything left to do before time moves."""
        for _ in range(QUIET_ROUNDS):
            await checkpoint()
            if changed.is_set():
                return False
        return idle()

    def _move_to(self, instant: float) -> None:
        self._now = max(self._now, instant)
        while (first := self._first_sleeper()) is not None and first <= self._now:
            heapq.heappop(self._sleepers)[2].set()

    def _arrive(self) -> bool:
        """Let those go on for whom enough time has passed; whether there are any."""
        there = [event for instant, event in self._goals if instant <= self._now]
        self._goals = [goal for goal in self._goals if goal[0] > self._now]
        for event in there:
            event.set()
        return bool(there)

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()


def _not_negative(seconds: float) -> float:
    if seconds < 0:
        raise ValueError(f"time cannot go back by {-seconds} seconds")
    return seconds


QUIET_ROUNDS = 5  # rounds of the event loop in which others may still bring news before time jumps


async def _wait(changed: anyio.Event, seconds: float | None) -> None:
    if seconds is not None and seconds <= 0:
        return
    with anyio.move_on_after(seconds):
        await changed.wait()
