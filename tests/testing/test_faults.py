"""Faults on purpose."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun import Resources, TaskContext, load, simulate
from aslrun.testing import Mocks, faults

from .machines import SNS, machine, parallel, task

RETRY = [{"ErrorEquals": ["SNS.ThrottledException", "States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 2}]


class Desk:
    """Counts what it is asked to do."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def resources(self) -> Resources:
        made = Resources()
        made.task(SNS, self.publish, name="publish")
        return made

    def publish(self, message: Any, task: TaskContext) -> dict[str, int]:
        self.keys.append(task.idempotency_key)
        return {"MessageId": len(self.keys)}


@pytest.mark.parametrize("where", ["pay", "Pay", "arn:aws:states:::lambda:invoke", "p*"])
@pytest.mark.parametrize("key", ["Pay", "arn:aws:lambda:*:*:function:pay"])
def test_a_function_behind_a_mock_can_be_named(where: str, key: str) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:pay:live"
    invoke = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": arn},
        "End": True,
    }
    pay = load({"StartAt": "Pay", "States": {"Pay": invoke}})
    resources = Mocks({key: {"Payload": 1}}).over(pay)

    assert simulate(pay, {}, faults.injected(resources, faults.fails(where, "Broken"))).error == "Broken"


def test_a_throttled_call_is_made_again_by_the_retrier() -> None:
    desk = Desk()
    result = simulate(
        machine(task(Retry=RETRY)), {}, faults.injected(desk.resources(), faults.throttles("S0", times=2))
    )
    assert (result.status, len(desk.keys)) == ("SUCCEEDED", 1)
    assert [event["taskFailedEventDetails"]["error"] for event in result.history if event["type"] == "TaskFailed"] == [
        "SNS.ThrottledException"
    ] * 2


def test_the_nth_call_fails_in_each_execution() -> None:
    injected = faults.injected(Desk().resources(), faults.fails("*sns:publish", "Odd", call=2))
    for name in ("one", "two"):
        result = simulate(machine(task(), task()), {}, injected, name=name)
        assert (result.status, result.error, result.path) == ("FAILED", "Odd", ["S0", "S1"])


def test_a_call_that_hangs_times_out() -> None:
    injected = faults.injected(Desk().resources(), faults.hangs("S0"))
    result = simulate(machine(task(TimeoutSeconds=5, Retry=RETRY)), {}, injected)
    assert result.succeeded
    assert result.stopped_at is not None
    assert result.stopped_at - result.started_at == 6.0


def test_a_handler_that_dies_is_called_again_with_the_same_key() -> None:
    desk = Desk()
    result = simulate(machine(task()), {}, faults.injected(desk.resources(), faults.dies("S0")))
    assert result.output == {"MessageId": 2}
    assert len(desk.keys) == 2
    assert len(set(desk.keys)) == 1


def test_async_handlers_are_hit_too() -> None:
    resources = Resources()

    @resources.task(SNS)
    async def publish(message: Any) -> int:
        return 1

    assert simulate(machine(task()), {}, faults.injected(resources, faults.fails("S0", "Gone"))).error == "Gone"
    assert simulate(machine(task()), {}, faults.injected(resources, faults.dies("S0"))).output == 1


def test_resources_among_faults_leave_the_others_alone() -> None:
    resources = Desk().resources()
    faults.injected(resources, faults.fails("S0", "Gone"))
    assert simulate(machine(task()), {}, resources).succeeded


def test_a_crash_between_any_two_events_does_not_show() -> None:
    definition = machine(parallel(3, 2), task(Retry=RETRY), {"Type": "Wait", "Seconds": 60})
    assert faults.crash_anywhere(definition, {"a": [1]}, lambda: Desk().resources()) > 10


def test_a_crash_that_shows_is_told_with_its_place() -> None:
    calls = iter(range(100))

    def resources() -> Resources:
        made = Resources()
        made.task(SNS, lambda message: next(calls))
        return made

    with pytest.raises(faults.CrashShows, match="killed after event 1"):
        faults.crash_anywhere(machine(task()), {}, resources)
