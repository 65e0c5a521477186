"""Dates by a picture like ``[Y0001]-[M01]-[D01]``, after XPath's ``format-dateTime``: analysed and written.

Rules that a change must keep:

1. A time zone is read as ``+hhmm``: hours rounded down, minutes what is left, as 2.0.6 does for negative ones.
2. What is missing in a marker has a default per component.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from ..budget import Run
from ..errors import JsonataError
from ..values import UNDEFINED
from .calendar import DAY, civil, clipped, component
from .integers import LOWER, TITLE, UPPER, IntegerFormat, analyse, format_integer, formatted

DEFAULTS = {
    "Y": "1", "M": "1", "D": "1", "d": "1", "F": "n", "W": "1", "w": "1", "X": "1", "x": "1", "H": "1", "h": "1",
    "P": "n", "m": "01", "s": "01", "f": "1", "Z": "01:01", "z": "01:01", "C": "n", "E": "n",
}  # fmt: skip
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
ISO = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"

YEAR_10000 = 253_402_300_800_000
_WIDTH = re.compile(r"\s*([+-]?[0-9]+)")


@dataclass(slots=True)
class Marker:
    """One ``[...]`` of a picture. ``digits`` is the width a year, month or day is cut to, -1 for none."""

    component: str
    presentation: str
    modifier: str = ""
    names: str = ""
    least: int | None = None
    most: int | None = None
    integer: IntegerFormat | None = None
    digits: int = 0


def analyse_picture(picture: str) -> list[str | Marker]:
    """The literal texts and markers of a picture."""
    parts: list[str | Marker] = []
    start = at = 0
    while at < len(picture):
        if picture[at] != "[":
            at += 1
            continue
        _add_literal(parts, picture[start:at])
        if picture.startswith("[[", at):
            parts.append("[")
            at += 2
        else:
            end = picture.find("]", at)
            if end < 0:
                raise JsonataError("D3135")
            parts.append(_marker("".join(picture[at + 1 : end].split())))
            at = end + 1
        start = at
    _add_literal(parts, picture[start:])
    return parts


def _add_literal(parts: list[str | Marker], text: str) -> None:
    if text:
        parts.append(text.replace("]]", "]"))


def _marker(text: str) -> Marker:
    body, comma, width = text.rpartition(",")
    if not comma:
        body, width = text, ""
    presentation, modifier = _presentation(body[:1], body[1:])
    marker = Marker(body[:1], presentation, modifier)
    if comma:
        least, dash, most = width.partition("-")
        marker.least, marker.most = _width(least), _width(most) if dash else None
    if presentation[:1] in ("n", "N"):
        marker.names = LOWER if presentation[0] == "n" else TITLE if presentation[1:2] == "n" else UPPER
    elif marker.component in "YMDdFWwXxHhmsf":
        _add_integer_format(marker)
    if marker.component in ("Z", "z"):
        marker.integer = analyse(presentation)
    return marker


def _presentation(component: str, text: str) -> tuple[str, str]:
    if not text:
        default = DEFAULTS.get(component)
        if default is None:
            raise JsonataError("D3132", value=component)
        return default, ""
    if len(text) > 1 and text[-1] in "atco":
        return text[:-1], text[-1]
    return text, ""


def _width(text: str) -> int | None:
    found = _WIDTH.match(text)
    return int(found[1]) if found else None


def _add_integer_format(marker: Marker) -> None:
    format = analyse(marker.presentation + (f";{marker.modifier}" if marker.modifier else ""))
    marker.integer = format
    if marker.least is not None:
        format.mandatory = max(format.mandatory, marker.least)
    if marker.component in "YMD":
        marker.digits = -1
        width = format.mandatory + format.optional
        if marker.most is not None:
            marker.digits = format.mandatory = marker.most
        elif width >= 2:
            marker.digits = width


# --------------------------------------------------------------------------- writing


def format_time(millis: Any, picture: Any, zone: Any, run: Run) -> str:
    """The time by the picture (ISO 8601 if there is none) in a time zone like ``-0500``.

    >>> from aslrun.language.jsonata import compile
    >>> compile("$fromMillis(0, '[D1o] [MNn] [Y], [H01]:[m01]', '+0100')")()
    '1st January 1970, 01:00'
    """
    if picture is UNDEFINED and zone is UNDEFINED and 0 <= millis < YEAR_10000:
        return _iso(int(millis))
    hours, minutes = (0, 0) if zone is UNDEFINED else _offset(zone)
    time = clipped(millis + (60 * hours + minutes) * 60_000)
    if picture is UNDEFINED:
        picture = ISO
    run.spend(len(picture))
    parts = analyse_picture(picture)
    return "".join(part if isinstance(part, str) else _component(time, part, hours, minutes, run) for part in parts)


def _iso(millis: int) -> str:
    """The usual case: ISO 8601, in UTC."""
    days, of_day = divmod(millis, DAY)
    year, month, day = civil(days)
    hour, minute = divmod(of_day // 60_000, 60)
    second, milli = divmod(of_day % 60_000, 1000)
    return f"{year:04}-{month + 1:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"


def _offset(zone: str) -> tuple[Any, Any]:
    found = re.match(r"\s*([+-]?[0-9]+)", zone)
    if found is None:
        return math.nan, math.nan
    offset = int(found[1])
    return offset // 100, int(math.fmod(offset, 100))


def _component(time: Any, marker: Marker, hours: Any, minutes: Any, run: Run) -> str:
    letter = marker.component
    if letter in ("Z", "z"):
        return _zone(marker, hours, minutes, run)
    value = component(time, letter)
    if letter == "P":
        return str(value).upper() if marker.names == UPPER else str(value)
    if letter in "CE":
        return str(value)
    if letter == "Y" and marker.digits != -1 and not marker.names:
        value = math.fmod(value, 10**marker.digits)
        value = int(value) if value == value else value
    if marker.names:
        return _name(value, marker)
    if marker.integer is None:
        return "undefined"
    return formatted(value, marker.integer, run)


def _name(value: Any, marker: Marker) -> str:
    table = {"M": MONTHS, "x": MONTHS, "F": DAYS}.get(marker.component)
    if table is None:
        raise JsonataError("D3133", value=marker.component)
    if value != value:
        if marker.names == TITLE and marker.most is None:
            return "undefined"
        raise JsonataError(None, message="The date is out of range")
    name = table[int(value) - 1]
    if marker.names != TITLE:
        name = name.upper() if marker.names == UPPER else name.lower()
    return name if marker.most is None else name[: marker.most]


def _zone(marker: Marker, hours: Any, minutes: Any, run: Run) -> str:
    assert marker.integer is not None
    offset = hours * 100 + minutes
    if marker.integer.interval or marker.integer.mandatory in (3, 4):
        text = formatted(offset, marker.integer, run)
    elif marker.integer.mandatory in (1, 2):
        text = formatted(hours, marker.integer, run)
        if minutes != 0:
            text += ":" + format_integer(minutes, "00", run)
    else:
        raise JsonataError("D3134", value=marker.integer.mandatory)
    if offset >= 0:
        text = "+" + text
    if marker.component == "z":
        text = "GMT" + text
    return "Z" if offset == 0 and marker.modifier == "t" else text
