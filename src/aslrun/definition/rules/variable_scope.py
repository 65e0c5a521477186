"""variable-scope: a branch or an iteration does not assign a variable of the states around it.

> Variable names [...] cannot be the same as a variable in an outer scope   <- developer guide, "Variable scope"

A branch of a Parallel state and an iteration of a Map state may read the variables around them, but those that they
assign are their own, end with them and have other names. A variable around them is one that a state assigns on the way
to the Parallel or Map: what its own Catch assigns comes later and does not count (recorded). The children of a
distributed Map are executions of their own and know no outer variables.

Bad::

    {
      "StartAt": "Set",
      "States": {
        "Set": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Both"},
        "Both": {
          "Type": "Parallel",
          "Branches": [{"StartAt": "Add", "States": {"Add": {"Type": "Pass", "Assign": {"total": 2}, "End": true}}}],
          "End": true
        }
      }
    }

Good::

    {
      "StartAt": "Set",
      "States": {
        "Set": {"Type": "Pass", "Assign": {"total": 1}, "Next": "Both"},
        "Both": {
          "Type": "Parallel",
          "Branches": [{"StartAt": "Add", "States": {"Add": {"Type": "Pass", "Assign": {"part": 2}, "End": true}}}],
          "End": true
        }
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..json_text import Location
from ..problem import SCHEMA, Problem
from ..structure.outline import Outline, Place
from ..structure.transitions import targets
from .assignments import assignments

NAME = "variable-scope"


def check(document: Outline) -> Iterator[Problem]:
    """Every assignment inside of a branch or an iteration, against what was assigned on the way to it."""
    if not any(place.program.location for place in document.states):
        return
    by_location = {place.location: place for place in document.states}
    around = _Around(by_location)
    for place in document.states:
        for name, location in assignments(place) if place.program.location else ():
            if around.has(place.program.location, name):
                message = f"the variable {name} exists outside of this branch, which may only read it"
                yield Problem(location, message, SCHEMA, NAME, told_at=location[:-1])


class _Around:
    """The names that are assigned on the way to each Parallel and Map state, found when they are first asked for."""

    def __init__(self, places: Mapping[Location, Place]) -> None:
        self._places = places
        self._names: dict[Location, frozenset[str]] = {}

    def has(self, program: Location, name: str) -> bool:
        """Whether a variable exists in the programs around this one."""
        while program:
            container = self._container(program)
            if container is None or container.distributed:
                return False
            if name in self._before(container):
                return True
            program = container.program.location
        return False

    def _container(self, program: Location) -> Place | None:
        """The state that holds a program: ``.../Branches/0``, or ``.../ItemProcessor``."""
        depth = 2 if isinstance(program[-1], int) else 1
        return self._places.get(program[:-depth])

    def _before(self, container: Place) -> frozenset[str]:
        if container.location not in self._names:
            self._names[container.location] = frozenset(
                name for place in self._on_the_way(container) for name, _ in assignments(place)
            )
        return self._names[container.location]

    def _on_the_way(self, container: Place) -> Iterator[Place]:
        """The states that a way to the container leads through; itself too if it lies on a loop."""
        beside = [place for name in container.program.states if (place := self._beside(container, name)) is not None]
        sources: dict[str, list[Place]] = {}
        for place in beside:
            for target in targets(place.value, place.location):
                sources.setdefault(target.name, []).append(place)
        seen: set[str] = set()
        pending = [container.name]
        while pending:
            for place in sources.get(pending.pop(), ()):
                if place.name not in seen:
                    seen.add(place.name)
                    pending.append(place.name)
                    yield place

    def _beside(self, container: Place, name: str) -> Place | None:
        return self._places.get((*container.program.location, "States", name))
