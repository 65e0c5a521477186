"""The graph as Mermaid text (flowchart), as GitHub and many wikis show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .model import Graph, Node, Verdict, graph_of

if TYPE_CHECKING:
    from ...definition.model import Machine

_SHAPES: Mapping[str, tuple[str, str]] = {"Choice": ("{{", "}}"), "Succeed": ("([", "])"), "Fail": ("([", "])")}
_BOX = ("[", "]")
_CLASSES: Mapping[Verdict, str] = {
    "reached": "fill:#e6f4ea,stroke:#2e7d32,color:#1b1f23",
    "partly": "fill:#fff8e1,stroke:#b26a00,color:#1b1f23",
    "missed": "fill:#fdecea,stroke:#c62828,color:#1b1f23,stroke-dasharray:5 3",
}
_BRANCH = "fill:#ffffff,stroke:#8c959f,color:#1b1f23,stroke-dasharray:2 3"  # a theme's yellow looks like "partly"
_LINES: Mapping[Verdict, str] = {"reached": "stroke:#2e7d32", "missed": "stroke:#c62828,stroke-dasharray:5 3"}


def mermaid(machine: Machine, hits: Mapping[str, int] | None = None) -> str:
    """The graph of a machine as Mermaid; with ``hits`` what was reached is green, and what was not red and dashed.

    >>> from aslrun import load
    >>> print(mermaid(load({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})))
    flowchart TD
      start(( )) --> s0
      s0["A"]
    """
    return "\n".join(_Text(graph_of(machine, hits)).lines())


class _Text:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._ids: dict[Node, str] = {}
        for each in graph.walk():
            for node in each.nodes:
                self._ids[node] = f"s{len(self._ids)}"
        self._styles: list[str] = []
        self._branches: list[str] = []
        self._arrow = 1  # the start's is the first

    def lines(self) -> Iterator[str]:
        yield "flowchart TD"
        yield f"  start(( )) --> {self._ids[self._graph.start]}"
        yield from self._program(self._graph, "  ")
        used = {node.verdict for node in self._ids if node.verdict != "plain"}
        yield from (f"  classDef {name} {style}" for name, style in _CLASSES.items() if name in used)
        for name in _CLASSES:
            if names := [identity for node, identity in self._ids.items() if node.verdict == name]:
                yield f"  class {','.join(names)} {name}"
        if used and self._branches:
            yield f"  classDef branch {_BRANCH}"
            yield f"  class {','.join(self._branches)} branch"
        yield from self._styles

    def _program(self, graph: Graph, indent: str) -> Iterator[str]:
        for node in graph.nodes:
            yield from self._node(node, indent)
        for arrow in graph.arrows:
            line = "-.->" if arrow.caught else "-->"
            label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
            yield f"{indent}{self._ids[arrow.source]} {line}{label} {self._ids[arrow.target]}"
            if arrow.verdict in _LINES:
                self._styles.append(f"  linkStyle {self._arrow} {_LINES[arrow.verdict]}")
            self._arrow += 1

    def _node(self, node: Node, indent: str) -> Iterator[str]:
        name = self._ids[node]
        if not node.inner:
            before, after = _SHAPES.get(node.type, _BOX)
            yield f'{indent}{name}{before}"{_escaped(node.name)}"{after}'
            return
        yield f'{indent}subgraph {name}["{_escaped(node.name)} ({node.type})"]'
        for number, inner in enumerate(node.inner):
            if len(node.inner) > 1:
                self._branches.append(f"{name}b{number}")
                yield f'{indent}  subgraph {name}b{number}["branch {number + 1}"]'
                yield from self._program(inner, indent + "    ")
                yield f"{indent}  end"
            else:
                yield from self._program(inner, indent + "  ")
        yield f"{indent}end"


_ENTITIES = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " ", "|": "#124;", "`": "#96;"})


def _escaped(text: str) -> str:
    return text.translate(_ENTITIES)
