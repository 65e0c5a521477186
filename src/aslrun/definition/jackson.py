"""AWS's words for a text that is no JSON. Step Functions reads definitions with Jackson and passes its messages on.

Rules that a change must keep:

1. Recorded from AWS is the unrecognised token (``not a definition``); the other sentences are those that Jackson 2 has
   for the same mistake. What Jackson says otherwise, or not at all, has no words here: the caller has his own.
2. Jackson counts a column further than the character that it stumbles over: it has read it already.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SNIPPET = 500
"""Characters of the text that Jackson repeats."""

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"|[{}\[\]]', re.DOTALL)
_WORD = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_ANY_VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_COMMENT = (
    "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
)


class Words(NamedTuple):
    """What AWS says, and its ``location``."""

    message: str
    location: str


def words(text: str, said: str, offset: int) -> Words | None:
    """The words for what ``json.loads`` says about an offset of the text; ``None``: Jackson's are not known.

    >>> words("not a definition", "Expecting value", 0).location
    '[Source: (String)"not a definition"; line: 1, column: 4]'
    """
    found = _sentence(text, said, offset if said in _IN_A_STRING else _skip_blanks(text, offset))
    if found is None:
        return None
    sentence, end = found
    location = source(text, end)
    return Words(f"{sentence}\n at {location}", location)


def source(text: str, offset: int) -> str:
    """How Jackson names a place: its text up to a length, line and column."""
    shown = "".join(_escaped(character) for character in text[:SNIPPET])
    cut = f"[truncated {len(text) - SNIPPET} chars]" if len(text) > SNIPPET else ""
    line = text.count("\n", 0, offset) + 1
    column = offset - (text.rfind("\n", 0, offset) + 1) + 1
    return f'[Source: (String)"{shown}"{cut}; line: {line}, column: {column}]'


def _sentence(text: str, said: str, offset: int) -> tuple[str, int] | None:
    """The sentence and the offset that Jackson has come to."""
    if said in _IN_A_STRING:
        return _in_a_string(text, said, offset)
    if said not in _EXPECTED:
        return None
    if offset >= len(text):
        return _at_the_end(text)
    if said == "Expecting value" and (word := _WORD.match(text, offset)):
        return f"Unrecognized token '{word.group():.256}': was expecting {_ANY_VALUE}", word.end()
    character = text[offset]
    if character == "/" and said == "Expecting value":
        return _unexpected(character, _COMMENT), offset + 1
    expected = _EXPECTED[said].format("Object" if _inside(text, offset)[0] == "{" else "Array")
    return _unexpected(character, _COMMENT if character == "/" else expected), offset + 1


_NAME = "was expecting double-quote to start field name"
_EXPECTED = {
    "Expecting value": f"expected a valid value {_ANY_VALUE}",
    "Expecting property name enclosed in double quotes": _NAME,
    "Illegal trailing comma before end of object": _NAME,
    "Illegal trailing comma before end of array": f"expected a valid value {_ANY_VALUE}",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting ',' delimiter": "was expecting comma to separate {} entries",
}
_IN_A_STRING = ("Unterminated string starting at", "Invalid control character at", "Invalid \\escape")


def _in_a_string(text: str, said: str, offset: int) -> tuple[str, int] | None:
    if said == "Invalid control character at":
        rest = "has to be escaped using backslash to be included in string value"
        return f"Illegal unquoted character ({_described(text[offset])}): {rest}", offset + 1
    if said == "Invalid \\escape" and offset + 1 < len(text):
        return f"Unrecognized character escape {_described(text[offset + 1])}", offset + 2
    return "Unexpected end-of-input: was expecting closing quote for a string value", len(text)


def _at_the_end(text: str) -> tuple[str, int] | None:
    opened, at = _inside(text, len(text))
    if not opened:
        return None
    kind = "Object" if opened == "{" else "Array"
    rest = f"expected close marker for {kind} (start marker at {source(text, at)})"
    return f"Unexpected end-of-input: {rest}", len(text)


def _inside(text: str, offset: int) -> tuple[str, int]:
    """The innermost bracket that is open at an offset, and where it stands."""
    stack: list[tuple[str, int]] = []
    for token in _TOKENS.finditer(text, 0, offset):
        if token.group() in "{[":
            stack.append((token.group(), token.start()))
        elif token.group() in "}]" and stack:
            stack.pop()
    return stack[-1] if stack else ("", 0)


def _skip_blanks(text: str, offset: int) -> int:
    """Python points at a comma that ends an object, Jackson at the bracket after it."""
    if text[offset : offset + 1] == "," and text[offset + 1 :].lstrip()[:1] in ("}", "]"):
        offset += 1
    while text[offset : offset + 1] in tuple(" \t\r\n"):
        offset += 1
    return offset


def _unexpected(character: str, expected: str) -> str:
    return f"Unexpected character ({_described(character)}): {expected}"


def _described(character: str) -> str:
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code})" if code <= 0xFF else f"'{character}' (code {code} / 0x{code:x})"


def _escaped(character: str) -> str:
    code = ord(character)
    control = (code < 0x20 or 0x7F <= code < 0xA0) and character not in "\r\n"
    return f"\\u{code:04X}" if control else character
