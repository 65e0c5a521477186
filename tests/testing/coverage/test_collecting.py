"""What is counted, on every driver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aslrun import Resources, TaskError, load, run, simulate, testing
from aslrun.definition.model import Machine
from aslrun.testing import Coverage, error, silence
from aslrun.values import JSON

PAY = "arn:aws:lambda:us-east-1:123456789012:function:pay"


def machine_of(coverage: Coverage, states: Mapping[str, Any], **fields: Any) -> Machine:
    return coverage.watch({"StartAt": next(iter(states)), "States": states, **fields})


def task(**fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    return {"Type": "Task", "Resource": PAY, **end, **fields}


def hits(coverage: Coverage, machine: Machine) -> dict[str, int]:
    return {item.text: coverage.of(machine).hits[item.key] for item in coverage.of(machine).items}


def mocked(machine: Machine, input: JSON, mocks: Mapping[str, Any]) -> None:
    simulate(machine, input, testing.Mocks(mocks).over(machine))


def test_two_rules_with_the_same_target_are_told_apart() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": "End"} for n in (1, 2)]
    coverage = Coverage()
    machine = machine_of(
        coverage, {"C": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": {"Type": "Succeed"}}
    )
    simulate(machine, {"n": 2})
    assert hits(coverage, machine) == {
        "C": 1,
        "C: $.n = 1 → End": 0,
        "C: $.n = 2 → End": 1,
        "C: Default → End": 0,
        "End": 1,
    }


def test_default_is_a_rule_of_its_own() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": 1, "Next": "End"}]
    coverage = Coverage()
    machine = machine_of(
        coverage, {"C": {"Type": "Choice", "Choices": rules, "Default": "End"}, "End": {"Type": "Succeed"}}
    )
    simulate(machine, {"n": 2})
    assert [item.text for item in coverage.of(machine).missed] == ["C: $.n = 1 → End"]


def test_a_choice_that_nothing_matches_covers_no_rule() -> None:
    rules = [{"Variable": "$.n", "NumericEquals": 1, "Next": "End"}]
    coverage = Coverage()
    machine = machine_of(coverage, {"C": {"Type": "Choice", "Choices": rules}, "End": {"Type": "Succeed"}})
    simulate(machine, {"n": 2})
    assert hits(coverage, machine) == {"C": 1, "C: $.n = 1 → End": 0, "End": 0}


def test_each_retrier_and_catcher_counts_what_it_took() -> None:
    retry = [{"ErrorEquals": ["Busy"], "MaxAttempts": 2}, {"ErrorEquals": ["Never"]}]
    catch = [{"ErrorEquals": ["Busy"], "Next": "A"}, {"ErrorEquals": ["States.ALL"], "Next": "A"}]
    coverage = Coverage()
    machine = machine_of(coverage, {"T": task(Retry=retry, Catch=catch), "A": {"Type": "Succeed"}})
    mocked(machine, {}, {"T": error("Busy")})
    assert hits(coverage, machine) == {
        "T": 1,
        "T is retried after Busy": 2,
        "T is retried after Never": 0,
        "T catches Busy → A": 1,
        "T catches States.ALL → A": 0,
        "A": 1,
    }


def test_a_caught_error_is_not_the_next_arrow() -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "A"}]
    coverage = Coverage()
    machine = machine_of(coverage, {"T": task(Next="A", Catch=catch), "A": {"Type": "Succeed"}})
    mocked(machine, {}, {"T": error("Busy")})
    assert hits(coverage, machine) == {"T": 1, "T → A": 0, "T catches States.ALL → A": 1, "A": 1}


@pytest.mark.parametrize(
    ("items", "text"), [([], "M with no item"), ([1], "M with one item"), ([1, 2, 3], "M with many items")]
)
def test_the_sizes_of_a_map_are_none_one_and_many(items: JSON, text: str) -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    coverage = Coverage()
    machine = machine_of(coverage, {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}})
    simulate(machine, items)
    reached = [
        item.text
        for item in coverage.of(machine).items
        if item.kind == "map size" and item not in coverage.of(machine).missed
    ]
    assert reached == [text]


def test_what_the_children_of_a_distributed_map_reach_is_of_its_machine() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    inner = {"ProcessorConfig": config, "StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    coverage = Coverage()
    machine = machine_of(coverage, {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}})
    simulate(machine, [1, 2])
    assert hits(coverage, machine) == {
        "M": 1,
        "M with no item": 0,
        "M with one item": 0,
        "M with many items": 1,
        "P": 2,
    }


def test_time_outs_of_tasks_and_of_the_machine_are_reached_by_time() -> None:
    coverage = Coverage()
    machine = machine_of(
        coverage,
        {
            "T": task(TimeoutSeconds=5, Catch=[{"ErrorEquals": ["States.Timeout"], "Next": "W"}]),
            "W": {"Type": "Wait", "Seconds": 99, "End": True},
        },
        TimeoutSeconds=50,
    )
    mocked(machine, {}, {"T": silence()})
    assert hits(coverage, machine) == {
        "T": 1,
        "T catches States.Timeout → W": 1,
        "T times out": 1,
        "W": 1,
        "the machine times out": 1,
    }


def test_a_missed_heartbeat_is_not_the_time_out() -> None:
    coverage = Coverage()
    machine = machine_of(coverage, {"T": task(TimeoutSeconds=50, HeartbeatSeconds=5)})
    mocked(machine, {}, {"T": silence()})
    assert hits(coverage, machine) == {"T": 1, "T times out": 0, "T misses its heartbeat": 1}


def test_the_interpreter_counts_as_simulate_does() -> None:
    resources = Resources()

    @resources.task(PAY)
    async def pay(input: JSON) -> JSON:
        raise TaskError("Busy")

    catch = [{"ErrorEquals": ["Busy"], "Next": "A"}]
    states = {"T": task(Catch=catch), "A": {"Type": "Succeed"}}
    real, virtual = Coverage(), Coverage()
    run(machine_of(real, states), {}, resources)
    simulate(machine_of(virtual, states), {}, resources)
    assert [each.hits for each in real] == [each.hits for each in virtual]


def test_exploration_covers_what_it_plays() -> None:
    catch = [{"ErrorEquals": ["Busy"], "Next": "A"}]
    coverage = Coverage()
    machine = machine_of(coverage, {"T": task(Catch=catch), "A": {"Type": "Succeed"}})
    testing.explore(machine, {}, {"T": [{"result": 1}, {"error": "Busy"}]})
    assert coverage.of(machine).missed == []


def test_a_definition_that_is_loaded_twice_is_one_machine() -> None:
    coverage = Coverage()
    for _ in range(2):
        simulate(machine_of(coverage, {"A": {"Type": "Succeed"}}))
    assert [each.hits["entered:0:A"] for each in coverage] == [2]


def test_everything_is_watched_for_a_while_and_not_after_it() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    coverage = Coverage()
    with coverage.everything():
        machine = load(definition)
        simulate(machine)
    simulate(machine)
    simulate(definition)
    assert [each.hits["entered:0:A"] for each in coverage] == [1]


def test_only_machines_that_are_asked_for_are_watched() -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    coverage = Coverage(["order-*"])
    with coverage.everything():
        for name in ("order-1", "other"):
            simulate(load(definition, name=name))
    assert [each.machine.name for each in coverage] == ["order-1"]


def test_counts_never_hold_payloads() -> None:
    coverage = Coverage()
    machine = machine_of(coverage, {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}})
    simulate(machine, {"secret": "hunter2"})
    assert "hunter2" not in repr(list(coverage))
    assert set(coverage.of(machine).hits) == {"entered:0:A", "next:0:A", "entered:0:B", "next:0:B"}
