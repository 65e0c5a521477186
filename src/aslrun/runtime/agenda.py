"""Instants at which something is to happen: deadlines of executions, and news that were told for later.

Rules that a change must keep:

1. One heap of deadlines for all executions; a waiting execution costs an entry. An entry counts while it is the
   execution's ``alarm``; the others are void, and are dropped when they come up or become too many.
2. What is told for later comes before the deadlines of the same look: a handler's end is in time if it was said to be.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator

from ..engine.events import News
from .runs import Run

SPACE = 1_000  # entries that nobody minds


class Agenda:
    """What is due when. ``alarms`` and ``later`` are there to be asked whether there are any."""

    __slots__ = ("_count", "_space", "alarms", "later")

    def __init__(self) -> None:
        self.later: list[tuple[float, int, Run, News]] = []
        self.alarms: list[tuple[float, int, Run]] = []
        self._count = 0
        self._space = SPACE

    def __len__(self) -> int:
        """How many entries there are, void ones too."""
        return len(self.alarms) + len(self.later)

    def set_alarm(self, run: Run, at: float | None) -> None:
        """The execution wants to be told the time at an instant, or not at all, and at no other any more."""
        run.alarm = at
        if at is None:
            return
        self._count += 1
        heapq.heappush(self.alarms, (at, self._count, run))
        if len(self.alarms) > self._space:  # void entries would hold finished executions until their time
            self.alarms = [entry for entry in self.alarms if not entry[2].finished and entry[2].alarm == entry[0]]
            heapq.heapify(self.alarms)
            self._space = max(SPACE, 2 * len(self.alarms))

    def tell(self, run: Run, event: News) -> None:
        """Something will have happened at ``event.at``."""
        self._count += 1
        heapq.heappush(self.later, (event.at, self._count, run, event))

    def told(self, now: Callable[[], float]) -> Iterator[tuple[Run, News]]:
        """What has happened by now, in order."""
        while self.later and self.later[0][0] <= now():
            _, _, run, event = heapq.heappop(self.later)
            yield run, event

    def due(self, now: Callable[[], float]) -> list[Run]:
        """The executions that are to be told the time; their alarms are off."""
        if not self.alarms:
            return []
        instant = now()
        due: list[Run] = []
        if self.alarms[0][0] > instant:  # void or not, nothing is earlier
            return due
        while (at := self._next_alarm()) is not None and at <= instant:
            run = heapq.heappop(self.alarms)[2]
            run.alarm = None
            due.append(run)
        return due

    def next(self) -> float | None:
        """The first instant at which something is due."""
        alarm = self._next_alarm() if self.alarms else None
        if not self.later:
            return alarm
        said = self._next_said()
        return alarm if said is None or (alarm is not None and alarm <= said) else said

    def _next_said(self) -> float | None:
        later = self.later
        while later and not later[0][2].waits_for(later[0][3].task):
            heapq.heappop(later)
        return later[0][0] if later else None

    def _next_alarm(self) -> float | None:
        alarms = self.alarms
        while alarms and (alarms[0][2].finished or alarms[0][2].alarm != alarms[0][0]):
            heapq.heappop(alarms)
        return alarms[0][0] if alarms else None

    def clock_moved(self, by: float) -> None:
        """What was told for later comes as many seconds later as before."""
        for each in self.later:
            each[3].at += by
        self.later = [(event.at, order, run, event) for _, order, run, event in self.later]
