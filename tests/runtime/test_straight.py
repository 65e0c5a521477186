"""The straight road of a simulation: the same events, records and ends as by way of the host.

An execution that somebody follows (``on_history``) never takes the straight road, so each is run both ways.
"""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslrun import Limits, Resources, TaskContext, TaskError, load, simulate
from aslrun.definition.model import Machine
from aslrun.runtime.naming import Place
from aslrun.testing import strategies

ANY = "arn:*"
SOME = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def by_whim(whims: list[int]) -> Resources:
    """Handlers that succeed, fail, sleep, call back or report, as a list of numbers says."""
    resources, turns = Resources(), iter(whims * 1_000)

    def work(input: Any, task: TaskContext) -> Any:
        whim = next(turns) % 6
        if whim == 1:
            raise TaskError("Broken", "by whim")
        if whim == 2:
            task.sleep(whims[0])
        if whim == 3:
            task.call_back({"called": "back"}, after=0.5)
        if whim == 4:
            task.heartbeat()
        if whim == 5:
            task.submitted({"job": 1})
        return {"whim": whim}

    resources.task(ANY, work)
    return resources


def both_ways(machine: Machine, input: Any, whims: list[int]) -> None:
    straight = simulate(machine, input, by_whim(whims), seed=7)
    by_host = simulate(machine, input, by_whim(whims), seed=7, on_history=lambda arn, records: None)
    assert list(straight.records) == list(by_host.records)
    assert (straight.status, straight.output, straight.error) == (by_host.status, by_host.output, by_host.error)
    assert straight.waiting == by_host.waiting


@SOME
@given(strategies.state_machines(), strategies.machine_inputs(), st.lists(st.integers(0, 99), min_size=1, max_size=9))
def test_arbitrary_machines_run_the_same_both_ways(definition: dict[str, Any], input: Any, whims: list[int]) -> None:
    both_ways(load(definition), input, whims)


PAY = "arn:aws:lambda:us-east-1:123456789012:function:pay"
TOKEN = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
SYNC = "arn:aws:states:::glue:startJobRun.sync"
RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "MaxAttempts": 2}]
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]


@pytest.mark.parametrize("whim", range(6))
@pytest.mark.parametrize("resource", [PAY, TOKEN, SYNC])
@pytest.mark.parametrize("timeout", [None, 2])
def test_whatever_a_handler_does_is_the_same_both_ways(resource: str, whim: int, timeout: int | None) -> None:
    task = {"Type": "Task", "Resource": resource, "Retry": RETRY, "Catch": CATCH, "Next": "Z"}
    if timeout is not None:
        task |= {"TimeoutSeconds": timeout, "HeartbeatSeconds": 1} if resource == TOKEN else {"TimeoutSeconds": timeout}
    both_ways(load({"StartAt": "A", "States": {"A": task, "Z": {"Type": "Succeed"}}}), {}, [whim, 6])


def test_a_machine_that_a_task_starts_is_run_by_the_host() -> None:
    resources = Resources()
    resources.machine({"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": 7, "End": True}}}, name="child")
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child"},
        "OutputPath": "$.Output",
        "End": True,
    }
    assert simulate({"StartAt": "S", "States": {"S": start}}, {}, resources).output == 7


MAP: dict[str, Any] = {
    "Type": "Map",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "Parameters": {"in.$": "$", "id.$": "$$.Execution.Id"}, "End": True}},
    },
    "Label": "Each",
    "End": True,
}


def test_what_a_host_takes_over_stays_in_its_place_and_within_its_limits() -> None:
    machine, place = {"StartAt": "M", "States": {"M": MAP}}, Place("eu-west-1", "111111111111")
    [child] = simulate(machine, [7], place=place).output  # type: ignore[misc]
    assert child["id"].startswith("arn:aws:states:eu-west-1:111111111111:execution:StateMachine/Each:")
    limited = simulate(machine, ["x" * 90], limits=Limits(payload=100))
    assert limited.map_runs[0].status == "FAILED"


def test_a_loop_that_never_waits_ends_by_its_history_on_the_straight_road_too() -> None:
    never = {"Variable": "$.stop", "IsPresent": True, "Next": "Z"}
    states = {"A": {"Type": "Choice", "Choices": [never], "Default": "B"}, "B": {"Type": "Pass", "Next": "A"}}
    ended = simulate({"StartAt": "A", "States": {**states, "Z": {"Type": "Succeed"}}})
    assert (ended.status, len(ended.records)) == ("FAILED", 25_000)


def test_a_simulation_leaves_nothing_for_the_garbage_collector() -> None:
    machine = load({"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": PAY, "End": True}}})
    resources = by_whim([6])
    simulate(machine, {}, resources)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            simulate(machine, {}, resources)
        assert gc.collect() == 0
    finally:
        gc.enable()
