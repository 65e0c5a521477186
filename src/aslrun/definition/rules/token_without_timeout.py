"""token-without-timeout: a task that waits for a token does not wait for ever.

> A task that waits for a token waits until the execution reaches its quota of one year
> (after the developer guide, Wait for a Callback with Task Token)

If nobody ever answers the execution hangs. Give the task TimeoutSeconds or HeartbeatSeconds, or the machine
TimeoutSeconds.

Bad::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/q",
          "MessageBody": {"token.$": "$$.Task.Token"}},
        "End": true}}}

Good::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": 600,
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
    return flow.of("token-without-timeout")
