"""outer-variable: a branch or iteration does not assign a variable of the machine around it.

> no name may exist in both an outer and an inner scope
> (after AWS's documentation of variables)

Branches and iterations read the variables around them, and have their own beside. Choose another name; what is to be
known outside, return as output. The children of a distributed Map are executions of their own and know no outer
variables.

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
    """A name that is assigned in here and out there."""
    found = [(place, names) for place in parts.states if (names := list(assigned(place)))]
    by_program: dict[Location, set[str]] = {}
    for place, names in found:
        by_program.setdefault(place.program.location, set()).update(name for name, _ in names)
    apart = {place.location for place in parts.states if found and place.distributed}
    for place, names in found:
        around = _around(place, by_program, apart)
        for name, location in names:
            if name in around:
                message = f"The variable '{name}' is assigned outside of this branch, which may only read it"
                yield Problem(location, message, told_at=location[:-1])


def _around(place: Place, by_program: Mapping[Location, set[str]], apart: set[Location]) -> set[str]:
    """The names that are assigned in the machines around that of a state."""
    program, names = place.program.location, set[str]()
    for end in range(len(program) - 1, -1, -1):
        if program[:end] in apart:
            break
        names |= by_program.get(program[:end], set())
    return names
