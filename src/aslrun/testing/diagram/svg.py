"""The graph as one SVG file that needs nothing else: no script, no font, no link.

Rules that a change must keep:

1. Names come from outside: everything written is escaped, and what XML cannot hold is left out.
2. Colour is never alone: what was missed is dashed as well, and numbers say how often something was reached.
3. A Parallel or Map is a box around the graphs inside it.
4. Colours are written out, first those on white: a viewer that knows no media queries shows these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from .layered import Line, Spot, arrange
from .model import Arrow, Graph, Node, graph_of

if TYPE_CHECKING:
    from ...definition.model import Machine

NAME_SIZE, SMALL_SIZE, NAME_HEIGHT = 13, 10.5, 16.0
PADDING, NODE_HEIGHT, NARROWEST, HEADER = 14.0, 40.0, 96.0, 44.0
NOTE_HEIGHT, INSIDE, BETWEEN = 14.0, 18.0, 16.0
START_SIZE = 12.0
_BREAK = re.compile(r"(?<=[\s_.-])(?=\S)|(?<=[^\W_])(?=[A-Z][a-z])")
MARGIN = 20.0
CAUGHT_PULL = 0.15  # the happy way goes straight
BOLD = 1.2
LONGEST_LINE = 34  # characters of a name on one line

_STYLE = """
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:#1f2328}
.name{font-size:13px;font-weight:600}.type,.hits,.note,.label{font-size:10.5px}.type,.hits{fill:#656d76}
.note{fill:#b42318}.title{font-size:15px;font-weight:600}.sub{font-size:12px;fill:#656d76}
.box{fill:#ffffff;stroke:#8c959f;stroke-width:1.4}.around{fill:#f6f8fa;stroke:#8c959f;stroke-width:1.4}
.branch{fill:#ffffff;stroke:#d0d7de;stroke-dasharray:2 3}.inner{fill:none;stroke:#8c959f}
.arrow{fill:none;stroke:#6e7781;stroke-width:1.4}.head{fill:#6e7781}.caught{stroke-dasharray:2 3}
.under{fill:#ffffff;fill-opacity:.92}.start{fill:#1f2328}.page{fill:#ffffff}
.reached>.box{fill:#edf7ee;stroke:#2e7d32}.reached>.around{fill:#f3faf4;stroke:#2e7d32}
.partly>.box{fill:#fff8e1;stroke:#b26a00}.partly>.around{fill:#fffbf0;stroke:#b26a00}
.missed>.box{fill:#fdeeec;stroke:#c62828;stroke-dasharray:5 3}
.missed>.around{fill:#fef6f5;stroke:#c62828;stroke-dasharray:5 3}
.reached>.arrow{stroke:#2e7d32;stroke-width:1.8}.reached>.head{fill:#2e7d32}.missed>.label{fill:#c62828}
.missed>.arrow{stroke:#c62828;stroke-dasharray:5 3}.missed>.head{fill:#c62828}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.type,.hits,.sub{fill:#9ea7b3}.note{fill:#ff9c92}.page{fill:#0d1117}
.box{fill:#161b22;stroke:#7d8590}.around{fill:#11161d;stroke:#7d8590}.branch{fill:#0d1117;stroke:#3d444d}
.inner{stroke:#7d8590}.arrow{stroke:#9198a1}.head{fill:#9198a1}.under{fill:#0d1117}.start{fill:#e6edf3}
.reached>.box{fill:#12261a;stroke:#56d364}.reached>.around{fill:#0f1d15;stroke:#56d364}
.partly>.box{fill:#2b2111;stroke:#e3a008}.partly>.around{fill:#1d170d;stroke:#e3a008}
.missed>.box{fill:#2d1513;stroke:#ff7b72}.missed>.around{fill:#1f1110;stroke:#ff7b72}
.reached>.arrow{stroke:#56d364}.reached>.head{fill:#56d364}.missed>.label{fill:#ff9c92}
.missed>.arrow{stroke:#ff7b72}.missed>.head{fill:#ff7b72}}
""".strip()


def svg(machine: Machine, hits: Mapping[str, int] | None = None, subtitle: str = "", *, titled: bool = True) -> str:
    """The graph of a machine as an SVG document; with ``hits`` (of its coverage) what was missed is red and dashed.

    Who asks for dark colours gets them. ``titled``: the name of the machine stands above it.

    >>> from aslrun import load
    >>> picture = svg(load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}))
    >>> picture.startswith("<svg"), ">A</text>" in picture
    (True, True)
    """
    drawn = _Drawn(graph_of(machine, hits), with_start=True)
    title = _clean(machine.name)
    top = MARGIN + (26 if titled else 0) + (18 if subtitle else 0)
    heading = BOLD * text_width(title, 15) if titled else 0.0
    width = max(drawn.width, heading, text_width(subtitle, 12)) + 2 * MARGIN
    height = drawn.height + top + MARGIN
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{_text(title)}">',
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
    ]
    if titled:
        lines.append(f'<text class="title" x="{MARGIN}" y="{MARGIN + 8}">{_text(title)}</text>')
    if subtitle:
        lines.append(f'<text class="sub" x="{MARGIN}" y="{MARGIN + 27}">{_text(subtitle)}</text>')
    left = (width - drawn.width) / 2
    lines.append(f'<g transform="translate({left:.1f} {top:.1f})">')
    return "\n".join([*lines, *drawn.lines(), "</g>", "</svg>"]) + "\n"


# --------------------------------------------------------------------------- texts


def text_width(text: str, size: float) -> float:
    """About how wide a text is drawn, in pixels.

    >>> text_width("注", 10) > text_width("i", 10)
    True
    """
    return sum(map(_character_width, text)) * size


def _character_width(character: str) -> float:
    if combining(character):
        return 0.0
    if east_asian_width(character) in "WF":
        return 1.05
    return 0.34 if character in "iljtf.,:;'|!()[] " else 0.72 if character.isupper() or character in "mwMW→" else 0.6


def name_lines(name: str) -> list[str]:
    """A name on lines that are not too long, broken before a word or a capital where it has some.

    >>> name_lines("Pack"), name_lines("RecordTheIncidentForTheReviewOfTheNextMorning")
    (['Pack'], ['RecordTheIncidentForTheReviewOf', 'TheNextMorning'])
    """
    lines: list[str] = []
    while len(name) > LONGEST_LINE:
        places = [found.start() for found in _BREAK.finditer(name[: LONGEST_LINE + 1]) if found.start() > 8]
        place = places[-1] if places else LONGEST_LINE
        lines.append(name[:place].rstrip())
        name = name[place:].lstrip()
    return [*lines, name]


def _clean(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)


def _text(text: str) -> str:
    return escape(_clean(text))


# --------------------------------------------------------------------------- a graph with its places


@dataclass(slots=True, eq=False)
class _Placed:
    """A node with its size and place, and the graphs inside it."""

    node: Node
    inner: list[_Drawn]
    spot: Spot


class _Drawn:
    """A graph whose nodes have their places."""

    def __init__(self, graph: Graph, with_start: bool = False) -> None:
        self._placed = {node: _placed(node) for node in graph.nodes}
        spots = [each.spot for each in self._placed.values()]
        self._lines = [(arrow, self._line(arrow)) for arrow in graph.arrows]
        lines = [line for _, line in self._lines]
        first = self._placed[graph.start].spot
        self._begin: Line | None = None
        if with_start:
            first, target = Spot(START_SIZE, START_SIZE), first
            self._begin = Line(first, target)
            spots, lines = [first, *spots], [self._begin, *lines]
        self._lanes = {node: _loops(graph, node) for node in graph.nodes}
        self.width, self.height = arrange(first, spots, lines)

    def _line(self, arrow: Arrow) -> Line:
        source, target = self._placed[arrow.source].spot, self._placed[arrow.target].spot
        label = (text_width(arrow.label, SMALL_SIZE) + 8, 18.0) if arrow.label and source is not target else None
        return Line(source, target, label, CAUGHT_PULL if arrow.caught else 1.0)

    def lines(self) -> Iterator[str]:
        ports = _Ports([*([self._begin] if self._begin else []), *(line for _, line in self._lines)])
        if self._begin is not None:
            dot = self._begin.source
            circle = f'<circle class="start" cx="{dot.x:.1f}" cy="{dot.y:.1f}" r="{START_SIZE / 2}">'
            yield f"{circle}<title>start</title></circle>"
            yield from _arrow_lines(None, self._begin, ports)
        for each in self._placed.values():
            yield from _node_lines(each)
        for arrow, line in self._lines:
            if line.source is not line.target:
                yield from _arrow_lines(arrow, line, ports)
        for node, loops in self._lanes.items():
            for number, arrow in enumerate(loops):
                yield from _loop_lines(arrow, self._placed[node].spot, number)


def _loops(graph: Graph, node: Node) -> list[Arrow]:
    return [arrow for arrow in graph.arrows if arrow.source is node and arrow.target is node]


def _placed(node: Node) -> _Placed:
    inner = [_Drawn(each) for each in node.inner]
    names = [BOLD * text_width(line, NAME_SIZE) for line in name_lines(node.name)]
    texts = [*names, *(text_width(note, SMALL_SIZE) for note in node.notes)]
    width = max(NARROWEST, max(texts) + 2 * PADDING, text_width(node.type, SMALL_SIZE) + 60)
    height = NODE_HEIGHT + _more_height(node)
    if inner:
        width = max(width, sum(each.width + 2 * INSIDE for each in inner) + BETWEEN * (len(inner) + 1))
        height = HEADER + _more_height(node) + max(each.height for each in inner) + 2 * INSIDE + BETWEEN
    return _Placed(node, inner, Spot(width, height))


def _more_height(node: Node) -> float:
    """What a node is higher than one with a line of a name."""
    return NAME_HEIGHT * (len(name_lines(node.name)) - 1) + NOTE_HEIGHT * len(node.notes)


# --------------------------------------------------------------------------- nodes


def _node_lines(placed: _Placed) -> Iterator[str]:
    node, spot = placed.node, placed.spot
    left, top = spot.x - spot.width / 2, spot.y - spot.height / 2
    yield f'<g class="{node.verdict}" transform="translate({left:.1f} {top:.1f})">'
    yield f"<title>{_text(_tooltip(node))}</title>"
    kind = "around" if node.inner else "box"
    radius = 20 if node.type in ("Succeed", "Fail") else 6
    yield f'<rect class="{kind}" width="{spot.width:.1f}" height="{spot.height:.1f}" rx="{radius}"/>'
    if node.ends or node.type == "Fail":
        size = f'width="{spot.width - 6:.1f}" height="{spot.height - 6:.1f}" rx="{radius - 3}"'
        yield f'<rect class="inner" x="3" y="3" {size}/>'
    yield f'<text class="type" x="{PADDING}" y="16">{_text(node.type)}</text>'
    if node.hits is not None:
        yield f'<text class="hits" x="{spot.width - PADDING:.1f}" y="16" text-anchor="end">×{node.hits:,}</text>'
    names = name_lines(node.name)
    for number, line in enumerate(names):
        yield f'<text class="name" x="{PADDING}" y="{31 + NAME_HEIGHT * number:.0f}">{_text(line)}</text>'
    below = 46 + NAME_HEIGHT * (len(names) - 1)
    for number, note in enumerate(node.notes):
        yield f'<text class="note" x="{PADDING}" y="{below + NOTE_HEIGHT * number:.0f}">{_text(note)}</text>'
    yield from _inner_lines(placed)
    yield "</g>"


def _tooltip(node: Node) -> str:
    reached = "" if node.hits is None else f": entered {node.hits:,} times" if node.hits else ": never entered"
    return f"{node.name} ({node.type}){reached}"


def _inner_lines(placed: _Placed) -> Iterator[str]:
    if not placed.inner:
        return
    used = sum(each.width + 2 * INSIDE for each in placed.inner) + BETWEEN * (len(placed.inner) + 1)
    left = (placed.spot.width - used) / 2 + BETWEEN
    top = HEADER + _more_height(placed.node)
    height = placed.spot.height - top - BETWEEN
    for each in placed.inner:
        width = each.width + 2 * INSIDE
        yield f'<rect class="branch" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"/>'
        yield f'<g transform="translate({left + INSIDE:.1f} {top + INSIDE:.1f})">'
        yield from each.lines()
        yield "</g>"
        left += width + BETWEEN


# --------------------------------------------------------------------------- arrows


class _Ports:
    """Where arrows leave and reach their nodes: side by side, in the order of where they come from and go to."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sides: dict[tuple[Spot, bool], list[tuple[float, Line]]] = {}
        for line in lines:
            if line.source is not line.target:
                after = line.via[0] if line.via else line.target
                before = line.via[-1] if line.via else line.source
                sides.setdefault((line.source, line.back), []).append((after.x, line))
                sides.setdefault((line.target, not line.back), []).append((before.x, line))
        self._shift: dict[tuple[Spot, Line], float] = {}
        for (spot, _), found in sides.items():
            found.sort(key=lambda pair: pair[0])
            step = min(22.0, spot.width / (len(found) + 1))
            for number, (_, line) in enumerate(found):
                self._shift[spot, line] = (number - (len(found) - 1) / 2) * step

    def x(self, spot: Spot, line: Line) -> float:
        return spot.x + self._shift[spot, line]


def _arrow_lines(arrow: Arrow | None, line: Line, ports: _Ports) -> Iterator[str]:
    caught = " caught" if arrow is not None and arrow.caught and arrow.verdict != "missed" else ""
    yield f'<g class="{arrow.verdict if arrow else "plain"}">'
    if arrow is not None:
        yield f"<title>{_text(_arrow_tooltip(arrow))}</title>"
    points = list(_points(line, ports))
    yield f'<path class="arrow{caught}" d="{_curve(points)}"/>'
    x, y = points[-1]
    tip = 8 if line.back else -8
    yield f'<path class="head" d="M{x:.1f} {y:.1f} l-4.5 {tip} h9 z"/>'
    if arrow is not None and line.label_spot is not None:
        yield from _label_lines(arrow.label, line.label_spot.x, line.label_spot.y)
    yield "</g>"


def _arrow_tooltip(arrow: Arrow) -> str:
    reached = "" if arrow.hits is None else f": {arrow.hits:,} times" if arrow.hits else ": never"
    return f"{arrow.source.name} → {arrow.target.name}{reached}"


def _label_lines(label: str, x: float, y: float) -> Iterator[str]:
    width = text_width(label, SMALL_SIZE) + 6
    yield f'<rect class="under" x="{x - width / 2:.1f}" y="{y - 8:.1f}" width="{width:.1f}" height="16" rx="3"/>'
    yield f'<text class="label" x="{x:.1f}" y="{y + 3.5:.1f}" text-anchor="middle">{_text(label)}</text>'


def _points(line: Line, ports: _Ports) -> Iterator[tuple[float, float]]:
    """From the source's edge through both sides of each layer on the way to the target's edge."""
    down = -1.0 if line.back else 1.0
    source, target = line.source, line.target
    yield ports.x(source, line), source.y + down * source.height / 2
    yield _edge(source, line, ports, down)
    for spot in line.via:
        yield spot.x, spot.y - down * spot.layer_height / 2
        yield spot.x, spot.y + down * spot.layer_height / 2
    yield _edge(target, line, ports, -down)
    yield ports.x(target, line), target.y - down * target.height / 2


def _edge(spot: Spot, line: Line, ports: _Ports, side: float) -> tuple[float, float]:
    """The point at the edge of the layer of a spot, over or under it."""
    return ports.x(spot, line), spot.y + side * spot.layer_height / 2


def _curve(points: Sequence[tuple[float, float]]) -> str:
    (x, y), *others = points
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in others:
        if abs(to_x - x) < 0.5:
            parts.append(f"L{to_x:.1f} {to_y:.1f}")
        else:
            middle = (y + to_y) / 2
            parts.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return " ".join(parts)


def _loop_lines(arrow: Arrow, spot: Spot, number: int) -> Iterator[str]:
    x, reach = spot.x + spot.width / 2, 20 + 10 * number
    yield f'<g class="{arrow.verdict}"><title>{_text(_arrow_tooltip(arrow))}</title>'
    y = spot.y
    curve = f"M{x:.1f} {y + 10:.1f} C{x + reach:.1f} {y + 16:.1f} {x + reach:.1f} {y - 16:.1f} {x + 6:.1f} {y - 9:.1f}"
    yield f'<path class="arrow" d="{curve}"/><path class="head" d="M{x:.1f} {y - 10:.1f} l8 -4 v8 z"/>'
    yield "</g>"
