"""One visit of one state: what its expressions give for what is known of its input, and what is to be said of them.

Rules that a change must keep:

1. A state may be visited again with more, so what a visit says is not final (``Analysis``).
2. What is wrong is said once, and the value is ``UNKNOWN`` from there on: one mistake, one finding.
3. The expressions are those that the loader compiled, found by their text; what is not found is ``UNKNOWN``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ...language.dataflow import Expression, Location
from ...language.jsonpath_segments import Name
from ...values import JSON
from ..model import MapState, State, TaskState
from .intrinsics import of_intrinsic
from .paths import Found, context_object, follow
from .values import (
    MAX_FIELDS,
    MAX_ITEMS,
    MISSING,
    NOTHING,
    UNKNOWN,
    Origin,
    Value,
    array_of,
    describe,
    join,
    of_items,
    of_object,
    perhaps,
    present,
    scalar,
)

if TYPE_CHECKING:
    from .analysis import Analysis

Variables: TypeAlias = Mapping[str, Value] | None
"""The variables that may be assigned (``MISSING``: or not); ``None`` where there are too many to follow."""


class Env(NamedTuple):
    """What is known where a state is entered."""

    input: Value
    variables: Variables


class Finding(NamedTuple):
    """A suspicion of a rule at a place; ``because`` is how it came about."""

    rule: str
    location: Location
    message: str
    because: tuple[Origin, ...] = ()


class Unassigned(NamedTuple):
    """That a variable may have no value where it is read; what that means is told at the end of the analysis."""

    name: str
    value: Value
    way: Location


class Reading:
    """A state with what is known at its entry."""

    __slots__ = ("_context", "analysis", "env", "expressions", "fields", "is_jsonata", "location", "state")

    def __init__(self, analysis: Analysis, state: State, env: Env) -> None:
        self.analysis, self.state, self.env = analysis, state, env
        self.fields: Mapping[str, Any] = state.document
        self.location = analysis.places[state]
        self.is_jsonata = analysis.is_jsonata(state)
        self.expressions: Mapping[str, Expression] = analysis.expressions_of(state) if state.expressions else {}
        self._context: Value | None = None

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def context(self) -> Value:
        """The context object; in a Map it has an item too, whatever field it is read in."""
        if self._context is None:
            item = self.analysis.map_item(self.state)
            if isinstance(self.state, MapState) and item is None:
                item = UNKNOWN
            self._context = context_object(token=_has_token(self.state), map_item=item)
        return self._context

    def with_env(self, env: Env) -> Reading:
        """The same state with other knowledge."""
        same = env.input is self.env.input and env.variables is self.env.variables
        return self if same else Reading(self.analysis, self.state, env)

    def origin(self, text: str, *way: str | int) -> Origin:
        """What made a value, in words that begin with the state's name."""
        return Origin(f"{self.name} {text}", (*self.location, *way))

    # ------------------------------------------------------------------ saying

    def say(self, rule: str, way: Location, message: str, *because: Origin) -> None:
        """Note a finding at a place in the state."""
        self.analysis.said.append(Finding(rule, (*self.location, *way), message, because))

    def say_missing(self, text: str, found: Found, way: Location) -> None:
        """Note that a path leads nowhere."""
        missing, stop = found.missing, found.stop
        shown = describe(stop)
        message = f"{text} leads nowhere: there is no {missing} in {shown}"
        because = tuple(Origin(f"{text}: {origin.text}", origin.location) for origin in stop.origins)
        self.say("path-never-produced", way, message, *because)

    def expect(self, value: Value, kinds: int, way: Location, expected: str) -> bool:
        """Note a value that certainly is of another kind."""
        if value.kinds & (kinds | MISSING):
            return True
        because = tuple(value.origins)
        self.say("type-mismatch", way, f"must be {expected}, but it is {describe(value)}", *because)
        return False

    # ------------------------------------------------------------------ variables

    def variable(self, name: str, way: Location, guarded: bool = False) -> Value:
        """A variable where it is read in JSONPath: a missing one fails the state."""
        value = self.peek(name)
        if guarded:
            return present(value) if value.kinds != MISSING else UNKNOWN
        if value.kinds & MISSING:
            self.say_variable(name, value, way)
        return present(value)

    def peek(self, name: str) -> Value:
        """A variable; nothing where it is not assigned."""
        variables = self.env.variables
        return UNKNOWN if variables is None else variables.get(name, NOTHING)

    def say_variable(self, name: str, value: Value, way: Location) -> None:
        """Note a variable that may have no value here."""
        self.analysis.said.append(Unassigned(name, value, way))

    # ------------------------------------------------------------------ JSONPath

    def path(self, path: Any, input: Value, way: Location, *, guarded: bool = False) -> Value:
        """What a path gives; ``guarded``: another test asks whether it is there."""
        if path.root == "input":
            start = input
        elif path.root == "context":
            start = self.context
        else:
            start = self.variable(path.variable, way, guarded)
        found = follow(start, path.segments)
        if found.value.kinds != MISSING:
            return present(found.value)
        if not guarded:
            self.say_missing(path.text, found, way)
        return UNKNOWN

    def path_field(self, field: str, input: Value, way: Location = ()) -> Value | None:
        """What the path of a field gives, ``None`` if there is no such field."""
        text = self.fields.get(field)
        if not isinstance(text, str):
            return None
        return self.expression(text, input, (*way, field))

    def expression(self, text: str, input: Value, way: Location) -> Value:
        """What a path or a call of an intrinsic function gives."""
        expression: Any = self.expressions.get(text)
        if expression is None:
            return UNKNOWN
        if hasattr(expression, "segments"):
            return self.path(expression, input, way)
        return of_intrinsic(self, expression, input, way)

    def template(self, template: JSON, input: Value, way: Location, *origins: Origin) -> Value:
        """What a payload template gives."""
        if isinstance(template, dict):
            fields = {}
            for name, item in template.items():
                if name.endswith(".$"):
                    fields[name[:-2]] = self.expression(str(item), input, (*way, name))
                else:
                    fields[name] = self.template(item, input, (*way, name), *origins)
            return of_object(fields, *origins) if len(fields) <= MAX_FIELDS else of_object({}, *origins, is_open=True)
        if isinstance(template, list):
            items = [self.template(item, input, (*way, index), *origins) for index, item in enumerate(template)]
            return of_items(items, *origins) if len(items) <= MAX_ITEMS else array_of(UNKNOWN, *origins)
        return scalar(template, *origins)

    def look(self, template: JSON, input: Value, way: Location) -> None:
        """Evaluate the expressions of a payload template whose value nobody asks for."""
        if isinstance(template, dict):
            for name, item in template.items():
                if name.endswith(".$"):
                    self.expression(str(item), input, (*way, name))
                elif isinstance(item, (dict, list)):
                    self.look(item, input, (*way, name))
        elif isinstance(template, list):
            for index, item in enumerate(template):
                self.look(item, input, (*way, index))

    # ------------------------------------------------------------------ JSONata: its engine is imported when it is met

    def tree(self, text: str) -> Any:
        """The parse tree of an expression of the state, ``None`` if it is not known."""
        return getattr(self.expressions.get(text[len(OPEN) : -len(CLOSE)].strip()), "tree", None)

    def query(self, text: str, extra: Mapping[str, Value], way: Location) -> Value:
        """What an expression gives; ``extra`` is what ``$states`` holds beside input and context."""
        found: Value = _query_fields().expression_value(self, text, extra, way)
        return found

    def query_look(self, template: JSON, way: Location) -> None:
        """Evaluate the expressions of a field whose value nobody asks for."""
        if isinstance(template, dict):
            for name, item in template.items():
                self.query_look(item, (*way, name))
        elif isinstance(template, list):
            for index, item in enumerate(template):
                self.query_look(item, (*way, index))
        elif isinstance(template, str) and is_expression(template):
            self.query(template, {}, way)

    def query_template(self, template: JSON, extra: Mapping[str, Value], way: Location, *origins: Origin) -> Value:
        """What a field with expressions anywhere in it gives."""
        found: Value = _query_fields().template_value(self, template, extra, way, *origins)
        return found


def _has_token(state: State) -> bool:
    return isinstance(state, TaskState) and (state.resource.has_token or "${" in state.resource.arn)


@cache
def _query_fields() -> ModuleType:
    from . import query_fields

    return query_fields


OPEN, CLOSE = "{%", "%}"


def is_expression(text: object) -> bool:
    """Whether a value of a JSONata state's field is an expression."""
    return isinstance(text, str) and text.startswith(OPEN) and text.endswith(CLOSE)


def is_guarded(path: Any, asked: set[tuple[str, str | None, tuple[str, ...]]]) -> bool:
    """Whether one of the paths that are asked for is the beginning of this one, or this one the beginning of it."""
    key = names_of(path)
    return any(
        root == key[0] and variable == key[1] and (names == key[2][: len(names)] or key[2] == names[: len(key[2])])
        for root, variable, names in asked
    )


def names_of(path: Any) -> tuple[str, str | None, tuple[str, ...]]:
    """Where a path starts, and the names at its beginning."""
    names: list[str] = []
    for segment in path.segments:
        if not isinstance(segment, Name):
            break
        names.append(segment.name)
    return path.root, path.variable, tuple(names)


def joined_variables(left: Variables, right: Variables) -> Variables:
    """The variables after one way or the other."""
    if left is right:
        return left
    if left is None or right is None:
        return None
    result = {}
    for name in {**left, **right}:
        one, other = left.get(name), right.get(name)
        if one is None or other is None:
            result[name] = perhaps(one or other or UNKNOWN)
        else:
            result[name] = one if one is other else join(one, other)
    return result
