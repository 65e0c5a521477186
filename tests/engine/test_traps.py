"""The traps of the design that belong to the engine, each sprung once. (Trap 9, a host prefix, is the server's.)"""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import pytest

import aslrun
from aslrun.engine.dump import dump
from aslrun.engine.events import Started, TaskFailed, TaskSucceeded, TimePassed
from aslrun.engine.limits import Limits
from aslrun.values import JSON

from .drive import START, World, always, by_attempt, by_dump, drive, execution_of, failed, machine_of, ok
from .shapes import SERVICE, catch, counting, mapping, parallel, passing, retry, task, wait


def test_trap_1_the_order_of_outstanding_tasks_is_that_of_their_ids_also_after_load() -> None:
    states = {"M": mapping({"T": task(Retry=[retry()])})}
    execution = execution_of(machine_of(states))
    execution.handle(Started(list(range(12)), START))
    for late in (3, 1, 10):
        execution.handle(TaskFailed(late, "Boom", None, START + 1))
    execution.handle(TimePassed(START + 2))
    tasks = [scheduled.task for scheduled in execution.outstanding()]
    assert tasks == sorted(tasks)
    assert len(tasks) == 12
    assert [scheduled.task for scheduled in by_dump(execution).outstanding()] == tasks


def test_trap_1_deadlines_at_one_instant_keep_their_order_after_load() -> None:
    states = {"P": parallel({"A": wait(5)}, {"B": wait(2, Next="B2"), "B2": wait(3)}, {"C": task(TimeoutSeconds=5)})}
    plain, rebuilt = drive(machine_of(states)), drive(machine_of(states), rebuilt=by_dump)
    assert plain.end() == rebuilt.end()
    assert plain.types.count("WaitStateExited") == 2, "A's end and B's first come before the time-out"
    assert plain.execution.error == "States.Timeout"


def test_trap_2_a_task_id_is_per_attempt() -> None:
    execution = execution_of(machine_of({"A": task(TimeoutSeconds=5, Retry=[retry("States.Timeout")])}))
    execution.handle(Started({}, START))
    execution.handle(TimePassed(START + 6))
    assert [scheduled.task for scheduled in execution.outstanding()] == [2]
    execution.handle(TaskSucceeded(1, "the first's", START + 7))
    assert execution.status == "RUNNING"
    execution.handle(TaskSucceeded(2, "the second's", START + 8))
    assert execution.output == "the second's"


def test_trap_3_a_deadline_and_a_result_at_one_instant_the_deadline_wins() -> None:
    resources = aslrun.Resources()

    @resources.task(SERVICE)
    def slow(given: JSON, context: Any) -> JSON:
        context.sleep(7)
        return "in time?"

    result = aslrun.simulate(machine_of({"A": task(TimeoutSeconds=7)}), {}, resources)
    assert (result.error, result.history[-1]["timestamp"] - result.started_at) == ("States.Timeout", 7)


def calls_of(machine: aslrun.Machine, items: int, world: World | None = None) -> int:
    """Calls of functions, of Python's and of C's: a measure of work that is the same on every machine."""
    counted = 0

    def profile(frame: FrameType, event: str, arg: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        drive(machine, list(range(items)), world, limits=Limits.none())
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize(
    ("states", "world"),
    [
        ({"X": passing(Next="Y"), "Y": passing(Parameters={"v.$": "$$.Map.Item.Index"})}, None),
        ({"W": wait(1)}, None),
        ({"T": task(TimeoutSeconds=60, Retry=[retry()])}, {"T": by_attempt([failed(1)], [ok(1)])}),
    ],
    ids=["passes", "waits", "retried tasks"],
)
def test_trap_4_ten_times_the_items_of_a_map_are_ten_times_the_work(
    states: dict[str, Any], world: World | None
) -> None:
    machine = machine_of({"M": mapping(states)})
    assert calls_of(machine, 1_000, world) < 11 * calls_of(machine, 100, world)


def test_trap_5_every_state_with_retry_and_catch_reads_them_alike() -> None:
    handled: dict[str, Any] = {
        "ResultPath": None,
        "Retry": [retry("Boom", IntervalSeconds=2, MaxAttempts=1, BackoffRate=3, MaxDelaySeconds=9)],
        "Catch": [catch("Z", "Boom", ResultPath="$.e")],
    }
    states = {
        "A": task(Next="P", **handled),
        "P": parallel({"B": task()}, Next="M", **handled),
        "M": mapping({"C": task()}, ItemsPath="$.items", Next="Z", **handled),
        "Z": passing(),
    }
    machine = machine_of(states)
    assert len({machine.states[name].retriers for name in ("A", "P", "M")}) == 1
    for failing in ("A", "B", "C"):
        world = {name: always(failed(0) if name == failing else ok(0)) for name in ("A", "B", "C")}
        story = drive(machine, {"items": [1]}, world)
        assert story.execution.output == {"items": [1], "e": {"Error": "Boom", "Cause": "it broke"}}
        assert [at - START for at, scheduled in story.scheduled if scheduled.state == failing] == [0, 2]


def test_trap_6_concurrent_items_see_their_own_context_and_variables() -> None:
    inside = {
        "A": passing(Assign={"mine.$": "$$.Map.Item.Index"}, Next="T"),
        "T": task(Parameters={"i.$": "$$.Map.Item.Index"}, ResultPath=None, Next="B"),
        "B": passing(Parameters={"i.$": "$$.Map.Item.Index", "mine.$": "$mine", "v.$": "$$.Map.Item.Value"}),
    }
    world = {"T": lambda scheduled: [ok(9 - scheduled.arguments["i"])]}
    output = drive(machine_of({"M": mapping(inside)}), ["a", "b", "c"], world).execution.output
    assert output == [{"i": i, "mine": i, "v": v} for i, v in enumerate("abc")]


def test_trap_7_a_handler_that_changes_its_input_changes_nobody_elses() -> None:
    resources = aslrun.Resources()

    @resources.task(SERVICE)
    def vandal(given: Any) -> Any:
        given["list"].append("mine")
        return given

    input: JSON = {"list": [1]}
    states = {"P": parallel({"A": task()}, {"B": task()}, ResultPath="$.out")}
    result = aslrun.simulate(machine_of(states), input, resources)
    assert result.output == {"list": [1], "out": [{"list": [1, "mine"]}] * 2}
    assert input == {"list": [1]}


def test_trap_8_an_endless_loop_hands_back_control() -> None:
    execution = execution_of(machine_of(counting(10**9)), Limits.none())
    for _ in range(3):
        execution.handle(TimePassed(START) if execution.event_id else Started({}, START))
        assert (execution.status, execution.deadline) == ("RUNNING", START)


@pytest.mark.parametrize("value", [True, False])
def test_trap_10_a_boolean_is_no_number(value: bool) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.x", "NumericEquals": int(value), "Next": "A"}],
        "Default": "B",
    }
    states = {"C": choice, "A": passing(Result="a number"), "B": passing(Result="none")}
    assert drive(machine_of(states), {"x": value}).execution.output == "none"
    for state in ({"Type": "Wait", "SecondsPath": "$.x", "End": True}, task(TimeoutSecondsPath="$.x")):
        assert drive(machine_of({"S": state}), {"x": value}).execution.error == "States.Runtime"


def test_trap_10_what_is_dumped_is_json_without_nan_and_infinity() -> None:
    execution = execution_of(machine_of({"A": task(TimeoutSecondsPath="$.t")}))
    execution.handle(Started({"t": 2**62, "f": 1e308}, START))
    assert json.loads(json.dumps(dump(execution), allow_nan=False)) == dump(execution)
