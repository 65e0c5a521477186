"""JSON text of a definition: its value, and on demand the place of every value in the text.

Rules that a change must keep:

1. Loading is Python's decoder; the own scan runs only when many places are asked for or a mistake must be shown.
2. Whatever is read is JSON: a key stands once, NaN and infinite numbers are refused. Comments are taken out where the
   caller allows them, and nothing moves by that.
3. The scan is iterative and is only given text that ``json.loads`` has read, so it need not check the grammar.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ..values import JSON
from . import jackson

Location: TypeAlias = tuple[str | int, ...]
"""The way to a value from the top of the document: keys and array positions."""

Position: TypeAlias = tuple[int, int]
"""Line and column, both from 1."""

Positions: TypeAlias = dict[Location, Position]


MALFORMED, DUPLICATE, TOO_LARGE = "malformed-json", "duplicate-key", "definition-size"
"""The rules that a text breaks before it has a value."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a text is not the JSON of a definition, and where; ``words``: AWS's, where they are known."""

    message: str
    location: Location = ()
    position: Position | None = None
    words: jackson.Words | None = None
    rule: str = MALFORMED


class Unreadable(Exception):
    """The text has no value; ``mistakes`` says why."""

    def __init__(self, *mistakes: Mistake) -> None:
        super().__init__(*mistakes)
        self.mistakes = mistakes


_COMMENT = re.compile(r'"(?:[^"\\]++|\\.)*+"|//[^\n]*+|/\*(?:(?!\*/).)*+(?:\*/)?', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:[^"\\]++|\\.)*+"|,(?=\s*+[}\]])', re.DOTALL)
_NOT_A_BREAK = re.compile(r"[^\r\n]")
_PLAIN_KEY = re.compile(r"[^\W\d][\w-]*\Z")
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[^\s{}\[\],:"]+')

# What json.loads reports, in the words of somebody who looks at the text.
_SAID = {
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": "a key in double quotes must stand here",
    "Illegal trailing comma before end of object": "a comma must not stand before the end of an object",
    "Illegal trailing comma before end of array": "a comma must not stand before the end of an array",
    "Expecting ':' delimiter": "a colon is missing here",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Extra data": "the document ends here, but more text follows",
    "Unterminated string starting at": "this string has no closing quote",
    "Invalid control character at": "a control character must be escaped in a string",
    "Invalid \\escape": "there is no such escape sequence",
    "Invalid \\uXXXX escape": "\\u must be followed by four hexadecimal digits",
}


def render_location(location: Location) -> str:
    """A location as people write it.

    >>> render_location(("States", "Ship it", "Retry", 0, "MaxAttempts"))
    "States['Ship it'].Retry[0].MaxAttempts"
    """
    return "".join(map(_step, location)).removeprefix(".")


def render_pointer(location: Location) -> str:
    """A location as AWS writes it: keys are not escaped.

    >>> render_pointer(("States", "Ship it", "Retry", 0, "MaxAttempts")), render_pointer(())
    ('/States/Ship it/Retry[0]/MaxAttempts', '/')
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f"/{step}" for step in location) or "/"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_KEY.match(step) else f"[{step!r}]"


def without_comments(text: str) -> str:
    """JSON with comments (``//``, ``/* */``) and commas before closing brackets, blanked out so that nothing moves.

    >>> without_comments('{"a": [1, /* one */ ], // "b"')
    '{"a": [1            ],       '
    """
    return _LAST_COMMA.sub(_blanked, _COMMENT.sub(_blanked, text))


def _blanked(found: re.Match[str]) -> str:
    token = found.group()
    return token if token[0] == '"' else _NOT_A_BREAK.sub(" ", token)


class _Suspicious(Exception):
    """Something is read that Python takes and JSON does not, or that it takes once of several times."""


def _unique(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Suspicious
    return made


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _Suspicious
    return number


def _suspect(_: str) -> None:
    raise _Suspicious


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_suspect, parse_float=_finite)


def parse(text: str, shown: str | None = None) -> JSON:
    """The value of the text; raises ``Unreadable``, whose words show another text of the same length if it is given."""
    try:
        value: JSON = _STRICT.decode(text)
    except (_Suspicious, ValueError):
        raise _unreadable(text, shown or text) from None
    return value


def _unreadable(text: str, shown: str) -> Unreadable:
    """Why a text is refused: what is no JSON even for Python comes first."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return Unreadable(_mistake(error, shown))
    except ValueError:  # an integer of more digits than Python reads
        return Unreadable(Mistake("a number is too large"))
    return Unreadable(*_Scan(text).mistakes)


_NO_COMMENTS = "JSON has no comments (a file named .jsonc may have them)"


def _mistake(error: json.JSONDecodeError, text: str) -> Mistake:
    if not text.strip():
        return Mistake("the document is empty", (), (1, 1))
    said = error.msg.removesuffix(": ")
    ours = _NO_COMMENTS if _is_comment(text, error) else _SAID.get(said, said)
    return Mistake(ours, (), (error.lineno, error.colno), jackson.words(text, said, error.pos))


def _is_comment(text: str, error: json.JSONDecodeError) -> bool:
    return text[error.pos :].lstrip(" \t\r\n,")[:2] in ("//", "/*")


def positions(text: str) -> Positions:
    """Where each value of a readable text begins.

    >>> positions('{"a":\\n [true]}')
    {(): (1, 1), ('a',): (2, 2), ('a', 0): (2, 3)}
    """
    return _Scan(text).positions


def find(text: str, location: Location) -> Position:
    """Where a value of a readable text begins, or the nearest one around it: what stands before it is read and dropped.

    >>> find('{"a":\\n [true, {}]}', ("a", 1, "b"))
    (2, 9)
    """
    start = _gap(text, 0).end()  # type: ignore[union-attr]
    for step in location:
        found = _within(text, start, step)
        if found is None:
            break
        start = found
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


_gap = re.compile(r"[ \t\r\n,:]*").match  # what stands between two values, perhaps nothing, so it always matches
_read_value = json.JSONDecoder().raw_decode  # a text and an offset to the value there and its end


def _within(text: str, start: int, step: str | int) -> int | None:
    """The offset of a field or element of what begins at an offset."""
    of_fields = isinstance(step, str)
    if text[start] != ("{" if of_fields else "["):
        return None
    here, count = _gap(text, start + 1).end(), 0  # type: ignore[union-attr]
    while text[here] not in "]}":
        name: JSON = count
        if of_fields:
            name, here = _read_value(text, here)
            here = _gap(text, here).end()  # type: ignore[union-attr]
        if name == step:
            return here
        here = _gap(text, _read_value(text, here)[1]).end()  # type: ignore[union-attr]
        count += 1
    return None


@dataclass(slots=True)
class _Container:
    """An object or array that the scan is inside of."""

    location: Location
    next: str | int | None  # the key or position of the value that comes next; None: a key comes next
    seen: set[str] = field(default_factory=set)


class _Scan:
    """One walk over the tokens of the text."""

    __slots__ = ("_lines", "mistakes", "positions")

    def __init__(self, text: str) -> None:
        self.positions: Positions = {}
        self.mistakes: list[Mistake] = []
        self._lines = [0, *(newline.end() for newline in re.finditer("\n", text))]
        for location, token, offset in self._values(text):
            self.positions.setdefault(location, self._position(offset))
            if reason := _refused(token):
                self._note(reason, location, offset)

    def _values(self, text: str) -> Iterator[tuple[Location, str, int]]:
        """Each value's location, first token and offset, in the order of the text."""
        stack: list[_Container] = []
        for found in _TOKEN.finditer(text):
            token, offset = found.group(), found.start()
            if token == ":":
                continue
            if token in "}]":
                stack.pop()
            elif token == ",":
                self._after_comma(stack[-1])
            elif stack and stack[-1].next is None:
                self._key(stack[-1], token, offset)
            else:
                location = (*stack[-1].location, stack[-1].next) if stack else ()
                yield location, token, offset  # type: ignore[misc]
                if token in "{[":
                    stack.append(_Container(location, None if token == "{" else 0))  # type: ignore[arg-type]

    def _after_comma(self, container: _Container) -> None:
        container.next = container.next + 1 if isinstance(container.next, int) else None

    def _key(self, container: _Container, token: str, offset: int) -> None:
        container.next = key = json.loads(token) if "\\" in token else token[1:-1]
        if key in container.seen:
            message = f'the key "{key}" stands twice in this object'
            self._note(message, (*container.location, key), offset, DUPLICATE)
        container.seen.add(key)

    def _note(self, message: str, location: Location, offset: int, rule: str = MALFORMED) -> None:
        self.mistakes.append(Mistake(message, location, self._position(offset), rule=rule))

    def _position(self, offset: int) -> Position:
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1


def _refused(token: str) -> str | None:
    """Why a value's token is no JSON although Python reads it."""
    if token in ("NaN", "Infinity", "-Infinity"):
        return f"{token} is not JSON"
    if token[0] in "-0123456789" and math.isinf(float(token)):
        return f"{token:.40} is too large a number"
    return None
