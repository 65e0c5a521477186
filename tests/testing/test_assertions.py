"""What a test may claim of a run, without pytest's plugin."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun import load, simulate
from aslrun.testing import Mocks, Run, error, silence

from .machines import SNS, machine, task

WAIT = {"Type": "Wait", "Seconds": 60}
LOADED = load(machine(task(Retry=[{"ErrorEquals": ["Busy"]}]), WAIT))


def beside(pay: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {"Pay": pay, "Tell": task()}


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


def test_a_claim_about_calls_on_an_input_says_which_inputs_there_were() -> None:
    told = repr(a_run().called("S0", input={"total": 6}))
    assert told == '<S0: called never with {"total":6}; its calls had {"total":5}>'


def test_a_function_that_is_named_may_be_asked_for_its_payload() -> None:
    invoke = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f", "Payload.$": "$"}}
    states = load(machine(task(**invoke)))
    run = Run(simulate(states, {"total": 5}, Mocks({"S0": {"Payload": 1}}).over(states)))

    assert run.called("f", times=1, input={"total": 5})
    assert run.called("f", input={"FunctionName": "f", "Payload": {"total": 5}})
    assert not run.called("S0", input={"total": 5})


def test_what_failed_beside_others_is_named_with_its_input() -> None:
    pay = task(QueryLanguage="JSONata", Output="{% $states.result.id %}")
    branches = [{"StartAt": name, "States": {name: {**state, "End": True}}} for name, state in beside(pay).items()]
    states = load({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "Branches": branches, "End": True}}})
    mocks = Mocks({"Pay": {}, "Tell": silence()})

    story = Run(simulate(states, {"total": 5}, mocks.over(states)), mocks).story()

    assert story[2] == "  [1] Tell  Task"
    assert story[3].startswith("    ✗ Both[0] / Pay: States.QueryEvaluationError: ")
    assert story[-1] == 'input of Both[0] / Pay: {"total":5}'


def test_of_several_branches_that_failed_the_last_is_named() -> None:
    pay = task(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 100}])
    branches = [
        {"StartAt": name, "States": {name: {**state, "End": True}}}
        for name, state in {**beside(pay), "Log": task(ResultPath=None)}.items()
    ]
    states = load({"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": branches, "End": True}}})
    mocks = Mocks({"Pay": error("Busy"), "Tell": error("Down", delay=5), "Log": 1})

    story = Run(simulate(states, {"total": 5}, mocks.over(states)), mocks).story()

    assert story[-2:] == ["FAILED · Down", 'input of All[1] / Tell: {"total":5}']


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
