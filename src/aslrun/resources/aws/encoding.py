"""How HTTP tasks write query parameters and form bodies.

Rules that a change must keep (developer guide, "Call HTTPS APIs", ``RequestEncodingOptions.ArrayFormat``):

1. An array is written with indices unless the task asks for another form; ``NONE`` leaves it as its JSON text.
2. A field of an object stands in brackets behind the object's name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import quote_plus

from ...values import JSON, to_text

Pairs: TypeAlias = Iterator[tuple[str, str]]


def form(body: Mapping[str, JSON], array_format: str = "INDICES") -> str:
    """A body as a form.

    >>> form({"name": "Ann Lee", "tags": ["a", "b"], "at": {"x": 1}})
    'name=Ann+Lee&tags%5B0%5D=a&tags%5B1%5D=b&at%5Bx%5D=1'
    >>> [form({"tags": ["a", "b"]}, each) for each in ("REPEAT", "COMMAS", "BRACKETS")]
    ['tags=a&tags=b', 'tags=a%2Cb', 'tags%5B%5D=a&tags%5B%5D=b']
    """
    pairs = (pair for name, value in body.items() for pair in _pairs(name, value, array_format))
    return "&".join(f"{quote_plus(name)}={quote_plus(text)}" for name, text in pairs)


def query(parameters: Mapping[str, JSON]) -> str:
    """Query parameters; of a list each item is one.

    >>> query({"page": 2, "tag": ["a", "b c"]})
    'page=2&tag=a&tag=b+c'
    """
    return form(parameters, "REPEAT")


def _pairs(name: str, value: JSON, array_format: str) -> Pairs:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _pairs(f"{name}[{key}]", item, array_format)
    elif isinstance(value, list):
        yield from ARRAY_FORMATS[array_format](name, value, array_format)
    elif value is not None:
        yield name, value if isinstance(value, str) else to_text(value)


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else to_text(value)


def _indices(name: str, items: list[JSON], array_format: str) -> Pairs:
    for index, item in enumerate(items):
        yield from _pairs(f"{name}[{index}]", item, array_format)


def _repeat(name: str, items: list[JSON], array_format: str) -> Pairs:
    for item in items:
        yield from _pairs(name, item, array_format)


def _commas(name: str, items: list[JSON], array_format: str) -> Pairs:
    yield name, ",".join(map(_text, items))


def _brackets(name: str, items: list[JSON], array_format: str) -> Pairs:
    for item in items:
        yield from _pairs(f"{name}[]", item, array_format)


def _none(name: str, items: list[JSON], array_format: str) -> Pairs:
    yield name, to_text(items)


ARRAY_FORMATS: Mapping[str, Callable[[str, list[JSON], str], Pairs]] = {
    "INDICES": _indices,
    "REPEAT": _repeat,
    "COMMAS": _commas,
    "BRACKETS": _brackets,
    "NONE": _none,
}
