"""Abstract JSON: what is known of a value before anything runs, and what made it so.

A ``Value`` stands for a set of JSON values: which kinds are possible, which constants, which fields an object has,
which elements an array. The kind ``MISSING`` stands for "there is nothing": a field that may be absent has it.

Rules that a change must keep:

1. A value stands for at least what can be there (it may stand for more, never for less). ``UNKNOWN`` stands for all.
2. Size and depth are bounded: what grows over a limit becomes ``UNKNOWN`` where it is too large.
3. ``widen`` changes each place at most once, so a loop comes to rest.
4. Where a value came from (``origins``) is for people: it takes no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from ...language.dataflow import Location
from ...values import JSON

NULL, BOOLEAN, NUMBER, STRING, OBJECT, ARRAY, MISSING = 1, 2, 4, 8, 16, 32, 64
SCALARS = NULL | BOOLEAN | NUMBER | STRING
ANY = SCALARS | OBJECT | ARRAY

KINDS: dict[int, str] = {
    NULL: "null",
    BOOLEAN: "a boolean",
    NUMBER: "a number",
    STRING: "a string",
    OBJECT: "an object",
    ARRAY: "an array",
}

MAX_SIZE = 600
MAX_DEPTH = 30
MAX_FIELDS = 100
MAX_ITEMS = 50
MAX_CONSTANTS = 8
MAX_ORIGINS = 3

Constants: TypeAlias = frozenset[tuple[int, None | bool | int | float | str]] | None


class Origin(NamedTuple):
    """What made a value: a sentence, and the place in the definition that it speaks of."""

    text: str
    location: Location


class Value:
    """A set of JSON values.

    ``constants`` are all scalars that are possible, ``None``: any of the kinds. ``fields`` are those known of an
    object, and ``is_open`` whether there may be others. ``items`` are the elements of an array of known length, else
    each is ``element``.
    """

    __slots__ = ("constants", "depth", "element", "fields", "is_open", "items", "kinds", "origins", "size")

    def __init__(
        self,
        kinds: int,
        constants: Constants = None,
        fields: Mapping[str, Value] | None = None,
        is_open: bool = True,
        items: tuple[Value, ...] | None = None,
        element: Value | None = None,
        origins: tuple[Origin, ...] = (),
    ) -> None:
        self.kinds, self.constants = kinds, constants
        self.fields: Mapping[str, Value] = fields or _NO_FIELDS
        self.is_open, self.items, self.element, self.origins = is_open, items, element, origins
        self.size, self.depth = 1, 0
        if fields or items or element is not None:
            self._bound()

    def _bound(self) -> None:
        if len(self.fields) > MAX_FIELDS:
            self.fields, self.is_open = _NO_FIELDS, True
        if self.items is not None and len(self.items) > MAX_ITEMS:
            self.items, self.element = None, UNKNOWN
        size, depth = 1, 0
        for part in self.parts():
            size += part.size
            if part.depth > depth:
                depth = part.depth
        self.size, self.depth = size, depth + 1
        if size > MAX_SIZE or depth >= MAX_DEPTH:
            self.fields = {name: _blurred(value) for name, value in self.fields.items()}
            self.items = None if self.items is None else tuple(map(_blurred, self.items))
            self.element = None if self.element is None else UNKNOWN
            self.size, self.depth = 1 + len(self.parts()), 1

    def parts(self) -> list[Value]:
        """The values directly below."""
        parts = list(self.fields.values())
        if self.items:
            parts += self.items
        if self.element is not None:
            parts.append(self.element)
        return parts

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Value):
            return NotImplemented
        return (
            self.kinds == other.kinds
            and self.constants == other.constants
            and self.is_open == other.is_open
            and self.items == other.items
            and self.element == other.element
            and self.fields == other.fields
        )

    __hash__ = None  # type: ignore[assignment]  # equal by what it stands for, and never a key

    def __repr__(self) -> str:
        return f"<Value {describe(self)}>"


_NO_FIELDS: Mapping[str, Value] = {}
UNKNOWN = Value(ANY)
"""Any JSON value."""
MAYBE = Value(ANY | MISSING)
"""Any JSON value, or nothing."""
NOTHING = Value(MISSING, is_open=False)
"""Certainly nothing there."""

_BLURRED = {0: UNKNOWN, MISSING: MAYBE}


def _blurred(value: Value) -> Value:
    return NOTHING if value.kinds == MISSING else _BLURRED[value.kinds & MISSING]


# --------------------------------------------------------------------------- making


def of_kind(kinds: int, *origins: Origin) -> Value:
    """Any value of these kinds."""
    return Value(kinds, origins=origins)


def scalar(value: None | bool | int | float | str, *origins: Origin) -> Value:
    """Just this value.

    >>> scalar("a")
    <Value "a">
    """
    kind = kind_of(value)
    return Value(kind, frozenset(((kind, value),)), is_open=False, origins=origins)


def of_object(fields: Mapping[str, Value], *origins: Origin, is_open: bool = False) -> Value:
    """An object of these fields; ``is_open``: and perhaps of others."""
    return Value(OBJECT, _NO_CONSTANTS, fields, is_open, origins=origins)


def of_items(items: Iterable[Value], *origins: Origin) -> Value:
    """An array of exactly these elements."""
    return Value(ARRAY, _NO_CONSTANTS, None, False, tuple(items), origins=origins)


def array_of(element: Value, *origins: Origin) -> Value:
    """An array of any length whose elements are such values."""
    return Value(ARRAY, _NO_CONSTANTS, None, False, None, element, origins)


_NO_CONSTANTS: frozenset[tuple[int, None | bool | int | float | str]] = frozenset()


def constant(value: JSON, *origins: Origin, depth: int = 0) -> Value:
    """Just this value, as far as it is not too large.

    >>> constant({"a": [1, None]})
    <Value {a: [1, null]}>
    """
    if depth > MAX_DEPTH:
        return UNKNOWN
    if isinstance(value, dict):
        if len(value) > MAX_FIELDS:
            return Value(OBJECT, _NO_CONSTANTS, origins=origins)
        fields = {name: constant(item, *origins, depth=depth + 1) for name, item in value.items()}
        return of_object(fields, *origins)
    if isinstance(value, list):
        if len(value) > MAX_ITEMS:
            return array_of(UNKNOWN, *origins)
        return of_items((constant(item, *origins, depth=depth + 1) for item in value), *origins)
    return scalar(value, *origins)


def kind_of(value: JSON) -> int:
    """The kind of a JSON value."""
    known = _KIND_OF.get(type(value))
    if known is None:  # of a class that is derived from one of them
        known = next((kind for base, kind in _KIND_OF.items() if isinstance(value, base)), NULL)
    return known


_KIND_OF: Mapping[type, int] = {
    type(None): NULL,
    bool: BOOLEAN,
    int: NUMBER,
    float: NUMBER,
    str: STRING,
    dict: OBJECT,
    list: ARRAY,
}


# --------------------------------------------------------------------------- asking


def only_constant(value: Value) -> tuple[bool, JSON]:
    """Whether the value is one known scalar, and which."""
    if value.constants is not None and len(value.constants) == 1 and not value.kinds & ~SCALARS:
        ((_, only),) = value.constants
        return True, only
    return False, None


def present(value: Value) -> Value:
    """The value where it is there; ``UNKNOWN`` if it certainly is not."""
    if not value.kinds & MISSING:
        return value
    if value is MAYBE or value.kinds == MISSING:
        return UNKNOWN
    return _with_kinds(value, value.kinds & ~MISSING)


def perhaps(value: Value) -> Value:
    """The value, or nothing."""
    if value.kinds & MISSING:
        return value
    return MAYBE if value is UNKNOWN else _with_kinds(value, value.kinds | MISSING)


def _with_kinds(value: Value, kinds: int) -> Value:
    return Value(kinds, value.constants, value.fields, value.is_open, value.items, value.element, value.origins)


def member(value: Value, name: str) -> Value:
    """The field of this name."""
    if not value.kinds & OBJECT:
        return NOTHING
    found = value.fields.get(name)
    if found is None:
        found = MAYBE if value.is_open else NOTHING
    return perhaps(found) if value.kinds & ~OBJECT else found


def element_at(value: Value, index: int) -> Value:
    """The element of this index; a negative one counts from the end."""
    if not value.kinds & ARRAY:
        return NOTHING
    if value.items is not None:
        found = value.items[index] if -len(value.items) <= index < len(value.items) else NOTHING
    else:
        found = perhaps(value.element or UNKNOWN)
    return perhaps(found) if value.kinds & ~ARRAY else found


def any_element(value: Value) -> Value:
    """What an element of the array may be."""
    if not value.kinds & ARRAY:
        return UNKNOWN
    if value.items is None:
        return value.element or UNKNOWN
    if not value.items:
        return UNKNOWN
    result = value.items[0]
    for item in value.items[1:]:
        result = join(result, item)
    return result


# --------------------------------------------------------------------------- joining


def join(left: Value, right: Value) -> Value:
    """What is one or the other.

    >>> join(constant({"a": 1}), constant({"a": 2, "b": 3}))
    <Value {a: 1 or 2, b?: 3}>
    """
    if left is right or (right is UNKNOWN and not left.kinds & MISSING):
        return right
    if left is UNKNOWN and not right.kinds & MISSING:
        return left
    fields, is_open = _joined_fields(left, right)
    items, element = _joined_elements(left, right)
    kinds = left.kinds | right.kinds
    return Value(kinds, _joined_constants(left, right), fields, is_open, items, element, _joined_origins(left, right))


def _joined_constants(left: Value, right: Value) -> Constants:
    if not left.kinds & SCALARS:
        return right.constants if right.kinds & SCALARS else _NO_CONSTANTS
    if not right.kinds & SCALARS:
        return left.constants
    if left.constants is None or right.constants is None:
        return None
    both = left.constants | right.constants
    return both if len(both) <= MAX_CONSTANTS else None


def _joined_fields(left: Value, right: Value) -> tuple[Mapping[str, Value], bool]:
    if not left.kinds & OBJECT or not right.kinds & OBJECT:
        one = left if left.kinds & OBJECT else right
        return one.fields, one.is_open if one.kinds & OBJECT else False
    if left.fields is right.fields:
        return left.fields, left.is_open or right.is_open
    fields = {}
    for name in {**left.fields, **right.fields}:
        one, other = (value.fields.get(name, MAYBE if value.is_open else NOTHING) for value in (left, right))
        fields[name] = join(one, other)
    return fields, left.is_open or right.is_open


def _joined_elements(left: Value, right: Value) -> tuple[tuple[Value, ...] | None, Value | None]:
    if not left.kinds & ARRAY or not right.kinds & ARRAY:
        one = left if left.kinds & ARRAY else right
        return one.items, one.element
    if left.items is not None and right.items is not None and len(left.items) == len(right.items):
        return tuple(map(join, left.items, right.items)), None
    if left.items == () or right.items == ():
        one = right if left.items == () else left
        return None, any_element(one)
    return None, join(any_element(left), any_element(right))


def _joined_origins(left: Value, right: Value) -> tuple[Origin, ...]:
    if left.origins == right.origins:
        return left.origins
    return tuple(dict.fromkeys(left.origins + right.origins))[:MAX_ORIGINS]


def widen(old: Value, new: Value) -> Value:
    """``new``, given up wherever it is still changing: what has changed becomes unknown there."""
    if old == new:
        return old
    if old.kinds != OBJECT or new.kinds != OBJECT:
        return _blurred(new) if new.kinds & MISSING else UNKNOWN
    fields = {name: widen(value, new.fields.get(name, MAYBE)) for name, value in old.fields.items()}
    grown = new.is_open or any(name not in old.fields for name in new.fields)
    return of_object(fields, *new.origins, is_open=grown)


# --------------------------------------------------------------------------- for people


def describe(value: Value, depth: int = 0) -> str:
    """The value in a few words.

    >>> describe(of_kind(NUMBER | STRING))
    'a number or a string'
    """
    if value.kinds & ANY == ANY:
        return "anything"
    words = [_scalar_text(constant) for _, constant in sorted(value.constants or (), key=repr)]
    known = value.constants is not None
    for kind, word in KINDS.items():
        if value.kinds & kind and not (known and kind & SCALARS):
            words.append(_container_text(value, kind, depth) or word)
    return " or ".join(words) or "nothing"


def _scalar_text(constant: JSON) -> str:
    if isinstance(constant, str):
        shown = constant if len(constant) <= 40 else f"{constant[:37]}..."
        return f'"{shown}"'
    if isinstance(constant, bool):
        return "true" if constant else "false"
    return "null" if constant is None else str(constant)


def _container_text(value: Value, kind: int, depth: int) -> str:
    if kind == OBJECT and not value.is_open and depth < 2 and len(value.fields) <= 8:
        inner = (
            f"{name}{'?' if each.kinds & MISSING else ''}: {describe(each, depth + 1)}"
            for name, each in value.fields.items()
            if each.kinds != MISSING
        )
        return "{" + ", ".join(inner) + "}"
    if kind == ARRAY and value.items is not None and depth < 2 and len(value.items) <= 8:
        return "[" + ", ".join(describe(item, depth + 1) for item in value.items) + "]"
    return ""
