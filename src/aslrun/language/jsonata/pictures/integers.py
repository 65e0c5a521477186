"""Whole numbers by a picture: ``000``, ``#,##0``, ``i``, ``A``, ``Ww;o``, after XPath's ``format-integer``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ..budget import Run
from ..errors import JsonataError
from ..numbers import double, number, number_text
from .numbers import regular_interval
from .words import WORD_VALUES, from_letters, from_roman, from_words, letters, roman, words

UPPER, LOWER, TITLE = "upper", "lower", "title"
DECIMAL, LETTERS, ROMAN, WORDS, SEQUENCE = "decimal", "letters", "roman", "words", "sequence"
PRIMARY = {
    "A": (LETTERS, UPPER), "a": (LETTERS, LOWER), "I": (ROMAN, UPPER), "i": (ROMAN, LOWER),
    "W": (WORDS, UPPER), "Ww": (WORDS, TITLE), "w": (WORDS, LOWER),
}  # fmt: skip
ZEROS = (
    0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
)  # fmt: skip
"""The zero of every family of decimal digits."""

_SUFFIXES = {"1": "st", "2": "nd", "3": "rd"}
_WHOLE = re.compile(r"\s*([+-]?[0-9]+)")
_BASED = re.compile(r"\s*([+-]?)0[xX]([0-9a-fA-F]+)")
"""What ``parseInt`` reads: a whole number, one in hexadecimal digits too."""


@dataclass(slots=True)
class IntegerFormat:
    """What a picture asks for. ``separators`` count their place from the right; ``interval`` if they are regular."""

    primary: str = DECIMAL
    case: str = LOWER
    ordinal: bool = False
    zero: int = 0x30
    mandatory: int = 0
    optional: int = 0
    separators: list[tuple[int, str]] = field(default_factory=list)
    interval: int = 0
    token: str = ""


def analyse(picture: str) -> IntegerFormat:
    """The format that a picture asks for."""
    primary, semicolon, modifier = picture.rpartition(";")
    if not semicolon:
        primary, modifier = picture, ""
    format = IntegerFormat(ordinal=modifier[:1] == "o")
    if primary in PRIMARY:
        format.primary, format.case = PRIMARY[primary]
    else:
        _analyse_digits(primary, format)
    return format


def _analyse_digits(picture: str, format: IntegerFormat) -> None:
    zero: int | None = None
    position = 0
    for char in reversed(picture):
        family = next((start for start in ZEROS if start <= ord(char) <= start + 9), None)
        if family is not None:
            if zero is not None and family != zero:
                raise JsonataError("D3131")
            zero = family
            format.mandatory += 1
            position += 1
        elif char == "#":
            format.optional += 1
            position += 1
        else:
            format.separators.append((position, char))
    if zero is None:
        format.primary, format.token = SEQUENCE, picture
        return
    format.zero = zero
    if len({char for _, char in format.separators}) == 1:
        format.interval = regular_interval([place for place, _ in format.separators])


# --------------------------------------------------------------------------- number to text


def format_integer(value: Any, picture: str, run: Run) -> str:
    """The whole number by the picture.

    >>> from aslrun.language.jsonata import compile
    >>> compile("[$formatInteger(1999, 'I'), $formatInteger(1234567, '#,##0')]")()
    ['MCMXCIX', '1,234,567']
    """
    run.spend(len(picture))
    return formatted(value, analyse(picture), run)


def formatted(value: Any, format: IntegerFormat, run: Run) -> str:
    """The whole number by an analysed picture."""
    positive = abs(value)
    if format.primary == SEQUENCE:
        raise JsonataError("D3130", value=format.token)
    if format.primary == DECIMAL:
        text = _decimal(positive, format, run)
    else:
        text = _spelt(positive, format, run)
    return f"-{text}" if value < 0 else text


def _spelt(value: Any, format: IntegerFormat, run: Run) -> str:
    if value != value and format.primary != WORDS:
        return ""
    if not math.isfinite(value):
        raise JsonataError("D1001", value=value)
    whole = int(value)
    if format.primary == LETTERS:
        return letters(whole, "A" if format.case == UPPER else "a")
    if format.primary == ROMAN:
        run.check_text(whole // 1000)
        text = roman(whole)
        return text.upper() if format.case == UPPER else text
    text = words(whole, format.ordinal)
    return text if format.case == TITLE else text.upper() if format.case == UPPER else text.lower()


def _decimal(value: Any, format: IntegerFormat, run: Run) -> str:
    run.check_text(format.mandatory)
    text = number_text(value if isinstance(value, float) else number(double(value)))
    text = "0" * (format.mandatory - len(text)) + text
    if format.zero != 0x30:
        text = "".join(chr(ord(char) + format.zero - 0x30) for char in text)
    text = _with_separators(text, format)
    return text + _ordinal_suffix(text) if format.ordinal else text


def _with_separators(text: str, format: IntegerFormat) -> str:
    if format.interval:
        sign = format.separators[0][1]
        for group in range((len(text) - 1) // format.interval, 0, -1):
            at = len(text) - group * format.interval
            text = text[:at] + sign + text[at:]
        return text
    for place, sign in reversed(format.separators):
        at = len(text) - place
        text = text[: max(at, 0)] + sign + text[at:]
    return text


def _ordinal_suffix(text: str) -> str:
    teen = len(text) > 1 and text[-2] == "1"
    return "th" if teen else _SUFFIXES.get(text[-1], "th")


# --------------------------------------------------------------------------- text to number


def parse_integer(text: str, picture: str, run: Run) -> Any:
    """The whole number that a text by the picture stands for; not a number if it is none.

    >>> from aslrun.language.jsonata import compile
    >>> compile("$parseInteger('twelve thousand and one', 'w')")()
    12001
    """
    run.spend(len(picture) + len(text))
    return parsed_by(analyse(picture), text)


def parsed_by(format: IntegerFormat, text: str) -> Any:
    """The number in a text by an analysed picture."""
    upper = format.case == UPPER
    if format.primary == LETTERS:
        value = from_letters(text, "A" if upper else "a")
        return number(value) if math.isfinite(value) else value
    if format.primary == ROMAN:
        return from_roman(text if upper else text.upper())
    if format.primary == WORDS:
        return _as_number(from_words(text.lower()))
    if format.primary == SEQUENCE:
        raise JsonataError("D3130", value=format.token)
    return _parsed_digits(format, text)


def _as_number(value: Any) -> Any:
    return number(double(value)) if isinstance(value, int) else value


def _parsed_digits(format: IntegerFormat, text: str) -> Any:
    digits = text[:-2] if format.ordinal else text
    for sign in "," if format.interval else [sign for _, sign in format.separators]:
        digits = digits.replace(sign, "")
    if format.zero != 0x30:
        codes = [ord(char) - format.zero + 0x30 for char in digits]
        if below := next((code for code in codes if code < 0), 0):
            raise JsonataError(None, message=f"Invalid code point {below}")
        digits = "".join(map(chr, codes))
    found = _WHOLE.match(digits)
    if found is None:
        return math.nan
    based = _BASED.match(digits) if found[1] in ("0", "-0", "+0") else None
    value = double(float(found[1])) if based is None else double(int(based[2], 16))
    return number(-value if based is not None and based[1] == "-" else value)


def pattern(format: IntegerFormat, width: int) -> str:
    """A regular expression for texts by the format; ``width`` is the number of digits if that is fixed."""
    if format.primary == SEQUENCE:
        raise JsonataError("D3130", value=format.token)
    upper = format.case == UPPER
    if format.primary == LETTERS:
        return "[A-Z]+" if upper else "[a-z]+"
    if format.primary == ROMAN:
        return "[MDCLXVI]+" if upper else "[mdclxvi]+"
    if format.primary == WORDS:
        return "(?:" + "|".join([*WORD_VALUES, "and", "[\\-, ]"]) + ")+"
    least = width - format.optional
    times = "+" if width <= 0 else f"{{{width}}}" if not format.optional else f"{{{max(least, 0)},{width}}}"
    return f"[0-9]{times}" + ("(?:th|st|nd|rd)" if format.ordinal else "")
