"""The text of a regular expression to a tree: ECMAScript's grammar without the flags ``u`` and ``v``.

Rules that a change must keep:

1. What ECMAScript's "annex B" lets pass passes: a lone ``]`` or ``{`` is itself, an unknown escape is its
   character, a back reference to a group that does not exist is an octal escape.
2. What it refuses is refused: possessive quantifiers, atomic groups and inline flags are Python's, not its.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import JsonataSyntaxError
from .sets import DIGIT, DOT, SPACE, WORD, CharSet

INFINITE = 1 << 60


class Char(NamedTuple):
    """One character of a set."""

    chars: CharSet


class Series(NamedTuple):
    """One after the other."""

    items: tuple[Tree, ...]


class Choice(NamedTuple):
    """One or the other, the first that leads to a match."""

    options: tuple[Tree, ...]


class Repeat(NamedTuple):
    """So many times; ``groups`` are the numbers of the groups inside, from and up to."""

    body: Tree
    least: int
    most: int
    greedy: bool
    groups: tuple[int, int]


class Capture(NamedTuple):
    """A numbered group."""

    number: int
    body: Tree


class Backreference(NamedTuple):
    """What a group matched, again."""

    number: int


class Assertion(NamedTuple):
    """``^ $ \\b \\B``: a place."""

    kind: str


class Look(NamedTuple):
    """What is (not) ahead or behind."""

    behind: bool
    negative: bool
    body: Tree


Tree = Char | Series | Choice | Repeat | Capture | Backreference | Assertion | Look

_CONTROL = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_SETS = {
    "d": DIGIT, "D": DIGIT.inverted(), "w": WORD, "W": WORD.inverted(), "s": SPACE, "S": SPACE.inverted(),
}  # fmt: skip
_QUANTIFIER = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_OPENING = re.compile(r"\(\?(?:(:)|(<?[=!])|<([A-Za-z_$][\w$]*)>)")
_SIMPLE = {"*": (0, INFINITE), "+": (1, INFINITE), "?": (0, 1)}
_NESTING = 60


class RegexParser:
    """One pattern being parsed."""

    __slots__ = ("_at", "_names", "_nesting", "_text", "_total", "groups")

    def __init__(self, text: str, flags: str) -> None:
        self._text, self._at, self.groups, self._nesting = text, 0, 0, 0
        self._names, self._total = _groups_of(text)
        if len(set(flags)) < len(flags):
            raise self._wrong(f"Invalid flags '{flags}'")

    def parse(self) -> Tree:
        """The tree of the whole pattern."""
        tree = self._choice()
        if self._at < len(self._text):
            raise self._wrong("Unmatched ')'")
        return tree

    def _wrong(self, reason: str) -> JsonataSyntaxError:
        message = f"Invalid regular expression: /{self._text}/: {reason}"
        return JsonataSyntaxError(None, message=message, token=self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _choice(self) -> Tree:
        self._nesting += 1
        if self._nesting > _NESTING:
            raise self._wrong("Regular expression too large")
        options = [self._series()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._series())
        self._nesting -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _series(self) -> Tree:
        items: list[Tree] = []
        while self._peek() not in ("", "|", ")"):
            items.append(self._term())
        return items[0] if len(items) == 1 else Series(tuple(items))

    def _term(self) -> Tree:
        first = self.groups
        atom = self._atom()
        least_most = self._quantifier()
        if least_most is None:
            return atom
        if isinstance(atom, Assertion) or (isinstance(atom, Look) and atom.behind):
            raise self._wrong("Nothing to repeat")
        greedy = self._peek() != "?"
        self._at += not greedy
        if self._quantifier() is not None:
            raise self._wrong("Nothing to repeat")
        return Repeat(atom, *least_most, greedy, (first + 1, self.groups + 1))

    def _quantifier(self) -> tuple[int, int] | None:
        char = self._peek()
        if char in _SIMPLE:
            self._at += 1
            return _SIMPLE[char]
        found = _QUANTIFIER.match(self._text, self._at)
        if found is None:
            return None
        self._at = found.end()
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else INFINITE
        if least > most:
            raise self._wrong("numbers out of order in {} quantifier")
        return min(least, INFINITE), min(most, INFINITE)

    def _atom(self) -> Tree:
        char = self._peek()
        if char in _SIMPLE or _QUANTIFIER.match(self._text, self._at):
            raise self._wrong("Nothing to repeat")
        if char == "(":
            return self._group()
        if char == "\\":
            return self._escape()
        self._at += 1
        if char == "[":
            return Char(self._class())
        if char in "^$":
            return Assertion(char)
        return Char(DOT if char == "." else CharSet.of(char))

    def _group(self) -> Tree:
        opening = _OPENING.match(self._text, self._at)
        if opening is None:
            if self._text.startswith("(?", self._at):
                raise self._wrong("Invalid group")
            self._at += 1
            return self._capture()
        self._at = opening.end()
        if opening[3]:
            return self._capture()
        body = self._closed(self._choice())
        if opening[1]:
            return body
        return Look(opening[2][0] == "<", opening[2][-1] == "!", body)

    def _capture(self) -> Tree:
        self.groups += 1
        number = self.groups
        return Capture(number, self._closed(self._choice()))

    def _closed(self, body: Tree) -> Tree:
        if self._peek() != ")":
            raise self._wrong("Unterminated group")
        self._at += 1
        return body

    # ------------------------------------------------------------------ escapes and classes

    def _escape(self) -> Tree:
        char = self._text[self._at + 1 : self._at + 2]
        if char in ("b", "B"):
            self._at += 2
            return Assertion("\\" + char)
        if char == "k" and self._names:
            return self._named_reference()
        if "1" <= char <= "9":
            digits = re.compile("[0-9]+").match(self._text, self._at + 1)
            assert digits is not None
            if int(digits[0][:9]) <= self._total:
                self._at = digits.end()
                return Backreference(int(digits[0]))
        return Char(self._character_escape(in_class=False))

    def _named_reference(self) -> Tree:
        found = re.compile(r"\\k<([^>]*)>").match(self._text, self._at)
        if found is None or found[1] not in self._names:
            raise self._wrong("Invalid named reference")
        self._at = found.end()
        return Backreference(self._names[found[1]])

    def _character_escape(self, in_class: bool) -> CharSet:
        char = self._text[self._at + 1 : self._at + 2]
        if char == "":
            raise self._wrong("\\ at end of pattern")
        self._at += 2
        if char in _SETS:
            return _SETS[char]
        if char == "b" and in_class:
            return CharSet.of("\b")
        return CharSet.of(_CONTROL.get(char) or self._numeric(char) or char)

    def _numeric(self, char: str) -> str | None:
        patterns = {"x": r"([0-9a-fA-F]{2})", "u": r"([0-9a-fA-F]{4})"}
        if char in patterns:
            found = re.compile(patterns[char]).match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return chr(int(found[1], 16))
        elif char == "c":
            found = re.compile("[A-Za-z]").match(self._text, self._at)
            if found is not None:
                self._at = found.end()
                return chr(ord(found[0]) % 32)
            self._at -= 1
            return "\\"
        elif "0" <= char <= "7":
            found = re.compile("[0-3][0-7]{0,2}|[4-7][0-7]?").match(self._text, self._at - 1)
            assert found is not None
            self._at = found.end()
            return chr(int(found[0], 8))
        return None

    def _class(self) -> CharSet:
        negative = self._peek() == "^"
        self._at += negative
        result = CharSet.of("")
        while self._peek() != "]":
            low = self._class_atom()
            if self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                result |= self._span(low, self._class_atom())
            else:
                result |= low
        self._at += 1
        return result.inverted() if negative else result

    def _span(self, low: CharSet, high: CharSet) -> CharSet:
        first, last = low.single(), high.single()
        if first is None or last is None:
            return low | high | CharSet.of("-")
        if first > last:
            raise self._wrong("Range out of order in character class")
        return CharSet(((first, last),))

    def _class_atom(self) -> CharSet:
        char = self._peek()
        if char == "":
            raise self._wrong("Unterminated character class")
        if char == "\\":
            return self._character_escape(in_class=True)
        self._at += 1
        return CharSet.of(char)


def _groups_of(text: str) -> tuple[dict[str, int], int]:
    """The names of the groups with their numbers, and how many groups there are."""
    names: dict[str, int] = {}
    count, in_class, at = 0, False, 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char == "(":
            opening = _OPENING.match(text, at)
            if opening is not None and opening[3]:
                names[opening[3]] = count + 1
            count += not text.startswith("(?", at) or (opening is not None and bool(opening[3]))
        at += 1
    return names, count
