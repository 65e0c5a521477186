"""Days and milliseconds: the calendar as JavaScript's ``Date`` counts it, always in UTC.

Rules that a change must keep:

1. A time is a whole number of milliseconds since 1970, or not a number if it is out of range.
2. ``utc`` takes months and days that overflow, and years from 0 to 99 as 1900 to 1999, as ``Date.UTC`` does.
3. Weeks begin on Monday; the first week of a year, or of a month, is the one with its first Thursday.
"""

from __future__ import annotations

import math
from typing import Any

DAY = 86_400_000
LATEST = 8.64e15

Time = float
"""Milliseconds since 1970: a whole number, or NaN."""


def clipped(millis: Any) -> Any:
    """The time as a date holds it: whole, and within 100 million days of 1970."""
    if not math.isfinite(millis) or abs(millis) > LATEST:
        return math.nan
    return int(millis)


def days_before(year: int, month: int) -> int:
    """Days from 1970 to the first of a month (counted from 0, may overflow)."""
    year += month // 12
    month = month % 12 + 1
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def civil(days: int) -> tuple[int, int, int]:
    """Year, month (from 0) and day of a number of days since 1970."""
    era, of_era = divmod(days + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    day = of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 2 if shifted < 10 else shifted - 10
    return year + era * 400 + (month <= 1), month, day


def utc(year: Any, month: Any, day: Any = 1, hour: Any = 0, minute: Any = 0, second: Any = 0, milli: Any = 0) -> Any:
    """The time of a date, NaN if a part is none."""
    parts = (year, month, day, hour, minute, second, milli)
    if any(part != part or abs(part) > 1e12 for part in parts):
        return math.nan
    year, month, day, hour, minute, second, milli = map(int, parts)
    if 0 <= year <= 99:
        year += 1900
    total = (days_before(year, month) + day - 1) * DAY + hour * 3_600_000 + minute * 60_000 + second * 1000 + milli
    return clipped(total)


def _first_week(year: int, month: int) -> Any:
    first = utc(year, month)
    weekday = (first // DAY + 3) % 7 + 1
    return first + (8 - weekday) * DAY if weekday > 4 else first - (weekday - 1) * DAY


def _week(today: Any, year: int, month: int, months: int, most: int) -> int:
    """The week of a year (``months`` is 12) or of a month (1)."""
    week = _weeks_between(_first_week(year, month), today)
    if week > most:
        if today >= _first_week(*_moved(year, month, months)):
            return 1
    elif week < 1:
        week = _weeks_between(_first_week(*_moved(year, month, -months)), today)
    return math.floor(week)


def _weeks_between(start: Any, end: Any) -> float:
    return float((end - start) / (DAY * 7) + 1)


def _moved(year: int, month: int, months: int) -> tuple[int, int]:
    return year + (month + months) // 12, (month + months) % 12


def component(time: Any, letter: str) -> Any:
    """A component of a time, by the letter that pictures use for it."""
    if letter in "CE":
        return "ISO"
    if time != time:
        return "am" if letter == "P" else math.nan
    days, of_day = divmod(time, DAY)
    if letter in "YMDdFWwXx":
        return _date_component(time, int(days), letter)
    return _time_component(int(of_day), letter)


def _date_component(time: Any, days: int, letter: str) -> Any:
    year, month, day = civil(days)
    if letter in "YMD":
        return {"Y": year, "M": month + 1, "D": day}[letter]
    if letter == "F":
        return (days + 3) % 7 + 1
    today = utc(year, month, day)
    if letter == "d":
        return (today - utc(year, 0)) // DAY + 1
    if letter == "W":
        return _week(today, year, 0, 12, 52)
    if letter == "w":
        return _week(today, year, month, 1, 4)
    months, month = (12, 0) if letter == "X" else (1, month)
    if time < _first_week(year, month):
        year, month = _moved(year, month, -months)
    elif time >= _first_week(*_moved(year, month, months)):
        year, month = _moved(year, month, months)
    return year if letter == "X" else month + 1


def _time_component(of_day: int, letter: str) -> Any:
    hour, minute, second, milli = of_day // 3_600_000, of_day // 60_000 % 60, of_day // 1000 % 60, of_day % 1000
    known = {"H": hour, "h": hour % 12 or 12, "P": "pm" if hour >= 12 else "am", "m": minute, "s": second, "f": milli}
    return known.get(letter, math.nan)
