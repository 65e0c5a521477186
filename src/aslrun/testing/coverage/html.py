"""The report of coverage as one HTML page that needs nothing else: figures, graphs with what was missed, every item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from ..diagram.svg import svg
from .collecting import Coverage
from .report import missed_of

if TYPE_CHECKING:
    from .collecting import Covered
    from .report import Missed, Ways

_STYLE = """
:root{color-scheme:light}
body{font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
color:#1f2328;background:#f6f8fa;margin:0}
main{max-width:1080px;margin:0 auto;padding:24px}h1{font-size:22px}h2{font-size:18px;margin:0 0 8px}
section{background:#fff;border:1px solid #d0d7de;border-radius:8px;padding:20px;margin:20px 0;overflow-x:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:4px 10px;border-bottom:1px solid #eaeef2;vertical-align:top}
th{color:#656d76;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.bar{display:inline-block;width:160px;height:8px;border-radius:4px;background:#fdeeec;border:1px solid #c62828}
.bar i{display:block;height:8px;border-radius:4px;background:#2e7d32}
.no{color:#b42318}.yes{color:#2e7d32}.way{color:#656d76}code{background:#f0f2f4;border-radius:4px;padding:0 4px}
summary{cursor:pointer;color:#656d76;margin-top:12px}.graph{margin:12px 0}
@media print{section{break-inside:avoid}}
""".strip()


def html(coverage: Coverage, ways: Mapping[str, Ways] | None = None) -> str:
    """The page; ``ways`` says for a machine (by name) what would reach an item.

    >>> from aslrun import simulate
    >>> coverage = Coverage()
    >>> _ = simulate(coverage.watch({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}}}))
    >>> "100%" in html(coverage)
    True
    """
    every = list(coverage)
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        f"<title>Coverage of state machines: {coverage.percent:g}%</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>Coverage of state machines: {coverage.percent:g}%</h1>",
        *_summary(every),
    ]
    for number, each in enumerate(every):
        lines += _machine(number, each, (ways or {}).get(each.machine.name, {}))
    return "\n".join([*lines, "</main></body></html>"]) + "\n"


def _summary(every: Iterable[Covered]) -> Iterator[str]:
    yield '<section><table><tr><th>machine</th><th class="n">covered</th><th></th><th class="n">missed</th></tr>'
    for number, each in enumerate(every):
        bar = f'<span class="bar"><i style="width:{each.percent:g}%"></i></span>'
        yield (
            f'<tr><td><a href="#m{number}">{escape(each.machine.name)}</a></td><td class="n">{each.percent:g}%</td>'
            f'<td>{bar}</td><td class="n">{len(each.missed)}</td></tr>'
        )
    yield "</table></section>"


def _machine(number: int, covered: Covered, ways: Ways) -> Iterator[str]:
    yield f'<section id="m{number}"><h2>{escape(covered.machine.name)} · {covered.percent:g}%</h2>'
    missed = missed_of(covered, ways)
    if missed:
        yield "<p>Never reached:</p><table>"
        yield from map(_missed, missed)
        yield "</table>"
    yield f'<div class="graph">{svg(covered.machine, covered.hits)}</div>'
    yield "<details><summary>Everything that can be reached</summary><table>"
    for item in covered.items:
        hits = covered.hits[item.key]
        mark = f'<td class="n yes">✓ {hits:,}</td>' if hits else '<td class="n no">✗ 0</td>'
        yield f"<tr>{mark}<td>{item.kind}</td><td>{escape(item.text)}</td></tr>"
    yield "</table></details></section>"


def _missed(each: Missed) -> str:
    line = "" if each.line is None else f"line {each.line}"
    more = f" (and {each.within} more of it)" if each.within else ""
    way = f'<br><span class="way">↳ {escape(each.way)}</span>' if each.way else ""
    return (
        f'<tr><td class="no">✗ {each.item.kind}</td><td>{escape(each.item.text + more)}{way}</td>'
        f"<td><code>{escape(each.place)}</code></td><td>{line}</td></tr>"
    )
