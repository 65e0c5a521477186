"""The resources that a machine names, and what is told of one that nothing serves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..definition.model import Machine, MapState, TaskState
from ..values import JSON
from . import machines
from .lambda_function import is_lambda_invoke


class TaskReference(NamedTuple):
    """A resource that a definition names: where, what, and its arguments as far as they are constant."""

    location: str
    resource: str
    arguments: JSON = None
    objects: bool = False
    """Whether the object store is to serve it, for an ItemReader or ResultWriter."""


class MissingHandler(NamedTuple):
    """A resource that nothing serves, and what it may have been meant to be."""

    location: str
    resource: str
    near: tuple[str, ...] = ()
    objects: bool = False

    def __str__(self) -> str:
        if self.objects:
            return f"{self.location}: no object store serves {self.resource}; give one as Resources(objects=...)"
        hint = f"; near: {', '.join(self.near)}" if self.near else ""
        return f"{self.location}: no handler serves {self.resource}{hint}"


def references(machine: Machine) -> Iterator[TaskReference]:
    """What the states of a machine name, in their order."""
    for name, state in machine.states.items():
        if isinstance(state, TaskState):
            arguments = state.document.get("Parameters", state.document.get("Arguments"))
            yield TaskReference(f"States.{name}", state.resource.arn, arguments)
        elif isinstance(state, MapState):
            yield from _files(name, state)


def _files(name: str, state: MapState) -> Iterator[TaskReference]:
    """What a Map reads and writes."""
    if state.reader is not None:
        yield TaskReference(f"States.{name}.ItemReader", state.reader.resource, objects=True)
    if state.writer is not None and state.writer.resource:
        yield TaskReference(f"States.{name}.ResultWriter", state.writer.resource, objects=True)


def missing(reference: TaskReference, known: Iterable[str]) -> MissingHandler:
    """What is told of a reference that nothing serves; ``known`` are the names that it may have been meant to be."""
    wanted = _wanted(reference)
    near = () if reference.objects else _near(wanted, known)
    return MissingHandler(reference.location, wanted, near, reference.objects)


def _near(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    tails: dict[str, list[str]] = {}
    for name in known:
        tails.setdefault(_tail(name), []).append(name)
    from difflib import get_close_matches  # imported here: only mistakes need it

    near = get_close_matches(_tail(wanted), tails, n=3, cutoff=0.6)
    return tuple(name for tail in near for name in tails[tail])


def _wanted(reference: TaskReference) -> str:
    """The missing resource; for ``lambda:invoke`` with the function, for that is what has no handler."""
    function = reference.arguments.get("FunctionName") if isinstance(reference.arguments, dict) else None
    if isinstance(function, str) and is_lambda_invoke(reference.resource):
        return f"{reference.resource} of function {function}"
    started = machines.started_machine(reference.arguments)
    if started is not None and machines.started_by(reference.resource) is not None:
        return f"{reference.resource} of state machine {started}"
    return reference.resource


def _tail(name: str) -> str:
    """What tells one resource from another: the function's or activity's name, or service and action."""
    return re.split(r":function:|:activity:|:stateMachine:|:::| of function ", name)[-1].casefold()
