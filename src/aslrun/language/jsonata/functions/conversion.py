"""From one type to another, what type a value has, and errors raised on purpose."""

from __future__ import annotations

import math
import re
from typing import Any

from ..errors import JsonataError
from ..frames import Frame
from ..numbers import double, fifteen_digits, number, parsed
from ..text import string as text_of
from ..values import UNDEFINED, Function, Sequence, is_numeric, truth

_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)?\Z")
_BASED = re.compile(r"\A0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][0-1]+\Z")
_BASES = {"x": 16, "o": 8, "b": 2}


def string(frame: Frame, value: Any, prettify: Any = UNDEFINED) -> Any:
    """The value as text, on demand over several lines."""
    if value is UNDEFINED:
        return UNDEFINED
    result = text_of(value, frame.run.spend, prettify is True)
    frame.run.check_text(len(result))
    return result


def number_(frame: Frame, value: Any) -> Any:
    """The number that a text or a boolean stands for."""
    if value is UNDEFINED or type(value) in (int, float):
        return value
    if type(value) is bool:
        return int(value)
    if isinstance(value, str):
        if _DECIMAL.match(value) and math.isfinite(double(float(value))):
            return parsed(value)
        if _BASED.search(value):
            return _based(value.strip())
    raise JsonataError("D3030", value=value, index=1)


def _based(text: str) -> Any:
    try:
        return number(double(int(text[2:], _BASES[text[1:2].lower()]))) if text[0] == "0" else math.nan
    except (KeyError, ValueError):
        return math.nan


def boolean(frame: Frame, value: Any) -> Any:
    """Whether the value counts as true."""
    return UNDEFINED if value is UNDEFINED else truth(value) and not isinstance(value, Function)


def not_(frame: Frame, value: Any) -> Any:
    """Whether the value counts as false."""
    return UNDEFINED if value is UNDEFINED else isinstance(value, Function) or not truth(value)


def exists(frame: Frame, value: Any) -> Any:
    """Whether there is a value."""
    return value is not UNDEFINED


_TYPES = ((bool, "boolean"), (str, "string"), (list, "array"), (dict, "object"), (Function, "function"))


def type_(frame: Frame, value: Any) -> Any:
    """The name of the value's type."""
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        return "null"
    if is_numeric(value):
        return "number"
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "object")


def clone(frame: Frame, value: Any) -> Any:
    """A deep copy, as if written to text and read again: fractions keep 15 digits, whole numbers all."""
    if type(value) is Sequence and value.outer:
        value = value[0]
    return UNDEFINED if value is UNDEFINED else _copy(value, frame)


def _copy(value: Any, frame: Frame) -> Any:
    if isinstance(value, dict):
        frame.run.spend(1 + len(value))
        return {key: _copy(item, frame) for key, item in value.items() if item is not UNDEFINED}
    if isinstance(value, list):
        frame.run.spend(1 + len(value))
        return [_copy(item, frame) for item in value]
    if isinstance(value, float):
        return fifteen_digits(value) if is_numeric(value) else None
    if value is UNDEFINED:
        return None
    return "" if isinstance(value, Function) else value


def error(frame: Frame, message: Any = UNDEFINED) -> Any:
    """Always fails, with the message."""
    raise JsonataError("D3137", message=message or "$error() function evaluated")


def assert_(frame: Frame, condition: Any, message: Any = UNDEFINED) -> Any:
    """Fails with the message unless the condition is true."""
    if condition is not True:
        raise JsonataError("D3141", message=message or "$assert() statement failed")
    return UNDEFINED


FUNCTIONS = (
    ("string", "<x-b?:s>", 1, string),
    ("number", "<(nsb)-:n>", 1, number_),
    ("boolean", "<x-:b>", 1, boolean),
    ("not", "<x-:b>", 1, not_),
    ("exists", "<x:b>", 1, exists),
    ("type", "<x:s>", 1, type_),
    ("clone", "<(oa)-:o>", 1, clone),
    ("error", "<s?:x>", 1, error),
    ("assert", "<bs?:x>", 2, assert_),
)
