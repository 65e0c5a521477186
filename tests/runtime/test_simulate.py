"""``simulate`` with plain functions: virtual time, no event loop, everything from the seed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest

import aslrun
from aslrun import Resources, TaskContext, TaskError, simulate
from aslrun.values import JSON

from .machines import ACTIVITY, CALLBACK, DAY, LAMBDA, SYNC, Desk, callback, machine, parallel, served, task, wait


def test_a_day_of_waiting_takes_milliseconds() -> None:
    before = time.perf_counter()
    result = simulate(machine(wait(DAY)))
    assert time.perf_counter() - before < 0.5
    assert result.stopped_at == result.started_at + DAY


def test_virtual_time_begins_where_it_is_told() -> None:
    result = simulate(machine(wait(60)), start=1000.0)
    assert (result.started_at, result.stopped_at) == (1000.0, 1060.0)


def test_plain_functions_need_no_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "new_event_loop", lambda: pytest.fail("an event loop was made"))
    assert simulate(machine(task()), {"id": 7}, served(lambda order: order["id"])).output == 7


def test_plain_functions_can_be_simulated_inside_an_event_loop() -> None:
    async def main() -> aslrun.Result:
        return simulate(machine(task()), 1, served(lambda number: number + 1))

    assert asyncio.run(main()).output == 2


def test_no_input_is_an_empty_object() -> None:
    assert simulate(machine({"Type": "Succeed"})).output == {}


def test_the_input_of_the_caller_stays_as_it_was() -> None:
    def spoil(order: dict[str, list[int]]) -> None:
        order["items"].clear()

    given: dict[str, JSON] = {"items": [1, 2]}
    simulate(machine(task()), given, served(spoil))
    assert given == {"items": [1, 2]}


def test_a_handler_cannot_change_what_the_execution_goes_on_with() -> None:
    def spoil(order: dict[str, list[int]]) -> str:
        order["items"].clear()
        return "done"

    result = simulate(machine(task(ResultPath="$.result")), {"items": [1]}, served(spoil))
    assert result.output == {"items": [1], "result": "done"}


def test_a_handler_cannot_change_its_result_afterwards() -> None:
    kept: list[list[int]] = []

    def remember(order: object) -> list[int]:
        kept.append([1])
        return kept[-1]

    def forget(order: object) -> list[list[int]]:
        kept[0].clear()
        return kept

    result = simulate(
        machine(task(ResultPath="$.first"), task("second", ResultPath=None)), {}, served(remember, second=forget)
    )
    assert result.output == {"first": [1]}


def test_the_time_that_a_handler_takes_passes() -> None:
    def slow(order: object, task: TaskContext) -> float:
        task.sleep(90)
        return task.time

    result = simulate(machine(task()), None, served(slow), start=1000.0)
    assert (result.output, result.stopped_at) == (1090.0, 1090.0)


def test_handlers_of_branches_take_their_time_beside_each_other() -> None:
    def slow(order: object, task: TaskContext) -> None:
        task.sleep(60)

    result = simulate(machine(parallel(task(), task())), None, served(slow), start=0.0)
    assert result.stopped_at == 60


def test_a_handler_that_takes_longer_than_its_time_out_times_out() -> None:
    def slow(order: object, task: TaskContext) -> None:
        task.sleep(61)

    result = simulate(machine(task(TimeoutSeconds=60)), None, served(slow), start=0.0)
    assert (result.status, result.error, result.stopped_at) == ("FAILED", "States.Timeout", 60)


def test_a_handler_that_is_ready_at_the_instant_of_its_time_out_times_out() -> None:
    def slow(order: object, task: TaskContext) -> None:
        task.sleep(60)

    assert simulate(machine(task(TimeoutSeconds=60)), None, served(slow)).error == "States.Timeout"


@pytest.mark.parametrize(("pause", "status"), [(59, "SUCCEEDED"), (61, "FAILED")])
def test_heartbeats_must_come_in_time(pause: int, status: str) -> None:
    def work(order: object, task: TaskContext) -> None:
        for _ in range(3):
            task.sleep(pause)
            task.heartbeat()

    assert simulate(machine(task(TimeoutSeconds=600, HeartbeatSeconds=60)), None, served(work)).status == status


def test_a_task_cannot_sleep_for_less_than_no_time() -> None:
    def back(order: object, task: TaskContext) -> None:
        task.sleep(-1)

    result = simulate(machine(task()), None, served(back))
    assert (result.status, result.error) == ("FAILED", "ValueError")


def test_retries_wait_in_virtual_time() -> None:
    tries: list[float] = []

    def flaky(order: object, task: TaskContext) -> int:
        tries.append(task.time)
        if len(tries) < 4:
            raise TaskError("Flaky")
        return task.attempt

    retry = [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 5}]
    result = simulate(machine(task(Retry=retry)), None, served(flaky), start=0.0)
    assert (tries, result.output) == ([0, 10, 30, 70], 3)


def test_the_same_seed_gives_the_same_history() -> None:
    def flaky(order: object) -> None:
        raise TaskError("Flaky")

    retry = [{"ErrorEquals": ["Flaky"], "MaxAttempts": 3, "JitterStrategy": "FULL"}]
    shape, resources = machine(task(Retry=retry)), served(flaky)
    first, second, other = (simulate(shape, {}, resources, seed=seed) for seed in (7, 7, 8))
    assert first.history == second.history
    assert first.history != other.history


def test_random_values_come_from_the_seed() -> None:
    shape = machine({"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}})
    outputs = [simulate(shape, seed=seed).output for seed in (1, 1, 2)]
    assert outputs[0] == outputs[1] != outputs[2]


def test_an_execution_that_waits_for_a_token_comes_back_running() -> None:
    desk = Desk()
    result = simulate(machine(callback()), None, desk.resources)
    assert (result.status, result.stopped_at, [each.state for each in result.waiting]) == ("RUNNING", None, ["A"])
    assert result.waiting[0].pattern == "waitForTaskToken"
    assert result.waiting[0].token == desk.token


def test_a_token_that_nobody_sends_back_times_out() -> None:
    result = simulate(machine(callback(TimeoutSeconds=DAY)), None, Desk().resources, start=0.0)
    assert (result.status, result.error, result.stopped_at, result.waiting) == ("FAILED", "States.Timeout", DAY, ())


def test_an_activity_without_workers_leaves_the_execution_running() -> None:
    resources = Resources()
    resources.activity("approve")
    result = simulate(machine(task(ACTIVITY)), {"id": 1}, resources)
    assert (result.status, [(each.role, each.arguments) for each in result.waiting]) == (
        "RUNNING",
        [("activity", {"id": 1})],
    )


def test_a_finished_execution_waits_for_nothing() -> None:
    assert simulate(machine(task()), None, served(lambda order: 1)).waiting == ()


def test_a_job_reports_its_submission() -> None:
    resources = Resources()

    def submit(job: object, task: TaskContext) -> dict[str, str]:
        task.submitted({"JobId": "7"})
        task.sleep(30)
        return {"Status": "SUCCEEDED"}

    resources.task(SYNC, submit)
    result = simulate(machine(task(SYNC, Parameters={})), None, resources, start=0.0)
    types = [event["type"] for event in result.history]
    assert types[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert [event["timestamp"] for event in result.history][4:6] == [0.0, 30.0]


def test_handlers_that_are_missing_are_told_before_anything_runs() -> None:
    with pytest.raises(aslrun.MissingHandlers) as missing:
        simulate(machine(task("a"), task("b")), None, served(a=lambda order: pytest.fail("it ran")))
    assert missing.value.missing == (LAMBDA + "b",)


@pytest.mark.parametrize("input", [{1: 2}, {"a": {1}}, float("nan"), (1,), {"a": [float("inf")]}, b"x"])
def test_an_input_that_is_no_json_is_refused(input: object) -> None:
    with pytest.raises(aslrun.InvalidExecutionInput):
        simulate(machine({"Type": "Succeed"}), input)  # type: ignore[arg-type]


def test_an_input_above_the_quota_is_refused() -> None:
    with pytest.raises(aslrun.InvalidExecutionInput, match="262144"):
        simulate(machine({"Type": "Succeed"}), "x" * 262_143)


def test_whatever_load_takes_can_be_simulated() -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1, "End": true}}}'
    assert simulate(text).output == 1


def test_what_is_no_exception_of_the_handler_reaches_the_caller() -> None:
    def leave(order: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(machine(task()), None, served(leave))


def test_a_result_is_found_by_a_path() -> None:
    result = simulate(machine({"Type": "Succeed"}), {"items": [{"id": 1}, {"id": 2, "more": {"id": 3}}]})
    assert result.find("$..id") == [1, 2, 3]
    assert result.find("$.items[?(@.id > 1)].more.id") == [3]
    assert result.find("$.nothing") == []


@pytest.mark.parametrize("path", ["$..[", "", "$.a[?(", "@@@"])
def test_what_is_no_path_finds_nothing_but_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        simulate(machine({"Type": "Succeed"}), {}).find(path)


def test_a_failed_result_says_why() -> None:
    result = simulate(machine({"Type": "Fail", "Error": "Broken", "Cause": "it fell"}))
    with pytest.raises(aslrun.ExecutionFailed, match="FAILED: Broken: it fell"):
        result.raise_for_status()
    assert result.find("$") == [None]


def test_the_path_names_the_states_in_order() -> None:
    assert simulate(machine(wait(1), {"Type": "Pass"}, {"Type": "Succeed"})).path == ["A", "B", "C"]


@pytest.mark.parametrize("resource", [CALLBACK, LAMBDA + "work"])
@pytest.mark.parametrize("failure", [TaskError("Refused", "no"), ValueError("no")])
def test_a_handler_that_raises_fails_its_task(resource: str, failure: Exception) -> None:
    def refuse(order: object) -> None:
        raise failure

    resources = Resources()
    resources.task(resource.removesuffix(".waitForTaskToken"), refuse)
    result = simulate(machine(task(resource, Parameters={"a.$": "$"})), None, resources)
    assert (result.status, result.error) == ("FAILED", "Refused" if isinstance(failure, TaskError) else "ValueError")


def test_express_machines_are_simulated_too() -> None:
    result = simulate(machine({"Type": "Succeed"}, type="EXPRESS", name="quick"), name="one")
    assert ":express:quick:one:" in result.arn


def _endless() -> aslrun.Machine:
    again = {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": True, "Next": "A"}], "Default": "B"}
    return machine(again, {"Type": "Succeed"})


def test_an_endless_loop_ends_with_its_history() -> None:
    result = simulate(_endless())
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert len(result.history) == 25_000


@pytest.mark.parametrize("shape", [lambda: machine(wait(5)), lambda: machine(task()), _endless])
def test_the_same_simulation_twice_is_the_same(shape: Callable[[], aslrun.Machine]) -> None:
    built, resources = shape(), served(lambda order: {"seen": order})
    first, second = (simulate(built, {"id": 1}, resources) for _ in range(2))
    assert (first.history, first.output, first.arn) == (second.history, second.output, second.arn)


def test_what_a_follower_of_the_history_was_told_does_not_grow() -> None:
    told: list[tuple[int, Sequence[object]]] = []
    simulate(machine(wait(1), wait(1)), on_history=lambda arn, records: told.append((len(records), records)))
    assert len(told) > 1
    assert [length for length, _ in told] == [len(records) for _, records in told]
