"""Filters: when an item of a document satisfies ``[?(...)]``.

The rules that a change must keep are those of Jayway 2.0's comparison:

1. Every literal is text. Against a number it is read as one, against a boolean as ``true`` or not; text that is
   no number cannot be compared with a number, and the whole path fails.
2. ``null`` (also as text) equals null and comes before everything else; ``<`` and ``>`` of null and a value are false.
3. Values of other kinds do not compare: the criterion is false, ``!=`` included. So is one whose path leads nowhere.
4. Existence is asked of the item, whatever the path starts with, and null does not exist.
5. A pattern has to match the whole text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from ..values import JSON, is_number, to_text
from .jsonpath_segments import Criterion, Filter, Operand, PathOperand, PatternOperand, Segment

Predicate: TypeAlias = Callable[[JSON, JSON], bool]
"""Whether an item satisfies, given the item and its document."""

Read: TypeAlias = Callable[[JSON, JSON], JSON]
"""The value of an operand, given the item and its document."""

CompileOperand: TypeAlias = Callable[[tuple[Segment, ...]], Callable[[JSON, JSON], JSON]]
"""Makes of a path's segments a walk from a start, in a document."""


class Lost(Exception):
    """A path cannot be followed; ``reason`` is Jayway's message."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    @property
    def reason(self) -> str:
        """The message, made when somebody asks."""
        return self._reason


Location: TypeAlias = "tuple[Location, str | int] | None"
"""The way to a value: the way to its parent, and its key there."""


class NotFound(Lost):
    """A path leads nowhere: a wildcard passes over it, a criterion is false."""

    def __init__(self, before: str, location: Location = None, after: str = "") -> None:
        self._parts = before, location, after

    @property
    def reason(self) -> str:
        before, location, after = self._parts
        return before + location_text(location) + after


class _Incomparable(Exception):
    """Two values of kinds that have no order."""


def location_text(location: Location) -> str:
    """The way as Jayway writes it.

    >>> location_text(((None, "jar"), 9))
    "$['jar'][9]"
    """
    keys: list[str] = []
    while location is not None:
        location, key = location
        keys.append(f"['{key}']" if isinstance(key, str) else f"[{key}]")
    return "$" + "".join(reversed(keys))


def java_text(value: JSON) -> str:
    """A value as Java would print it in a message; dots for what is nested deeper than anyone reads.

    >>> java_text({"name": "Ada", "tags": ["a"]})
    '{name=Ada, tags=["a"]}'
    """
    if isinstance(value, str):
        return value
    return "..." if _is_deep(value) else _java_text(value)


def _java_text(value: JSON) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={_java_text(item)}" for key, item in value.items()) + "}"
    return value if isinstance(value, str) else to_text(value)


_MOST_LEVELS = 100


def _is_deep(value: JSON) -> bool:
    level: list[JSON] = [value]
    for _ in range(_MOST_LEVELS):
        level = [item for outer in level if isinstance(outer, (dict, list)) for item in _items(outer)]
    return bool(level)


def _items(container: dict[str, JSON] | list[JSON]) -> Iterable[JSON]:
    return container.values() if isinstance(container, dict) else container


# --------------------------------------------------------------------------- comparison

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def _compare(expected: JSON, model: JSON) -> int:
    """Below, at or above zero, as ``expected`` is less than, equal to or greater than ``model``."""
    if expected is model:
        return 0
    expected_null, model_null = _is_null(expected), _is_null(model)
    if expected_null or model_null:
        return model_null - expected_null
    if isinstance(expected, str):
        return _compare_text(expected, model)
    if isinstance(expected, bool) and isinstance(model, bool):
        return expected - model
    if is_number(expected) and is_number(model):
        return _sign(expected, model)
    raise _Incomparable


def _compare_text(expected: str, model: JSON) -> int:
    if isinstance(model, str):
        return _text_order(expected.replace("\\'", "'"), model)
    if isinstance(model, bool):
        return (expected.lower() == "true") - model
    if isinstance(model, (int, float)):
        return _sign(_decimal(expected), Decimal(repr(model)))
    raise _Incomparable


def _sign(left: Any, right: Any) -> int:
    return int(left > right) - int(left < right)


def _text_order(left: str, right: str) -> int:
    """Java compares UTF-16 code units."""
    if left.isascii() or right.isascii():
        return _sign(left, right)
    return _sign(left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass"))


def _decimal(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Lost(f"a filter compares a number with '{text}', which is no number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Lost(f"a filter compares a number with '{text}', which is out of range") from None


def _is_null(value: JSON) -> bool:
    return value is None or value == "null"


_HOLDS: dict[str, Callable[[int], bool]] = {
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order < 0,
    ">=": lambda order: order <= 0,
    "<": lambda order: order > 0,
    "<=": lambda order: order >= 0,
}
"""Whether ``item operator literal`` holds, by the order of the literal to the item."""


# --------------------------------------------------------------------------- criteria


def compile_filter(filter: Filter, compile_operand: CompileOperand) -> Predicate:
    """The test of a filter as a function of an item and its document.

    Alternatives and criteria are tried from the right, as Jayway does: it matters when one of them fails.
    """
    alternatives = [
        [_criterion(criterion, compile_operand) for criterion in reversed(criteria)]
        for criteria in reversed(filter.alternatives)
    ]
    if len(alternatives) == 1 and len(alternatives[0]) == 1:
        return alternatives[0][0]

    def satisfies(item: JSON, document: JSON) -> bool:
        return any(all(holds(item, document) for holds in criteria) for criteria in alternatives)

    return satisfies


def _criterion(criterion: Criterion, compile_operand: CompileOperand) -> Predicate:
    if criterion.operator in ("exists", "missing"):
        return _existence(criterion, compile_operand)
    if criterion.operator == "=~":
        return _match(criterion, compile_operand)
    return _comparison(criterion, compile_operand)


def _existence(criterion: Criterion, compile_operand: CompileOperand) -> Predicate:
    assert isinstance(criterion.left, PathOperand)
    walk, wanted = compile_operand(criterion.left.segments), criterion.operator == "exists"

    def holds(item: JSON, document: JSON) -> bool:
        try:
            return (walk(item, document) is not None) is wanted
        except NotFound:
            return not wanted

    return holds


def _comparison(criterion: Criterion, compile_operand: CompileOperand) -> Predicate:
    read_model, read_expected = (_read(side, compile_operand) for side in (criterion.left, criterion.right))
    verdict, ordered = _HOLDS[criterion.operator], criterion.operator not in ("==", "!=")
    whole = _whole_number(criterion.right)

    def holds(item: JSON, document: JSON) -> bool:
        try:
            model = read_model(item, document)
            if whole is not None and model.__class__ is int:
                return verdict(_sign(whole, model))
            expected = read_expected(item, document)
            if ordered and (model is None) is not (expected is None):
                return False
            return verdict(_compare(expected, model))
        except (NotFound, _Incomparable):
            return False

    return holds


def _whole_number(operand: Operand) -> int | None:
    """The literal as an integer, so that the usual comparison needs no ``Decimal``."""
    return int(operand) if isinstance(operand, str) and _WHOLE.fullmatch(operand) else None


def _match(criterion: Criterion, compile_operand: CompileOperand) -> Predicate:
    sides = (criterion.left, criterion.right)
    (operand,) = (side for side in sides if isinstance(side, PatternOperand))
    (read,) = (_read(side, compile_operand) for side in sides if not isinstance(side, PatternOperand))
    matches, longest = operand.pattern.fullmatch, operand.longest_subject

    def holds(item: JSON, document: JSON) -> bool:
        try:
            target = read(item, document)
        except NotFound:
            return False
        text = java_text(target)
        if len(text) > longest:
            raise Lost(f"a filter's pattern can be tried on {longest} characters, not on {len(text)}")
        return target is not None and matches(text) is not None

    return holds


def _read(operand: Operand, compile_operand: CompileOperand) -> Read:
    if isinstance(operand, PathOperand):
        walk = compile_operand(operand.segments)
        return walk if operand.of == "item" else lambda item, document: walk(document, document)
    if isinstance(operand, str):
        return lambda item, document: operand
    raise TypeError("a pattern is no value")
