"""JSONata over abstract values: what an expression gives, and whether it must fail.

Rules that a change must keep:

1. Missing is a value here (``MISSING``), no failure: only an expression that gives nothing as a whole fails, and an
   operator on what it cannot take.
2. A mistake counts only where it is certainly evaluated: not in a branch of ``?:``, nor right of ``and`` and ``or``,
   nor in a function's body, nor in what is mapped over items.
3. What this does not know gives ``MAYBE``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...language.dataflow import Location
from ...language.jsonata import is_builtin, may_take, nodes, walk
from ...language.jsonata_scope import bound_names
from .paths import Found
from .reading import Reading
from .values import (
    ANY,
    ARRAY,
    BOOLEAN,
    MAYBE,
    MISSING,
    NOTHING,
    NULL,
    NUMBER,
    OBJECT,
    SCALARS,
    STRING,
    UNKNOWN,
    Value,
    any_element,
    array_of,
    describe,
    join,
    member,
    of_items,
    of_kind,
    of_object,
    only_constant,
    perhaps,
    present,
    scalar,
)

MAX_NESTING = 60

ARITHMETIC = frozenset("+-*/%")
ORDERS = frozenset(("<", ">", "<=", ">="))

RESULTS: dict[str, int] = {
    **dict.fromkeys(("substring", "substringBefore", "substringAfter", "lowercase", "uppercase"), STRING),
    **dict.fromkeys(("trim", "pad", "replace", "join", "string", "formatBase", "formatNumber", "type"), STRING),
    **dict.fromkeys(("base64encode", "base64decode", "encodeUrl", "encodeUrlComponent", "decodeUrl"), STRING),
    **dict.fromkeys(("formatInteger", "fromMillis", "decodeUrlComponent", "hash"), STRING),
    **dict.fromkeys(("length", "sum", "max", "min", "average", "abs", "floor", "ceil", "round"), NUMBER),
    **dict.fromkeys(("sqrt", "power", "number", "toMillis", "parseInteger"), NUMBER),
    **dict.fromkeys(("contains", "boolean", "not"), BOOLEAN),
    "split": ARRAY,
}
"""Functions that give a value of this kind, and nothing where their first argument is nothing."""

ALWAYS: dict[str, int] = {
    **dict.fromkeys(("now", "uuid"), STRING),
    **dict.fromkeys(("count", "millis", "random"), NUMBER),
    "exists": BOOLEAN,
}
"""Functions that always give a value of this kind."""

FIRST: dict[str, int] = {
    **dict.fromkeys(("substringBefore", "substringAfter", "lowercase", "uppercase", "length"), STRING),
    **dict.fromkeys(("trim", "pad", "contains", "split", "replace", "toMillis", "base64encode"), STRING),
    **dict.fromkeys(("abs", "floor", "ceil", "round", "sqrt", "power", "formatNumber"), NUMBER),
    **dict.fromkeys(("sum", "max", "min", "average"), NUMBER | ARRAY),
    "join": STRING | ARRAY,
    "merge": OBJECT | ARRAY,
}
"""The kinds that a function's first argument must be of, and if it is an array, each of its items."""

OF_DIGITS = frozenset(("number", "toMillis"))
"""Functions that read a text in which there must be a digit."""


LETTERS: dict[int, str] = {STRING: "s", NUMBER: "n", BOOLEAN: "b", NULL: "l", ARRAY: "a", OBJECT: "o", MISSING: "m"}
"""The letters for kinds in the signatures of functions."""
ANYTHING = "snblaofm"


class Query:
    """One evaluation of one expression.

    ``states`` is what ``$states`` holds; ``missing`` is a variable that is taken to have no value.
    """

    __slots__ = ("_certain", "_locals", "_own", "_tree", "fails", "missing", "mute", "reading", "states", "stop", "way")

    def __init__(
        self, reading: Reading, states: Value, way: Location, *, missing: str = "", mute: bool = False
    ) -> None:
        self.reading, self.states, self.way, self.missing, self.mute = reading, states, way, missing, mute
        self._locals: dict[str, Value] = {}
        self._own: set[str] | None = None
        self._certain = True
        self.fails = False
        self.stop: Found | None = None

    def whole(self, tree: nodes.Node) -> Value:
        """What the expression gives."""
        self._tree = tree
        return self.value(tree, 0)

    def _is_own(self, name: str) -> bool:
        """Whether the expression binds a name; one that is bound in a function's body or twice is not followed."""
        if self._own is None:
            self._own = bound_names(walk(self._tree))
        return name in self._own

    def value(self, node: nodes.Node, depth: int) -> Value:
        """What a part of the expression gives."""
        evaluate = _EVALUATE.get(type(node))
        if evaluate is None or depth > MAX_NESTING or node.group is not None or node.predicates or node.stages:
            return MAYBE
        return evaluate(self, node, depth + 1)

    def refuse(self, message: str, *values: Value) -> Value:
        """A mistake: said where it is certainly evaluated."""
        if self._certain:
            self.fails = True
            if not self.mute:
                because = tuple(origin for value in values for origin in value.origins)
                self.reading.say("type-mismatch", self.way, message, *because)
        return UNKNOWN

    def aside(self, node: nodes.Node, depth: int) -> Value:
        """A part that may not be evaluated."""
        before, self._certain = self._certain, False
        value = self.value(node, depth)
        self._certain = before
        return value

    # ------------------------------------------------------------------ leaves and paths

    def literal(self, node: nodes.Literal, depth: int) -> Value:
        return scalar(node.value)

    def variable(self, node: nodes.Variable, depth: int) -> Value:
        name = node.value
        if name == "states":
            return self.states
        if name in self._locals:
            return self._locals[name]
        if is_builtin(name) or not name or name == "$" or self._is_own(name):
            return MAYBE
        return NOTHING if name == self.missing else present(self.reading.peek(name))

    def path(self, node: nodes.Path, depth: int) -> Value:
        first, *rest = node.steps
        if (
            isinstance(first, nodes.Name) or node.keep_singleton or any(step.keep_array for step in node.steps)
        ):  # fields of nothing: Step Functions refuses them at the top
            return MAYBE
        value = self.value(first, depth)
        if first.index or first.focus:
            return MAYBE
        for step in rest:
            plain = isinstance(step, nodes.Name) and not (
                step.predicates or step.stages or step.group or step.focus or step.index or step.tuple
            )
            if not plain:
                return MAYBE if value.kinds != MISSING else NOTHING
            found = _field(value, step.value)  # type: ignore[attr-defined]
            if found.kinds == MISSING and value.kinds != MISSING:
                self.stop = Found(NOTHING, value, f"field {step.value}")  # type: ignore[attr-defined]
            value = found
        return value

    # ------------------------------------------------------------------ operators

    def binary(self, node: nodes.Binary, depth: int) -> Value:
        operator = node.operator
        left = self.value(node.left, depth)
        if operator in ("and", "or"):
            self.aside(node.right, depth)
            return of_kind(BOOLEAN)
        right = self.value(node.right, depth)
        if operator in ARITHMETIC:
            return self._arithmetic(operator, left, right)
        if operator in ORDERS:
            return self._order(operator, left, right)
        if operator == "&":
            return of_kind(STRING)
        return self._range(left, right) if operator == ".." else of_kind(BOOLEAN)

    def _range(self, left: Value, right: Value) -> Value:
        for side, value in (("left", left), ("right", right)):
            if not value.kinds & (NUMBER | MISSING | ARRAY) or _is_surely_array(value):
                message = f"the {side} side of .. must be a whole number, but it is {describe(value)}"
                return self.refuse(message, value)
        return array_of(UNKNOWN)

    def _arithmetic(self, operator: str, left: Value, right: Value) -> Value:
        for side, value in (("left", left), ("right", right)):
            if not value.kinds & (NUMBER | MISSING | ARRAY) or _is_surely_array(value):
                return self.refuse(
                    f"the {side} side of {operator} must be a number, but it is {describe(value)}", value
                )
        if MISSING in (left.kinds, right.kinds):
            return NOTHING
        number = of_kind(NUMBER)
        return perhaps(number) if (left.kinds | right.kinds) & MISSING else number

    def _order(self, operator: str, left: Value, right: Value) -> Value:
        for value in (left, right):
            if not value.kinds & (NUMBER | STRING | MISSING | ARRAY) or _is_surely_array(value):
                return self.refuse(f"{operator} compares numbers or strings, but one side is {describe(value)}", value)
        if MISSING in (left.kinds, right.kinds):
            return NOTHING
        both = left.kinds | right.kinds
        if not both & (MISSING | ARRAY) and not left.kinds & right.kinds & (NUMBER | STRING):
            shown = f"{describe(left)} and {describe(right)}"
            return self.refuse(f"{operator} must compare values of one type, not {shown}", left, right)
        boolean = of_kind(BOOLEAN)
        return perhaps(boolean) if both & MISSING else boolean

    def negation(self, node: nodes.Negation, depth: int) -> Value:
        value = self.value(node.operand, depth)
        if not value.kinds & (NUMBER | MISSING | ARRAY) or _is_surely_array(value):
            return self.refuse(f"- must stand before a number, but it is {describe(value)}", value)
        if value.kinds == MISSING:
            return NOTHING
        known, only = only_constant(value)
        if known and isinstance(only, (int, float)):
            return scalar(-only)
        return perhaps(of_kind(NUMBER)) if value.kinds & MISSING else of_kind(NUMBER)

    def condition(self, node: nodes.Condition, depth: int) -> Value:
        self.value(node.condition, depth)
        then = self.aside(node.then, depth)
        return join(then, NOTHING if node.otherwise is None else self.aside(node.otherwise, depth))

    # ------------------------------------------------------------------ constructors and blocks

    def array(self, node: nodes.Array, depth: int) -> Value:
        items = [self.value(item, depth) for item in node.items]
        if all(not item.kinds & (MISSING | ARRAY) for item in items):
            return of_items(items)
        return array_of(UNKNOWN)

    def object(self, node: nodes.Object, depth: int) -> Value:
        fields: dict[str, Value] = {}
        is_open = False
        for key, item in node.pairs:
            value = self.value(item, depth)
            known, name = only_constant(self.value(key, depth))
            if known and isinstance(name, str):
                fields[name] = value
            else:
                is_open = True
        return of_object(fields, is_open=is_open)

    def block(self, node: nodes.Block, depth: int) -> Value:
        value = NOTHING
        for expression in node.expressions:
            value = self.value(expression, depth)
        return value

    def bind(self, node: nodes.Bind, depth: int) -> Value:
        value = self.value(node.value, depth)
        self._locals[node.name] = value if self._certain and node.name not in self._locals else MAYBE
        return value

    # ------------------------------------------------------------------ calls

    def call(self, node: nodes.Call, depth: int) -> Value:
        arguments = [self.value(argument, depth) for argument in node.arguments]
        procedure = node.procedure
        name = procedure.value if isinstance(procedure, nodes.Variable) else ""
        if not is_builtin(name) or isinstance(node, nodes.Partial) or self._is_own(name):
            return MAYBE
        if not arguments:
            return of_kind(ALWAYS[name]) if name in ALWAYS else MAYBE
        refusal = _refusal(name, arguments)
        if refusal is not None:
            message, wrong = refusal
            return self.refuse(message, wrong)
        first = arguments[0]
        if name in ALWAYS:
            return of_kind(ALWAYS[name])
        if name not in RESULTS:
            return MAYBE
        if first.kinds == MISSING:
            return NOTHING
        result = of_kind(RESULTS[name])
        return perhaps(result) if first.kinds & MISSING or name in ("max", "min", "average") else result


_EVALUATE: dict[type, Callable[[Query, Any, int], Value]] = {
    nodes.Literal: Query.literal,
    nodes.Variable: Query.variable,
    nodes.Path: Query.path,
    nodes.Binary: Query.binary,
    nodes.Negation: Query.negation,
    nodes.Condition: Query.condition,
    nodes.Array: Query.array,
    nodes.Object: Query.object,
    nodes.Block: Query.block,
    nodes.Bind: Query.bind,
    nodes.Call: Query.call,
}


def _is_surely_array(value: Value) -> bool:
    """Whether it is an array wherever it comes from: one of no or one element is no array after a path."""
    items = value.items if value.kinds == ARRAY else None
    return items is not None and len(items) > 1 and all(not item.kinds & ~SCALARS for item in items)


def _letters(value: Value) -> str:
    """The letters of the types that a value may have."""
    if value.kinds & ANY == ANY or (value.kinds & ARRAY and not _is_surely_array(value)):
        return ANYTHING
    return "".join(letter for kind, letter in LETTERS.items() if value.kinds & kind)


def _refusal(name: str, arguments: list[Value]) -> tuple[str, Value] | None:
    """Why a function certainly refuses its arguments, and the argument in question."""
    first, wanted = arguments[0], FIRST.get(name, ANY)
    if not first.kinds & (wanted | MISSING | ARRAY):
        return f"${name} takes {describe(of_kind(wanted))}, but is given {describe(first)}", first
    if name in FIRST and _is_surely_array(first) and not all(item.kinds & wanted for item in first.items or ()):
        items = describe(of_kind(wanted & ~ARRAY))
        return f"${name} takes an array in which each item is {items}, but is given {describe(first)}", first
    only = only_constant(first)[1]
    if name in OF_DIGITS and len(arguments) == 1 and isinstance(only, str) and not any(map(str.isdigit, only)):
        return f"${name} cannot read {describe(first)}", first
    wrong = _first_that_does_not_fit(name, arguments)
    if wrong is None:
        return None
    return f"${name} does not take {describe(arguments[wrong])} as argument {wrong + 1}", arguments[wrong]


def _first_that_does_not_fit(name: str, arguments: list[Value]) -> int | None:
    """The argument from which on a call cannot fit the function's signature."""
    letters = [_letters(argument) for argument in arguments]
    if all(each == ANYTHING for each in letters) or may_take(name, letters):
        return None
    doubtful = (index for index in range(len(letters)) if letters[index] != ANYTHING)
    alone = (index for index in doubtful if not may_take(name, [*[ANYTHING] * index, letters[index]]))
    return next(alone, len(letters) - 1)


def _field(value: Value, name: str) -> Value:
    """A field as JSONata sees it: of an array it is that of every element."""
    result = NOTHING
    if value.kinds & OBJECT:
        result = value.fields.get(name) or (MAYBE if value.is_open else NOTHING)
    if value.kinds & ARRAY:
        inner = any_element(value)
        below = MAYBE if value.items == () else _field_of_items(inner, name)
        result = below if result.kinds == MISSING and not value.kinds & OBJECT else join(result, below)
    if value.kinds & (SCALARS | MISSING):
        result = perhaps(result)
    return result


def _field_of_items(inner: Value, name: str) -> Value:
    if inner.kinds == MISSING:
        return NOTHING
    if inner.kinds & ARRAY:
        return MAYBE
    if not inner.kinds & OBJECT:
        return NOTHING
    return NOTHING if member(inner, name).kinds == MISSING else MAYBE
