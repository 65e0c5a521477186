"""express: an Express machine does not wait for jobs, callbacks or activities, and does not distribute a Map.

> Express state machine does not support '.waitForTaskToken' service integration
> (ValidateStateMachineDefinition)

An Express execution lasts five minutes at most. Make the machine STANDARD, or start a Standard one from it. The rule
holds for the children of a distributed Map too, if their ExecutionType is EXPRESS.

Bad (EXPRESS)::

    {"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "End": true,
      "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
      "Parameters": {"QueueUrl": "https://queue", "MessageBody.$": "$$.Task.Token"}}}}

Good (EXPRESS)::

    {"StartAt": "Tell", "States": {"Tell": {"Type": "Task", "End": true,
      "Resource": "arn:aws:states:::sqs:sendMessage",
      "Parameters": {"QueueUrl": "https://queue", "MessageBody.$": "$.message"}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place
from .resource import integration


def check(place: Place) -> Iterator[Problem]:
    """What only a Standard machine can do."""
    if place.program.type != "EXPRESS":
        return
    location = (*place.location, "Resource")
    found = integration(place.value.get("Resource")) if place.type == "Task" else None
    if found and found.service == "activity":
        yield Problem(location, "Express state machine does not support Activity ARN")
    elif found and found.pattern:
        # AWS's words end with this blank.
        yield Problem(location, f"Express state machine does not support '.{found.pattern}' service integration ")
    if place.distributed:
        yield Problem(place.location, "Express state machine does not support Distributed Map")
