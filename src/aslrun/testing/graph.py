"""The graph of all runs: what stands for how many runs, and how long and far the longest goes.

Rules that a change must keep:

1. Nothing is recursive: a run may have a hundred thousand moves.
2. Every figure is over *all* runs that the graph stands for, also those that share their way with others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from .walk import End, Move

MANY = 10**18  # runs that nobody counts any more


class Edge(NamedTuple):
    """A move from one node to another: how long it takes, in seconds, and how many states it enters."""

    target: int
    move: Move
    seconds: float
    entered: int


@dataclass(slots=True)
class Node:
    """A state of an execution that was reached; ``parent`` and ``move`` say how it was reached first."""

    parent: int | None
    move: Move | None
    input: int
    faults: float
    entered: int = 0
    end: End | None = None
    edges: list[Edge] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a graph says of all its runs: ``inf`` where it has a circle."""

    runs: float
    seconds: float
    transitions: float
    circle: int | None


def way_to(nodes: Sequence[Node], place: int) -> tuple[Move, ...]:
    """The moves that lead to a node first: the fewest."""
    moves: list[Move] = []
    node = nodes[place]
    while node.parent is not None:
        assert node.move is not None
        moves.append(node.move)
        node = nodes[node.parent]
    return tuple(reversed(moves))


def round_trip(nodes: Sequence[Node], place: int) -> tuple[Move, ...]:
    """The fewest moves that lead from a node on a circle back to it."""
    before: dict[int, tuple[int, Move]] = {}
    queue = deque([place])
    while queue and place not in before:
        here = queue.popleft()
        for edge in nodes[here].edges:
            if edge.target not in before:
                before[edge.target] = here, edge.move
                queue.append(edge.target)
    moves: list[Move] = []
    here = place
    while here != place or not moves:
        here, move = before[here]
        moves.append(move)
    return tuple(reversed(moves))


def figures_of(nodes: Sequence[Node], roots: Iterable[int]) -> Figures:
    """Count runs by adding up, from the ends backwards.

    >>> nodes = [Node(None, None, 0, 0, 1, edges=[Edge(1, Move("time"), 5.0, 1)] * 2), Node(0, Move("time"), 0, 0)]
    >>> figures_of(nodes, [0])
    Figures(runs=2, seconds=5.0, transitions=2.0, circle=None)
    """
    starts = list(roots)
    order, circle = _ends_first(nodes, starts)
    runs: list[float] = [1] * len(nodes)
    seconds, transitions = [0.0] * len(nodes), [0.0] * len(nodes)
    for place in order:
        edges = nodes[place].edges
        if edges:
            runs[place] = min(sum(runs[edge.target] for edge in edges), MANY)
            seconds[place] = max(edge.seconds + seconds[edge.target] for edge in edges)
            transitions[place] = max(edge.entered + transitions[edge.target] for edge in edges)
    if circle is not None:
        return Figures(inf, inf, inf, circle)
    most = max((nodes[start].entered + transitions[start] for start in starts), default=0)
    return Figures(
        sum(runs[start] for start in starts), max((seconds[start] for start in starts), default=0), most, None
    )


def _ends_first(nodes: Sequence[Node], roots: Iterable[int]) -> tuple[list[int], int | None]:
    """Every node after those that it leads to, and a node on a circle if there is one."""
    order: list[int] = []
    circle: int | None = None
    state = bytearray(len(nodes))  # 1: on the way to it, 2: done
    for root in roots:
        stack: list[tuple[int, Iterator[Edge]]] = []
        if not state[root]:
            state[root] = 1
            stack.append((root, iter(nodes[root].edges)))
        while stack:
            place, edges = stack[-1]
            edge = next(edges, None)
            if edge is None:
                state[place] = 2
                order.append(place)
                stack.pop()
            elif state[edge.target] == 1:
                circle = edge.target if circle is None else circle
            elif not state[edge.target]:
                state[edge.target] = 1
                stack.append((edge.target, iter(nodes[edge.target].edges)))
    return order, circle
