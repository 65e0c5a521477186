"""Where states lead: targets exist, every state can be reached, something ends, and no name stands twice.

A branch and an item processor are worlds of their own: a target is looked for among the states beside it.
The codes are AWS's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...values import JSON
from ..json_text import Location, render_location
from .outline import Outline, Place, Problem, Program
from .shapes import did_you_mean

MISSING_TARGET = "MISSING_TRANSITION_TARGET"
MISSING_END = "MISSING_END_STATE"
DUPLICATE_NAME = "DUPLICATE_STATE_NAME"
MAX_NAME = 80
MOST_HINTS = 20  # missing targets of one machine that are told what was perhaps meant: it takes long to find out

_GOES_ON = ("Task", "Parallel", "Map", "Pass", "Wait")


class Target(NamedTuple):
    """The name of a state that may follow, and where it is written."""

    location: Location
    name: str


def targets(state: dict[str, JSON], location: Location) -> Iterator[Target]:
    """Every transition out of a state, as far as it can be read."""
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


# --------------------------------------------------------------------------- of one state


def next_or_end(place: Place) -> Iterator[Problem]:
    """Exactly one of Next and ``"End": true``."""
    if place.type not in _GOES_ON:
        return
    ends = place.value.get("End", False)
    if "Next" in place.value and ends is True:
        yield Problem((*place.location, "End"), "must not stand beside Next: a state goes on or ends")
    elif "Next" not in place.value and ends is False:
        yield Problem(place.location, 'must have Next or "End": true')


# --------------------------------------------------------------------------- of one machine


def has_states(program: Program) -> Iterator[Problem]:
    """States holds at least one state, and nothing but objects."""
    if program.value.get("States") == {}:
        yield Problem((*program.location, "States"), "must hold at least one state")
    for name, state in program.states.items():
        location = (*program.location, "States", name)
        if not isinstance(state, dict):
            yield Problem(location, "must be an object: a state")
        if not 1 <= len(name) <= MAX_NAME:
            yield Problem(location, f"the name of a state must have 1 to {MAX_NAME} characters, not {len(name)}")


def start_exists(program: Program) -> Iterator[Problem]:
    """StartAt names one of the machine's own states."""
    start = program.value.get("StartAt")
    if isinstance(start, str) and start not in program.states and program.states:
        yield _missing(Target((*program.location, "StartAt"), start), program)


def targets_exist(program: Program) -> Iterator[Problem]:
    """Every transition leads to a state of the same machine."""
    missing = (target for target in _all_targets(program) if target.name not in program.states)
    for count, target in enumerate(missing):
        yield _missing(target, program, with_hint=count < MOST_HINTS)


def all_reachable(program: Program) -> Iterator[Problem]:
    """Every state can be reached from StartAt: AWS refuses a definition with one that cannot."""
    start = program.value.get("StartAt")
    if not isinstance(start, str) or start not in program.states:
        return
    reached, pending = {start}, [start]
    while pending:
        for target in _of(program, pending.pop()):
            if target.name in program.states and target.name not in reached:
                reached.add(target.name)
                pending.append(target.name)
    for name in program.states:
        if name not in reached:
            yield Problem((*program.location, "States", name), "cannot be reached from StartAt", MISSING_TARGET)


def something_ends(program: Program) -> Iterator[Problem]:
    """Not all states of a machine lead on to another one."""
    if program.states and all(_leads_on(state) for state in program.states.values()):
        yield Problem((*program.location, "States"), "no state ends the machine", MISSING_END)


def _leads_on(state: JSON) -> bool:
    if not isinstance(state, dict) or state.get("End") is True:
        return False
    return state.get("Type") == "Choice" or "Next" in state


def _of(program: Program, name: str) -> Iterator[Target]:
    state = program.states[name]
    if isinstance(state, dict):
        yield from targets(state, (*program.location, "States", name))


def _all_targets(program: Program) -> Iterator[Target]:
    for name in program.states:
        yield from _of(program, name)


def _missing(target: Target, program: Program, with_hint: bool = True) -> Problem:
    around = f" in {render_location(program.location)}" if program.location else ""
    hint = did_you_mean(target.name, program.states) if with_hint else ""
    return Problem(target.location, f'there is no state "{target.name}"{around}{hint}', MISSING_TARGET)


# --------------------------------------------------------------------------- of the document


def names_unique(document: Outline) -> Iterator[Problem]:
    """No two states of a document have the same name, however far apart they are."""
    seen: dict[str, Location] = {}
    for place in document.states:
        first = seen.setdefault(place.name, place.location)
        if first != place.location:
            message = f"the name of a state must be unique, but {render_location(first)} has it too"
            yield Problem(place.location, message, DUPLICATE_NAME)
