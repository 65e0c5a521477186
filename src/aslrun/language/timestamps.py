"""Timestamps: the profile of RFC 3339 that Step Functions takes, and the instants they stand for.

Rules that a change must keep:

1. ``T`` and ``Z`` are upper case, seconds and a zone are required, a fraction may have any number of digits.
2. Texts are compared by instant, exactly: a float cannot tell nanoseconds of this century apart.
3. What is written is UTC with milliseconds and ``Z``.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

Instant: TypeAlias = tuple[int, str]
"""Whole seconds since 1970 and the digits of the fraction without trailing zeros: sorts as time does."""

_MATCH = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.([0-9]+))?"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
).fullmatch

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
_DAYS_IN_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS_BEFORE_1970 = 719_528  # from the first of January of the year 0

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_timestamp(text: str) -> bool:
    """Whether the text is a timestamp, the calendar day included.

    >>> is_timestamp("2016-03-14T01:59:00Z"), is_timestamp("2016-03-14 01:59:00Z"), is_timestamp("2015-02-29T00:00:00Z")
    (True, False, False)
    """
    found = _MATCH(text)
    return found is not None and _is_day(int(found[1]), int(found[2]), int(found[3]))


def instant(text: str) -> Instant:
    """The instant of a timestamp, a key that compares exactly.

    Raises ``ValueError`` if the text is no timestamp. A leap second (60) is the first second of the next minute.

    >>> instant("2024-01-01T00:00:00.000000001Z") < instant("2024-01-01T01:00:00.000000002+01:00")
    True
    """
    found = _MATCH(text)
    if found is None or not _is_day(int(found[1]), int(found[2]), int(found[3])):
        raise ValueError(f"{text!r} is no timestamp such as 2016-03-14T01:59:00Z")
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = found.groups()
    seconds = _days(int(year), int(month), int(day)) * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign is not None:
        offset = int(zone_hour) * 3600 + int(zone_minute) * 60
        seconds += offset if sign == "-" else -offset
    return seconds, (fraction or "").rstrip("0")


def parse_timestamp(text: str) -> float:
    """Epoch seconds of a timestamp.

    Raises ``ValueError`` if the text is no timestamp.

    >>> parse_timestamp("1970-01-01T01:00:01.5+01:00")
    1.5
    """
    seconds, fraction = instant(text)
    return seconds + float(f"0.{fraction}") if fraction else float(seconds)


def format_timestamp(epoch_seconds: float) -> str:
    """The text of an instant: UTC with milliseconds, as in the context object and the history.

    Raises ``OverflowError`` beyond the year 9999.

    >>> format_timestamp(1704164645.678)
    '2024-01-02T03:04:05.678Z'
    """
    moment = _EPOCH + timedelta(milliseconds=round(epoch_seconds * 1000))
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


def _is_day(year: int, month: int, day: int) -> bool:
    return day <= _DAYS_IN_MONTH[month - 1] or (month == 2 and day == 29 and _is_leap(year))


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a day of the proleptic Gregorian calendar."""
    leap_days = (year + 3) // 4 - (year + 99) // 100 + (year + 399) // 400  # of the years before this one
    in_year = _DAYS_BEFORE_MONTH[month - 1] + (month > 2 and _is_leap(year)) + day - 1
    return year * 365 + leap_days + in_year - _DAYS_BEFORE_1970
