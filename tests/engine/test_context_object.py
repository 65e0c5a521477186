"""The context object: what ``$$`` shows, where and when."""

from __future__ import annotations

from typing import Any

from aslrun import values
from aslrun.values import JSON

from .drive import ARN, ME, Story, always, drive, failed, machine_of, ok
from .shapes import CALLBACK, mapping, parallel, passing, retry, task, wait

SEES = {"c.$": "$$"}


def seen(story: Story) -> Any:
    output: Any = story.execution.output
    return output["c"]


def test_a_pass_sees_the_execution_the_machine_and_itself() -> None:
    assert seen(drive(machine_of({"S": passing(Parameters=SEES)}), {"x": 1})) == {
        "Execution": {
            "Id": f"{ARN}:execution:machine:run",
            "Input": {"x": 1},
            "Name": "run",
            "RoleArn": ME.role_arn,
            "StartTime": "1970-01-01T00:16:40.000Z",
            "RedriveCount": 0,
        },
        "State": {"Name": "S", "EnteredTime": "1970-01-01T00:16:40.000Z"},
        "StateMachine": {"Id": f"{ARN}:stateMachine:machine", "Name": "machine"},
    }


def test_retry_count_stands_only_in_states_that_can_be_retried() -> None:
    states = {"W": wait(0, InputPath="$$", Next="P"), "P": parallel({"I": passing()}, Parameters=SEES)}
    story = drive(machine_of(states))
    output: Any = story.execution.output
    assert output[0]["c"]["State"]["RetryCount"] == 0
    exited: Any = values.parse(story.of("WaitStateExited")[0]["stateExitedEventDetails"]["output"])
    assert "RetryCount" not in exited["State"]


def test_entered_time_is_that_of_the_state_and_start_time_that_of_the_execution() -> None:
    times = {"e.$": "$$.State.EnteredTime", "s.$": "$$.Execution.StartTime"}
    states = {"W": wait(60, Next="S"), "S": passing(Parameters=times)}
    assert drive(machine_of(states)).execution.output == {
        "e": "1970-01-01T00:17:40.000Z",
        "s": "1970-01-01T00:16:40.000Z",
    }


def test_the_input_of_the_execution_stays_what_it_was() -> None:
    states = {"A": passing(Result="other", Next="B"), "B": passing(Parameters={"i.$": "$$.Execution.Input"})}
    assert drive(machine_of(states), {"x": 1}).execution.output == {"i": {"x": 1}}


def test_every_iteration_has_a_context_object_of_its_own_however_they_interleave() -> None:
    inside = {"T": task(Next="U", ResultPath=None), "U": passing(Parameters={"v.$": "$$.Map.Item.Value.v"})}
    world = {"T": lambda scheduled: [ok(20 - 3 * scheduled.arguments["v"])]}
    items: list[JSON] = [{"v": v} for v in (1, 2, 3)]
    assert drive(machine_of({"M": mapping(inside)}), items, world).execution.output == items


def test_result_selector_of_a_callback_task_still_sees_its_token() -> None:
    states = {"A": task(CALLBACK, ResultSelector={"t.$": "$$.Task.Token"})}
    story = drive(machine_of(states), {}, {"A": always(ok(1, {}))})
    ((_, scheduled),) = story.scheduled
    assert story.execution.output == {"t": scheduled.token}


def test_a_context_path_that_leads_nowhere_is_a_runtime_error() -> None:
    story = drive(machine_of({"A": passing(InputPath="$$.Map.Item.Index")}))
    assert (story.execution.status, story.execution.error) == ("FAILED", "States.Runtime")


def test_an_intrinsic_function_draws_from_the_seed_of_the_execution() -> None:
    machine = machine_of({"A": passing(Parameters={"a.$": "States.UUID()", "b.$": "States.UUID()"})})
    first: Any = drive(machine, seed=1).execution.output
    assert first == drive(machine, seed=1).execution.output != drive(machine, seed=2).execution.output
    assert first["a"] != first["b"]


def test_retry_count_of_a_retried_parallel_counts_its_retries() -> None:
    branch = {"T": task()}
    states = {"P": parallel(branch, Parameters={"n.$": "$$.State.RetryCount"}, Retry=[retry()])}
    world = {"T": lambda scheduled: [ok(1, scheduled.arguments)] if scheduled.task > 2 else [failed(1)]}
    assert drive(machine_of(states), {}, world).execution.output == [{"n": 2}]
