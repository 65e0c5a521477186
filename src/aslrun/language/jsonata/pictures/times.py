"""Texts to times: ISO 8601 as ``Date.parse`` reads it, and any text by a picture.

Rules that a change must keep:

1. From a picture's components one way to give a date and one to give a time is chosen; what is missing left
   of them comes from now, what is missing right of them is the least; a gap between is an error (D3136).
2. Texts come from outside and are matched within the budget.
"""

from __future__ import annotations

import math
import re
from typing import Any

from ..budget import Run
from ..errors import JsonataError
from ..regex import compile_regex
from ..values import UNDEFINED
from .calendar import civil, component, utc
from .dates import DAYS, MONTHS, Marker, analyse_picture
from .integers import IntegerFormat, parsed_by, pattern

_ISO = re.compile(
    r"([0-9]{4})((?:-[01][0-9])*)((?:-[0-3][0-9])*)((?:T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])*)"
    r"(\.[0-9]+)?([+-][0-2][0-9]:?[0-5][0-9]|Z)?\Z"
)
_SPECIAL = re.compile(r"[.*+?^${}()|\[\]\\]")
_HALVES = {"am": 0, "AM": 0, "pm": 1, "PM": 1}

_DATES = {"YMD": 0b10100001, "YD": 0b10000010, "XxwF": 0b01010100, "XWF": 0b01001000}
_TIMES = {"Hmsf": 0b010111, "Phmsf": 0b101111}


def parse_iso(text: str) -> Any:
    """The time of an ISO 8601 text, NaN if there is no such date; D3110 if it is none."""
    found = _ISO.match(text)
    if found is None:
        raise JsonataError("D3110", value=text)
    year, months, days, clock, fraction, zone = found.groups()
    if len(months) > 3 and not days:
        months, days = months[:3], months[3:]
    if len(months) > 3 or len(days) > 3 or len(clock) > 9 or (fraction and not clock) or (zone and not clock):
        return math.nan
    month, day = int(months[1:] or 1), int(days[1:] or 1)
    hour, minute, second = (int(part) for part in (clock[1:] or "0:0:0").split(":"))
    milli = int(((fraction or ".")[1:] + "000")[:3])
    if not (1 <= month <= 12 and 1 <= day <= 31 and (hour < 24 or (hour == 24 and minute + second + milli == 0))):
        return math.nan
    years = int(year)
    time = utc(years + 400 if years < 100 else years, month - 1, day, hour, minute, second, milli)
    if years < 100:
        time -= 146_097 * 86_400_000
    return time - _zone_minutes(zone or "Z") * 60_000


def _zone_minutes(zone: str) -> int:
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


# --------------------------------------------------------------------------- by picture


def parse_time(text: str, picture: str, run: Run) -> Any:
    """The time of a text by the picture; undefined if it does not fit, D3136 if too much is missing."""
    run.spend(10 * len(picture) + len(text))
    parts = analyse_picture(picture)
    expression = "^" + "".join(f"({_pattern(part)})" for part in parts) + "$"
    found = compile_regex(expression, "i").search(text, 0, run.spend)
    if found is None:
        return UNDEFINED
    given: dict[str, Any] = {}
    for part, caught in zip(parts, found.groups, strict=True):
        if isinstance(part, Marker):
            given[part.component] = _value(part, caught or "")
    return _time(given, run.now) if given else UNDEFINED


def _pattern(part: str | Marker) -> str:
    if isinstance(part, str):
        return _SPECIAL.sub(r"\\\g<0>", part)
    if part.component in ("Z", "z"):
        assert part.integer is not None
        sign = _separator(part.integer)
        return ("GMT" if part.component == "z" else "") + "[-+][0-9]+" + (f"{sign}[0-9]+" if sign else "")
    if part.integer is not None:
        return pattern(part.integer, part.digits)
    if part.component not in "MxFP":
        raise JsonataError("D3133", value=part.component)
    return "[a-zA-Z]+"


def _separator(format: IntegerFormat) -> str:
    return format.separators[0][1] if format.interval else ""


def _value(part: Marker, text: str) -> Any:
    if part.component in ("Z", "z"):
        return _zone(part, text)
    if part.integer is not None:
        return parsed_by(part.integer, text)
    if part.component == "P":
        return _HALVES.get(text, UNDEFINED)
    names = DAYS if part.component == "F" else MONTHS
    known = {name[: part.most] if part.most else name: index for index, name in enumerate(names, 1)}
    return known.get(text, UNDEFINED)


def _zone(part: Marker, text: str) -> int:
    assert part.integer is not None
    value = text[3:] if part.component == "z" else text
    sign = _separator(part.integer)
    if sign:
        hours, _, minutes = value.partition(sign)
        return int(hours) * 60 + int(minutes)
    if len(value) <= 3:
        return int(value) * 60
    return int(value[:3]) * 60 + int(value[3:])


def _time(given: dict[str, Any], now: int) -> Any:
    date, clock = _chosen(given, "YXMxWwdD", _DATES, "YMD"), _chosen(given, "PHhmsf", _TIMES, "Hmsf")
    _fill(given, date + clock, now)
    given["M"] = given["M"] - 1 if given.get("M", 0) > 0 else 0
    if date == "YD":
        _from_day_of_year(given)
    if date in ("XxwF", "XWF"):
        raise JsonataError("D3136")
    if clock == "Phmsf":
        given["H"] = (0 if given["h"] == 12 else given["h"]) + (12 if given["P"] == 1 else 0)
    time = utc(*(given[letter] for letter in "YMDHmsf"))
    return time - (given.get("Z") or given.get("z") or 0) * 60_000


def _chosen(given: dict[str, Any], letters: str, ways: dict[str, int], default: str) -> str:
    """The way to give a date, or a time, that has all components given."""
    mask = 0
    for letter in letters:
        value = given.get(letter, 0)
        mask = mask * 2 + (value is not UNDEFINED and value == value and value != 0)
    fits = {way for way, bits in ways.items() if not ~bits & mask and bits & mask}
    order = ("YMD", "YD", "XxwF", "XWF", "Hmsf", "Phmsf")
    if "YD" in fits and "YMD" not in fits:
        return "YD"
    if fits & {"XxwF", "XWF"}:
        return "XxwF" if "XxwF" in fits else "XWF"
    return next((way for way in order if way in fits), default)


def _fill(given: dict[str, Any], letters: str, now: int) -> None:
    """Add what is missing: from now on the left of what is given, the least on the right of it."""
    started = ended = False
    for letter in letters:
        if given.get(letter, UNDEFINED) is UNDEFINED:
            given[letter] = (1 if letter in "MDd" else 0) if started else component(now, letter)
            ended = ended or started
        else:
            started = True
            if ended:
                raise JsonataError("D3136")


def _from_day_of_year(given: dict[str, Any]) -> None:
    time = utc(given["Y"], 0) + (given.get("d", math.nan) - 1) * 86_400_000
    if time != time:
        given["M"] = given["D"] = math.nan
        return
    _, given["M"], given["D"] = civil(int(time // 86_400_000))
