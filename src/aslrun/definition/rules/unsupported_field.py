"""unsupported-field: a field stands in a state whose type has it.

> Field 'Catch' is not supported
> (ValidateStateMachineDefinition)

The field exists, but in states of another type: only Task, Parallel and Map states retry and catch, only a Task has
a time-out. Move the field, or put a state of that type around.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true, "TimeoutSeconds": 10}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal, definitions, fields_of
from .outline import STATE_TYPES


def check(refusal: Refusal) -> Iterator[Problem]:
    """A field of another type of state, or of a whole rule within a rule."""
    if refusal.keyword == "not":
        yield _problem(refusal, str(refusal.location[-1]), 1)
    elif refusal.keyword == "additionalProperties" and refusal.names and refusal.definition in STATE_TYPES:
        (name,) = refusal.names
        at_state = refusal.schema is definitions()[refusal.definition]
        if at_state and any(name in fields_of(type) for type in STATE_TYPES):
            yield _problem(refusal, name, 0)


def _problem(refusal: Refusal, name: str, up: int) -> Problem:
    holder = refusal.location[: len(refusal.location) - up]
    return Problem((*holder, name), f"Field '{name}' is not supported", told_at=holder)
