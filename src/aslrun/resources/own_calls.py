"""Which calls of Step Functions, made by tasks through the AWS SDK, are about executions of the same interpreter.

Rules that a change must keep:

1. A call that nothing here knows the subject of is for a handler, if there is one: it may be about AWS.
2. Calls that start executions are in ``machines``: they are about a machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from ..values import JSON, to_text
from .unusable import unusable

_CALLS = re.compile(r"arn:[^:]+:states:::aws-sdk:sfn:(\w+)(?:\.waitForTaskToken)?")
_MEMBERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sendTaskSuccess": (("TaskToken", "Output"), ()),
    "sendTaskFailure": (("TaskToken",), ("Error", "Cause")),
    "sendTaskHeartbeat": (("TaskToken",), ()),
    "getActivityTask": (("ActivityArn",), ("WorkerName",)),
    "describeExecution": (("ExecutionArn",), ("IncludedData",)),
    "stopExecution": (("ExecutionArn",), ("Error", "Cause", "TraceHeader")),
}
"""What each call needs, and what it may have beside that."""


class OwnCall(NamedTuple):
    """A call by its action; ``subject`` is the argument that says what it is about."""

    action: str
    subject: str

    def about(self, arguments: JSON) -> str:
        """The token or the ARN that the call is about; empty if there is none."""
        found = _given(arguments).get(self.subject.lower())
        return found if isinstance(found, str) else ""

    def request(self, arguments: JSON) -> dict[str, str]:
        """The arguments as the service takes them, texts by their names.

        Raises ``TaskError`` with ``States.Runtime`` for what is missing or too much.

        >>> OwnCall("sendTaskSuccess", "TaskToken").request({"TaskToken": "t", "Output": {"ok": True}})
        {'TaskToken': 't', 'Output': '{"ok":true}'}
        """
        needed, more = _MEMBERS[self.action]
        names = {name.lower(): name for name in needed + more}
        given = _given(arguments)
        if unknown := [name for name in given if name not in names]:
            raise unusable(
                arguments, f"The field '{_as_written(arguments, unknown[0])}' is not supported by Step Functions"
            )
        if missing := [name for name in needed if given.get(name.lower()) is None]:
            raise unusable(arguments, f"The field '{missing[0]}' is required but was missing")
        texts = {names[name]: value for name, value in given.items() if value is not None}
        return {name: value if isinstance(value, str) else to_text(value) for name, value in texts.items()}


def own_call(resource: str) -> OwnCall | None:
    """The call that a resource makes, if it is one of these.

    >>> own_call("arn:aws:states:::aws-sdk:sfn:sendTaskSuccess")
    OwnCall(action='sendTaskSuccess', subject='TaskToken')
    """
    if ":aws-sdk:sfn:" not in resource:
        return None
    found = _CALLS.fullmatch(resource)
    if found is None or found[1] not in _MEMBERS:
        return None
    return OwnCall(found[1], _MEMBERS[found[1]][0][0])


def _given(arguments: JSON) -> dict[str, JSON]:
    return {name.lower(): value for name, value in arguments.items()} if isinstance(arguments, dict) else {}


def _as_written(arguments: JSON, name: str) -> str:
    assert isinstance(arguments, dict)
    return next(each for each in arguments if each.lower() == name)
