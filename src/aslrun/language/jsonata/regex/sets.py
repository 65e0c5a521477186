"""Sets of characters: ranges of code points, quick to ask about the usual ones."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

Span = tuple[int, int]
_LAST = 0x10FFFF


def canonical(char: str) -> str:
    """The character that stands for all its cases (flag ``i``): the upper case, if that is one character."""
    upper = char.upper()
    if len(upper) != 1 or (ord(char) >= 128 > ord(upper)):
        return char
    return upper


class CharSet:
    """A set of characters as sorted ranges that do not overlap."""

    __slots__ = ("spans",)

    def __init__(self, spans: tuple[Span, ...]) -> None:
        self.spans = spans

    @classmethod
    def of(cls, chars: str) -> CharSet:
        """The set of these characters."""
        return cls(_merged([(ord(char), ord(char)) for char in chars]))

    def __or__(self, other: CharSet) -> CharSet:
        return CharSet(_merged([*self.spans, *other.spans]))

    def inverted(self) -> CharSet:
        """All other characters."""
        spans: list[Span] = []
        start = 0
        for low, high in self.spans:
            if start < low:
                spans.append((start, low - 1))
            start = high + 1
        if start <= _LAST:
            spans.append((start, _LAST))
        return CharSet(tuple(spans))

    def single(self) -> int | None:
        """The code point, if the set has just one."""
        if len(self.spans) == 1 and self.spans[0][0] == self.spans[0][1]:
            return self.spans[0][0]
        return None

    def has(self, code: int) -> bool:
        """Whether a code point is in the set."""
        index = bisect_right(self.spans, (code, _LAST)) - 1
        return index >= 0 and self.spans[index][1] >= code

    def tester(self, ignore_case: bool) -> Callable[[str], bool]:
        """A quick test whether a character is in the set."""
        single = self.single()
        if ignore_case and single is not None and single < 128:
            return frozenset((chr(single).lower(), chr(single).upper())).__contains__
        test = self._in_any_case if ignore_case else lambda char: self.has(ord(char))
        common = frozenset(char for char in map(chr, range(256)) if test(char))
        return lambda char: char in common if char < "\u0100" else test(char)

    def _in_any_case(self, char: str) -> bool:
        wanted = canonical(char)
        cases = {char, wanted, char.lower(), char.upper(), wanted.lower(), char.title()}
        if wanted in "Sk":
            cases.update("s" if wanted == "S" else "k")
        return any(len(case) == 1 and canonical(case) == wanted and self.has(ord(case)) for case in cases)


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for low, high in sorted(spans):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


TERMINATORS = CharSet.of("\n\r\u2028\u2029")
DOT = TERMINATORS.inverted()
DIGIT = CharSet(((48, 57),))
WORD = CharSet(((48, 57), (65, 90), (95, 95), (97, 122)))
SPACE = CharSet.of("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff") | CharSet(((0x2000, 0x200A),))
