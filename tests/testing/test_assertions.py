"""What a test may claim of a run, without pytest's plugin."""

from __future__ import annotations

import pytest

from aslrun import load, simulate
from aslrun.testing import Mocks, Run, error

from .machines import SNS, machine, task

WAIT = {"Type": "Wait", "Seconds": 60}
LOADED = load(machine(task(Retry=[{"ErrorEquals": ["Busy"]}]), WAIT))


def a_run(mocks: Mocks | None = None) -> Run:
    mocks = Mocks({"S0": [error("Busy"), {"id": 7}]}) if mocks is None else mocks
    return Run(simulate(LOADED, {"total": 5}, mocks.over(LOADED)), mocks)


def test_calls_on_another_input_are_not_counted() -> None:
    run = a_run()
    assert run.called("S0", times=2, input={"total": 5})
    assert not run.called("S0", input={"total": 6})


def test_a_claim_about_calls_says_what_was_called() -> None:
    assert repr(a_run().called("S0", times=1)) == "<S0: called twice, not once>"
    assert repr(a_run().called(f"{SNS}x")) == f"<{SNS}x: never called; called were: S0>"


def test_the_times_of_a_snapshot_count_from_the_start() -> None:
    times = [event["timestamp"] for event in a_run().snapshot()]
    assert (times[0], times[-1]) == (0, 61)


def test_mocks_that_are_used_again_begin_anew() -> None:
    mocks = Mocks({"S0": [error("Busy"), {"id": 7}]})
    assert [len(a_run(mocks).calls), len(a_run(mocks).calls)] == [2, 2]


def test_a_state_that_was_never_left_has_no_output() -> None:
    run = a_run(Mocks({"S0": error("Away")}))
    with pytest.raises(KeyError, match="the state S1 was never left; the path was S0"):
        run.output_of("S1")


def test_mocks_name_what_they_mock_and_not_what_it_answers() -> None:
    assert repr(Mocks({"S0": {"secret": 7}})) == "<Mocks of S0>"
