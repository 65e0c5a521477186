"""Text to tokens, one at a time, because only the parser knows whether ``/`` divides or opens a regex.

Rules that a change must keep:

1. A token's position is the offset just behind it, as the reference counts.
2. A name ends at white space or at a character that is an operator; nothing else ends it.
3. Later operators (``??``, ``?:``) are no tokens of 2.0.6: they are two tokens, and the parser refuses them.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .errors import JsonataSyntaxError
from .numbers import parsed

DOUBLE = frozenset(("..", ":=", "!=", ">=", "<=", "**", "~>"))
SINGLE = frozenset(".[]{}(),@#;:?+-*/%|=<>^&!~")
WORDS: dict[str, tuple[str, Any]] = {
    "and": ("operator", "and"),
    "or": ("operator", "or"),
    "in": ("operator", "in"),
    "true": ("value", True),
    "false": ("value", False),
    "null": ("value", None),
}
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_BLANK = re.compile(r"[ \t\n\r\v]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_NAME = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*")
_PLAIN = re.compile(r"[^\"'\\]*")
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_FLAGS = re.compile(r"[im]*")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class Token(NamedTuple):
    """``id`` is what the grammar sees: the operator itself, or ``(name)``, ``(literal)``, ``(regex)``, ``(end)``."""

    id: str
    type: str
    value: Any
    position: int


class Lexer:
    """The tokens of one text."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def next(self, infix: bool) -> Token:
        """The next token; where an operator is expected (``infix``), ``/`` divides."""
        self._skip()
        text, at = self._text, self._at
        if at >= len(text):
            return Token("(end)", "(end)", "(end)", len(text))
        char = text[at]
        if char == "/" and not infix:
            return self._regex()
        if text[at : at + 2] in DOUBLE:
            return self._operator(text[at : at + 2])
        if char in SINGLE:
            return self._operator(char)
        if char in "\"'":
            return self._string(char)
        if "0" <= char <= "9":
            return self._number()
        return self._quoted_name() if char == "`" else self._name()

    def _skip(self) -> None:
        text = self._text
        while True:
            blank = _BLANK.match(text, self._at)
            assert blank is not None
            self._at = blank.end()
            if not text.startswith("/*", self._at):
                return
            end = text.find("*/", self._at + 2)
            if end < 0:
                raise JsonataSyntaxError("S0106", position=self._at)
            self._at = end + 2

    def _operator(self, value: str) -> Token:
        self._at += len(value)
        return Token(value, "operator", value, self._at)

    def _number(self) -> Token:
        match = _NUMBER.match(self._text, self._at)
        assert match is not None
        value = parsed(match[0])
        if value - value != 0:
            raise JsonataSyntaxError("S0102", position=self._at, token=match[0])
        self._at = match.end()
        return Token("(literal)", "number", value, self._at)

    def _string(self, quote: str) -> Token:
        text, at = self._text, self._at + 1
        parts: list[str] = []
        while at < len(text):
            char = text[at]
            if char == quote:
                self._at = at + 1
                return Token("(literal)", "string", _PAIR.sub(_joined, "".join(parts)), self._at)
            if char == "\\":
                part, at = self._escape(at + 1)
            elif char in "\"'":
                part, at = char, at + 1
            else:
                plain = _PLAIN.match(text, at)
                assert plain is not None
                part, at = plain[0], plain.end()
            parts.append(part)
        raise JsonataSyntaxError("S0101", position=len(text))

    def _escape(self, at: int) -> tuple[str, int]:
        char = self._text[at : at + 1]
        if char in ESCAPES:
            return ESCAPES[char], at + 1
        if char != "u":
            raise JsonataSyntaxError("S0103", position=at, token=char)
        digits = self._text[at + 1 : at + 5]
        if _HEX.match(digits) is None:
            raise JsonataSyntaxError("S0104", position=at)
        return chr(int(digits, 16)), at + 5

    def _quoted_name(self) -> Token:
        start = self._at + 1
        end = self._text.find("`", start)
        if end < 0:
            raise JsonataSyntaxError("S0105", position=len(self._text))
        self._at = end + 1
        return Token("(name)", "name", self._text[start:end], self._at)

    def _name(self) -> Token:
        match = _NAME.match(self._text, self._at)
        assert match is not None
        self._at = match.end()
        word = match[0]
        if word[0] == "$":
            return Token("(name)", "variable", word[1:], self._at)
        type, value = WORDS.get(word, ("name", word))
        id = {"operator": word, "value": "(literal)", "name": "(name)"}[type]
        return Token(id, type, value, self._at)

    def _regex(self) -> Token:
        text, start = self._text, self._at + 1
        at, depth = start, 0
        while at < len(text):
            char = text[at]
            if char == "/" and depth == 0 and not _escaped(text, at):
                return self._regex_token(start, at)
            if char in "([{" and text[at - 1] != "\\":
                depth += 1
            elif char in ")]}" and text[at - 1] != "\\":
                depth -= 1
            at += 1
        raise JsonataSyntaxError("S0302", position=at)

    def _regex_token(self, start: int, end: int) -> Token:
        if start == end:
            raise JsonataSyntaxError("S0301", position=end)
        flags = _FLAGS.match(self._text, end + 1)
        assert flags is not None
        self._at = flags.end()
        return Token("(regex)", "regex", (self._text[start:end], flags[0]), self._at)


def _escaped(text: str, at: int) -> bool:
    backslashes = 0
    while text[at - backslashes - 1] == "\\":
        backslashes += 1
    return backslashes % 2 == 1


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")
