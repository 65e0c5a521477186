"""The outline of a document: its machines and states, nested ones included, whatever else is wrong with them.

Rules that a change must keep:

1. Only objects stand in the outline, so a rule need not ask again. What is no object is the business of the shapes.
2. The walk is iterative: a rule is never called from within another rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...values import JSON
from ..json_text import Location

LANGUAGES = ("JSONPath", "JSONata")
TYPES = ("STANDARD", "EXPRESS")
PROCESSORS = ("ItemProcessor", "Iterator")
NESTING = ("Parallel", "Map")
STATE_TYPES = ("Task", "Parallel", "Map", "Pass", "Wait", "Choice", "Succeed", "Fail")


class Program(NamedTuple):
    """States with a beginning: the document itself, a branch or an item processor."""

    location: Location
    value: dict[str, JSON]
    kind: str  # "machine", "branch" or "processor"
    type: str  # "STANDARD" or "EXPRESS"
    states: dict[str, JSON]  # what stands in States, if it is an object
    leads: dict[str, list[str]]  # of each state that is an object the names of those that may follow it


class Place(NamedTuple):
    """A state; ``language`` is the query language it is written in, ``None`` if that is not to be told."""

    location: Location
    name: str
    value: dict[str, JSON]
    language: str | None
    program: Program
    type: JSON  # what stands in Type
    kind: str  # the same if there is such a type, else "state"

    @property
    def distributed(self) -> bool:
        """Whether this is a Map whose iterations are executions of their own."""
        return self.type == "Map" and any(_config(self, field).get("Mode") == "DISTRIBUTED" for field in PROCESSORS)


class Outline(NamedTuple):
    """All machines and states of a document, in its order, and the names of the states and of their fields."""

    programs: list[Program]
    states: list[Place]
    names: set[str]  # of all states
    fields: set[str]  # that stand in any state
    astray: list[Program]  # machines in which StartAt or a transition names no state


def outline(document: dict[str, JSON], type: str = "STANDARD") -> Outline:
    """Collect the machines and states of a document, which is a machine of this type."""
    found = Outline([], [], set(), set(), [])
    # A state without QueryLanguage speaks that of the whole document, not that of the state around it.
    common = document.get("QueryLanguage", "JSONPath")
    pending = [_program((), document, "machine", type)]
    while pending:
        program = pending.pop()
        found.programs.append(program)
        found.names.update(program.states)
        if _is_astray(program):
            found.astray.append(program)
        inner: list[Program] = []
        for name, value in program.states.items():
            if isinstance(value, dict):
                place = _place(name, value, common, program)
                found.states.append(place)
                found.fields.update(value)
                if place.kind in NESTING:
                    inner += _nested(place)
        pending += reversed(inner)
    return found


def _program(location: Location, value: dict[str, JSON], kind: str, type: str) -> Program:
    given = value.get("States")
    states = given if isinstance(given, dict) else {}
    leads = {name: _leads(state) for name, state in states.items() if isinstance(state, dict)}
    return Program(location, value, kind, type, states, leads)


def _leads(state: dict[str, JSON]) -> list[str]:
    """Where a state may lead, as far as it can be read."""
    next, default = state.get("Next"), state.get("Default")
    found = [next] if isinstance(next, str) else []
    if isinstance(default, str):
        found.append(default)
    for field in ("Catch", "Choices"):
        if field in state and isinstance(entries := state[field], list):
            names = [entry.get("Next") for entry in entries if isinstance(entry, dict)]
            found += [name for name in names if isinstance(name, str)]
    return found


def _is_astray(program: Program) -> bool:
    states, start = program.states, program.value.get("StartAt")
    if isinstance(start, str) and start not in states:
        return True
    for names in program.leads.values():
        for name in names:
            if name not in states:
                return True
    return False


def _place(name: str, value: dict[str, JSON], common: JSON, program: Program) -> Place:
    type, language = value.get("Type"), value.get("QueryLanguage", common)
    kind = type if isinstance(type, str) and type in STATE_TYPES else "state"
    known = language if isinstance(language, str) and language in LANGUAGES else None
    return Place((*program.location, "States", name), name, value, known, program, type, kind)


def _nested(place: Place) -> Iterator[Program]:
    branches = place.value.get("Branches")
    if place.type == "Parallel" and isinstance(branches, list):
        for index, branch in enumerate(branches):
            if isinstance(branch, dict):
                yield _program((*place.location, "Branches", index), branch, "branch", place.program.type)
    for field in PROCESSORS if place.type == "Map" else ():
        processor = place.value.get(field)
        if isinstance(processor, dict):
            yield _program((*place.location, field), processor, "processor", _execution_type(place, field))


def _execution_type(place: Place, field: str) -> str:
    """The children of a distributed Map are executions of their own type."""
    config = _config(place, field)
    given = config.get("ExecutionType")
    own = config.get("Mode") == "DISTRIBUTED" and isinstance(given, str) and given in TYPES
    return str(given) if own else place.program.type


def _config(place: Place, field: str) -> dict[str, JSON]:
    """The ProcessorConfig of a Map's processor, if it has one."""
    processor = place.value.get(field)
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    return config if isinstance(config, dict) else {}
