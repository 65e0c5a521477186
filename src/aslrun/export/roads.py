"""How long an execution can become: transitions and history events along the roads of a definition, without running it.

Rules that a change must keep:

1. ``least`` is along the shortest road to an end, ``most`` along the longest one, a loop gone round once. Retries and
   the number of rounds are not in them; loops are told beside them.
2. A transition is a state that is entered. Children of a distributed Map have transitions, but histories of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

from ..values import JSON
from .arguments import is_distributed, processor_config, programs_of
from .asl import targets

State: TypeAlias = dict[str, JSON]
Graph: TypeAlias = Mapping[str, list[str]]

_EVENTS = {"Choice": 2, "Pass": 2, "Wait": 2, "Succeed": 2, "Fail": 1, "Parallel": 4, "Map": 4}
TASK_EVENTS, SUBMITTED_EVENT, DISTRIBUTED_EVENTS, ITERATION_EVENTS = 5, 1, 6, 2
EXECUTION_EVENTS = 2
RETRY_EVENTS = 3
"""Scheduled, started and failed: what each failed attempt adds."""


class Range(NamedTuple):
    """From the shortest to the longest road."""

    least: int
    most: int

    def plus(self, least: int, most: int) -> Range:
        """Both ends increased."""
        return Range(self.least + least, self.most + most)

    def times(self, factor: int) -> Range:
        """Both ends multiplied."""
        return Range(self.least * factor, self.most * factor)


class Loop(NamedTuple):
    """States that lead back to themselves; ``events`` are those of one round, ``seconds`` what its Waits wait."""

    states: tuple[str, ...]
    events: int
    seconds: float


Weight: TypeAlias = Callable[[State, "Measure"], Range]


class Measure(NamedTuple):
    """What is counted: the weight of a state, the items of a Map, and whether roads through Catch are taken."""

    weight: Weight
    items: int
    catching: bool

    def of(self, program: JSON) -> Range:
        """The range of a machine, a branch or an iteration."""
        states = _states(program)
        if not states:
            return Range(0, 0)
        graph = {name: _onward(state, self.catching) for name, state in states.items()}
        weights = {name: self.weight(state, self) for name, state in states.items()}
        start = str(program["StartAt"]) if isinstance(program, dict) else ""
        return Range(_shortest(start, graph, weights, states), _longest(start, graph, weights))


def transitions(document: Mapping[str, JSON], items: int, catching: bool = False) -> Range:
    """State transitions of one execution, those of its Maps' iterations included.

    >>> road = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}
    >>> transitions({"StartAt": "A", "States": road}, items=10)
    Range(least=2, most=2)
    """
    return Measure(_transitions, items, catching).of(dict(document))


def events(document: Mapping[str, JSON], items: int, catching: bool = True) -> Range:
    """Events in the history of one execution."""
    return Measure(_events, items, catching).of(dict(document)).plus(EXECUTION_EVENTS, EXECUTION_EVENTS)


def loops(document: Mapping[str, JSON], items: int) -> Iterator[Loop]:
    """Every loop of a document, in nested machines too (not in those whose history is their own)."""
    measure = Measure(_events, items, True)
    pending: list[JSON] = [dict(document)]
    while pending:
        states = _states(pending.pop(0))
        graph = {name: _onward(state, True) for name, state in states.items()}
        for group in components(graph):
            if len(group) > 1 or group[0] in graph[group[0]]:
                found = [states[name] for name in group]
                seconds = (state.get("Seconds") for state in found if state.get("Type") == "Wait")
                waits = sum(value for value in seconds if isinstance(value, (int, float)))
                yield Loop(tuple(group), sum(measure.weight(state, measure).least for state in found), float(waits))
        pending += [inner for state in states.values() if not is_distributed(state) for inner in programs_of(state)]


# --------------------------------------------------------------------------- weights


def _transitions(state: State, measure: Measure) -> Range:
    inner = Range(0, 0)
    for program in programs_of(state):
        inner = inner.plus(*measure.of(program))
    if state.get("Type") == "Map":
        express = is_distributed(state) and processor_config(state).get("ExecutionType") == "EXPRESS"
        inner = Range(0, 0) if express else inner.times(measure.items)
    return inner.plus(1, 1)


def _events(state: State, measure: Measure) -> Range:
    if state.get("Type") == "Task":
        resource = str(state.get("Resource"))
        submitted = SUBMITTED_EVENT if resource.endswith((".sync", ".sync:2", ".waitForTaskToken")) else 0
        return Range(TASK_EVENTS + submitted, TASK_EVENTS + submitted)
    if is_distributed(state):
        return Range(DISTRIBUTED_EVENTS, DISTRIBUTED_EVENTS)
    own = _EVENTS.get(str(state.get("Type")), 2)
    inner = Range(0, 0)
    for program in programs_of(state):
        inner = inner.plus(*measure.of(program))
    if state.get("Type") == "Map":
        inner = inner.plus(ITERATION_EVENTS, ITERATION_EVENTS).times(measure.items)
    return inner.plus(own, own)


# --------------------------------------------------------------------------- graphs


def _states(program: JSON) -> dict[str, State]:
    states = program.get("States") if isinstance(program, dict) else None
    return {n: s for n, s in states.items() if isinstance(s, dict)} if isinstance(states, dict) else {}


def _onward(state: State, catching: bool) -> list[str]:
    return list(targets(state if catching else {key: value for key, value in state.items() if key != "Catch"}))


def _ends(state: State) -> bool:
    return state.get("End") is True or state.get("Type") in ("Succeed", "Fail")


def _shortest(start: str, graph: Graph, weights: Mapping[str, Range], states: Mapping[str, State]) -> int:
    """The cheapest road to an end that is not a failure, or to any end if all are."""
    for accepted in (lambda state: _ends(state) and state.get("Type") != "Fail", _ends):
        pending = [(weights[start].least, start)]
        done: set[str] = set()
        while pending:
            cost, name = heappop(pending)
            if accepted(states[name]):
                return cost
            for following in graph[name] if name not in done else ():
                heappush(pending, (cost + weights[following].least, following))
            done.add(name)
    return 0


def _longest(start: str, graph: Graph, weights: Mapping[str, Range]) -> int:
    """The dearest road, a loop counted once with all its states."""
    most: dict[str, int] = {}
    for group in components(graph):  # those that lead nowhere else come first
        onward = [most[after] for name in group for after in graph[name] if after in most]
        total = sum(weights[name].most for name in group) + max(onward, default=0)
        most |= dict.fromkeys(group, total)
    return most[start]


def components(graph: Graph) -> list[list[str]]:
    """Groups of states that lead to each other, every group after those that it leads to.

    >>> components({"A": ["B"], "B": ["C", "A"], "C": []})
    [['C'], ['A', 'B']]
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    closed: set[str] = set()
    found: list[list[str]] = []
    for root in graph:
        work = [(root, iter(graph[root]))] if root not in order else []
        while work:
            name, following = work[-1]
            if name not in order:
                order[name] = low[name] = len(order)
                open_.append(name)
            after = next(following, None)
            if after is not None:
                if after not in order:
                    work.append((after, iter(graph[after])))
                elif after not in closed:
                    low[name] = min(low[name], order[after])
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[name])
            if low[name] == order[name]:
                found.append(_until(name, open_))
                closed.update(found[-1])
    return found


def _until(name: str, stack: list[str]) -> list[str]:
    """Take everything off a stack down to a name, in the order in which it was put there."""
    group = [stack.pop()]
    while group[-1] != name:
        group.append(stack.pop())
    return group[::-1]
