"""Decimal numbers by a picture like ``#,##0.00;(#)``, after XPath's ``format-number``.

Rules that a change must keep:

1. The steps are those of XPath 3.1, section 4.7, taken as 2.0.6 takes them: without a fraction in the
   picture the suffix counts as the fraction, and of several faults the last one is reported.
2. Where 2.0.6 would never end (an exponent for zero or for a negative number) it is an error here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Any

from ..budget import Run
from ..errors import JsonataError, JsonataLimitError
from ..numbers import double, fixed, rounded

DEFAULTS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "\u2030",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class _Signs:
    """The characters with a meaning."""

    __slots__ = ("active", "decimal", "digit", "exponent", "family", "grouping", "minus", "pattern", "percent", "permille", "zero")  # fmt: skip  # noqa: E501

    def __init__(self, options: Any) -> None:
        signs = dict(DEFAULTS)
        if isinstance(options, dict):
            signs.update({key: value if isinstance(value, str) else str(value) for key, value in options.items()})
        self.decimal, self.grouping, self.exponent = (
            signs[f"{name}-separator"] for name in ("decimal", "grouping", "exponent")
        )
        self.minus, self.percent, self.permille = signs["minus-sign"], signs["percent"], signs["per-mille"]
        self.zero, self.digit, self.pattern = signs["zero-digit"], signs["digit"], signs["pattern-separator"]
        if not self.zero or not self.grouping:
            raise JsonataError(None, message="A picture needs a zero digit and a grouping separator")
        self.family = [chr(code) for code in range(ord(self.zero[0]), ord(self.zero[0]) + 10)]
        self.active = {*self.family, self.decimal, self.exponent, self.grouping, self.digit, self.pattern}


@dataclass(slots=True)
class _Parts:
    """A sub-picture taken apart."""

    picture: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str


@dataclass(slots=True)
class _Format:
    """What a sub-picture asks for."""

    picture: str
    prefix: str
    suffix: str
    grouping: list[int]
    regular: int
    least_integer: int
    scale: int
    fraction_grouping: list[int]
    least_fraction: int
    most_fraction: int
    exponent: int


def format_number(value: Any, picture: str, options: Any, run: Run) -> str:
    """The number by the picture.

    >>> from aslrun.language.jsonata import compile
    >>> compile("$formatNumber(12345.6, '#,###.00')")()
    '12,345.60'
    """
    run.spend(4 * len(picture))
    signs = _Signs(options)
    pictures = picture.split(signs.pattern) if signs.pattern else list(picture)
    if len(pictures) > 2:
        raise JsonataError("D3080")
    parts = [_split(sub, signs) for sub in pictures]
    for part in parts:
        _check(part, signs)
    formats = [_analysed(part, signs) for part in parts]
    wanted = formats[0] if value >= 0 else formats[-1]
    prefix = signs.minus + wanted.prefix if not value >= 0 and len(formats) == 1 else wanted.prefix
    if not math.isfinite(double(value)):
        raise JsonataError("D1001", value=value)
    return prefix + _digits(value, wanted, signs) + wanted.suffix


# --------------------------------------------------------------------------- the picture


def _split(picture: str, signs: _Signs) -> _Parts:
    places = [index for index, char in enumerate(picture) if char in signs.active and char != signs.exponent]
    if not places:
        raise JsonataError(None, message="The picture has no digits")
    prefix, suffix = picture[: places[0]], picture[places[-1] + 1 :]
    active = mantissa = picture[places[0] : places[-1] + 1]
    exponent = None
    at = picture.find(signs.exponent, len(prefix))
    if -1 < at <= len(picture) - len(suffix):
        mantissa, exponent = active[:at], active[at + 1 :]
    point = mantissa.find(signs.decimal)
    integer, fraction = (mantissa, suffix) if point < 0 else (mantissa[:point], mantissa[point + 1 :])
    return _Parts(picture, prefix, suffix, active, mantissa, exponent, integer, fraction)


def _check(parts: _Parts, signs: _Signs) -> None:
    faults = [code for code, is_fault in FAULTS if is_fault(parts, signs)]
    if faults:
        raise JsonataError(faults[-1])


def _twice(sign: Callable[[_Signs], str]) -> Callable[[_Parts, _Signs], bool]:
    return lambda parts, signs: parts.picture.find(sign(signs)) != parts.picture.rfind(sign(signs))


def _no_digit(parts: _Parts, signs: _Signs) -> bool:
    return not any(char in signs.family or char == signs.digit for char in parts.mantissa)


def _passive_inside(parts: _Parts, signs: _Signs) -> bool:
    return any(char not in signs.active for char in parts.active)


def _grouping_at_point(parts: _Parts, signs: _Signs) -> bool:
    point = parts.picture.find(signs.decimal)
    around = parts.picture[max(point - 1, 0) : point], parts.picture[point + 1 : point + 2]
    return point >= 0 and signs.grouping in around


def _grouping_at_end(parts: _Parts, signs: _Signs) -> bool:
    return signs.decimal not in parts.picture and parts.integer[-1:] == signs.grouping


def _optional_behind_digit(parts: _Parts, signs: _Signs) -> bool:
    first = parts.integer.find(signs.digit)
    return first >= 0 and any(char in signs.family for char in parts.integer[:first])


def _digit_behind_optional(parts: _Parts, signs: _Signs) -> bool:
    last = parts.fraction.rfind(signs.digit)
    return last >= 0 and any(char in signs.family for char in parts.fraction[last:])


def _scaled_exponent(parts: _Parts, signs: _Signs) -> bool:
    return bool(parts.exponent) and (signs.percent in parts.picture or signs.permille in parts.picture)


def _bad_exponent(parts: _Parts, signs: _Signs) -> bool:
    return parts.exponent is not None and (
        not parts.exponent or any(char not in signs.family for char in parts.exponent)
    )


FAULTS: tuple[tuple[str, Callable[[_Parts, _Signs], bool]], ...] = (
    ("D3081", _twice(lambda signs: signs.decimal)),
    ("D3082", _twice(lambda signs: signs.percent)),
    ("D3083", _twice(lambda signs: signs.permille)),
    ("D3084", lambda parts, signs: signs.percent in parts.picture and signs.permille in parts.picture),
    ("D3085", _no_digit),
    ("D3086", _passive_inside),
    ("D3087", _grouping_at_point),
    ("D3088", _grouping_at_end),
    ("D3089", lambda parts, signs: signs.grouping * 2 in parts.picture),
    ("D3090", _optional_behind_digit),
    ("D3091", _digit_behind_optional),
    ("D3092", _scaled_exponent),
    ("D3093", _bad_exponent),
)


def _analysed(parts: _Parts, signs: _Signs) -> _Format:
    def count(text: str, optional: bool = False) -> int:
        return sum(char in signs.family or (optional and char == signs.digit) for char in text)

    def grouping(text: str, to_left: bool) -> list[int]:
        positions = []
        at = text.find(signs.grouping)
        while at != -1:
            positions.append(count(text[:at] if to_left else text[at:], True))
            at = parts.integer.find(signs.grouping, at + 1)
        return positions

    positions = grouping(parts.integer, False)
    least = scale = count(parts.integer)
    least_fraction, most_fraction = count(parts.fraction), count(parts.fraction, True)
    if least == 0 and most_fraction == 0:
        if parts.exponent is not None:
            least_fraction = most_fraction = 1
        else:
            least = 1
    if parts.exponent is not None and least == 0 and signs.digit in parts.integer:
        least = 1
    if least == 0 and least_fraction == 0:
        least_fraction = 1
    exponent = count(parts.exponent or "")
    return _Format(
        parts.picture, parts.prefix, parts.suffix, positions, regular_interval(positions), least, scale,
        grouping(parts.fraction, True), least_fraction, most_fraction, exponent,
    )  # fmt: skip


def regular_interval(positions: list[int]) -> int:
    """The distance of grouping separators that stand at equal distances, otherwise 0.

    >>> regular_interval([6, 3]), regular_interval([5, 3])
    (3, 0)
    """
    if not positions:
        return 0
    factor = reduce(math.gcd, positions)
    if all(index * factor in positions for index in range(1, len(positions) + 1)):
        return factor
    return 0


# --------------------------------------------------------------------------- the number


def _digits(value: Any, wanted: _Format, signs: _Signs) -> str:
    number = value
    if signs.percent in wanted.picture:
        number = value * 100
    elif signs.permille in wanted.picture:
        number = value * 1000
    exponent: int | None = None
    if wanted.exponent:
        number, exponent = _scaled(double(number), wanted.scale)
    if wanted.most_fraction > 100:
        raise JsonataError(None, message="toFixed() digits argument must be between 0 and 100")
    text = _localised(fixed(abs(rounded(number, wanted.most_fraction)), wanted.most_fraction), signs)
    text = text.replace(".", signs.decimal, 1) if "." in text else text + signs.decimal
    text = text.strip(signs.zero) if len(signs.zero) == 1 else text
    point = text.find(signs.decimal)
    text = signs.zero * (wanted.least_integer - point) + text
    text += signs.zero * (wanted.least_fraction - (len(text) - text.find(signs.decimal) - 1))
    text = _grouped(text, wanted, signs)
    point = text.find(signs.decimal)
    if signs.decimal not in wanted.picture or point == len(text) - 1:
        text = text[:-1]
    return text if exponent is None else text + _exponent(exponent, wanted, signs)


def _scaled(number: float, scale: int) -> tuple[float, int]:
    if number <= 0:
        raise JsonataLimitError("D1012", value="infinitely many")
    most, least = math.pow(10, scale), math.pow(10, scale - 1)
    exponent = 0
    while number < least:
        number *= 10
        exponent -= 1
    while number > most:
        number /= 10
        exponent += 1
    return number, exponent


def _localised(text: str, signs: _Signs) -> str:
    if signs.zero == "0":
        return text
    return "".join(signs.family[ord(char) - 48] if "0" <= char <= "9" else char for char in text)


def _grouped(text: str, wanted: _Format, signs: _Signs) -> str:
    point = text.find(signs.decimal)
    if wanted.regular > 0:
        for group in range(1, (point - 1) // wanted.regular + 1):
            at = point - group * wanted.regular
            text = text[:at] + signs.grouping + text[at:]
    else:
        for position in wanted.grouping:
            at = point - position
            text = text[:at] + signs.grouping + text[at:]
            point += 1
    point = text.find(signs.decimal)
    for position in wanted.fraction_grouping:
        at = position + point + 1
        text = text[:at] + signs.grouping + text[at:]
    return text


def _exponent(exponent: int, wanted: _Format, signs: _Signs) -> str:
    text = _localised(str(abs(exponent)), signs)
    text = signs.zero * (wanted.exponent - len(text)) + text
    return signs.exponent + (signs.minus if exponent < 0 else "") + text
