"""Data flow: what can be known of a machine's values before it runs, and what is suspicious about it.

``flow_of`` is the whole: an abstract interpretation (``analysis``) over the compiled model and the parse trees of its
expressions, and what can be said about the graph. The rules in ``definition/rules`` tell its findings apart by name.

Rule that a change must keep: silent when unsure. A false alarm is worse than a miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set

from ..documents import Document
from ..model import Machine
from ..problem import Problem
from . import cycles, decisions, durations, failures, looks, tokens
from .analysis import Analysis, GaveUp
from .reading import Finding
from .values import Origin

__all__ = ["Finding", "Flow", "flow_of"]

_CHECKS: tuple[tuple[frozenset[str], Callable[[Analysis], Iterator[Finding]]], ...] = (
    (frozenset(("Choices",)), decisions.choices),
    (frozenset(("Retry", "Catch")), failures.dead_entries),
    (frozenset(("Next", "Choices", "Catch")), cycles.loops),
    (frozenset(), durations.too_long),
    (frozenset(("Resource",)), tokens.waiting_tasks),
    (looks.FIELDS, looks.lookalikes),
)
"""Each check with the fields of states without all of which it finds nothing; none: it is always asked."""


class Flow:
    """What is suspicious about one machine, by rule."""

    def __init__(self, document: Document, findings: list[Finding]) -> None:
        self._document = document
        self._findings: dict[str, dict[tuple[str | int, ...], Finding]] = {}
        for finding in findings:
            self._findings.setdefault(finding.rule, {}).setdefault(finding.location, finding)

    def rules(self) -> Set[str]:
        """The rules that have findings."""
        return self._findings.keys()

    def of(self, rule: str) -> Iterator[Problem]:
        """The findings of one rule, each place once."""
        for finding in self._findings.get(rule, {}).values():
            because = tuple(dict.fromkeys(map(self._sentence, finding.because)))
            yield Problem(finding.location, finding.message, because=because)

    def _sentence(self, origin: Origin) -> str:
        position = self._document.position(origin.location)
        return origin.text if position is None else f"{origin.text} at line {position[0]}"


_JUDGED = frozenset(("Choices", "ItemProcessor", "Iterator", "Timestamp"))
"""The fields of which the analysis may say something even where no state has an expression."""


def flow_of(document: Document, machine: Machine) -> Flow:
    """Everything suspicious about a machine's data flow."""
    analysis = Analysis(machine)
    found: list[Finding] = []
    try:
        if analysis.has_expressions or not _JUDGED.isdisjoint(analysis.fields):
            found = analysis.run()
    except GaveUp:
        analysis.entries.clear()
    for wanted, check in _CHECKS:
        if not wanted or not wanted.isdisjoint(analysis.fields):
            found.extend(check(analysis))
    return Flow(document, found)
