"""Small machines for the tests of the toolkit."""

from __future__ import annotations

from typing import Any

SNS = "arn:aws:states:::sns:publish"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"

State = dict[str, Any]


def task(resource: str = SNS, **fields: Any) -> State:
    return {"Type": "Task", "Resource": resource, **fields}


def chain(*states: State, prefix: str = "S") -> State:
    """States one after the other: S0, S1, and so on."""
    names = [f"{prefix}{number}" for number in range(len(states))]
    made = {}
    for name, state, following in zip(names, states, [*names[1:], None], strict=True):
        ends = {"Next", "End", "Choices"} & state.keys() or state["Type"] in ("Succeed", "Fail", "Choice")
        made[name] = state if ends else state | ({"End": True} if following is None else {"Next": following})
    return {"StartAt": names[0], "States": made}


def parallel(branches: int, steps: int, **fields: Any) -> State:
    """Branches of so many tasks each; the tasks are B0S0, B0S1, and so on."""
    programs = [chain(*[task() for _ in range(steps)], prefix=f"B{number}S") for number in range(branches)]
    return {"Type": "Parallel", "Branches": programs, **fields}


def machine(*states: State, **fields: Any) -> State:
    return chain(*states) | fields


def token(**fields: Any) -> State:
    """A Task that hands its token out."""
    parameters = {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}}
    return task(CALLBACK, Parameters=parameters, **fields)
