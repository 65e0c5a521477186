"""Shapes: what an object of a definition may hold, written as tables, and the one walk that holds objects to them.

Rules that a change must keep:

1. A table says what is allowed; what it does not name is refused, with the nearest name it has.
2. A value is held to its kind only; how fields hang together is said by groups, or by a rule of its own.
3. Where a field takes a JSONata expression, its text is not looked into here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from ...language.timestamps import is_timestamp
from ...values import JSON, is_number, type_name
from ..json_text import Location
from .outline import Problem


class Kind(NamedTuple):
    """The values of a field: ``must be <expected>``; ``expression``: or a JSONata expression."""

    expected: str
    accepts: Callable[[JSON], bool]
    expression: bool = False


class Shape(NamedTuple):
    """An object: its fields, and which of them must stand (together, alone, or at all)."""

    what: str
    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    exactly_one: tuple[tuple[str, ...], ...] = ()
    at_most_one: tuple[tuple[str, ...], ...] = ()
    at_least_one: tuple[tuple[str, ...], ...] = ()


class Each(NamedTuple):
    """An array of objects of one shape."""

    shape: Shape
    non_empty: bool = False


class Field(NamedTuple):
    """A field's content; ``only`` is the one query language that has it."""

    content: Content
    only: str | None = None


Content: TypeAlias = Kind | Shape | Each

# --------------------------------------------------------------------------- kinds


ANY = Kind("anything", lambda value: True)
TEXT = Kind("text", lambda value: isinstance(value, str))
FLAG = Kind("true or false", lambda value: isinstance(value, bool))
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
PATH = Kind("a path", lambda value: isinstance(value, str))
PATH_OR_NULL = Kind("a path or null", lambda value: value is None or isinstance(value, str))


def one_of(*names: str) -> Kind:
    """One of some words."""
    return Kind(_either(tuple(f'"{name}"' for name in names)), lambda value: isinstance(value, str) and value in names)


def whole(low: int, high: int | None = None, *, expression: bool = False) -> Kind:
    """A whole number in a range, both ends included."""

    def accepts(value: JSON) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and _within(value, low, high)

    return Kind(f"a whole number {_range(low, high)}", accepts, expression)


def number(low: int, high: int | None = None, *, expression: bool = False) -> Kind:
    """A number in a range, both ends included."""

    def accepts(value: JSON) -> bool:
        return is_number(value) and _within(value, low, high)  # type: ignore[arg-type]

    return Kind(f"a number {_range(low, high)}", accepts, expression)


def _within(value: float, low: int, high: int | None) -> bool:
    return low <= value and (high is None or value <= high)


def _range(low: int, high: int | None) -> str:
    return f"of at least {low}" if high is None else f"from {low} to {high}"


TIMESTAMP = Kind(
    "an RFC 3339 timestamp such as 2030-01-31T12:00:00Z",
    lambda value: isinstance(value, str) and is_timestamp(value),
    expression=True,
)

# --------------------------------------------------------------------------- the walk


def check(value: JSON, content: Content, location: Location, language: str | None) -> Iterator[Problem]:
    """Hold a value to its content; ``language`` is that of the state it stands in."""
    if isinstance(content, Kind):
        if not content.accepts(value) and not (content.expression and is_expression(value, language)):
            yield Problem(location, must_be(content.expected, value))
    elif isinstance(content, Each):
        yield from _check_each(value, content, location, language)
    elif isinstance(value, dict):
        yield from _check_fields(value, content, location, language)
        yield from _check_groups(value, content, location)
    else:
        yield Problem(location, must_be("an object", value))


def _check_each(value: JSON, content: Each, location: Location, language: str | None) -> Iterator[Problem]:
    if not isinstance(value, list) or (content.non_empty and not value):
        yield Problem(location, must_be("a non-empty array" if content.non_empty else "an array", value))
        return
    for index, item in enumerate(value):
        yield from check(item, content.shape, (*location, index), language)


def _check_fields(value: dict[str, JSON], shape: Shape, location: Location, language: str | None) -> Iterator[Problem]:
    for key, item in value.items():
        field = shape.fields.get(key)
        place = (*location, key)
        if field is None:
            yield Problem(place, f"is not a field of {shape.what}{did_you_mean(key, shape.fields)}")
        elif language and field.only and field.only != language:
            yield Problem(place, only_in(field.only, language))
        else:
            yield from check(item, field.content, place, language)


def _check_groups(value: dict[str, JSON], shape: Shape, location: Location) -> Iterator[Problem]:
    for name in shape.required:
        if name not in value:
            yield Problem(location, f"must have the field {name}")
    for group in shape.exactly_one + shape.at_least_one:
        if not any(name in value for name in group):
            yield Problem(location, f"must have {'one of ' if len(group) > 2 else ''}{_either(group)}")
    for group in shape.exactly_one + shape.at_most_one:
        given = [name for name in group if name in value]
        if len(given) > 1:
            yield Problem((*location, given[1]), f"must not stand beside {given[0]}")


def is_expression(value: JSON, language: str | None) -> bool:
    """Whether the value is a JSONata expression, and may be one in this language."""
    return language != "JSONPath" and isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


# --------------------------------------------------------------------------- words


def must_be(expected: str, value: JSON) -> str:
    """The message for a value that is not what it must be.

    >>> must_be("text", 5)
    'must be text, not 5'
    """
    return f"must be {expected}, not {shown(value)}"


def only_in(language: str, actual: str) -> str:
    """The message for a field of the other query language."""
    return f"is a field of {language} only, but the QueryLanguage of this state is {actual}"


def shown(value: JSON) -> str:
    """A value in a message: short ones as JSON, large ones by their type."""
    if isinstance(value, (dict, list)):
        article = "an empty " if not value else "an "
        return f"{article}{type_name(value)}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A question after the name that looks most like this one, or nothing.

    >>> did_you_mean("ResutlPath", ["ResultPath", "ResultSelector"])
    '; did you mean ResultPath?'
    """
    candidates = {known.lower(): known for known in list(names)[:1000]}
    from difflib import get_close_matches  # imported here: only mistakes need it

    near = get_close_matches(name.lower(), candidates, n=1, cutoff=0.7) if len(name) <= 100 else []
    return f"; did you mean {candidates[near[0]]}?" if near else ""


def _either(names: tuple[str, ...]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
