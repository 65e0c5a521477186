"""Catch: which catcher takes a failure, and what it makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.engine.failure import HEARTBEAT_MISSED, TIMED_OUT, Failure, matches, parameters_too_large, result_too_large
from aslrun.engine.limits import Limits

from .drive import Story, always, drive, failed, machine_of, ok
from .shapes import LAMBDA, catch, fail, mapping, parallel, passing, task, wait

BRANCH = Failure("Boom", None, ("States.BranchFailed",))

TABLE = [
    # failure, and whether States.ALL, States.TaskFailed and further names take it
    (Failure("Boom"), True, True, {"Boom": True, "boom": False, "Boo": False}),
    (Failure(None), True, True, {"": False}),
    (TIMED_OUT, True, False, {"States.Timeout": True, "States.HeartbeatTimeout": False}),
    (HEARTBEAT_MISSED, True, False, {"States.Timeout": True, "States.HeartbeatTimeout": True}),
    (Failure("States.Permissions"), True, True, {"States.Permissions": True}),
    (Failure("States.TaskFailed"), True, True, {"States.Permissions": False}),
    (BRANCH, True, True, {"Boom": True, "States.BranchFailed": True}),
    (Failure("States.ExceedToleratedFailureThreshold"), True, True, {}),
    (Failure("States.ItemReaderFailed"), True, True, {}),
    (Failure("States.QueryEvaluationError"), True, True, {"States.QueryEvaluationError": True}),
    (Failure("States.ResultPathMatchFailure"), True, True, {"States.ResultPathMatchFailure": True}),
    (Failure("States.Http.StatusCode.404"), True, True, {"States.Http.StatusCode.404": True}),
    (Failure("States.Runtime"), False, False, {"States.Runtime": False}),
    (Failure("States.IntrinsicFailure"), False, False, {"States.IntrinsicFailure": False}),
    (result_too_large("lambda", terminal=False), True, False, {"States.DataLimitExceeded": True}),
    (result_too_large("Here"), False, False, {"States.DataLimitExceeded": False}),
    (parameters_too_large("lambda"), False, False, {"States.DataLimitExceeded": False}),
]


@pytest.mark.parametrize(("failure", "by_all", "by_task_failed", "by_name"), TABLE)
def test_which_names_take_a_failure(
    failure: Failure, by_all: bool, by_task_failed: bool, by_name: dict[str, bool]
) -> None:
    assert matches(["States.ALL"], failure) is by_all
    assert matches(["States.TaskFailed"], failure) is by_task_failed
    assert {name: matches([name], failure) for name in by_name} == by_name


def caught(*catchers: dict[str, Any], input: Any = None, **fields: Any) -> Story:
    """A task fails; B hands on what it is given, C says its name."""
    states = {"A": task(Catch=list(catchers), **fields), "B": passing(), "C": passing(Result="C")}
    targets = {catcher["Next"] for catcher in catchers}
    states = {name: state for name, state in states.items() if name == "A" or name in targets}
    return drive(machine_of(states), {"x": 1} if input is None else input, {"A": always(failed(1))})


def test_the_error_output_replaces_the_input() -> None:
    assert caught(catch("B")).execution.output == {"Error": "Boom", "Cause": "it broke"}


def test_result_path_joins_the_error_output_and_the_raw_input() -> None:
    story = caught(catch("B", ResultPath="$.e"), InputPath="$.x")
    assert story.execution.output == {"x": 1, "e": {"Error": "Boom", "Cause": "it broke"}}


def test_result_path_null_drops_the_error_output() -> None:
    assert caught(catch("B", ResultPath=None)).execution.output == {"x": 1}


def test_the_first_catcher_that_matches_is_taken() -> None:
    assert caught(catch("B", "Other"), catch("C", "Bang", "Boom"), catch("B")).execution.output == "C"


def test_what_no_catcher_takes_fails_the_execution() -> None:
    story = caught(catch("B", "Other"))
    assert (story.execution.status, story.execution.error, story.execution.cause) == ("FAILED", "Boom", "it broke")
    assert story.chain[-2:] == ["5<4 TaskFailed", "6<5 ExecutionFailed"]


def test_a_caught_state_is_left_and_its_output_is_the_catchers() -> None:
    story = caught(catch("B"))
    assert story.chain[4:7] == ["5<4 TaskFailed", "6<5 TaskStateExited", "7<6 PassStateEntered"]
    assert story.of("TaskStateExited")[0]["stateExitedEventDetails"]["output"] == '{"Error":"Boom","Cause":"it broke"}'


def test_an_absent_error_and_cause_are_null_in_the_error_output() -> None:
    states = {"A": task(Catch=[catch("B")]), "B": passing()}
    story = drive(machine_of(states), {}, {"A": always(failed(1, None, None))})
    assert story.execution.output == {"Error": None, "Cause": None}
    assert story.of("TaskFailed")[0]["taskFailedEventDetails"] == {"resourceType": "shop", "resource": "charge"}


def test_a_catcher_whose_own_expressions_fail_hands_on_that_failure() -> None:
    story = caught(catch("B", ResultPath="$.e.f"), input={"e": [1]})
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.ResultPathMatchFailure")


def test_a_failure_in_a_branch_reaches_the_catchers_of_the_parallel_by_its_own_name() -> None:
    states = {"P": parallel({"F": fail("Mine")}, Catch=[catch("B", "Mine")]), "B": passing()}
    assert drive(machine_of(states)).execution.output == {"Error": "Mine", "Cause": "on purpose"}


def test_branch_failed_takes_any_failure_of_a_branch() -> None:
    states = {"P": parallel({"F": fail("Mine")}, Catch=[catch("B", "States.BranchFailed")]), "B": passing()}
    assert drive(machine_of(states)).execution.output == {"Error": "Mine", "Cause": "on purpose"}


def test_branch_failed_does_not_take_a_runtime_error_of_a_branch() -> None:
    broken = passing(InputPath="$.missing")
    states = {"P": parallel({"F": broken}, Catch=[catch("B", "States.BranchFailed"), catch("B")]), "B": passing()}
    assert drive(machine_of(states), {}).execution.error == "States.Runtime"


def test_a_failing_iteration_reaches_the_catchers_of_the_map() -> None:
    states = {"M": mapping({"F": fail("Mine")}, Catch=[catch("B", "Mine", ResultPath="$[0]")]), "B": passing()}
    assert drive(machine_of(states), [1, 2]).execution.output == [{"Error": "Mine", "Cause": "on purpose"}, 2]


def test_a_failure_goes_up_until_somebody_catches_it() -> None:
    inner = parallel({"F": fail("Deep")}, Catch=[catch("I", "Other")])
    states = {"P": parallel({"Q": inner, "I": passing()}, {"W": wait(5)}, Catch=[catch("B", "Deep")]), "B": passing()}
    story = drive(machine_of(states))
    assert story.execution.status == "SUCCEEDED"
    assert story.types.count("ParallelStateFailed") == 2


def test_states_all_takes_a_result_that_is_too_large() -> None:
    states = {"A": task(LAMBDA, Catch=[catch("B")]), "B": passing(InputPath="$.Error")}
    story = drive(machine_of(states), {}, {"A": always(ok(1, "x" * 300))}, limits=Limits(payload=200))
    assert story.execution.status == "SUCCEEDED" or story.execution.error == "States.DataLimitExceeded"
    assert story.of("LambdaFunctionFailed")[0]["lambdaFunctionFailedEventDetails"] == {
        "error": "States.DataLimitExceeded",
        "cause": f"The state/task '{LAMBDA}' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    }


def test_the_machines_own_time_out_is_caught_by_nobody() -> None:
    states = {"P": parallel({"A": task(Catch=[catch("X")]), "X": passing()}, Catch=[catch("B")]), "B": passing()}
    story = drive(machine_of(states, TimeoutSeconds=5))
    assert (story.execution.status, story.types[-1]) == ("TIMED_OUT", "ExecutionTimedOut")
