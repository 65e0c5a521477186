"""The data flow of a state: how its input becomes the work's arguments, and how the result becomes its output.

A state has a ``Dataflow`` whatever its query language, and the engine never asks which one it is:

    raw input -> enter -> (work) -> complete -> output, assigned variables

``FieldCompiler`` is the seam between the two languages: ``jsonpath_fields`` and ``jsonata_fields`` compile the same
questions (what is the data flow, the value of ``Seconds``, the condition of this rule?) from their own fields.

Rules that a change must keep:

1. ``None`` for a step means "nothing to do": the engine passes the very same value on, without a call.
2. Both steps see the variables as they were when the state was entered.
3. A mistake in one field is reported with its place, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from ..values import JSON
from .errors import ExpressionSyntaxError
from .scope import Scope

Evaluate = Callable[[Scope], JSON]
Predicate = Callable[[Scope], bool]
Variables = Mapping[str, JSON]
Complete = Callable[[Scope, JSON, JSON], tuple[JSON, Variables | None]]
"""``complete(scope, raw input, result) -> (output, assigned variables or None)``"""

Join = Callable[[JSON, JSON], JSON]
"""``join(raw input, result) -> output``: ResultPath."""

Location = tuple[str | int, ...]
Report = Callable[[Location, ExpressionSyntaxError], None]
"""Takes the syntax errors of expressions, each with the place of its field; the error says where inside the field."""


class Dataflow:
    """The compiled data flow of one state, catcher or choice rule.

    ``input`` is what the other fields of the state see as ``$`` (InputPath alone), ``enter`` makes the arguments of
    the work from the raw input. ``join`` is given where it is all that ``complete`` does: it needs no scope.
    """

    __slots__ = ("complete", "enter", "input", "join")

    def __init__(
        self,
        input: Evaluate | None = None,
        enter: Evaluate | None = None,
        complete: Complete | None = None,
        join: Join | None = None,
    ) -> None:
        self.input = input
        self.enter = enter
        self.complete = complete if join is None else _joining(join)
        self.join = join


def _joining(join: Join) -> Complete:
    return lambda scope, raw, result: (join(raw, result), None)


NOTHING = Dataflow()


class FieldValue(NamedTuple):
    """A field given as a constant (``Seconds``) or by an expression (``SecondsPath``); ``path`` is its text."""

    name: str
    evaluate: Evaluate
    path: str | None = None


class Expression(Protocol):
    """A compiled path, intrinsic function or JSONata expression."""

    @property
    def text(self) -> str:
        """As it stands in the definition."""
        ...

    def references(self) -> Iterator[str]:
        """Names of the workflow variables that it refers to."""
        ...


class FieldCompiler(Protocol):
    """Compiles the fields of one state, or of an object inside it, in the state's query language."""

    fields: Mapping[str, JSON]
    location: Location
    expressions: list[Expression]

    def inner(self, fields: Mapping[str, JSON], *way: str | int) -> FieldCompiler:
        """A compiler for an object inside the state; what it finds counts for the state."""
        ...

    def dataflow(self, *, arguments: bool = False, result: bool = False) -> Dataflow:
        """The state's data flow; ``arguments``: it has work to pass them to, ``result``: the work has a result."""
        ...

    def catch(self) -> Dataflow:
        """The data flow of a catcher."""
        ...

    def choices(self, rules: Sequence[FieldCompiler]) -> tuple[Dataflow, list[Dataflow]]:
        """The data flow of a Choice state that goes to its Default, and by each rule."""
        ...

    def condition(self) -> Predicate | None:
        """The choice rule that the fields are, or ``None`` if it is malformed."""
        ...

    def number(self, field: str) -> FieldValue | None:
        """A field of seconds, a count or a percentage, or ``None`` if it is absent."""
        ...

    def text(self, field: str) -> FieldValue | None:
        """Error or Cause, or ``None`` if it is absent."""
        ...

    def timestamp(self) -> FieldValue | None:
        """The instant of a Wait state, or ``None`` if it has none."""
        ...

    def items(self) -> FieldValue | None:
        """The items of a Map state, or ``None`` if they are its whole input."""
        ...

    def template(self, *fields: str) -> Evaluate | None:
        """The first of the fields that is there, as a template, or ``None``."""
        ...


def constant(value: JSON) -> Evaluate:
    """An expression that is none."""
    return lambda scope: value
