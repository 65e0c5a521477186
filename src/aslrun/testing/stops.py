"""Stops: where a stepped execution stands, what its data is there, and when it is to stop.

Rules that a change must keep:

1. Paths are those of the language, read with the engine's own scope: what is shown is what an expression would see.
2. A condition that cannot be read at a stop (its path leads nowhere) does not hold there.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from ..engine.effects import ScheduleTask
from ..engine.frame import Frame
from ..errors import CallerError
from ..language.errors import ExpressionError, ExpressionSyntaxError
from ..language.jsonpath import compile_path
from ..language.reference_path import compile_reference_path
from ..runtime.runs import Run
from ..values import JSON

StopKind: TypeAlias = Literal["state", "retry", "task", "waiting", "end"]
"""Why it stops: before a state; before it is tried again; before its task is called; before time passes while somebody
else is to answer the task; the execution is over."""

Condition: TypeAlias = "Callable[[Stop], bool]"


class NotPossible(CallerError):
    """What was asked for cannot be done here; the message says what can."""


@dataclass(slots=True, eq=False, repr=False)
class Stop:
    """Where an execution stands. ``frame`` is the thread of control that is next, ``task`` what it wants done.

    ``unanswered`` is set where only an ``answer`` helps: neither a mock nor a handler has one, or nobody will come.
    """

    kind: StopKind
    run: Run
    frame: Frame | None = None
    task: ScheduleTask | None = None
    unanswered: bool = False

    def __repr__(self) -> str:
        return f"<{''.join(f'{each}: ' for each in self.place)}{describe(self)}>"

    @property
    def state(self) -> str:
        """The name of the state; empty at the end."""
        return "" if self.frame is None else self.frame.state.name

    @property
    def input(self) -> JSON:
        """The input of the state."""
        return None if self.frame is None else self.frame.input

    @property
    def variables(self) -> Mapping[str, JSON]:
        """The workflow variables that the state sees."""
        return {} if self.frame is None else self.frame.variables

    @property
    def arguments(self) -> JSON:
        """What the task is called with."""
        return None if self.task is None else self.task.arguments

    @property
    def place(self) -> tuple[str, ...]:
        """The way to the state: the Parallel and Map states around it with the number of the branch or iteration."""
        return () if self.frame is None else tuple(place_of(self.frame))


def place_of(frame: Frame) -> Iterator[str]:
    """The way from the root to a frame."""
    if frame.parent is not None:
        yield from place_of(frame.parent)
        yield f"{frame.parent.state.name}[{frame.index}]"


@dataclass(slots=True)
class Breakpoint:
    """Stop before a state (``*``: each), if a condition holds."""

    state: str
    when: Condition | None = None

    def holds(self, stop: Stop) -> bool:
        """Whether it is to stop there."""
        fits = stop.kind in ("state", "retry") and self.state in ("*", stop.state)
        return fits and (self.when is None or self.when(stop))


def describe(stop: Stop) -> str:
    """A stop in a few words.

    >>> from aslrun import testing
    >>> describe(testing.step({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}).stop)
    'before A'
    """
    return _SAID[stop.kind].format(state=stop.state, status=stop.run.execution.status)


_SAID: Mapping[StopKind, str] = {
    "state": "before {state}",
    "retry": "before {state} is tried again",
    "task": "before the task of {state} is called",
    "waiting": "{state} waits for an answer",
    "end": "the execution is over: {status}",
}


# --------------------------------------------------------------------------- data


def read_at(stop: Stop, path: str) -> JSON:
    """What a path leads to. Raises ``ExpressionSyntaxError`` or ``ExpressionError``."""
    assert stop.frame is not None
    return compile_path(path).evaluate(stop.run.execution.scope(stop.frame))


class Written(NamedTuple):
    """The document that a path leads into, with its change: of a variable, or (``None``) the input."""

    variable: str | None
    value: JSON


def written_at(stop: Stop, path: str, value: JSON) -> Written:
    """What the document would be. Raises ``ExpressionSyntaxError``, ``ExpressionError``, or ``ValueError``."""
    place = compile_reference_path(path)
    if place.root == "context":
        raise ValueError("the context object cannot be changed")
    if place.variable is None:
        return Written(None, place.assign(stop.input, value))
    return Written(place.variable, place.assign(stop.variables.get(place.variable, {}), value))


# --------------------------------------------------------------------------- conditions

_COMPARISON = re.compile(r"(?P<path>\$.*?)\s*(?P<operator>==|!=|<=|>=|<|>)\s*(?P<value>.+)", re.DOTALL)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def condition_of(text: str) -> Condition:
    """A condition as it is written: a path, an operator and a JSON value; or a path alone, which must lead somewhere.

    Raises ``NotPossible``.

    >>> from aslrun import testing
    >>> stop = testing.step({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"total": 7}).stop
    >>> condition_of("$.total > 5")(stop), condition_of("$.other")(stop)
    (True, False)
    """
    match = _COMPARISON.fullmatch(text.strip())
    path = match["path"] if match else text.strip()
    try:
        compile_path(path)
        expected = json.loads(match["value"]) if match else None
    except ExpressionSyntaxError as error:
        raise NotPossible(f"{path} is no path: {error.message}") from None
    except ValueError:
        raise NotPossible(f'{match["value"] if match else ""} is no JSON: write text as "text"') from None
    compare = _OPERATORS[match["operator"]] if match else None

    def holds(stop: Stop) -> bool:
        try:
            found = read_at(stop, path)
            return compare is None or compare(found, expected)
        except (ExpressionError, TypeError):  # it leads nowhere, or to what cannot be compared
            return False

    return holds
