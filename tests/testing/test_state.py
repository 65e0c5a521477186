"""``testing.state``: one state, as TestState does it; what AWS answered is in tests/conformance."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun import InvalidDefinition, Resources, TaskError, testing
from aslrun.testing import InvalidStateTest, error
from aslrun.testing.state_request import answer
from aslrun.values import JSON

CHARGE: dict[str, JSON] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Refund"}],
    "ResultPath": "$.charge",
    "Next": "Ship",
}
EACH: dict[str, JSON] = {
    "Type": "Map",
    "ItemsPath": "$.items",
    "ItemSelector": {"n.$": "$$.Map.Item.Value"},
    "ToleratedFailureCount": 1,
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "End": True}},
    },
    "End": True,
}


def test_the_state_is_left_with_its_output_for_the_next_one() -> None:
    tested = testing.state(CHARGE, input={"total": 7}, mock={"Payload": 1})
    assert (tested.status, tested.output, tested.next_state) == (
        "SUCCEEDED",
        {"total": 7, "charge": {"Payload": 1}},
        "Ship",
    )
    assert list(tested.inspection) == [
        "input",
        "afterInputPath",
        "afterParameters",
        "result",
        "afterResultSelector",
        "afterResultPath",
    ]


@pytest.mark.parametrize(
    ("retries", "status", "details"),
    [
        (0, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}),
        (1, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}),
        (2, "CAUGHT_ERROR", {"retryIndex": 0, "catchIndex": 0}),
    ],
)
def test_an_error_is_retried_until_the_attempts_are_used_up_and_then_caught(
    retries: int, status: str, details: dict[str, JSON]
) -> None:
    tested = testing.state(CHARGE, input={}, mock=error("Busy"), retrier_retry_count=retries)
    assert (tested.status, tested.error_details) == (status, details)
    assert tested.next_state == ("Refund" if status == "CAUGHT_ERROR" else None)


def test_a_state_inside_a_map_is_found_by_its_name() -> None:
    machine: dict[str, JSON] = {"StartAt": "Each", "States": {"Each": EACH}}
    assert testing.state(machine, "One", {"id": 1}).output == {"id": 1}


def test_a_name_that_is_not_there_is_refused_with_what_comes_near() -> None:
    with pytest.raises(InvalidStateTest, match="State not found in definition") as refused:
        testing.state({"StartAt": "Each", "States": {"Each": EACH}}, "Eahc")
    assert refused.value.near == ("Each",)


@pytest.mark.parametrize(("failed", "status"), [(1, "SUCCEEDED"), (2, "FAILED")])
def test_more_failed_iterations_than_tolerated_fail_a_map(failed: int, status: str) -> None:
    tested = testing.state(EACH, input={"items": [1, 2]}, mock=[[1, 2]], map_iteration_failure_count=failed)
    assert tested.status == status
    assert tested.error == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")
    assert tested.inspection["afterItemSelector"] == [{"n": 1}, {"n": 2}]
    assert tested.inspection["toleratedFailureCount"] == 1


def test_what_an_item_reader_read_are_the_items() -> None:
    reader: dict[str, JSON] = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    state: dict[str, JSON] = {name: value for name, value in EACH.items() if name != "ItemsPath"} | {
        "ItemReader": {**reader, "ReaderConfig": {"InputType": "JSON"}}
    }
    tested = testing.state(state, input={}, mock=[["a"]], map_item_reader_data="[10, 20]")
    assert tested.inspection["afterItemSelector"] == [{"n": 10}, {"n": 20}]


def test_an_error_of_a_branch_is_caught_as_one_of_a_branch() -> None:
    branch: JSON = {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}
    both: dict[str, JSON] = {
        "Type": "Parallel",
        "Branches": [branch],
        "Catch": [{"ErrorEquals": ["States.BranchFailed"], "Next": "Other"}],
        "End": True,
    }
    tested = testing.state(both, input={}, mock=error("Boom"), error_caused_by_state="B")
    assert (tested.status, tested.next_state) == ("CAUGHT_ERROR", "Other")


def test_variables_are_found_and_assigned() -> None:
    state: dict[str, JSON] = {"Type": "Pass", "Assign": {"n.$": "$.n"}, "Next": "B"}
    tested = testing.state(state, input={"n": 2}, variables={"m": 1})
    assert tested.variables == tested.inspection["variables"] == {"m": 1, "n": 2}


def test_a_context_object_replaces_the_whole() -> None:
    state: dict[str, JSON] = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "End": True,
    }
    state["Parameters"] = {"t.$": "$$.Task.Token", "n.$": "$$.State.Name"}
    tested = testing.state(state, input={}, mock=1, context={"Task": {"Token": "abc"}, "State": {"Name": "Mine"}})
    assert tested.inspection["afterParameters"] == {"t": "abc", "n": "Mine"}


def test_real_handlers_do_the_task_where_there_is_no_mock() -> None:
    resources = Resources()

    @resources.task("arn:aws:states:::lambda:invoke")
    def charge(order: JSON) -> JSON:
        raise TaskError("Declined")

    assert testing.state(CHARGE, input={}, resources=resources).error == "Declined"
    with pytest.raises(InvalidStateTest, match="give a mock, or resources that do it"):
        testing.state(CHARGE, input={})


def test_a_wait_takes_no_time_and_a_choice_says_where_it_goes() -> None:
    assert testing.state({"Type": "Wait", "Seconds": 99999, "Next": "B"}, input=1).next_state == "B"
    choice: dict[str, JSON] = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "Big"}],
        "Default": "Small",
    }
    assert [testing.state(choice, input={"n": n}).next_state for n in (6, 5)] == ["Big", "Small"]


def test_random_values_are_the_same_in_every_step() -> None:
    state: dict[str, JSON] = {**CHARGE, "ResultSelector": {"id.$": "States.UUID()"}}
    tested = testing.state(state, input={}, mock={})
    assert tested.inspection["afterResultPath"] == tested.output


def test_a_definition_that_cannot_run_is_refused() -> None:
    with pytest.raises(InvalidDefinition):
        testing.state({"Type": "Pass"})


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"mock": {"result": "{", "fieldValidationMode": "NONE"}}, "ValidationException", "must be valid JSON"),
        ({"mock": {"result": "1", "errorOutput": {}}}, "ValidationException", "should have only one of"),
        ({"mock": {"result": "1"}, "revealSecrets": True}, "ValidationException", "RevealSecrets"),
        ({"input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input"),
        ({"variables": "[]", "mock": {"result": "1"}}, "ValidationException", "must be a JSON object"),
        ({"definition": "{}"}, "InvalidDefinition", "Invalid State Machine Definition"),
    ],
)
def test_a_request_that_testate_refuses_is_refused(request_: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(InvalidStateTest, match=message) as refused:
        answer({"definition": json.dumps(CHARGE), "roleArn": "role", **request_})
    assert refused.value.code == code
