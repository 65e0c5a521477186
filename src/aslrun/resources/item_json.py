"""Items of a JSON file, one after the other, without the file in memory.

Rules that a change must keep:

1. In memory are one chunk, one item, and of an object that is passed over on the way to the items one member.
2. A value that a chunk cuts is parsed again when the text on hand has doubled: the cost stays linear.
3. Text that a chunk may have cut is never taken for a whole: a number ends where something else begins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias, cast

from ..values import JSON
from .item_text import MAX_LINE as MAX_VALUE

NOT_ITERABLE = "Attempting to map over non-iterable node."

Member: TypeAlias = tuple[str | None, JSON]
"""An item, and the name of its property where the items come from an object."""


class InvalidJSON(ValueError):
    """The file is no JSON, or has no items where they should be."""


def items(pieces: Iterable[str], pointer: str | None = None) -> Iterator[Member]:
    """The elements of the array; with an ItemsPointer (RFC 6901) also the members of an object that it leads to.

    Raises ``InvalidJSON``. A file that is an object is refused without a pointer, as AWS answered (recorded in 2023;
    the guide of 2025 speaks of objects too).

    >>> list(items(["[1, [", "2]]"])), list(items(['{"a": {"b": [3]}}'], "/a/b"))
    ([(None, 1), (None, [2])], [(None, 3)])
    """
    cursor = _Cursor(pieces)
    for token in _tokens(pointer):
        _descend(cursor, token, pointer)
    first = cursor.peek()
    if first == "[":
        yield from ((None, value) for value in _elements(cursor))
    elif first == "{" and pointer:
        yield from _members(cursor)
    else:
        raise InvalidJSON(NOT_ITERABLE)
    if not pointer and cursor.peek():
        raise InvalidJSON(f"the text goes on after the array: {cursor.excerpt()}")


def json_lines(all_lines: Iterable[str]) -> Iterator[JSON]:
    """One value per line; lines of nothing but blanks are passed over. Raises ``InvalidJSON``.

    >>> list(json_lines(['{"a": 1}', "", "2"]))
    [{'a': 1}, 2]
    """
    for number, line in enumerate(all_lines, 1):
        if line and not line.isspace():
            try:
                yield json.loads(line, parse_constant=_refuse_constant)
            except ValueError as error:
                raise InvalidJSON(f"line {number} is no JSON: {error}") from error


# --------------------------------------------------------------------------- the pointer


def _tokens(pointer: str | None) -> list[str]:
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise InvalidJSON(f'ItemsPointer must be empty or begin with "/", not {json.dumps(pointer)}')
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer[1:].split("/")]


def _descend(cursor: _Cursor, token: str, pointer: str | None) -> None:
    """Put the cursor before the value that the token leads to."""
    first = cursor.peek()
    steps = _keys(cursor) if first == "{" else _indexes(cursor) if first == "[" else iter(())
    for step in steps:
        if step == token:
            return
        _skip(cursor)
    raise InvalidJSON(f"ItemsPointer {json.dumps(pointer)} leads to nothing in the file")


def _skip(cursor: _Cursor) -> None:
    """Pass over a value, element by element."""
    first = cursor.peek()
    passed: Iterator[object] = (
        _elements(cursor) if first == "[" else _members(cursor) if first == "{" else iter((cursor.value(),))
    )
    for _ in passed:
        pass


# --------------------------------------------------------------------------- containers


def _elements(cursor: _Cursor) -> Iterator[JSON]:
    return (cursor.value() for _ in _indexes(cursor))


def _members(cursor: _Cursor) -> Iterator[tuple[str, JSON]]:
    return ((key, cursor.value()) for key in _keys(cursor))


def _indexes(cursor: _Cursor) -> Iterator[str]:
    """The index of each element of an array, as text; the caller takes the element."""
    cursor.expect("[")
    if cursor.takes("]"):
        return
    index = 0
    while True:
        yield str(index)
        index += 1
        if cursor.takes("]"):
            return
        cursor.expect(",")


def _keys(cursor: _Cursor) -> Iterator[str]:
    """The name of each member of an object; the caller takes the value."""
    cursor.expect("{")
    if cursor.takes("}"):
        return
    while True:
        if cursor.peek() != '"':
            raise InvalidJSON(f"expected the name of a property: {cursor.excerpt()}")
        key = cast(str, cursor.value())
        cursor.expect(":")
        yield key
        if cursor.takes("}"):
            return
        cursor.expect(",")


# --------------------------------------------------------------------------- the text


def _refuse_constant(name: str) -> JSON:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
_blanks = re.compile(r"[ \t\n\r]*").match
_MAY_BE_CUT = ".eE"  # after a number: the piece ended before its fraction or exponent was whole


class _Cursor:
    """A place in a text that comes in pieces."""

    __slots__ = ("_pieces", "_position", "_text")

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = iter(pieces)
        self._text = ""
        self._position = 0

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            found = _blanks(self._text, self._position)
            assert found is not None
            self._position = found.end()
            if self._position < len(self._text):
                return self._text[self._position]
            if not self._more():
                return ""

    def takes(self, character: str) -> bool:
        """Go past the character if it is the next."""
        if self.peek() != character:
            return False
        self._position += 1
        return True

    def expect(self, character: str) -> None:
        """Go past the character. Raises ``InvalidJSON`` if it is not the next."""
        if not self.takes(character):
            raise InvalidJSON(f'expected "{character}": {self.excerpt()}')

    def value(self) -> JSON:
        """Take the whole value that begins here. Raises ``InvalidJSON``."""
        if not self.peek():
            raise InvalidJSON("the text ends where a value was expected")
        while True:
            try:
                value, end = _decode(self._text, self._position)
            except RecursionError as error:
                raise InvalidJSON("the value is nested too deeply") from error
            except ValueError as error:
                if not self._more():
                    raise InvalidJSON(str(error)) from error
                continue
            if end < len(self._text) and self._text[end] not in _MAY_BE_CUT:
                break
            if not self._more():
                break
        self._position = end
        return cast(JSON, value)

    def excerpt(self) -> str:
        """What stands here, for a message."""
        return repr(self._text[self._position : self._position + 40]) if self.peek() else "here the text ends"

    def _more(self) -> bool:
        """Append text, at least as much as is on hand; ``False`` at the end. Raises ``InvalidJSON``."""
        kept = self._text[self._position :]
        if len(kept) > MAX_VALUE:
            raise InvalidJSON(f"a value is longer than {MAX_VALUE} characters, or no JSON: {self.excerpt()}")
        added: list[str] = []
        length = 0
        for piece in self._pieces:
            added.append(piece)
            length += len(piece)
            if length >= len(kept):
                break
        if not added:
            return False
        self._text = kept + "".join(added)
        self._position = 0
        return True
