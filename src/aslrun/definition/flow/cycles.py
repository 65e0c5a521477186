"""Loops: those without a way out, and those that poll without waiting.

Rules that a change must keep:

1. A loop is a strongly connected part of a machine's graph. It has a way out if a transition or an end leaves it.
2. What polls without waiting is said only of the plain case: one task that is called again and again, a Choice that
   looks at a status, and nothing else. A loop that counts, that goes through pages (``IsPresent``) or that works
   through several tasks is legitimate.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..model import Program, State, TaskState
from .analysis import Analysis
from .choices import tests_of
from .reading import Finding
from .tokens import is_waiting
from .values import Origin


def loops(analysis: Analysis) -> Iterator[Finding]:
    """What is suspicious about the loops of all machines."""
    for program in (analysis.machine.program, *analysis.owners):
        if _goes_back(program):
            parts = list(_cycles(program))
            for part, first in zip(parts, _entries(program, parts), strict=True):
                yield from _judged(analysis, program, part, first)


def _judged(analysis: Analysis, program: Program, part: list[State], first: State) -> Iterator[Finding]:
    place, inside = analysis.places[first], {state.name for state in part}
    shown = " -> ".join(state.name for state in [*part, first]) if len(part) < 6 else f"of {first.name}"
    if not any(_leaves(state, inside) for state in part):
        because = tuple(Origin(f"{state.name} stays in the loop", analysis.places[state]) for state in part[:3])
        yield Finding("loop-without-exit", place, f"the loop {shown} has no way out", because)
    elif _polls(analysis, part):
        message = f"the loop {shown} polls without waiting: neither a Wait state nor a task that waits is in it"
        yield Finding("loop-without-wait", place, message)


def _goes_back(program: Program) -> bool:
    """Whether a state leads to itself or to one that was written before it: without that there is no loop."""
    before: set[str] = set()
    for name, state in program.states.items():
        before.add(name)
        if not before.isdisjoint(state.targets()):
            return True
    return False


def _cycles(program: Program) -> Iterator[list[State]]:
    """The strongly connected parts that are loops (Tarjan's algorithm, without recursion), in document order."""
    numbers: dict[str, int] = {}
    lows: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    order = {name: index for index, name in enumerate(program.states)}
    for root in program.states:
        if root in numbers:
            continue
        work = [(root, program.states[root].targets())]
        numbers[root] = lows[root] = len(numbers)
        stack.append(root)
        on_stack.add(root)
        while work:
            name, targets = work[-1]
            for target in targets:
                if target not in numbers:
                    numbers[target] = lows[target] = len(numbers)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, program.states[target].targets()))
                    break
                if target in on_stack:
                    lows[name] = min(lows[name], numbers[target])
            else:
                work.pop()
                if work:
                    lows[work[-1][0]] = min(lows[work[-1][0]], lows[name])
                if lows[name] == numbers[name]:
                    part = _popped(stack, on_stack, name)
                    if len(part) > 1 or name in program.states[name].targets():
                        yield [program.states[each] for each in sorted(part, key=order.__getitem__)]


def _popped(stack: list[str], on_stack: set[str], until: str) -> list[str]:
    part = []
    while True:
        name = stack.pop()
        on_stack.discard(name)
        part.append(name)
        if name == until:
            return part


def _entries(program: Program, parts: list[list[State]]) -> list[State]:
    """The state at which each loop is entered."""
    part_of = {state.name: index for index, part in enumerate(parts) for state in part}
    found: dict[int, State] = {}
    if program.start.name in part_of:
        found[part_of[program.start.name]] = program.start
    for state in program.states.values():
        own = part_of.get(state.name)
        for target in state.targets():
            part = part_of.get(target)
            if part is not None and part != own:
                found.setdefault(part, program.states[target])
    return [found.get(index, part[0]) for index, part in enumerate(parts)]


def _leaves(state: State, inside: set[str]) -> bool:
    if state.type in ("Succeed", "Fail") or (state.target is None and state.type != "Choice"):
        return True
    return any(target not in inside for target in state.targets())


# --------------------------------------------------------------------------- polling

_OF_A_STATUS = ("StringEquals", "StringMatches", "BooleanEquals")


def _polls(analysis: Analysis, part: list[State]) -> bool:
    if any(is_waiting(state) or state.programs() for state in part):
        return False
    tasks = [state for state in part if isinstance(state, TaskState)]
    choices = [state for state in part if state.type == "Choice"]
    if len(tasks) != 1 or not choices or len(part) != len(tasks) + len(choices):
        return False
    return all(_looks_at_a_status(analysis, choice) for choice in choices)


def _looks_at_a_status(analysis: Analysis, choice: State) -> bool:
    """Whether a Choice compares with fixed texts or truth values, and nothing else."""
    if analysis.is_jsonata(choice):
        from .query_uses import compares_with_text  # imported here: an engine that half of all machines never need

        trees = [getattr(expression, "tree", None) for expression in choice.expressions]
        return bool(trees) and all(tree is not None and compares_with_text(tree) for tree in trees)
    rules: Any = choice.document["Choices"]
    tests = [test for rule in rules for _, test in tests_of(rule, ())]
    return bool(tests) and all(any(operator in test for operator in _OF_A_STATUS) for test in tests)
