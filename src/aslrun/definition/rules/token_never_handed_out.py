"""token-never-handed-out: a task that waits for its token hands it out.

> A task with .waitForTaskToken pauses until its token comes back with SendTaskSuccess or SendTaskFailure
> (after the developer guide, Wait for a Callback with Task Token)

Nothing that the task is given before the call holds ``$$.Task.Token`` (``$states.context.Task.Token``), so nobody can
answer. Put it among the Parameters or Arguments.

Bad::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 60,
        "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q", "MessageBody.$": "$"},
        "End": true}}}

Good::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 60,
        "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q",
          "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("token-never-handed-out")
