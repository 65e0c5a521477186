"""Arguments that Step Functions refuses before the task is scheduled."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun import Resources, simulate


def run(**parameters: Any) -> Any:
    resources = Resources()
    resources.task("arn:aws:states:::apigateway:invoke", lambda arguments: "called")
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::apigateway:invoke",
        "Parameters": {"ApiEndpoint": "a", "Method": "GET", **parameters},
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    return simulate({"StartAt": "A", "States": {"A": state, "Caught": {"Type": "Succeed"}}}, {}, resources)


@pytest.mark.parametrize("headers", [{"a": "b"}, {"a": ["b"], "c": 1}, "a: b", ["a"]])
def test_headers_that_are_no_lists_are_refused_before_the_task(headers: Any) -> None:
    result = run(Headers=headers)
    assert [event["type"] for event in result.history] == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]
    assert result.error == "States.Runtime"
    assert result.cause.startswith("An error occurred while executing the state 'A' (entered at the event id #2). The ")
    assert result.cause.endswith("used to start the Task: [The value of the field 'Headers' has an invalid format]")


@pytest.mark.parametrize("headers", [None, {}, {"a": []}, {"a": ["b", "c"]}])
def test_headers_that_are_lists_are_taken(headers: Any) -> None:
    assert run(Headers=headers).output == "called"
