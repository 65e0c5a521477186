"""Calculating: aggregates, rounding, powers, and numbers as text by picture."""

from __future__ import annotations

import math
from typing import Any

from ..errors import JsonataError
from ..frames import Frame
from ..numbers import SAFE, double, number, number_text, quotient, rounded
from ..pictures.integers import format_integer, parse_integer
from ..pictures.numbers import format_number
from ..values import UNDEFINED

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def sum_(frame: Frame, values: Any) -> Any:
    """The sum of the numbers."""
    return UNDEFINED if values is UNDEFINED else _total(values, frame)


def _total(values: list[Any], frame: Frame) -> Any:
    frame.run.spend(len(values) >> 3)
    if all(type(value) is int for value in values):
        total: Any = sum(values)
        if -SAFE <= total <= SAFE:
            return total
    total = 0.0
    try:
        for value in values:
            total += value
    except OverflowError:
        total = 0.0
        for value in values:
            total += double(value)
    return number(total)


def count(frame: Frame, values: Any) -> Any:
    """The number of items."""
    return 0 if values is UNDEFINED else len(values)


def max_(frame: Frame, values: Any) -> Any:
    """The greatest number."""
    return max(values) if values is not UNDEFINED and values else UNDEFINED


def min_(frame: Frame, values: Any) -> Any:
    """The least number."""
    return min(values) if values is not UNDEFINED and values else UNDEFINED


def average(frame: Frame, values: Any) -> Any:
    """The mean of the numbers."""
    return quotient(_total(values, frame), len(values)) if values is not UNDEFINED and values else UNDEFINED


def abs_(frame: Frame, value: Any) -> Any:
    """Without its sign."""
    return UNDEFINED if value is UNDEFINED else abs(value)


def floor(frame: Frame, value: Any) -> Any:
    """Rounded down."""
    return value if _is_whole(value) else math.floor(value)


def ceil(frame: Frame, value: Any) -> Any:
    """Rounded up."""
    return value if _is_whole(value) else math.ceil(value)


def _is_whole(value: Any) -> bool:
    return value is UNDEFINED or type(value) is int or not -SAFE <= value <= SAFE


def round_(frame: Frame, value: Any, places: Any = UNDEFINED) -> Any:
    """Rounded to so many decimal places, a half to the even neighbour."""
    return UNDEFINED if value is UNDEFINED else rounded(value, 0 if places is UNDEFINED else places)


def sqrt(frame: Frame, value: Any) -> Any:
    """The square root."""
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise JsonataError("D3060", index=1, value=value)
    return number(math.sqrt(double(value)))


def power(frame: Frame, base: Any, exponent: Any) -> Any:
    """The base to the power of the exponent."""
    if base is UNDEFINED:
        return UNDEFINED
    try:
        result = math.pow(double(base), double(exponent)) if exponent is not UNDEFINED else math.nan
    except (OverflowError, ValueError):
        result = math.nan
    if not math.isfinite(result):
        raise JsonataError("D3061", index=1, value=base, exp=exponent)
    return number(result)


def format_base(frame: Frame, value: Any, radix: Any = UNDEFINED) -> Any:
    """The whole number in a base from 2 to 36."""
    if value is UNDEFINED:
        return UNDEFINED
    whole, base = rounded(value), 10 if radix is UNDEFINED else rounded(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    if base == 10 or not math.isfinite(whole):
        return number_text(whole)
    return ("-" if whole < 0 else "") + _in_base(abs(double(whole)), int(base))


def _in_base(value: float, base: int) -> str:
    """The digits that the double is good for, and noughts: as JavaScript writes a large number."""
    noughts = 0
    while value / base >= SAFE:
        value /= base
        noughts += 1
    digits = []
    while value > 0:
        digit = math.fmod(value, base)
        digits.append(_DIGITS[int(digit)])
        value = (value - digit) / base
    return ("".join(reversed(digits)) or "0") + "0" * noughts


def format_number_(frame: Frame, value: Any, picture: Any, options: Any = UNDEFINED) -> Any:
    """The number by a picture like ``#,##0.00``."""
    return UNDEFINED if value is UNDEFINED else format_number(value, _given(picture), options, frame.run)


def _given(picture: Any) -> str:
    if not isinstance(picture, str):
        raise JsonataError(None, message="The picture is undefined")
    return picture


def format_integer_(frame: Frame, value: Any, picture: Any) -> Any:
    """The whole number by a picture: digits, letters, Roman numerals, words."""
    if value is UNDEFINED:
        return UNDEFINED
    value = double(value) if not -SAFE <= value <= SAFE else value
    return format_integer(math.floor(value) if math.isfinite(value) else value, _given(picture), frame.run)


def parse_integer_(frame: Frame, text: Any, picture: Any) -> Any:
    """The whole number that a text by a picture stands for."""
    return UNDEFINED if text is UNDEFINED else parse_integer(text, _given(picture), frame.run)


FUNCTIONS = (
    ("sum", "<a<n>:n>", 1, sum_),
    ("count", "<a:n>", 1, count),
    ("max", "<a<n>:n>", 1, max_),
    ("min", "<a<n>:n>", 1, min_),
    ("average", "<a<n>:n>", 1, average),
    ("abs", "<n-:n>", 1, abs_),
    ("floor", "<n-:n>", 1, floor),
    ("ceil", "<n-:n>", 1, ceil),
    ("round", "<n-n?:n>", 2, round_),
    ("sqrt", "<n-:n>", 1, sqrt),
    ("power", "<n-n:n>", 2, power),
    ("formatBase", "<n-n?:s>", 2, format_base),
    ("formatNumber", "<n-so?:s>", 3, format_number_),
    ("formatInteger", "<n-s:s>", 2, format_integer_),
    ("parseInteger", "<s-s:n>", 2, parse_integer_),
)
