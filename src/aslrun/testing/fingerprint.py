"""What two walks are compared by: whether the same things can still happen to them.

Rules that a change must keep:

1. Left out is what only says in which order things happened: ids of frames, tasks and history events, tokens, draws.
2. Instants count by their distance from now. Readings of the clock count only once they are in the data.
3. What is over is told apart by its last state too: that is where it ended.
4. The machine's own time-out counts by its order of magnitude: runs that differ only in how much of hours is left
   would otherwise all be different.
"""

from __future__ import annotations

import json
import re
from math import frexp
from typing import TypeAlias

from ..engine.execution import MACHINE_CLOCK, Execution
from ..engine.frame import Frame, Join
from ..values import JSON
from .walk import Walk

Fingerprint: TypeAlias = tuple[object, ...]

_ID = re.compile(r"event id #\d+|token:\S+:\d+")
_dumped = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Fingerprints:
    """Takes fingerprints; remembers the texts of values, which walks share."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[object, str]] = {}

    def of(self, walk: Walk) -> Fingerprint:
        """The fingerprint of a walk, without the number of its faults."""
        execution = walk.execution
        memories = (walk.silent, walk.memories, tuple(sorted(walk.failing.items())))
        if execution.status != "RUNNING":
            cause = None if execution.cause is None else without_ids(execution.cause)
            end = walk.end()
            told = (execution.status, self._text(execution.output), execution.error, cause)
            return (*told, end.state, end.deliberate, memories)
        frames = execution.frames
        root = next(frame for frame in frames.values() if frame.parent is None and frame.id != MACHINE_CLOCK)
        left = _magnitude(execution, frames.get(MACHINE_CLOCK))
        return (self._frame(execution, root), left, len(execution.ready), memories)

    def _frame(self, execution: Execution, frame: Frame) -> Fingerprint:
        now, task = execution.now, execution.tasks.get(frame.task or 0)
        return (
            frame.state.name,
            self._text(frame.input),
            tuple((name, self._text(value)) for name, value in frame.variables.items()) if frame.variables else (),
            frame.phase,
            tuple(frame.attempts.items()) if frame.attempts else (),
            _away(frame.wake, now),
            _away(frame.due, now),
            _away(frame.heartbeat_due, now),
            None if task is None else (task[1].role, task[1].started, task[1].submitted),
            None if frame.join is None else self._join(execution, frame.join),
        )

    def _join(self, execution: Execution, join: Join) -> Fingerprint:
        children = join.children
        return (
            join.cursor,
            join.pending,
            tuple(map(self._text, join.results)),
            tuple((index, self._frame(execution, children[index])) for index in sorted(children)),
            tuple(sorted(join.tasks)),
            None if join.intake is None else (join.intake.last, join.intake.failed, len(join.intake.again)),
        )

    def _text(self, value: JSON) -> str:
        if not isinstance(value, (dict, list)):
            return without_ids(value) if isinstance(value, str) else repr(value)
        known = self._texts.get(id(value))
        if known is None or known[0] is not value:
            known = self._texts[id(value)] = (value, without_ids(_dumped(value)))
        return known[1]


def without_ids(text: str) -> str:
    """A text without the ids of history events and tasks.

    >>> without_ids("(entered at the event id #12). Invalid path")
    '(entered at the #). Invalid path'
    """
    return _ID.sub("#", text) if "#" in text or "token:" in text else text


def _away(at: float | None, now: float) -> float | None:
    return None if at is None else round(at - now, 4)


def _magnitude(execution: Execution, clock: Frame | None) -> int | None:
    """How much time the machine has left, as a power of two."""
    if clock is None or clock.due is None:
        return None
    return frexp(clock.due - execution.now)[1]
