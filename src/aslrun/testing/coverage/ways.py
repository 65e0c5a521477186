"""What would reach that which was never reached: an input, and what must happen on the way.

The explorer plays the inputs that the machine's own Choices and paths ask for, with every outcome of its tasks, the
shortest stories first, and a watch tells which of the missed items each move reaches.

Rules that a change must keep:

1. It costs nothing unless somebody looks at a report with something missed, and it is bounded.
2. A way is told only if it was really played; where none was found, nothing is said.
"""

from __future__ import annotations

from collections import deque
from itertools import groupby
from typing import TYPE_CHECKING

from ...values import JSON, to_text
from ..demands import demands_of
from ..fingerprint import Fingerprints
from ..outcomes import Outcomes
from ..path_tree import shortened
from ..walk import Move, Walk, begin, setting_of
from .items import key_of

if TYPE_CHECKING:
    from ...definition.model import Decision, Machine
    from .collecting import Covered
    from .report import Ways

MOST_WALKS = 3_000  # states of executions that are looked at for one machine
FAULTS = 2  # things that go wrong in one story
LONGEST_INPUT, LONGEST_MOVE = 100, 72  # characters that are shown


def ways_of(covered: Covered, bound: int = MOST_WALKS) -> Ways:
    """For the keys of missed items what would reach them, as far as ``bound`` states of executions show it.

    >>> from aslrun import testing
    >>> rule = {"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Large"}
    >>> states = {"Route": {"Type": "Choice", "Choices": [rule], "Default": "Small"}}
    >>> states |= {"Large": {"Type": "Succeed"}, "Small": {"Type": "Succeed"}}
    >>> ways_of(testing.Coverage().of({"StartAt": "Route", "States": states}))["rule:0:Route"]
    'input {"total":51}'
    """
    machine = covered.machine
    search = _Search(machine, {item.key for item in covered.missed})
    before = machine.watch
    machine.watch = search.note
    try:
        search.go(bound)
    finally:
        machine.watch = before
    return search.ways


class _Search:
    """Walks breadth first, until everything is found or enough was looked at."""

    def __init__(self, machine: Machine, wanted: set[str]) -> None:
        self.ways: dict[str, str] = {}
        self._machine = machine
        self._wanted = wanted
        self._seen: set[str] = set()
        self._prints = Fingerprints()
        self._known: set[tuple[object, ...]] = set()
        self._queue: deque[tuple[Walk, JSON, tuple[Move, ...]]] = deque()

    def note(self, state: str, what: Decision, detail: int) -> None:
        """The engine's word."""
        self._seen.add(key_of(state, what, detail))

    def go(self, bound: int) -> None:
        demands = demands_of(self._machine)
        setting = setting_of(self._machine, Outcomes(self._machine, demands=demands), faults=FAULTS)
        for input in demands.inputs():
            self._look_at(begin(setting, input), input, ())
        while self._queue and self._wanted and len(self._known) < bound:
            walk, input, story = self._queue.popleft()
            for move in walk.moves():
                self._look_at(walk.after(move), input, (*story, move))

    def _look_at(self, walk: Walk, input: JSON, story: tuple[Move, ...]) -> None:
        for key in self._seen & self._wanted:
            self.ways[key] = _told(input, story)
        self._wanted -= self._seen
        self._seen.clear()
        place = (to_text(input), walk.faults, self._prints.of(walk))
        if place not in self._known:
            self._known.add(place)
            self._queue.append((walk, input, story))


def _told(input: JSON, story: tuple[Move, ...]) -> str:
    """The story in a line: what is plain is left out, what happens again is counted."""
    parts = [f"input {shortened(to_text(input), LONGEST_INPUT)}"]
    moves = [move for move in story if move.kind != "time" or move is story[-1]]
    for text, same in groupby(shortened(str(move), LONGEST_MOVE) for move in moves):
        count = len(list(same))
        parts.append(text if count == 1 else f"{text} ({count} times)")
    return "; ".join(parts)
