"""JSON values: what may flow through a state machine, how it becomes text, and how large that text is.

Rules that a change must keep:

1. A value is never changed in place: whoever wants another one copies the path and shares the rest.
2. JSON semantics before Python's: ``True`` is not ``1``, ``NaN`` does not exist, object keys are text.
3. Text that came from outside goes on as it came: AWS hands an input that no field touches to the next
   state with its own white space. ``VerbatimList`` and ``VerbatimDict`` carry that text beside the value, or write
   it when it is first asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import TypeAlias

JSON: TypeAlias = "None | bool | int | float | str | list[JSON] | dict[str, JSON]"
"""A JSON value as Python holds it."""


class VerbatimList(list[JSON]):
    """An array that remembers the text it was read from; ``None``: not written yet (see ``spaced``)."""

    __slots__ = ("written",)
    written: str | None

    @property
    def text(self) -> str:
        """The array's text."""
        if self.written is None:
            self.written = _spaced(self)
        return self.written


class VerbatimDict(dict[str, JSON]):
    """An object that remembers the text it was read from; ``None``: not written yet (see ``spaced``)."""

    __slots__ = ("written",)
    written: str | None

    @property
    def text(self) -> str:
        """The object's text."""
        if self.written is None:
            self.written = _spaced(self)
        return self.written


_spaced = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False).encode
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False).encode


def to_text(value: JSON) -> str:
    """Compact JSON text of a value; the original text where it is known.

    Raises ``ValueError`` for NaN and infinities and ``TypeError`` for what is not JSON.

    >>> to_text({"total": 7, "tags": ["a", None]})
    '{"total":7,"tags":["a",null]}'
    """
    kind = type(value)
    if kind is VerbatimList or kind is VerbatimDict:
        return value.text  # type: ignore[union-attr, no-any-return]
    if kind is str:
        return encode_basestring(value)  # type: ignore[arg-type]
    return _compact(value)


def parse(text: str) -> JSON:
    """Read JSON text; NaN, Infinity and what would become one are refused, a container keeps its text.

    Raises ``ValueError`` with the place of the mistake.

    >>> to_text(parse('{"a":  1}'))
    '{"a":  1}'
    """
    value = json.loads(text) if text.startswith("\ufeff") else _decode(text)  # which says that it begins wrong
    return verbatim(value, text.strip())


def verbatim(value: JSON, text: str | None) -> JSON:
    """The same value, with the text that stands for it from now on (containers only)."""
    if isinstance(value, dict):
        kept: VerbatimDict | VerbatimList = VerbatimDict(value)
    elif isinstance(value, list):
        kept = VerbatimList(value)
    else:
        return value
    kept.written = text
    return kept


def spaced(value: JSON) -> JSON:
    """The same value, whose text has blanks after commas and colons, as Python's ``json.dumps`` writes it.

    >>> to_text(spaced({"charged": [7, "é"]}))
    '{"charged": [7, "é"]}'
    """
    return verbatim(value, None)


def _refuse_constant(name: str) -> JSON:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    if math.isinf(number := float(text)):
        raise ValueError(f"{text} is larger than any number")
    return number


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def joined(values: list[JSON]) -> JSON:
    """An array of the values, in which each keeps its own text (as the result of a Parallel state does).

    >>> to_text(joined([parse("[1, 2]"), "x"]))
    '[[1, 2],"x"]'
    """
    for value in values:
        if isinstance(value, VERBATIM):
            return verbatim(values, "[" + ",".join(map(to_text, values)) + "]")
    return values


def size(value: JSON) -> int:
    """Length in bytes of the value's text in UTF-8, the measure of every payload quota.

    >>> size("é")
    4
    """
    text = to_text(value)
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def exceeds(value: JSON, limit: int) -> bool:
    """Whether the value's text is longer than ``limit`` bytes.

    Most values are far below: no JSON text has more than four bytes for a character of Python's ``repr``, which is
    five times as fast to make.
    """
    kind = type(value)
    if kind is not dict and kind in VERBATIM and value.written is not None:  # type: ignore[union-attr]
        return size(value) > limit
    try:
        return len(repr(value)) * 4 > limit and size(value) > limit
    except ValueError:  # Python writes no number of more than 4,300 digits
        return True


VERBATIM = (VerbatimDict, VerbatimList)
"""The types of containers that remember their text."""
ATOMS = frozenset((str, int, float, bool, type(None)))
"""The types of values that contain no others."""
_FEW = 8
"""Members of an object that a loop is quicker with than a test of all types in C; most large ones are flat."""


def copy(value: JSON) -> JSON:
    """A value that shares no container with the given one; what kept its text becomes plain.

    >>> original = {"a": [1]}
    >>> copied = copy(original)
    >>> copied == original and copied["a"] is not original["a"]
    True
    """
    if isinstance(value, dict):
        members = dict(value)
        if len(members) <= _FEW or not ATOMS.issuperset(map(type, members.values())):
            for key, item in members.items():
                if type(item) not in ATOMS:
                    members[key] = copy(item)
        return members
    if isinstance(value, list):
        if ATOMS.issuperset(map(type, value)):
            return list(value)
        return [item if type(item) in ATOMS else copy(item) for item in value]
    return value


def equal(left: JSON, right: JSON) -> bool:
    """Deep equality of JSON: numbers by value, a boolean is no number, key order does not count.

    >>> equal([1, {"a": 1.0}], [1.0, {"a": 1}]), equal(True, 1)
    (True, False)
    """
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(equal(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(equal, left, right))
    return left == right


def is_number(value: object) -> bool:
    """Whether the value is a JSON number (a boolean is none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class NotJSON(Exception):
    """A Python value is no JSON: ``reason`` says why, ``path`` where."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path, reason)
        self.path, self.reason = path, reason


def plain(value: object) -> JSON:
    """A copy in exact JSON types, made where a value comes in from the application; subclasses become what JSON has.

    One pass over exact types: three times as fast as ``not_json`` and ``copy``. Raises ``NotJSON``.

    >>> from collections import OrderedDict
    >>> plain(OrderedDict(a=[1]))
    {'a': [1]}
    """
    try:
        return _plain(value)
    except _NotPlain:
        path, reason = not_json(value) or ("$", "it is not JSON")
    except RecursionError:
        path, reason = "$", "it is nested too deep, or contains itself"
    raise NotJSON(path, reason)


class _NotPlain(Exception):
    """Something in the value is no JSON; ``not_json`` says what."""


def _plain(value: object) -> JSON:
    kind = type(value)
    if kind is dict:
        members: dict[str, JSON] = dict(value)  # type: ignore[call-overload]
        if len(members) > _FEW and _SURE.issuperset(map(type, members.values())):
            return members if _TEXT.issuperset(map(type, members)) else _with_text_keys(members)
        for key, item in members.items():
            if type(key) is not str:
                return _with_text_keys(members)
            if type(item) not in _SURE:
                members[key] = _plain(item)
        return members
    if kind is list:
        return [item if type(item) in _SURE else _plain(item) for item in value]  # type: ignore[attr-defined]
    if kind in _SURE or (kind is float and math.isfinite(value)):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    return _plain_subclass(value)


_SURE = frozenset((str, int, bool, type(None)))
_TEXT = frozenset((str,))


def _plain_subclass(value: object) -> JSON:
    if isinstance(value, dict):
        return _plain(dict(value))
    if isinstance(value, list):
        return _plain(list(value))
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float) and math.isfinite(value):
        return float.__float__(value)
    raise _NotPlain


def _with_text_keys(value: Mapping[str, JSON]) -> JSON:
    if not all(isinstance(key, str) for key in value):
        raise _NotPlain
    return {str.__str__(key): _plain(item) for key, item in value.items()}


_TYPE_NAMES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "boolean"),
    ((int, float), "number"),
    (str, "string"),
    (list, "array"),
    (dict, "object"),
)


def type_name(value: object) -> str:
    """JSON's own name of the value's type.

    >>> type_name(None), type_name(True), type_name({})
    ('null', 'boolean', 'object')
    """
    if value is None:
        return "null"
    return next((name for types, name in _TYPE_NAMES if isinstance(value, types)), type(value).__name__)


_TOO_LARGE = 10**4_300  # Python neither reads nor writes the text of such a number


def not_json(value: object, path: str = "$") -> tuple[str, str] | None:
    """Where and why a Python value is no JSON: ``(path, reason)``, or ``None`` if it is.

    >>> not_json({"when": [1, {2}]})
    ('$.when[1]', 'a set is not JSON')
    """
    if value is None or isinstance(value, (bool, str)):
        return None
    if isinstance(value, int):
        return None if abs(value) < _TOO_LARGE else (path, "a number of more than 4,300 digits is not JSON")
    if isinstance(value, float):
        return None if math.isfinite(value) else (path, f"{value} is not JSON")
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                return path, f"the key {key!r} is not text"
            if found := not_json(item, f"{path}.{key}"):
                return found
        return None
    if isinstance(value, list):
        return next((found for i, item in enumerate(value) if (found := not_json(item, f"{path}[{i}]"))), None)
    return path, f"{_article(type(value).__name__)} is not JSON"


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiouAEIOU' else 'a'} {noun}"
