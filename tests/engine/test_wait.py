"""Wait: until when, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.values import JSON

from .drive import START, Story, drive, machine_of
from .shapes import wait


def waited(input: JSON = None, **fields: Any) -> Story:
    return drive(machine_of({"W": {"Type": "Wait", "End": True, **fields}}), input)


def test_a_wait_takes_its_seconds_and_hands_its_input_on() -> None:
    story = waited({"x": 1}, Seconds=30)
    assert (story.execution.stopped_at, story.execution.output) == (START + 30, {"x": 1})
    assert [event["timestamp"] for event in story.history] == [START, START, START + 30, START + 30]


def test_zero_seconds_are_over_at_once() -> None:
    assert len(waited({}, Seconds=0).events) == 1


def test_a_timestamp_is_waited_for() -> None:
    assert waited({}, Timestamp="1970-01-01T01:00:00+00:30").execution.stopped_at == 1800


def test_a_fraction_of_a_second_counts() -> None:
    assert waited({"t": "1970-01-01T00:30:00.125Z"}, TimestampPath="$.t").execution.stopped_at == 1800.125


def test_a_timestamp_in_the_past_is_over_at_once() -> None:
    story = waited({}, Timestamp="1969-01-01T00:00:00Z")
    assert (story.execution.status, story.execution.stopped_at) == ("SUCCEEDED", START)


def test_paths_read_the_effective_input_which_is_also_the_output() -> None:
    story = waited({"in": {"s": 5}, "s": 9}, InputPath="$.in", SecondsPath="$.s")
    assert (story.execution.stopped_at, story.execution.output) == (START + 5, {"s": 5})


def test_output_path_filters_what_goes_on() -> None:
    assert waited({"x": {"y": 1}}, Seconds=1, OutputPath="$.x").execution.output == {"y": 1}


def test_seconds_and_timestamps_may_come_from_the_context_object() -> None:
    assert waited({}, TimestampPath="$$.State.EnteredTime").execution.stopped_at == START


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        (-1, "The SecondsPath parameter references a negative value: $.a == -1"),
        (1.5, "The SecondsPath parameter cannot be parsed as a long value: $.a == 1.5"),
        (2**63, f"The SecondsPath parameter cannot be parsed as a long value: $.a == {2**63}"),
        ("1", "The SecondsPath parameter does not reference an input value: $.a"),
        (True, "The SecondsPath parameter does not reference an input value: $.a"),
        (2_147_483_648, "Wait state delay is too long."),
        (2**62, "Wait state delay is too long."),
    ],
)
def test_what_is_no_number_of_seconds_fails_the_execution(value: JSON, complaint: str) -> None:
    story = waited({"a": value}, SecondsPath="$.a")
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")
    assert story.execution.cause == (
        f"An error occurred while executing the state 'W' (entered at the event id #2). {complaint}"
    )


def test_a_missing_number_of_seconds_fails_the_execution() -> None:
    cause = waited({}, SecondsPath="$.a").execution.cause or ""
    assert cause.endswith("The SecondsPath parameter does not reference an input value: $.a")


@pytest.mark.parametrize("value", ["2016-12-05 21:29:29Z", "2016-12-05T21:29:29", "2016-13-05T21:29:29Z", 7, "later"])
def test_what_is_no_timestamp_fails_the_execution(value: JSON) -> None:
    cause = waited({"a": value}, TimestampPath="$.a").execution.cause or ""
    assert cause.endswith(
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"$.a == {value}"
    )


def test_a_timestamp_too_far_ahead_fails_the_execution() -> None:
    cause = waited({"a": "2999-01-01T00:00:00Z"}, TimestampPath="$.a").execution.cause or ""
    assert cause.endswith("Wait state delay is too long.")


def test_the_longest_delay_is_waited_for() -> None:
    assert waited({"a": 2_147_483_647}, SecondsPath="$.a").execution.stopped_at == START + 2_147_483_647


def test_waits_in_a_row_begin_where_the_one_before_ended() -> None:
    states = {"A": wait(10, Next="B"), "B": wait(20)}
    assert drive(machine_of(states)).execution.stopped_at == START + 30
