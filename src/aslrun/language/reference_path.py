"""Reference paths: paths that lead to one place, and can be written to (``ResultPath``).

Rules that a change must keep:

1. Only names and indexes from the start of an array: no ``*``, ``..``, slices, filters, unions, and no ``@`` in a
   name without quotes or a backslash (States Language, "Reference Paths").
2. Writing changes nothing in place: the containers along the path are copied, everything else is shared.
   A copy is a plain ``dict`` or ``list``; the text that the original came from is no longer true of it.
3. Missing objects are made on the way. An array does not grow, and what is no object takes no field:
   ``ResultPathMatchFailure``, in the words of AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from ..values import JSON, to_text
from .errors import ExpressionSyntaxError, ResultPathMatchFailure
from .jsonpath import MOST_KEPT, Evaluate, compile_path
from .jsonpath_segments import Name, Root, Segment, fragment, is_plain, lookup_key

Assign: TypeAlias = Callable[[JSON, JSON], JSON]


@dataclass(frozen=True, slots=True)
class ReferencePath:
    """A compiled reference path.

    ``evaluate`` reads it in a scope and raises ``PathNotFound``. ``assign(document, value)`` gives the document with
    the value at the path's place and raises ``ResultPathMatchFailure``; the document is what the root stands for.
    """

    text: str
    root: Root
    variable: str | None
    segments: tuple[Segment, ...]
    evaluate: Evaluate = field(repr=False, compare=False)
    assign: Assign = field(repr=False, compare=False)

    def references(self) -> Iterator[str]:
        """The workflow variable that it starts from, if it does."""
        if self.variable is not None:
            yield self.variable


_ROOTS: dict[Root, str] = {"context": "in the context object", "variable": "in a variable"}


@lru_cache(maxsize=MOST_KEPT)
def compile_reference_path(text: str, *roots: Root) -> ReferencePath:
    """Compile a reference path; ``ExpressionSyntaxError`` if it is none.

    ``roots`` are where it may start (``input``, ``context``, ``variable``); without them anywhere.

    >>> compile_reference_path("$.order.total").assign({"order": {"id": 1}, "paid": True}, 7)
    {'order': {'id': 1, 'total': 7}, 'paid': True}
    """
    path = compile_path(text)
    if roots and path.root not in roots:
        raise ExpressionSyntaxError(f"the path must not start {_ROOTS[path.root]}", 0, kind="reference-path")
    for segment in path.segments:
        _check(text, segment)
    return ReferencePath(
        text, path.root, path.variable, path.segments, path.evaluate, _compile_assign(text, path.segments)
    )


_BARE_AT = re.compile(r"(?<!\\)@")


def _check(text: str, segment: Segment) -> None:
    if not is_plain(segment):
        raise ExpressionSyntaxError(
            f"a reference path has names and indexes like .name, ['name'] and [0], but no {fragment(segment)}",
            kind="reference-path",
        )
    if isinstance(segment, Name) and not segment.quoted and (at := _BARE_AT.search(segment.name)):
        raise ExpressionSyntaxError(
            "a reference path has no '@' outside quotes",
            text.find(segment.name) + at.start(),
            kind="reference-path",
        )


# --------------------------------------------------------------------------- writing


def _compile_assign(text: str, segments: tuple[Segment, ...]) -> Assign:
    keys = tuple(map(lookup_key, segments))
    if not keys:
        return lambda document, value: value
    if len(keys) == 1 and isinstance(keys[0], str):
        return _assign_field(text, keys[0])
    return _assign_deep(text, keys)


def _assign_field(text: str, name: str) -> Assign:
    def assign(document: JSON, value: JSON) -> JSON:
        if isinstance(document, dict):
            return {**document, name: value}
        raise _mismatch(text, document)

    return assign


def _assign_deep(text: str, keys: tuple[str | int, ...]) -> Assign:
    def assign(document: JSON, value: JSON) -> JSON:
        place = document
        way: list[tuple[Any, Any]] = []
        for key in keys:
            if isinstance(place, dict) and isinstance(key, str):
                way.append((key, place))
                place = place.get(key, _NOTHING)
            elif isinstance(place, list) and isinstance(key, int) and key < len(place):
                way.append((key, place))
                place = place[key]
            else:
                raise _mismatch(text, document)
        return _rebuilt(way, value)

    return assign


_NOTHING: dict[str, JSON] = {}
"""Stands for a missing object; never written to."""


def _rebuilt(way: list[tuple[Any, Any]], value: JSON) -> JSON:
    """Copies of the containers along the way, from the innermost out, each with its new item."""
    for key, container in reversed(way):
        copied: Any = {**container} if isinstance(container, dict) else [*container]
        copied[key] = value
        value = copied
    return value


def _mismatch(text: str, document: JSON) -> ResultPathMatchFailure:
    return ResultPathMatchFailure(f"Unable to apply ReferencePath {text} to input {to_text(document)}")
