"""Values as text: ``$string``, the ``&`` operator, and the values that messages mention.

Rules that a change must keep:

1. Text is JSON without blanks (or indented by two), numbers with 15 significant digits, functions as "".
2. A structure that shares its parts can be small in memory and endless as text, so every part that is
   written is paid for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Any

from .errors import JsonataError, JsonataLimitError
from .numbers import SAFE, fifteen_digits, number_text, short_text
from .values import UNDEFINED, Function, Sequence, is_numeric

Spend = Callable[[int], None]

_SURROGATE = re.compile("[\ud800-\udfff]")
_MENTIONED = 2_000


def string(value: Any, spend: Spend, indent: bool = False) -> str:
    """The text of any defined value.

    >>> string({"a": [1, 0.1, None]}, lambda cost: None)
    '{"a":[1,0.1,null]}'
    """
    kind = type(value)
    if kind is str:
        return str(value)
    if kind is int and -(10**15) < value < 10**15:
        return str(value)
    if isinstance(value, Function):
        return ""
    if kind is float:
        if value - value != 0:
            raise JsonataError("D3001", value=value)
        return short_text(value) or number_text(fifteen_digits(value))
    if type(value) is Sequence and value.outer:
        value = value[0]
    parts: list[str] = []
    _write(value, parts.append, _Style(_rounded, spend, indent), "\n")
    return "".join(parts)


class _Style:
    __slots__ = ("colon", "indent", "number", "spend")

    def __init__(self, number: Callable[[Any], str], spend: Spend, indent: bool) -> None:
        self.number, self.spend, self.indent = number, spend, indent
        self.colon = ": " if indent else ":"


def _write(value: Any, write: Callable[[str], Any], style: _Style, line: str) -> None:
    if type(value) is str:
        style.spend(1 + len(value) // 64)
        write(_quoted_text(value))
    elif type(value) is int or type(value) is float:
        write(style.number(value))
    elif isinstance(value, str):
        style.spend(1 + len(value) // 64)
        write(_quoted_text(value))
    elif value is None or value is UNDEFINED:
        write("null")
    elif value is True or value is False:
        write("true" if value else "false")
    elif isinstance(value, (int, float)):
        write(style.number(value))
    elif isinstance(value, list):
        _write_items(value, "[]", write, style, line)
    elif isinstance(value, dict):
        _write_items(value, "{}", write, style, line)
    else:
        write('""')


def _write_items(
    value: list[Any] | dict[str, Any], brackets: str, write: Callable[[str], Any], style: _Style, line: str
) -> None:
    style.spend(1 + len(value))
    inner = line + "  " if style.indent else ""
    separator = inner
    write(brackets[0])
    for item in value:
        write(separator)
        if isinstance(value, dict):
            write(_quoted_text(item) + style.colon)
            item = value[item]
        _write(item, write, style, line + "  " if style.indent else line)
        separator = "," + inner
    if value and style.indent:
        write(line)
    write(brackets[1])


def _rounded(value: int | float) -> str:
    if type(value) is int and -(10**15) < value < 10**15:
        return str(value)
    if type(value) is float and (text := short_text(value)) is not None:
        return text
    return number_text(fifteen_digits(value)) if is_numeric(value) else "null"


def _quoted_text(text: str) -> str:
    quoted = encode_basestring(text)
    if quoted.isascii() or _SURROGATE.search(quoted) is None:
        return quoted
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def units(text: str) -> str:
    """The text with each of its UTF-16 units as a character: so JavaScript's regular expressions and indexes see it.

    >>> len(units("a")), len(units("\U0001f600"))
    (1, 2)
    """
    if text.isascii() or max(text) <= "\uffff":
        return text
    return "".join(map(chr, memoryview(text.encode("utf-16-le", "surrogatepass")).cast("H")))


def characters(text: str) -> str:
    """A text of UTF-16 units as one of characters again; half a pair stays what it is."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def quoted(value: object) -> str:
    """A value as a message mentions it: JSON with every digit, cut where it would be endless."""
    if value is UNDEFINED:
        return "undefined"
    left = _MENTIONED

    def spend(cost: int) -> None:
        nonlocal left
        left -= cost
        if left < 0:
            raise JsonataLimitError("D2015")

    parts: list[str] = []
    try:
        _write(value, parts.append, _Style(_exact, spend, False), "")
    except (JsonataLimitError, RecursionError):
        parts.append("...")
    return "".join(parts)


def _exact(value: int | float) -> str:
    if isinstance(value, int) and not -SAFE <= value <= SAFE:
        return json.dumps(value)
    return number_text(value) if value - value == 0 else "null"
