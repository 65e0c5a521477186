"""The report of coverage as one HTML page that needs nothing else: figures, graphs with what was missed, every item."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING

from ..diagram.svg import svg
from .collecting import Coverage
from .report import missed_of

if TYPE_CHECKING:
    from .collecting import Covered
    from .report import Missed, Ways

SMALLEST = 0.62  # of its size: below it the names in a graph cannot be read
_WIDTH = re.compile(r'width="(\d+)"')
_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--page:#f6f8fa;--card:#fff;--edge:#d0d7de;--rule:#eaeef2;
--code:#f0f2f4;--good:#2e7d32;--bad:#b42318;--empty:#fdeeec;--link:#0550ae}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9ea7b3;--page:#010409;--card:#0d1117;--edge:#3d444d;
--rule:#21262d;--code:#21262d;--good:#56d364;--bad:#ff9c92;--empty:#2d1513;--link:#79c0ff}}
*{box-sizing:border-box}
body{font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
color:var(--ink);background:var(--page);margin:0}
main{max-width:1080px;margin:0 auto;padding:24px}h1{font-size:22px}
h2{font-size:18px;margin:0 0 8px;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:20px;margin:20px 0}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:4px 10px;border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:anywhere}
th{color:var(--dim);font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.n,.no,.yes,.line{white-space:nowrap}a{color:var(--link)}
.bar{display:inline-block;width:160px;height:8px;border-radius:4px;background:var(--empty);border:1px solid var(--bad)}
.bar i{display:block;height:6px;border-radius:4px;background:var(--good)}
.no{color:var(--bad)}.yes{color:var(--good)}.way{color:var(--dim)}
code{background:var(--code);border-radius:4px;padding:0 4px;
-webkit-box-decoration-break:clone;box-decoration-break:clone}
.place{width:30%}
summary{cursor:pointer;color:var(--dim);margin-top:12px}
.graph{margin:12px 0;overflow-x:auto}.graph svg{display:block;width:100%;height:auto;margin:0 auto}
a:focus-visible,summary:focus-visible,.graph:focus-visible{outline:2px solid var(--link);outline-offset:2px}
@media (max-width:640px){main{padding:12px}section{padding:12px}th,td{padding:4px 6px}.bar{width:64px}
.place{display:none}}
@media print{section{break-inside:avoid}.graph{overflow:visible}}
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
    yield _graph(covered)
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
        f'<td class="place"><code>{_at_its_dots(each.place)}</code></td><td class="line">{line}</td></tr>'
    )


def _at_its_dots(place: str) -> str:
    """A place that goes on in the next line before a dot."""
    return re.sub(r"(?=\.)", "<wbr>", escape(place))


def _graph(covered: Covered) -> str:
    """The graph, which shrinks with the page as long as it can be read, and is scrolled from there on."""
    picture = svg(covered.machine, covered.hits, titled=False)
    size = _WIDTH.search(picture)
    width = int(size[1]) if size else 0
    style = f"max-width:{width}px;min-width:{width * SMALLEST:.0f}px"
    label = escape(f"the graph of {covered.machine.name}")
    picture = picture.replace("<svg ", f'<svg style="{style}" ', 1)
    return f'<div class="graph" tabindex="0" role="region" aria-label="{label}">{picture}</div>'
