"""The graph of a state machine: what is drawn, before anybody knows where and how.

Rules that a change must keep:

1. The graph has the items of coverage: each state is a node, each arrow has the key of what draws it.
2. Nested machines are graphs inside of their node, in the order of the definition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from ...definition.model import MapState
from ..coverage.items import Item, items_of

if TYPE_CHECKING:
    from ...definition.model import Machine, Program, State

Verdict: TypeAlias = Literal["plain", "reached", "partly", "missed"]
"""How something is drawn: there is no coverage, or all, a part or nothing of it was reached."""

LONGEST_LABEL = 38


@dataclass(slots=True, eq=False)
class Node:
    """A state. ``inner`` are the machines inside it, ``ends`` is set where its machine may end with it.

    ``notes`` say what of it, but the arrows, was never reached.
    """

    name: str
    type: str
    verdict: Verdict
    ends: bool
    hits: int | None = None
    notes: tuple[str, ...] = ()
    inner: tuple[Graph, ...] = ()


@dataclass(slots=True, eq=False)
class Arrow:
    """From a state to another one of the same machine; ``label`` says when, ``caught``: an error goes it."""

    source: Node
    target: Node
    verdict: Verdict
    label: str = ""
    caught: bool = False
    hits: int | None = None


@dataclass(slots=True, eq=False)
class Graph:
    """One machine, branch or item processor."""

    start: Node
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...] = field(default=())

    def walk(self) -> Iterator[Graph]:
        """This graph and all that are inside of its nodes."""
        yield self
        for node in self.nodes:
            for inner in node.inner:
                yield from inner.walk()


def graph_of(machine: Machine, hits: Mapping[str, int] | None = None) -> Graph:
    """The graph of a machine; ``hits`` are those of its coverage, by the keys of its items.

    >>> from aslrun import load
    >>> states = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}
    >>> graph = graph_of(load({"StartAt": "A", "States": states}))
    >>> [(arrow.source.name, arrow.target.name) for arrow in graph.arrows]
    [('A', 'B')]
    """
    items: dict[str, list[Item]] = {}
    for item in items_of(machine):
        items.setdefault(item.state, []).append(item)
    return _Drawing(items, hits).graph(machine.program)


class _Drawing:
    def __init__(self, items: Mapping[str, list[Item]], hits: Mapping[str, int] | None) -> None:
        self._items = items
        self._hits = hits

    def graph(self, program: Program) -> Graph:
        nodes = {name: self._node(state) for name, state in program.states.items()}
        arrows = (arrow for name in nodes for arrow in self._arrows(nodes, name))
        return Graph(nodes[program.start.name], tuple(nodes.values()), tuple(arrows))

    def _node(self, state: State) -> Node:
        entry, *others = self._items[state.name]
        inner = tuple(self.graph(each) for each in state.programs())
        ends = state.next is None and state.type not in ("Choice", "Fail")
        type = "Distributed Map" if isinstance(state, MapState) and state.distributed else state.type
        if self._hits is None:
            return Node(state.name, type, "plain", ends, inner=inner)
        hits = self._hits.get(entry.key, 0)
        part = any(not self._hits.get(each.key) for each in others)
        verdict: Verdict = "missed" if not hits else "partly" if part else "reached"
        return Node(state.name, type, verdict, ends, hits, tuple(self._notes(others)) if hits else (), inner)

    def _notes(self, items: list[Item]) -> Iterator[str]:
        """What of a state is no arrow, and was not reached."""
        assert self._hits is not None
        for item in items:
            if item.target is None and not self._hits.get(item.key):
                yield _cut(f"never: {item.text.removeprefix(item.state).removeprefix(' is').strip()}")

    def _arrows(self, nodes: Mapping[str, Node], name: str) -> Iterator[Arrow]:
        for item in self._items[name]:
            if item.target is not None:
                hits = None if self._hits is None else self._hits.get(item.key, 0)
                verdict: Verdict = "plain" if hits is None else "reached" if hits else "missed"
                caught = item.kind == "catcher"
                yield Arrow(nodes[name], nodes[item.target], verdict, _label(item), caught, hits)


def _label(item: Item) -> str:
    """What an arrow says: nothing if it is simply what comes next."""
    if item.kind == "transition":
        return ""
    text = item.text.rpartition(" → ")[0].removeprefix(f"{item.state}: ").removeprefix(f"{item.state} catches ")
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
