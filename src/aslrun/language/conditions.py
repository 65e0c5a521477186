"""Choice rules of the JSONPath language: a data test, or tests joined by And, Or and Not, as a function of a scope.

Rules that a change must keep:

1. A comparison between unlike types is false and no error; a boolean is no number, a malformed timestamp no timestamp.
2. A path that leads nowhere fails the state, whatever the operator and whether or not there is a Default.
   ``IsPresent`` alone asks; what is null is present.
3. What a rule compares with is looked at once, when the rule is compiled. Each common comparison is one closure.
4. ``And`` and ``Or`` stop at the first test that decides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..values import JSON, is_number, to_text, type_name
from .errors import ExpressionError, ExpressionSyntaxError, Kind, PathNotFound, Way
from .reference_path import ReferencePath, compile_reference_path
from .scope import Scope
from .timestamps import Instant, instant, is_timestamp

Condition: TypeAlias = Callable[[Scope], bool]
Location: TypeAlias = Way
Operand: TypeAlias = Literal["string", "number", "boolean", "timestamp"]

MAX_NESTING = 100  # of And, Or and Not inside each other

_Read: TypeAlias = Callable[[Scope], JSON]
_Compare: TypeAlias = Callable[[Any, Any], bool]
_Key: TypeAlias = Callable[[JSON], Any]
_Build: TypeAlias = Callable[[_Read, Any], Condition]


class InvalidCondition(ExpressionSyntaxError):
    """A choice rule is malformed; ``location`` is the way to the place inside it."""


# --------------------------------------------------------------------------- what values are compared by

_NUMBERS = frozenset((int, float))


def _text(value: JSON) -> bytes | None:
    """Texts are ordered by their UTF-16 units, as in Java."""
    return value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None


def _number(value: JSON) -> int | float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _boolean(value: JSON) -> bool | None:
    return value if isinstance(value, bool) else None


def _moment(value: JSON) -> Instant | None:
    try:
        return instant(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _with_constant(key: _Key, compare: _Compare) -> _Build:
    def build(read: _Read, operand: JSON) -> Condition:
        expected = key(operand)
        return lambda scope: (found := key(read(scope))) is not None and compare(found, expected)

    return build


def _with_path(key: _Key, compare: _Compare) -> _Build:
    def build(read: _Read, read_operand: _Read) -> Condition:
        def condition(scope: Scope) -> bool:
            found, expected = key(read(scope)), key(read_operand(scope))
            return found is not None and expected is not None and compare(found, expected)

        return condition

    return build


# --------------------------------------------------------------------------- the common ones, in one closure each


def _string_equals(read: _Read, expected: str) -> Condition:
    return lambda scope: read(scope) == expected


def _boolean_equals(read: _Read, expected: bool) -> Condition:
    return lambda scope: read(scope) is expected


def _numeric_equals(read: _Read, expected: float) -> Condition:
    return lambda scope: (found := read(scope)) == expected and found.__class__ is not bool


def _numeric(compare: _Compare) -> _Build:
    def build(read: _Read, expected: float) -> Condition:
        return lambda scope: (found := read(scope)).__class__ in _NUMBERS and compare(found, expected)

    return build


# --------------------------------------------------------------------------- tests of type and presence


def _is(belongs: Callable[[JSON], bool]) -> _Build:
    def build(read: _Read, expected: bool) -> Condition:
        return lambda scope: belongs(read(scope)) is expected

    return build


def _is_present(read: _Read, expected: bool) -> Condition:
    def condition(scope: Scope) -> bool:
        try:
            read(scope)
        except PathNotFound:
            return not expected
        return expected

    return condition


# --------------------------------------------------------------------------- patterns


def _string_matches(read: _Read, pattern: str) -> Condition:
    matches = compile_pattern(pattern)
    return lambda scope: isinstance(found := read(scope), str) and matches(found)


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """The test of ``StringMatches``: ``*`` is any run of characters, ``\\*`` a star, ``\\\\`` a backslash.

    >>> matches = compile_pattern("log-*.txt")
    >>> matches("log-2024.txt"), matches("log.txt")
    (True, False)
    """
    pieces = _pieces(pattern)
    if len(pieces) == 1:
        return lambda text: text == pieces[0]
    first, *middle, last = pieces
    shortest = len(first) + len(last)

    def matches(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        position, end = len(first), len(text) - len(last)
        for piece in middle:
            position = text.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True

    return matches


def _pieces(pattern: str) -> list[str]:
    """What stands between the stars of a pattern, escapes resolved."""
    pieces, characters = [""], iter(pattern)
    for character in characters:
        if character == "*":
            pieces.append("")
        elif character == "\\" and (escaped := next(characters, "")) in ("*", "\\"):
            pieces[-1] += escaped
        elif character == "\\":
            pieces[-1] += character + escaped
        else:
            pieces[-1] += character
    return pieces


# --------------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Operator:
    """A comparison: the type of what it compares with, and whether a path leads there."""

    operand: Operand
    is_path: bool
    build: _Build = field(repr=False)


_ORDERS: dict[str, _Compare] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_FAMILIES: dict[str, tuple[Operand, _Key]] = {
    "String": ("string", _text),
    "Numeric": ("number", _number),
    "Timestamp": ("timestamp", _moment),
}

OPERATORS: Mapping[str, Operator] = {
    **{
        family + order: Operator(operand, False, _with_constant(key, compare))
        for family, (operand, key) in _FAMILIES.items()
        for order, compare in _ORDERS.items()
    },
    **{
        f"{family}{order}Path": Operator(operand, True, _with_path(key, compare))
        for family, (operand, key) in _FAMILIES.items()
        for order, compare in _ORDERS.items()
    },
    **{f"Numeric{order}": Operator("number", False, _numeric(compare)) for order, compare in _ORDERS.items()},
    "NumericEquals": Operator("number", False, _numeric_equals),
    "StringEquals": Operator("string", False, _string_equals),
    "StringMatches": Operator("string", False, _string_matches),
    "BooleanEquals": Operator("boolean", False, _boolean_equals),
    "BooleanEqualsPath": Operator("boolean", True, _with_path(_boolean, operator.is_)),
    "IsNull": Operator("boolean", False, _is(lambda value: value is None)),
    "IsPresent": Operator("boolean", False, _is_present),
    "IsNumeric": Operator("boolean", False, _is(is_number)),
    "IsString": Operator("boolean", False, _is(lambda value: isinstance(value, str))),
    "IsBoolean": Operator("boolean", False, _is(lambda value: isinstance(value, bool))),
    "IsTimestamp": Operator("boolean", False, _is(lambda value: isinstance(value, str) and is_timestamp(value))),
}
"""The 39 operators of a data test, by name."""

JOINERS = ("And", "Or", "Not")

_OPERANDS: dict[Operand, tuple[str, Callable[[JSON], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "number": ("a number", is_number),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "timestamp": ("a timestamp such as 2016-03-14T01:59:00Z", lambda value: _moment(value) is not None),
}
_FIELDS_OF_THE_TOP = frozenset(("Next", "Assign"))
_DECIDING = frozenset((*OPERATORS, *JOINERS))
_FIELDS = frozenset((*OPERATORS, *JOINERS, *_FIELDS_OF_THE_TOP, "Variable", "Comment"))


# --------------------------------------------------------------------------- rule to function


def _raise(problem: InvalidCondition) -> None:
    raise problem


def compile_condition(
    rule: Mapping[str, JSON],
    paths: list[tuple[Location, ReferencePath]] | None = None,
    report: Callable[[InvalidCondition], None] = _raise,
) -> Condition:
    """Compile a choice rule to a function over a scope; Next, Assign and Comment are not looked at.

    ``paths`` takes the paths of the rule with their places in it. Raises ``InvalidCondition``, an
    ``ExpressionSyntaxError`` that names the field; or, given a ``report``, tells it of each malformed test instead.
    The function raises ``ExpressionError`` where a path leads nowhere.

    >>> from random import Random
    >>> from aslrun.language.scope import Scope
    >>> condition = compile_condition({"Variable": "$.total", "NumericGreaterThan": 5, "Next": "Large"})
    >>> condition(Scope({"total": 7}, dict, {}, Random))
    True
    """
    condition = _Compiler([] if paths is None else paths, report).part(rule, (), 0)

    def worded(scope: Scope) -> bool:
        try:
            return condition(scope)
        except PathNotFound as missing:
            raise ExpressionError(
                f"Invalid path '{missing.path}': The choice state's condition path references an invalid value."
            ) from None

    return worded


def condition_paths(rule: Mapping[str, JSON]) -> list[tuple[Location, ReferencePath]]:
    """All paths of a choice rule with their places in it, for static checks.

    Raises ``InvalidCondition`` if the rule is malformed.
    """
    paths: list[tuple[Location, ReferencePath]] = []
    compile_condition(rule, paths)
    return paths


class _Compiler:
    """Compiles one choice rule, and collects its paths on the way."""

    def __init__(self, paths: list[tuple[Location, ReferencePath]], report: Callable[[InvalidCondition], None]) -> None:
        self.paths, self._report = paths, report

    def part(self, rule: JSON | Mapping[str, JSON], location: Location, depth: int) -> Condition:
        """A rule, or one within it; what is wrong with it is told, and the others are still looked at."""
        try:
            return self._rule(rule, location, depth)
        except InvalidCondition as problem:
            self._report(problem)
            return lambda scope: False

    def _rule(self, rule: JSON | Mapping[str, JSON], location: Location, depth: int) -> Condition:
        if not isinstance(rule, (dict, Mapping)):  # a dict first: it is found sooner
            raise _invalid(f"a choice rule must be an object, not {_shown(rule)}", location, "choice-operand")
        if depth > MAX_NESTING:
            raise _invalid(f"And, Or and Not may be nested to {MAX_NESTING} levels", location, "choice-operand")
        _check_fields(rule, location)
        name = _operator_of(rule, location)
        if name == "Not":
            inner = self.part(rule["Not"], (*location, "Not"), depth + 1)
            return lambda scope: not inner(scope)
        return self._joined(rule, name, location, depth) if name in JOINERS else self._data_test(rule, name, location)

    def _joined(self, rule: Mapping[str, JSON], name: str, location: Location, depth: int) -> Condition:
        rules, place = rule[name], (*location, name)
        if not isinstance(rules, list) or not rules:
            raise _invalid(f"{name} must be a list of choice rules that is not empty", place, "choice-operand")
        conditions = tuple(self.part(inner, (*place, index), depth + 1) for index, inner in enumerate(rules))
        decides = name == "Or"

        def condition(scope: Scope) -> bool:
            for inner in conditions:
                if inner(scope) is decides:
                    return decides
            return not decides

        return condition

    def _data_test(self, rule: Mapping[str, JSON], name: str, location: Location) -> Condition:
        if "Variable" not in rule:
            raise _invalid(f"Variable is missing beside {name}", location, "choice-missing", "Variable")
        read = self._path(rule["Variable"], "Variable", (*location, "Variable")).evaluate
        found, operand, place = OPERATORS[name], rule[name], (*location, name)
        if found.is_path:
            return found.build(read, self._path(operand, name, place).evaluate)
        expected, is_operand = _OPERANDS[found.operand]
        if not is_operand(operand):
            kind: Kind = "timestamp" if found.operand == "timestamp" else "choice-operand"
            raise _invalid(f"{name} must be {expected}, not {_shown(operand)}", place, kind, found.operand)
        return found.build(read, operand)

    def _path(self, text: JSON, name: str, location: Location) -> ReferencePath:
        if not isinstance(text, str):
            message = f"{name} must be a reference path, not {_shown(text)}"
            raise _invalid(message, location, "choice-operand", "string")
        try:
            path = compile_reference_path(text)
        except ExpressionSyntaxError as error:
            message = f"{name} must be a reference path: {error.message}"
            raise InvalidCondition(
                message, error.position, kind=error.kind, location=location, reason=error.reason
            ) from error
        self.paths.append((location, path))
        return path


def _check_fields(rule: Mapping[str, JSON], location: Location) -> None:
    for name in rule:
        if name not in _FIELDS:
            message = f"{name} is no field of a choice rule"
            raise _invalid(message, (*location, name), "choice-field", name, tuple(_FIELDS))
        if location and name in _FIELDS_OF_THE_TOP:
            message = f"{name} belongs to the top of a choice rule"
            raise _invalid(message, (*location, name), "choice-field", name)


def _operator_of(rule: Mapping[str, JSON], location: Location) -> str:
    """The one operator or joiner of a rule."""
    names = tuple([name for name in rule if name in _DECIDING])
    if not names:
        message = "a choice rule must have an operator such as StringEquals, or And, Or or Not"
        raise _invalid(message, location, "choice-missing")
    if len(names) > 1:
        message = f"a choice rule must have one operator, not {' and '.join(names)}"
        raise _invalid(message, location, "choice-many", names=names)
    if names[0] in JOINERS and "Variable" in rule:
        message, place = f"Variable does not go with {names[0]}", (*location, "Variable")
        raise _invalid(message, place, "choice-many", names=("Variable", names[0]))
    return names[0]


def _invalid(
    message: str, location: Location, kind: Kind, wrong: str = "", names: tuple[str, ...] = ()
) -> InvalidCondition:
    return InvalidCondition(message, kind=kind, location=location, wrong=wrong, names=names)


def _shown(value: JSON) -> str:
    return f"an {type_name(value)}" if isinstance(value, (list, dict)) else to_text(value)
