"""outer-variable: a branch or iteration does not assign a variable of the machine around it.

> no name may exist in both an outer and an inner scope
> (after AWS's documentation of variables)

Branches and iterations read the variables around them, and have their own beside. Choose another name; what is to be
known outside, return as output. A variable around them is one that a state assigns on the way to the Parallel or Map:
what its own Catch assigns comes later and does not count. The children of a distributed Map are executions of their own
and know no outer variables.

Bad::

    {"StartAt": "Set", "States": {
      "Set": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Fork"},
      "Fork": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Add", "States": {"Add": {"Type": "Pass", "Assign": {"total": 2}, "End": true}}}]}}}

Good::

    {"StartAt": "Set", "States": {
      "Set": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Fork"},
      "Fork": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "Add", "States": {"Add": {"Type": "Pass", "Assign": {"more": 2}, "End": true}}}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..documents import Document
from ..json_text import Location
from ..problem import Problem
from .assignments import assigned
from .outline import Outline, Place


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A name that is assigned in here, and out there before."""
    if len(parts.programs) == 1:
        return
    inner = [place for place in parts.states if place.program.location]
    found = [(place, names) for place in inner if (names := list(assigned(place)))]
    if not found:
        return
    around = _Around({place.location: place for place in parts.states})
    for place, names in found:
        for name, location in names:
            if around.has(place.program.location, name):
                message = f"The variable '{name}' is assigned outside of this branch, which may only read it"
                yield Problem(location, message, told_at=location[:-1])


class _Around:
    """The names that are assigned on the way to each Parallel and Map state, found when they are first asked for."""

    def __init__(self, places: Mapping[Location, Place]) -> None:
        self._places = places
        self._before: dict[Location, frozenset[str]] = {}

    def has(self, program: Location, name: str) -> bool:
        """Whether a variable exists in the machines around this one."""
        while program:
            container = self._places.get(program[: -2 if isinstance(program[-1], int) else -1])
            if container is None or container.distributed:
                return False
            if name in self._names_before(container):
                return True
            program = container.program.location
        return False

    def _names_before(self, container: Place) -> frozenset[str]:
        if container.location not in self._before:
            names = (name for place in self._on_the_way(container) for name, _ in assigned(place))
            self._before[container.location] = frozenset(names)
        return self._before[container.location]

    def _on_the_way(self, container: Place) -> Iterator[Place]:
        """The states that a way to the container leads through; itself too if it lies on a loop."""
        sources: dict[str, list[Place]] = {}
        for name in container.program.states:
            if place := self._places.get((*container.program.location, "States", name)):
                for target in container.program.leads[name]:
                    sources.setdefault(target, []).append(place)
        seen: set[str] = set()
        pending = [container.name]
        while pending:
            for place in sources.get(pending.pop(), ()):
                if place.name not in seen:
                    seen.add(place.name)
                    pending.append(place.name)
                    yield place
