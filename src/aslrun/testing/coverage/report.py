"""The report of coverage for a terminal: a line per machine, then what was never reached, with its place.

Rules that a change must keep:

1. The report is complete without colour; it is as wide as its longest line, and cut nowhere.
2. What was missed inside a state that was never reached is said with the state, not item by item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from .collecting import Coverage, Covered
from .items import KINDS, Item
from .places import path_text, positions_of

if TYPE_CHECKING:
    from ...values import JSON

_HEADS = {
    "state": "states",
    "transition": "arrows",
    "choice rule": "rules",
    "retrier": "retries",
    "catcher": "catches",
    "map size": "map sizes",
    "time-out": "time-outs",
}


@dataclass(frozen=True, slots=True)
class Missed:
    """Something that was never reached: where it stands, how much hangs on it, and what would reach it."""

    item: Item
    place: str
    line: int | None
    within: int = 0
    way: str = ""


Ways = Mapping[str, str]
"""By the key of an item: what would reach it."""


def report_text(coverage: Coverage | Iterable[Covered], ways: Mapping[str, Ways] | None = None) -> str:
    """The report as plain text; ``ways`` says for a machine (by name) what would reach an item.

    >>> from aslrun import simulate
    >>> coverage = Coverage()
    >>> wait = {"Type": "Wait", "Seconds": 1, "End": True}
    >>> _ = simulate(coverage.watch({"StartAt": "W", "States": {"W": wait}}))
    >>> print(report_text(coverage))
    machine       covered  states
    StateMachine     100%     1/1
    """
    every = list(coverage)
    lines = [*table(every)]
    for each in every:
        if each.missed:
            lines += ["", *missed_lines(each, (ways or {}).get(each.machine.name, {}))]
    return "\n".join(lines)


# --------------------------------------------------------------------------- the table


def table(every: Sequence[Covered]) -> Iterator[str]:
    """A line per machine, a column per kind of item, and a total."""
    if not every:
        yield "no state machine was run"
        return
    rows = table_rows(every)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *(map(str.rjust, row[1:], widths[1:]))]).rstrip()


def table_rows(every: Sequence[Covered]) -> list[list[str]]:
    """The cells of the table, with its heads."""
    kinds = [kind for kind in KINDS if any(item.kind == kind for each in every for item in each.items)]
    rows = [["machine", "covered", *(_HEADS[kind] for kind in kinds)]]
    rows += [[each.machine.name, _percent(each.percent), *(_share(each, kind) for kind in kinds)] for each in every]
    if len(every) > 1:
        rows.append(["total", _percent(Coverage.of_all(every)), *(_total(every, kind) for kind in kinds)])
    return rows


def _percent(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") + "%"


def _share(covered: Covered, kind: str) -> str:
    items = [item for item in covered.items if item.kind == kind]
    return f"{sum(1 for item in items if covered.hits[item.key])}/{len(items)}" if items else "–"


def _total(every: Sequence[Covered], kind: str) -> str:
    pairs = [(each, item) for each in every for item in each.items if item.kind == kind]
    return f"{sum(1 for each, item in pairs if each.hits[item.key])}/{len(pairs)}"


# --------------------------------------------------------------------------- what was missed


def missed_of(covered: Covered, ways: Ways | None = None) -> list[Missed]:
    """What was never reached, in the order of the text; of a state that was not, only the state."""
    positions = positions_of(covered.machine)
    missed = covered.missed
    silent = {item.state for item in missed if item.kind == "state"}
    inner = dict.fromkeys(silent, 0)
    for item in missed:
        if item.state in silent and item.kind != "state":
            inner[item.state] += 1
    shown = [item for item in missed if item.kind == "state" or item.state not in silent]
    found = [
        Missed(
            item,
            path_text(item.location),
            positions[item.location][0] if item.location in positions else None,
            inner[item.state] if item.kind == "state" else 0,
            (ways or {}).get(item.key, ""),
        )
        for item in shown
    ]
    return sorted(found, key=lambda each: each.line or 0)


def missed_lines(covered: Covered, ways: Ways | None = None, columns: int = 120) -> Iterator[str]:
    """The missed items of one machine, one line each, and below it what would reach it."""
    missed = missed_of(covered, ways)
    yield f"{covered.machine.name}: never reached"
    width = max(len(each.item.kind) for each in missed)
    digits = max((len(str(each.line)) for each in missed if each.line is not None), default=0)
    for each in missed:
        line = "" if not digits else f"{each.line if each.line is not None else '':>{digits}}  "
        more = f" (and {each.within} more of it)" if each.within else ""
        yield f"  {line}{each.item.kind:<{width}}  {each.item.text}{more}"
        if each.way:
            indent = " " * (len(line) + width + 4)
            yield from wrap(each.way, columns, initial_indent=f"{indent}↳ ", subsequent_indent=f"{indent}  ")


# --------------------------------------------------------------------------- for programs


def as_document(coverage: Coverage, ways: Mapping[str, Ways] | None = None) -> dict[str, JSON]:
    """The report as JSON: percentages, and each item with its hits and its place."""
    machines: list[JSON] = [_machine(each, (ways or {}).get(each.machine.name, {})) for each in coverage]
    return {"percent": coverage.percent, "machines": machines}


def _machine(covered: Covered, ways: Ways) -> dict[str, JSON]:
    positions = positions_of(covered.machine)
    items: list[JSON] = []
    for item in covered.items:
        position = positions.get(item.location)
        entry: dict[str, JSON] = {"kind": item.kind, "state": item.state, "text": item.text}
        entry |= {"path": path_text(item.location), "line": position[0] if position else None}
        entry["hits"] = covered.hits[item.key]
        if item.key in ways:
            entry["way"] = ways[item.key]
        items.append(entry)
    return {"name": covered.machine.name, "percent": covered.percent, "items": items}
