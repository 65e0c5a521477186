"""Somebody sets the clock while an execution waits: seconds go on as they were counted, timestamps follow the clock."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.engine.events import ClockMoved

from .drive import START, Story, always, beat, by_dump, drive, failed, machine_of, submitted
from .shapes import CALLBACK, retry, task, wait

HOUR = 3_600.0


def moved(states: dict[str, Any], by: float, at: float = 10, **fields: Any) -> Story:
    story = drive(machine_of(states), {}, told=[ClockMoved(by, START + at)], rebuilt=by_dump, **fields)
    assert story.execution.status != "RUNNING"
    return story


def instants(story: Story, type: str) -> list[float]:
    return [event["timestamp"] - START for event in story.of(type)]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_wait_of_seconds_lasts_as_long_as_it_would_have(by: float) -> None:
    assert instants(moved({"W": wait(60)}, by), "WaitStateExited") == [by + 60]


def test_a_timestamp_that_the_clock_has_leapt_over_is_there() -> None:
    states = {"W": {"Type": "Wait", "Timestamp": "1970-01-01T00:30:00Z", "End": True}}
    assert instants(moved(states, HOUR), "WaitStateExited") == [HOUR + 10]


@pytest.mark.parametrize(("by", "exited"), [(HOUR / 10, 800.0), (-HOUR, 800.0), (-5.0, 800.0)])
def test_a_timestamp_is_awaited_by_the_new_time(by: float, exited: float) -> None:
    states = {"W": {"Type": "Wait", "Timestamp": "1970-01-01T00:30:00Z", "End": True}}
    assert instants(moved(states, by), "WaitStateExited") == [exited]


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_a_time_out_a_heartbeat_and_a_back_off_go_on_as_they_were_counted(by: float) -> None:
    states = {"A": task(TimeoutSeconds=30)}
    assert instants(moved(states, by), "TaskTimedOut") == [by + 30]
    states = {"A": task(CALLBACK, HeartbeatSeconds=30)}
    world = {"A": always(submitted(1), beat(5))}
    assert instants(moved(states, by, world=world), "TaskTimedOut") == [by + 35]
    states = {"A": task(Retry=[retry(IntervalSeconds=60, MaxAttempts=1)])}
    assert instants(moved(states, by, world={"A": always(failed(1))}), "TaskScheduled") == [0, by + 61]


def test_what_was_due_before_the_clock_was_set_has_been_due() -> None:
    story = moved({"A": wait(5, Next="B"), "B": wait(60)}, -HOUR)
    assert instants(story, "WaitStateExited") == [5, 65 - HOUR]
