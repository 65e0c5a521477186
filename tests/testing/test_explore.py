"""Exploration: every interleaving, every answer, every time-out; and nothing that cannot happen."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from aslrun import load
from aslrun.testing import always_ends, error, explore, play, result, strategies
from aslrun.testing.demands import demands_of
from aslrun.testing.exploration import Exploration
from aslrun.testing.outcomes import Outcomes
from aslrun.testing.walk import Walk, begin, setting_of

from .machines import ACTIVITY, CALLBACK, SNS, chain, machine, parallel, task, token

FINE = {"arn:aws:states:::sns:publish": {"result": {}}}


def ends(found: Exploration) -> set[tuple[str, str | None]]:
    return {(each.end.status, each.end.error) for each in found.ends}


@pytest.mark.parametrize(("branches", "steps", "runs"), [(2, 1, 2), (2, 2, 6), (3, 2, 90), (4, 2, 2520)])
def test_every_interleaving_is_a_run_and_few_of_their_states_differ(branches: int, steps: int, runs: int) -> None:
    found = explore(machine(parallel(branches, steps)), {}, FINE)
    assert (found.runs, found.states, found.complete) == (runs, (steps + 1) ** branches, True)


def test_ends_in_different_states_are_different_ends() -> None:
    rule = {"Variable": "$.id", "StringEquals": "a", "Next": "E1"}
    states = chain(
        task(ResultSelector={"id.$": "$.id"}, ResultPath="$"), {"Type": "Choice", "Choices": [rule], "Default": "E2"}
    )
    ends = {"E1": {"Type": "Pass", "Result": 1, "End": True}, "E2": {"Type": "Pass", "Result": 1, "End": True}}
    found = explore(load(states | {"States": states["States"] | ends}), None, {"S0": [{"id": "a"}, {"id": "b"}]})
    assert [(each.end.output, each.end.state) for each in found.ends] == [(1, "E1"), (1, "E2")]


def test_a_machine_in_jsonata_finds_the_numbers_that_it_reads_and_compares() -> None:
    definition: dict[str, Any] = {
        "QueryLanguage": "JSONata",
        "StartAt": "Look up",
        "States": {
            "Look up": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:getItem",
                "Assign": {"amount": "{% $number($states.result.Item.amount.N) %}"},
                "Output": {"double": "{% $states.input.price * 2 %}", "vip": "{% $states.input.vip %}"},
                "Next": "Which?",
            },
            "Which?": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% 500 < $amount %}", "Next": "Large"},
                    {"Condition": "{% $states.input.vip %}", "Next": "Vip"},
                    {"Condition": "{% $states.context.Execution.Input.kind in ['a', 'b'] %}", "Next": "Kind"},
                ],
                "Default": "Plain",
            },
            **{name: {"Type": "Succeed"} for name in ("Large", "Vip", "Kind", "Plain")},
        },
    }
    machine = load(definition)
    outcomes = {"Look up": [{"result": each} for each in demands_of(machine).results("Look up")]}
    found = explore(machine, None, outcomes, inputs=demands_of(machine).inputs())

    assert found.unreachable == []
    assert [each.end.error for each in found.ends] == [None] * 4


def test_iterations_of_a_map_are_interleaved_as_far_as_its_concurrency_allows() -> None:
    for concurrency, runs in ((1, 1), (2, 6 - 2), (3, 6)):
        state = {"Type": "Map", "ItemProcessor": chain(task(), prefix="I"), "MaxConcurrency": concurrency}
        assert explore(machine(state), [1, 2, 3], FINE).runs == runs


def test_a_task_with_a_time_out_is_answered_before_it_or_times_out() -> None:
    found = explore(machine(task(TimeoutSeconds=5)), {}, FINE)
    assert ends(found) == {("SUCCEEDED", None), ("FAILED", "States.Timeout")}
    assert found.longest == 5.0


def test_a_task_may_be_slower_than_a_wait_beside_it() -> None:
    both = {
        "Type": "Parallel",
        "Branches": [chain({"Type": "Wait", "Seconds": 60}, prefix="W"), chain(task(), prefix="T")],
    }
    found = explore(machine(both), {}, FINE)
    assert (found.runs, found.longest) == (2, 60.0)


def test_retries_are_exhausted_by_one_fault() -> None:
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 2, "MaxAttempts": 3}
    found = explore(machine(task(Retry=[retry])), {}, {"S0": [{"error": "Busy"}, 1]}, faults=1)
    assert ends(found) == {("SUCCEEDED", None), ("FAILED", "Busy")}
    assert (found.longest, found.most_transitions) == (7.0, 4)


def test_without_faults_everything_goes_well() -> None:
    found = explore(machine(task(TimeoutSeconds=5)), {}, {"S0": [{"error": "Busy"}, 1]}, faults=0)
    assert (found.runs, ends(found)) == (1, {("SUCCEEDED", None)})


def test_a_token_that_is_handed_to_nobody_never_comes_back() -> None:
    lost = machine(task(CALLBACK, Parameters={"QueueUrl": "q"}, TimeoutSeconds=60))
    given = {"S0": {"result": 1}}
    assert ends(explore(lost, {}, given)) == {("FAILED", "States.Timeout")}
    assert ends(explore(machine(token(TimeoutSeconds=60)), {}, given, faults=0)) == {("SUCCEEDED", None)}


def test_a_token_without_time_out_may_be_waited_for_for_ever() -> None:
    found = explore(machine(token()), {}, {"S0": {"result": 1}}, always_ends())
    assert ends(found) == {("SUCCEEDED", None), ("WAITING", None)}
    assert [story.reason for story in found.broken] == ["the execution waits for ever, in S0"]


def test_the_clocks_of_an_activity_run_from_the_moment_a_worker_takes_it() -> None:
    found = explore(machine(task(ACTIVITY, TimeoutSeconds=5)), {}, {"S0": 1})
    (late,) = [each for each in found.ends if each.end.error == "States.Timeout"]
    assert [str(move) for move in found.story(late.place).moves] == ["a worker takes S0", "time passes"]


def test_a_heartbeat_may_come_or_be_missed() -> None:
    waits = {
        "Type": "Parallel",
        "Branches": [chain({"Type": "Wait", "Seconds": 15}, prefix="W"), chain(token(HeartbeatSeconds=10), prefix="T")],
    }
    found = explore(machine(waits), {}, {"T0": 1})
    assert ends(found) == {("SUCCEEDED", None), ("FAILED", "States.Timeout")}
    after = [each for each in found.ends if each.end.status == "SUCCEEDED"]
    assert after[0].end.elapsed <= 15 <= found.longest


def test_children_of_a_distributed_map_are_tasks_that_may_fail() -> None:
    processor = chain(task(), prefix="I") | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    found = explore(machine({"Type": "Map", "ItemProcessor": processor}), [1, 2], faults=1)
    assert ends(found) == {("SUCCEEDED", None), ("FAILED", "States.ExceedToleratedFailureThreshold")}


def test_a_loop_that_waits_is_a_circle_and_told_with_the_way_back() -> None:
    rule = {"Variable": "$.done", "BooleanEquals": True, "Next": "Done"}
    states = {
        "Ask": task(Next="Done?"),
        "Done?": {"Type": "Choice", "Choices": [rule], "Default": "Pause"},
        "Pause": {"Type": "Wait", "Seconds": 60, "Next": "Ask"},
        "Done": {"Type": "Succeed"},
    }
    found = explore({"StartAt": "Ask", "States": states}, {}, None, always_ends(), faults=0)
    assert (found.runs, found.longest) == (inf, inf)
    (story,) = found.broken
    assert story.path == ["Ask", "Done?", "Pause", "Ask", "Done?", "Pause"]
    assert not always_ends().holds_in(story)
    assert repr(always_ends().holds_in(story)).startswith("<always_ends() is broken: the execution waits for ever")


def test_a_machine_that_counts_without_end_is_cut_off_and_said_to_be() -> None:
    rule = {"Variable": "$.n", "NumericLessThan": 0, "Next": "Done"}
    states = {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Enough"},
        "Enough": {"Type": "Choice", "Choices": [rule], "Default": "Add"},
        "Done": {"Type": "Succeed"},
    }
    found = explore({"StartAt": "Add", "States": states}, {"n": 0}, states=50)
    assert (found.states, found.complete, found.unreachable) == (50, False, [])


def test_inputs_of_an_exploration_are_looked_at_side_by_side() -> None:
    rule = {"Variable": "$.n", "NumericGreaterThan": 5, "Next": "S1"}
    small = machine({"Type": "Choice", "Choices": [rule], "Default": "S2"}, {"Type": "Succeed"}, {"Type": "Succeed"})
    assert explore(small, {"n": 1}).unreachable == ["S1"]
    assert explore(small, inputs=[{"n": 1}, {"n": 9}]).unreachable == []


def test_outcomes_may_be_a_function_of_what_is_scheduled() -> None:
    found = explore(machine(task(Parameters={"n.$": "$.n"})), {"n": 3}, lambda scheduled: [scheduled.arguments])
    assert [each.end.output for each in found.ends] == [{"n": 3}]


def test_an_outcome_of_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="'Chrage0' is neither a state nor a resource of the machine; near: Charge0"):
        explore(chain(task(), prefix="Charge"), {}, {"Chrage0": 1})


@pytest.mark.parametrize(
    ("outcomes", "message"),
    [
        ({"error": 5}, "S0.error must be the name of an error, not number"),
        ([{"result": 1}, {"result": 1, "error": "No"}], "S0.1 must have a result or an error, not both"),
        ([], "S0 needs at least one outcome"),
        (len, "S0 is a function"),
    ],
)
def test_a_malformed_outcome_is_refused_with_its_place(outcomes: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^outcomes: {message}"):
        explore(machine(task()), {}, {"S0": outcomes})


def test_outcomes_are_written_as_mocks_are() -> None:
    mocks = {"S0": [result({"paid": 1}, delay=30), error("Busy"), {"error": "Away", "delay": 5}]}
    found = explore(machine(task()), {}, mocks)
    assert [(each.end.error, each.end.output) for each in found.ends] == [
        (None, {"paid": 1}),
        ("Busy", None),
        ("Away", None),
    ]


def test_a_silent_task_can_only_time_out() -> None:
    found = explore(machine(task(TimeoutSeconds=60)), {}, {"S0": {"silent": True}})
    assert [each.end.error for each in found.ends] == ["States.Timeout"]


def test_an_sdk_integration_is_busy_in_its_own_words() -> None:
    found = explore(machine(task("arn:aws:states:::aws-sdk:dynamodb:putItem")), {})
    assert "DynamoDb.ThrottlingException" in {each.end.error for each in found.ends}


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    explore(machine(parallel(5, 2)), {}, FINE, progress=lambda known, waiting: told.append((known, waiting)))
    assert told
    assert told == sorted(told)


def test_a_story_is_told_again_by_its_moves() -> None:
    found = explore(
        machine(parallel(2, 1, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S1"}]), {"Type": "Wait", "Seconds": 3}),
        {},
    )
    for ending in found.ends:
        story = found.story(ending.place)
        again = play(found.machine, story.input, story.to_document()["moves"])  # type: ignore[arg-type]
        assert (again.end, again.records) == (story.end, story.records)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(strategies.state_machines(), strategies.machine_inputs())
def test_what_is_taken_for_one_state_ends_in_the_same_ways(definition: dict[str, Any], input: Any) -> None:
    """Exploration finds the ends that walking every way from the beginning finds, and no others."""
    loaded = load(definition)
    found = explore(loaded, input, faults=1, states=400)
    assume(found.complete and found.runs <= 300)
    setting = setting_of(loaded, Outcomes(loaded), faults=1)
    assert ends(found) == _walked(begin(setting, input))


def _walked(walk: Walk) -> set[tuple[str, str | None]]:
    """The ends of every way from here, one after the other."""
    moves = walk.moves()
    if not moves:
        walk.silent = walk.execution.status == "RUNNING"
        return {(walk.end().status, walk.end().error)}
    return set().union(*(_walked(walk.after(move)) for move in moves))


def test_a_resource_names_its_tasks_by_a_glob() -> None:
    found = explore(machine(task(), task()), {}, {"*sns:publish": [{"result": 1}, {"result": 2}]})
    assert (found.runs, SNS in str(found.machine.document)) == (4, True)
