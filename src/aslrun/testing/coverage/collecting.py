"""Collecting: what the executions of state machines decide, counted; whichever driver runs them.

Rules that a change must keep:

1. The engine tells a machine's watch what was decided. A machine that nobody watches costs nothing more.
2. The same definition is one machine, however often it was loaded: hits are added up by what the definition says.
3. Only keys and counts are kept, never an input, a result or a token.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256
from typing import TYPE_CHECKING

from ...definition.model import Machine
from ...runtime.simulate import loaded
from .items import Item, items_of, key_of

if TYPE_CHECKING:
    from ...definition.model import Decision
    from ...runtime.simulate import Definition


@dataclass(slots=True)
class Covered:
    """One machine, and how often each of its items was reached (by key)."""

    machine: Machine
    hits: Counter[str] = field(default_factory=Counter)

    @property
    def items(self) -> list[Item]:
        """Everything that can be covered, in the order of the definition."""
        return items_of(self.machine)

    @property
    def missed(self) -> list[Item]:
        """What was never reached."""
        return [item for item in self.items if not self.hits[item.key]]

    @property
    def percent(self) -> float:
        """How much of it was reached, from 0 to 100."""
        return percentage(sum(1 for item in self.items if self.hits[item.key]), len(self.items))

    def note(self, state: str, what: Decision, detail: int) -> None:
        """The engine's word: something was decided."""
        self.hits[key_of(state, what, detail)] += 1


def percentage(reached: int, total: int) -> float:
    """A share in percent: 100 is said only of everything.

    >>> percentage(2, 3), percentage(0, 0), percentage(9999, 10000)
    (66.7, 100.0, 99.9)
    """
    return 100.0 if reached >= total else min(round(100 * reached / total, 1), 99.9)


class Coverage:
    """The coverage of any number of machines. ``watch`` one, or ``everything`` for a while; then run what you want.

    ``only`` are names of machines to look at, with wildcards; empty: all.

    >>> from aslrun import load, simulate
    >>> rule = {"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Large"}
    >>> states = {"Route": {"Type": "Choice", "Choices": [rule], "Default": "Small"}}
    >>> states |= {"Large": {"Type": "Succeed"}, "Small": {"Type": "Succeed"}}
    >>> coverage = Coverage()
    >>> machine = coverage.watch({"StartAt": "Route", "States": states})
    >>> simulate(machine, {"total": 7}).path
    ['Route', 'Small']
    >>> [item.text for item in coverage.of(machine).missed], coverage.percent
    (['Route: $.total > 50 → Large', 'Large'], 60.0)
    """

    def __init__(self, only: Sequence[str] = ()) -> None:
        self.only = tuple(only)
        self._covered: dict[str, Covered] = {}

    def __iter__(self) -> Iterator[Covered]:
        return iter(sorted(self._covered.values(), key=lambda each: each.machine.name))

    def watch(self, machine: Definition) -> Machine:
        """Count what executions of this machine reach that begin from now on; gives the machine, loaded."""
        known = loaded(machine)
        known.watch = self.of(known).note
        return known

    def of(self, machine: Definition) -> Covered:
        """What is known of a machine: of its definition, not of this very object."""
        known = loaded(machine)
        return self._covered.setdefault(digest(known), Covered(known))

    def add(self, machine: Machine, hits: Iterable[tuple[str, int]]) -> None:
        """Add up what somebody else has counted."""
        self.of(machine).hits.update(dict(hits))

    def merge(self, other: Coverage) -> None:
        """Add up what another collection has."""
        for each in other:
            self.add(each.machine, each.hits.items())

    @property
    def percent(self) -> float:
        """How much of all machines was reached, from 0 to 100."""
        return self.of_all(self)

    @staticmethod
    def of_all(every: Iterable[Covered]) -> float:
        """How much of some machines was reached, from 0 to 100; nothing of none."""
        pairs = [(covered, item) for covered in every for item in covered.items]
        return 0.0 if not pairs else percentage(sum(1 for covered, item in pairs if covered.hits[item.key]), len(pairs))

    def report(self) -> str:
        """What was reached and what was not, as plain text."""
        from .report import report_text  # imported here: it reads what is collected here

        return report_text(self)

    @contextmanager
    def everything(self) -> Iterator[Coverage]:
        """Watch every machine that is loaded while this lasts, and count what runs of it until the end."""
        original = Machine.__post_init__
        watched: list[Machine] = []

        def post_init(machine: Machine) -> None:
            original(machine)
            if not self.only or any(fnmatchcase(machine.name, each) for each in self.only):
                machine.watch = _Later(self, machine)
                watched.append(machine)

        Machine.__post_init__ = post_init  # type: ignore[method-assign, assignment]
        try:
            yield self
        finally:
            Machine.__post_init__ = original  # type: ignore[method-assign]
            for machine in watched:
                machine.watch = None


class _Later:
    """The watch of a machine that counts only when the first execution of it says something."""

    __slots__ = ("_coverage", "_machine", "_note")

    def __init__(self, coverage: Coverage, machine: Machine) -> None:
        self._coverage, self._machine = coverage, machine
        self._note: Callable[[str, Decision, int], None] | None = None

    def __call__(self, state: str, what: Decision, detail: int) -> None:
        if self._note is None:
            self._note = self._coverage.of(self._machine).note
        self._note(state, what, detail)


def digest(machine: Machine) -> str:
    """What is the same for the same definition under the same name."""
    text = json.dumps(machine.document, sort_keys=True)
    return sha256(f"{machine.name}\n{text}".encode()).hexdigest()[:16]
