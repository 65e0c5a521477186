"""State machines for tests, written short."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from aslrun import Machine, Resources, load

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
CALLBACK = "arn:aws:states:::sns:publish.waitForTaskToken"
SYNC = "arn:aws:states:::batch:submitJob.sync"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"
DAY = 86_400

State = dict[str, Any]


def machine(*states: State, name: str | None = None, type: str = "STANDARD", **fields: Any) -> Machine:
    """A machine of states that follow each other; they are called A, B, C ..."""
    names = [chr(ord("A") + index) for index in range(len(states))]
    linked = dict(zip(names, states, strict=True))
    for here, following in pairwise(names):
        linked[here] = _leading(linked[here], {"Next": following})
    linked[names[-1]] = _leading(linked[names[-1]], {"End": True})
    document: dict[str, Any] = {"StartAt": names[0], "States": linked, **fields}
    return load(document, name=name, type=type)


def _leading(state: State, where: dict[str, Any]) -> State:
    return state if state["Type"] in ("Succeed", "Fail", "Choice") else {**where, **state}


def task(resource: str = "work", **fields: Any) -> State:
    """A task of a Lambda function, or of whatever the ARN names."""
    return {"Type": "Task", "Resource": resource if resource.startswith("arn:") else LAMBDA + resource, **fields}


def wait(seconds: int) -> State:
    return {"Type": "Wait", "Seconds": seconds}


def callback(**fields: Any) -> State:
    """A task that waits for whoever holds its token."""
    return task(CALLBACK, Parameters={"TopicArn": "t", "Message.$": "$$.Task.Token"}, **fields)


def parallel(*branches: State, **fields: Any) -> State:
    """Branches of one state each; they are called X0, X1, X2 ..."""
    programs = [
        {"StartAt": f"X{index}", "States": {f"X{index}": _leading(branch, {"End": True})}}
        for index, branch in enumerate(branches)
    ]
    return {"Type": "Parallel", "Branches": programs, **fields}


def served(handler: Callable[..., object] | None = None, **functions: Callable[..., object]) -> Resources:
    """Resources with Lambda functions of these names; ``handler`` is called "work"."""
    resources = Resources()
    for name, function in {**({"work": handler} if handler else {}), **functions}.items():
        resources.task(LAMBDA + name, function)
    return resources


def inline(handler: Callable[..., object]) -> Resources:
    """Resources with one inline function, called "work"."""
    resources = Resources()
    resources.task(LAMBDA + "work", handler, inline=True)
    return resources


class Desk:
    """Resources whose callbacks lie on a desk: the tokens that were handed out, oldest first."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.resources = Resources()
        self.resources.task("arn:aws:states:::sns:publish", self._publish, inline=True)

    def _publish(self, message: dict[str, str]) -> dict[str, str]:
        self.tokens.append(message["Message"])
        return {"MessageId": "1"}

    @property
    def token(self) -> str:
        """The newest one."""
        return self.tokens[-1]
