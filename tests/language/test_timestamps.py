"""Timestamps: which texts are one, which instant they mean, how an instant is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.timestamps import format_timestamp, instant, is_timestamp, parse_timestamp

OFFSETS = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOMENTS = st.builds(
    lambda microseconds, zone: (EPOCH + timedelta(microseconds=microseconds)).astimezone(zone),
    st.integers(-62_135_500_000_000_000, 253_402_200_000_000_000),
    OFFSETS,
)


@pytest.mark.parametrize(
    "text",
    [
        "2016-12-05T21:29:29Z",
        "2016-12-05T21:29:29.1Z",
        "2016-12-05T21:29:29.123456789012Z",
        "2016-12-05T21:29:29+00:00",
        "2016-12-05T21:29:29-23:59",
        "2016-12-31T23:59:60Z",
        "2016-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "0001-01-01T00:00:00Z",
    ],
)
def test_a_text_of_the_profile_is_a_timestamp(text: str) -> None:
    assert is_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "date",
        "2023-02-24",
        "2012-10-09T19:00:55",
        "2016-12-05 21:29:29Z",
        "2016-12-05t21:29:29Z",
        "2016-12-05T21:29:29z",
        "2016-12-05T21:29Z",
        "2016-12-05T21:29:29.Z",
        "2016-12-05T21:29:29,5Z",
        "2016-12-05T21:29:29+0100",
        "2016-12-05T21:29:29+24:00",
        "2016-12-05T25:29:29Z",
        "2016-12-05T24:00:00Z",
        "2016-12-05T21:60:00Z",
        "2016-12-05T21:29:61Z",
        "2016-13-05T21:29:29Z",
        "2016-00-05T21:29:29Z",
        "2016-04-31T21:29:29Z",
        "2015-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2016-12-05T21:29:29Z\n",
        " 2016-12-05T21:29:29Z",
        "16-12-05T21:29:29Z",
        "٢٠١٦-12-05T21:29:29Z",
    ],
)
def test_any_other_text_is_no_timestamp(text: str) -> None:
    assert not is_timestamp(text)
    with pytest.raises(ValueError, match="is no timestamp"):
        instant(text)


def test_instants_compare_across_offsets() -> None:
    assert instant("2025-01-01T07:00:00.000-05:00") == instant("2025-01-01T12:00:00Z")


def test_instants_compare_to_the_last_digit() -> None:
    assert instant("2025-01-01T12:00:00.123456788Z") < instant("2025-01-01T12:00:00.123456789Z")
    assert instant("2025-01-01T12:00:00.45Z") < instant("2025-01-01T12:00:00.5Z")
    assert instant("2025-01-01T12:00:00.5Z") == instant("2025-01-01T12:00:00.500Z")


def test_a_leap_second_is_the_first_second_of_the_next_minute() -> None:
    assert instant("2016-12-31T23:59:60Z") == instant("2017-01-01T00:00:00Z")


def test_an_instant_is_written_with_milliseconds_even_if_they_are_zero() -> None:
    assert format_timestamp(0) == "1970-01-01T00:00:00.000Z"


def test_a_written_instant_is_rounded_to_the_millisecond() -> None:
    assert format_timestamp(1.0006) == "1970-01-01T00:00:01.001Z"


@given(MOMENTS)
def test_the_instant_of_a_text_is_that_of_the_datetime(moment: datetime) -> None:
    seconds = (moment - EPOCH) // timedelta(seconds=1)
    digits = f"{moment.microsecond:06}".rstrip("0")
    assert instant(moment.isoformat()) == (seconds, digits)


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_time_does(first: datetime, second: datetime) -> None:
    assert (instant(first.isoformat()) < instant(second.isoformat())) == (first < second)


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_what_is_written_reads_back(milliseconds: int) -> None:
    text = format_timestamp(milliseconds / 1000)
    assert is_timestamp(text)
    assert round(parse_timestamp(text) * 1000) == milliseconds
