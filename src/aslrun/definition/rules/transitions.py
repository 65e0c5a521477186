"""Where states lead: what the rules about targets, reachability and ends have in common.

A branch and an item processor are worlds of their own: a target is looked for among the states beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...values import JSON
from ..json_text import Location
from ..problem import Problem
from .outline import Program


class Target(NamedTuple):
    """The name of a state that may follow, and where it is written."""

    location: Location
    name: str


def missing(program: Program) -> Iterator[Target]:
    """StartAt and transitions that name no state of the machine."""
    states = program.states
    start = program.value.get("StartAt")
    if isinstance(start, str) and start not in states and states:
        yield Target((*program.location, "StartAt"), start)
    for name in program.leads:
        for target in _targets(states[name], (*program.location, "States", name)):
            if target.name not in states:
                yield target


def _targets(state: JSON, location: Location) -> Iterator[Target]:
    """Every transition out of a state, as far as it can be read."""
    assert isinstance(state, dict)
    for field in ("Next", "Default"):
        name = state.get(field)
        if isinstance(name, str):
            yield Target((*location, field), name)
    for field in ("Catch", "Choices"):
        entries = state.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = entry.get("Next") if isinstance(entry, dict) else None
            if isinstance(name, str):
                yield Target((*location, field, index, "Next"), name)


def no_such_state(target: Target, hint: str) -> Problem:
    """What AWS says of such a target: always ``Next``, whatever the field is called."""
    return Problem(target.location, f"Missing 'Next' target: {target.name}", hint=hint)


def ends_somewhere(program: Program) -> bool:
    """Whether some state of a machine is its end (or is so broken that it might be meant to be)."""
    for state in reversed(program.states.values()):
        if not _leads_on(state):
            return True
    return not program.states


def _leads_on(state: JSON) -> bool:
    if not isinstance(state, dict) or state.get("End") is True:
        return False
    return state.get("Type") == "Choice" or "Next" in state
