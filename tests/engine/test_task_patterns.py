"""Task: request-response, .sync, .waitForTaskToken and activities, and the history events of each."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.definition.loading import resource_of
from aslrun.engine.events import Started, TaskStarted, TaskSubmitted, TaskSucceeded

from .drive import START, Saying, Story, always, begun, drive, execution_of, failed, machine_of, ok, submitted
from .shapes import ACTIVITY, CALLBACK, LAMBDA, SERVICE, SYNC, passing, task


def done(resource: str, *sayings: Saying, **fields: Any) -> Story:
    return drive(machine_of({"A": task(resource, **fields)}), {"in": 1}, {"A": always(*sayings)})


@pytest.mark.parametrize(
    ("resource", "kind", "type", "action", "pattern"),
    [
        ("arn:aws:states:::lambda:invoke", "service", "lambda", "invoke", ""),
        (CALLBACK, "service", "sqs", "sendMessage.waitForTaskToken", "waitForTaskToken"),
        (SYNC, "service", "glue", "startJobRun.sync", "sync"),
        ("arn:aws:states:::states:startExecution.sync:2", "service", "states", "startExecution.sync:2", "sync:2"),
        ("arn:aws:states:::aws-sdk:s3:getObject", "service", "aws-sdk:s3", "getObject", ""),
        ("arn:aws-cn:states:::sns:publish", "service", "sns", "publish", ""),
        (LAMBDA, "lambda", "", "", ""),
        (LAMBDA + ":$LATEST", "lambda", "", "", ""),
        (ACTIVITY, "activity", "", "", ""),
    ],
)
def test_a_resource_is_known_by_its_arn(resource: str, kind: str, type: str, action: str, pattern: str) -> None:
    found = resource_of(resource)
    assert (found.kind, found.type, found.action, found.pattern) == (kind, type, action, pattern)


def test_request_response_ends_with_the_answer() -> None:
    story = done(SERVICE, begun(0), ok(1, {"v": 1}))
    assert story.chain == [
        "1<0 ExecutionStarted",
        "2<0 TaskStateEntered",
        "3<2 TaskScheduled",
        "4<3 TaskStarted",
        "5<4 TaskSucceeded",
        "6<5 TaskStateExited",
        "7<6 ExecutionSucceeded",
    ]
    assert story.of("TaskScheduled")[0]["taskScheduledEventDetails"] == {
        "resourceType": "shop",
        "resource": "charge",
        "region": "us-east-1",
        "parameters": '{"in":1}',
    }


def test_a_function_by_its_arn_has_events_of_its_own() -> None:
    story = done(LAMBDA, begun(0), ok(1, {"v": 1}))
    assert story.types[2:5] == ["LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded"]
    assert story.of("LambdaFunctionScheduled")[0]["lambdaFunctionScheduledEventDetails"] == {
        "resource": LAMBDA,
        "input": '{"in":1}',
        "inputDetails": {"truncated": False},
    }


def test_a_result_without_a_beginning_has_begun_at_the_same_instant() -> None:
    story = done(SERVICE, ok(5))
    assert story.types[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]
    assert [event["timestamp"] for event in story.history[2:5]] == [START, START + 5, START + 5]


def test_a_task_begins_once() -> None:
    assert done(SERVICE, begun(0), begun(1), ok(2)).types.count("TaskStarted") == 1


@pytest.mark.parametrize("resource", [SYNC, CALLBACK])
def test_the_answer_of_the_call_is_only_the_submission(resource: str) -> None:
    story = done(resource, begun(0), submitted(1, {"id": "j"}), ok(60, {"state": "DONE"}))
    assert story.chain[3:6] == ["4<3 TaskStarted", "5<4 TaskSubmitted", "6<5 TaskSucceeded"]
    assert story.of("TaskSubmitted")[0]["taskSubmittedEventDetails"]["output"] == '{"id":"j"}'
    assert story.execution.output == {"state": "DONE"}


@pytest.mark.parametrize("resource", [SYNC, CALLBACK])
def test_a_result_without_a_submission_was_submitted_at_the_same_instant(resource: str) -> None:
    assert done(resource, ok(1)).types[3:6] == ["TaskStarted", "TaskSubmitted", "TaskSucceeded"]


def test_a_call_that_fails_was_never_submitted() -> None:
    assert done(CALLBACK, failed(1)).types[3:] == ["TaskStarted", "TaskFailed", "ExecutionFailed"]


def test_a_request_response_task_is_not_submitted() -> None:
    assert "TaskSubmitted" not in done(SERVICE, submitted(1), ok(2)).types


def test_a_callback_task_has_a_token_in_its_context_object_and_its_effect() -> None:
    story = done(CALLBACK, Parameters={"t.$": "$$.Task.Token"})
    ((_, scheduled),) = story.scheduled
    assert scheduled.token is not None
    assert scheduled.arguments == {"t": scheduled.token}


def test_other_tasks_have_no_token() -> None:
    ((_, scheduled),) = done(SERVICE).scheduled
    assert scheduled.token is None
    assert done(SERVICE, Parameters={"t.$": "$$.Task.Token"}).execution.error == "States.Runtime"


def test_the_token_is_gone_in_the_next_state() -> None:
    states = {"A": task(CALLBACK, Next="B"), "B": passing(Parameters={"t.$": "$$.Task.Token"})}
    assert drive(machine_of(states), {}, {"A": always(ok(1))}).execution.error == "States.Runtime"


def test_a_task_that_waits_for_its_token_can_be_ended_before_its_call_is_answered() -> None:
    execution = execution_of(machine_of({"A": task(CALLBACK)}))
    execution.handle(Started({}, START))
    execution.handle(TaskStarted(1, START))
    execution.handle(TaskSucceeded(1, "quick", START + 1))
    execution.handle(TaskSubmitted(1, {"id": 1}, START + 2))
    assert (execution.status, execution.output) == ("SUCCEEDED", "quick")


def test_an_activity_is_scheduled_started_by_a_worker_and_done() -> None:
    story = done(ACTIVITY, begun(3, "worker-1"), ok(5, {"v": 1}))
    assert story.chain[2:5] == ["3<2 ActivityScheduled", "4<3 ActivityStarted", "5<4 ActivitySucceeded"]
    assert story.of("ActivityStarted")[0]["activityStartedEventDetails"] == {"workerName": "worker-1"}
    ((_, scheduled),) = story.scheduled
    assert (scheduled.role, scheduled.resource) == ("activity", ACTIVITY)
    assert scheduled.token is not None


def test_credentials_are_evaluated_and_shown_in_the_history() -> None:
    story = drive(machine_of({"A": task(Credentials={"RoleArn.$": "$.role"})}), {"role": "arn:aws:iam::1:role/other"})
    ((_, scheduled),) = story.scheduled
    assert scheduled.credentials == {"RoleArn": "arn:aws:iam::1:role/other"}
    assert story.of("TaskScheduled")[0]["taskScheduledEventDetails"]["taskCredentials"] == {
        "roleArn": "arn:aws:iam::1:role/other"
    }


def test_an_error_and_a_cause_that_are_too_long_are_cut() -> None:
    story = done(SERVICE, failed(1, "E" * 300, "c" * 40_000))
    assert (len(story.execution.error or ""), len(story.execution.cause or "")) == (256, 32_768)


def test_bad_parameters_fail_the_state_before_anything_is_scheduled() -> None:
    story = done(SERVICE, Parameters={"v.$": "$.missing"})
    assert story.types == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert story.execution.cause == (
        "An error occurred while executing the state 'A' (entered at the event id #2). The JSONPath '$.missing' "
        "specified for the field 'v.$' could not be found in the input '{\"in\":1}'"
    )
