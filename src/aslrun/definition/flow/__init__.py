"""Data flow: what can be known of a machine's values before it runs, and what is suspicious about it.

``flow_of`` is the whole: an abstract interpretation (``analysis``) over the compiled model and the parse trees of its
expressions, and what can be said about the graph. The rules in ``definition/rules`` tell its findings apart by name.

Rule that a change must keep: silent when unsure. A false alarm is worse than a miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import Machine
from . import cycles, decisions, durations, failures, looks, tokens
from .analysis import Analysis, GaveUp
from .reading import Finding

__all__ = ["Finding", "flow_of"]

_CHECKS: tuple[Callable[[Analysis], Iterator[Finding]], ...] = (
    decisions.choices,
    failures.dead_entries,
    cycles.loops,
    durations.too_long,
    tokens.waiting_tasks,
    looks.lookalikes,
)


def flow_of(machine: Machine) -> list[Finding]:
    """Everything suspicious about a machine's data flow, each finding once."""
    analysis = Analysis(machine)
    try:
        found = analysis.run()
    except GaveUp:
        analysis.entries.clear()
        found = []
    analysis.findings = None
    for check in _CHECKS:
        found.extend(check(analysis))
    unique: dict[tuple[str, tuple[str | int, ...]], Finding] = {}
    for finding in found:
        unique.setdefault((finding.rule, finding.location), finding)
    return list(unique.values())
