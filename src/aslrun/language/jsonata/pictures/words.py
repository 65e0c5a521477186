"""Whole numbers as English words, as Roman numerals and as letters, and back."""

from __future__ import annotations

import math
import re
from typing import Any

from ..text import units

SMALL = [
    "Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve",
    "Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen",
]  # fmt: skip
SMALL_ORDINALS = [
    "Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh",
    "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth", "Nineteenth",
]  # fmt: skip
TENS = ["Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"]
POWERS = ["Thousand", "Million", "Billion", "Trillion"]
ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
ROMAN_DIGITS = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}

WORD_VALUES: dict[str, int] = {
    **{word.lower(): value for value, word in enumerate(SMALL)},
    **{word.lower(): value for value, word in enumerate(SMALL_ORDINALS)},
    **{word.lower(): 10 * value for value, word in enumerate(TENS, 2)},
    **{word.lower()[:-1] + "ieth": 10 * value for value, word in enumerate(TENS, 2)},
    "hundred": 100,
    "hundredth": 100,
    **{word.lower() + end: 1000**power for power, word in enumerate(POWERS, 1) for end in ("", "th")},
}
_SEPARATOR = re.compile(r",\s|\sand\s|[\s\\-]")


def words(value: int, ordinal: bool) -> str:
    """The number in words.

    >>> words(2021, False), words(21, True)
    ('Two Thousand and Twenty-One', 'Twenty-First')
    """
    return _words(value, False, ordinal)


def _words(value: int, behind: bool, ordinal: bool) -> str:
    if value < 100:
        return (" and " if behind else "") + _below_hundred(value, ordinal)
    head = ", " if behind else ""
    if value < 1000:
        head += f"{SMALL[value // 100]} Hundred"
        rest = value % 100
    else:
        power = min((len(str(value)) - 1) // 3, len(POWERS))
        front, rest = divmod(value, 1000**power)
        head += f"{_words(front, False, False)} {POWERS[power - 1]}"
    if rest:
        return head + _words(rest, True, ordinal)
    return head + ("th" if ordinal else "")


def _below_hundred(value: int, ordinal: bool) -> str:
    if value < 20:
        return (SMALL_ORDINALS if ordinal else SMALL)[value]
    ten, one = TENS[value // 10 - 2], value % 10
    if one:
        return f"{ten}-{_below_hundred(one, ordinal)}"
    return ten[:-1] + "ieth" if ordinal else ten


def from_words(text: str) -> Any:
    """The number that small-lettered words stand for; not a number if one of them is unknown."""
    segments: list[Any] = [0]
    for word in _SEPARATOR.split(text):
        value = WORD_VALUES.get(word, math.nan)
        if value < 100:
            top = segments.pop()
            if top >= 1000:
                segments.append(top)
                top = 0
            segments.append(top + value)
        else:
            segments.append(segments.pop() * value)
    return sum(segments)


def roman(value: int) -> str:
    """The number in small Roman numerals."""
    digits = []
    for step, numeral in ROMAN:
        count, value = divmod(value, step)
        digits.append(numeral * count)
    return "".join(digits)


def from_roman(text: str) -> Any:
    """The number that capital Roman numerals stand for."""
    total, highest = 0, 1
    for digit in reversed(text):
        value = ROMAN_DIGITS.get(digit)
        if value is None:
            return math.nan
        if value < highest:
            total -= value
        else:
            highest = value
            total += value
    return total


def letters(value: float, first: str) -> str:
    """The number as the columns of a spreadsheet are counted, in doubles: a, b ... z, aa."""
    result = ""
    left = float(value)
    while left > 0:
        result = chr(ord(first) + int(math.fmod(left - 1, 26))) + result
        left = float(math.floor((left - 1) / 26))
    return result


def from_letters(text: str, first: str) -> float:
    """The number of a column of a spreadsheet, added up in doubles from the last letter on."""
    total = 0.0
    for power, char in enumerate(reversed(units(text))):
        total += (ord(char) - ord(first) + 1) * (26.0**power if power < 218 else math.inf)
    return total
