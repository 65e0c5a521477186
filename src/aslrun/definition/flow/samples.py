"""Sample values that stand for all values that the tests of a Choice state can tell apart.

Between two neighbouring constants all numbers are alike to tests that compare with these constants; so are all texts,
and all instants. One sample of each such region, one of each kind, and "nothing there" decide every question about
the rules by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import pairwise
from math import floor
from typing import Any, NamedTuple

from ...language.conditions import compile_pattern
from ...language.timestamps import instant, is_timestamp
from ...values import JSON
from .formulas import Test
from .values import ANY, ARRAY, BOOLEAN, MISSING, NULL, NUMBER, OBJECT, STRING

FAILS = None
"""The outcome of a test that fails the state."""

UNDEFINED = "undefined"
"""The outcome of a test in JSONata that gives nothing: as good as false in ``and`` and ``or``, a failure by itself."""

Outcome = bool | str | None
Exact = int | Fraction

_FILLER = "\x01\x02"
_OTHER = "\uffff\uffff"


class Sample(NamedTuple):
    """A value: its kind and the value itself; ``moment`` is set where it stands for a timestamp."""

    kind: int
    value: JSON | Fraction = None  # a number is an int or a Fraction, never a float
    moment: Exact | None = None


class Undecidable(Exception):
    """The tests of a subject cannot be decided by samples."""


NOTHING = Sample(MISSING)
_TRUTHS = (Sample(BOOLEAN, True), Sample(BOOLEAN, False))
_FULL = (Sample(OBJECT, True), Sample(ARRAY, True))
_EMPTY = (Sample(NULL), Sample(OBJECT), Sample(ARRAY), NOTHING)


def samples_of(tests: Iterable[Test], kinds: int) -> list[Sample]:
    """Samples of these kinds for a subject that has these tests, the operands first. Raises ``Undecidable``."""
    tests = list(tests)
    numbers, texts, patterns, moments = _operands(tests)
    orders = any(_is_order(test.operator, "String") for test in tests)
    timed = bool(moments) or any(test.operator == "IsTimestamp" for test in tests)
    if len(patterns) > 2 or (patterns and orders) or (timed and (texts or patterns)):
        raise Undecidable
    found = [Sample(STRING, text) for text in _texts(texts, patterns)]
    found += _TRUTHS
    if any(test.operator == "IsTrue" for test in tests):
        found += _FULL
        numbers = sorted({*numbers, 0})
    found += [Sample(NUMBER, number) for number in _regions(numbers)]
    if timed:
        found += [Sample(STRING, _OTHER, moment) for moment in _regions(moments or [0])]
    found += _EMPTY
    return [sample for sample in found if sample.kind & kinds]


def is_likely(sample: Sample, tests: Iterable[Test]) -> bool:
    """Whether the author may have thought of the sample: of fractions and negative numbers if his constants are."""
    if sample.kind != NUMBER:
        return True
    numbers = _operands(list(tests))[0]
    value: Any = sample.value
    if value.denominator != 1 and all(number.denominator == 1 for number in numbers):
        return False
    return bool(value >= 0) or any(number < 0 for number in numbers)


def _operands(tests: list[Test]) -> tuple[list[Exact], list[str], list[str], list[Exact]]:
    numbers, texts, patterns, moments = set[Exact](), set[str](), set[str](), set[Exact]()
    for test in tests:
        operand = test.operand
        if test.operator == "StringMatches":
            patterns.add(str(operand))
        elif test.operator.startswith("Timestamp"):
            moments.add(_moment(str(operand)))
        elif isinstance(operand, str):
            texts.add(operand)
        elif isinstance(operand, (int, float)) and not isinstance(operand, bool):
            numbers.add(_exact(operand))
    return sorted(numbers), sorted(texts, key=_utf16), sorted(patterns), sorted(moments)


def _exact(number: Any) -> Exact:
    return number if isinstance(number, int) else Fraction(number)


def _moment(text: str) -> Fraction:
    seconds, fraction = instant(text)
    return seconds + Fraction(int(fraction or 0), 10 ** len(fraction))


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _regions(constants: list[Exact]) -> list[Exact]:
    if not constants:
        return [0]
    found = [constants[0] - 1]
    for one, other in pairwise(constants):
        middle = Fraction(one + other) / 2
        found += [one, floor(middle) if one < floor(middle) else middle]
    return [*found, constants[-1], constants[-1] + 1]


def _texts(texts: list[str], patterns: list[str]) -> list[str]:
    found = [*texts, "", "\x00", _OTHER, *(text + "\x00" for text in texts)]
    instances = [instance for pattern in patterns for instance in _instances(pattern)]
    found += instances
    found += [one + other for one in instances for other in instances]
    return list(dict.fromkeys(found))


def _instances(pattern: str) -> list[str]:
    bare = pattern.replace("\\*", "\x03").replace("\\\\", "\\")
    return [bare.replace("*", filler).replace("\x03", "*") for filler in ("", _FILLER)]


# --------------------------------------------------------------------------- a test on a sample

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "GreaterThan": lambda one, other: one > other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
_TYPE_TESTS = {"IsNull": NULL, "IsNumeric": NUMBER, "IsString": STRING, "IsBoolean": BOOLEAN}
_FAMILIES = {"Numeric": NUMBER, "String": STRING, "Boolean": BOOLEAN, "Timestamp": STRING}


_COMPARISONS = {family + order: (family, compare) for family in _FAMILIES for order, compare in _ORDERS.items()}


def _is_order(operator: str, family: str) -> bool:
    order = operator.removeprefix(family)
    return order != operator and order in _ORDERS and order != "Equals"


def outcome(test: Test, sample: Sample) -> Outcome:
    """Whether the test holds for the sample; ``FAILS``: it fails the state, ``UNDEFINED``: neither."""
    operator, operand = test.operator, test.operand
    if operator == "IsPresent":
        return (sample.kind != MISSING) is operand
    if sample.kind == MISSING:
        return FAILS if test.strict else False if operator in ("=", "!=") else UNDEFINED
    if operator in _TYPE_TESTS:
        return (sample.kind == _TYPE_TESTS[operator]) is operand
    if operator == "IsTimestamp":
        return _is_moment(sample) is operand
    if operator == "IsTrue":
        return bool(sample.value)
    if operator in ("=", "!="):
        return _equal(sample, operand) is (operator == "=")
    if operator == "StringMatches":
        return sample.kind == STRING and sample.moment is None and compile_pattern(str(operand))(str(sample.value))
    return _ordered(test, sample)


def _is_moment(sample: Sample) -> bool:
    return sample.moment is not None or (sample.kind == STRING and is_timestamp(str(sample.value)))


def _equal(sample: Sample, operand: JSON) -> bool:
    if isinstance(operand, bool) or operand is None or isinstance(operand, str):
        return type(operand) is type(sample.value) and sample.value == operand and not sample.kind & (OBJECT | ARRAY)
    return sample.kind == NUMBER and sample.value == _exact(operand)


def _ordered(test: Test, sample: Sample) -> bool | None:
    family, compare = _COMPARISONS[test.operator]
    if sample.kind != _FAMILIES[family]:
        return FAILS if not test.strict and sample.kind & ~(ARRAY) else False
    if family == "Timestamp":
        moment = sample.moment if sample.moment is not None else None
        return moment is not None and bool(compare(moment, _moment(str(test.operand))))
    if test.operator == "StringEquals":
        return sample.value == test.operand
    if family == "String":
        return bool(compare(_utf16(str(sample.value)), _utf16(str(test.operand))))
    if family == "Numeric":
        return bool(compare(sample.value, _exact(test.operand)))
    return sample.value is test.operand


# --------------------------------------------------------------------------- what a subject is meant to be

_MEANT = {
    "IsNull": NULL | STRING,
    "IsPresent": MISSING | STRING,
    "IsNumeric": ANY,
    "IsString": ANY,
    "IsBoolean": ANY,
    "IsTimestamp": ANY,
    "IsTrue": BOOLEAN,
    "StringMatches": STRING,
}


def meant_kinds(tests: Iterable[Test]) -> int:
    """The kinds that the author of these tests thinks of: a subject that is compared with numbers is a number."""
    compared = asked = 0
    for test in tests:
        operator = test.operator
        if operator in ("IsNull", "IsPresent"):
            asked |= _MEANT[operator]
        elif operator in _MEANT:
            compared |= _MEANT[operator]
        elif operator in ("=", "!="):
            compared |= _kind_of_operand(test.operand)
        else:
            compared |= next(kind for name, kind in _FAMILIES.items() if operator.startswith(name))
    return compared | (asked & ~STRING) if compared else asked


def _kind_of_operand(operand: JSON) -> int:
    if isinstance(operand, bool):
        return BOOLEAN
    if operand is None:
        return NULL | STRING
    return STRING if isinstance(operand, str) else NUMBER
