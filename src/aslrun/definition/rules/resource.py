"""resource: an integration has the action that a Task names, and the way to wait for it.

> The resource provided arn:aws:states:::dynamodb:query is not recognized. The value is not a valid resource ARN, or the
> resource is not available in this region.
> (CreateStateMachine)

The optimized integrations have few actions, and not each can be waited for: .sync is for jobs, .waitForTaskToken for
what can carry a token. For everything else there is aws-sdk:service:action. A service that the table does not know is
let pass, for AWS may have added it. The ARN of a function ends with its name, and a version or alias.

Bad::

    {"StartAt": "Find", "States": {"Find": {"Type": "Task", "End": true, "Parameters": {"TableName": "orders"},
      "Resource": "arn:aws:states:::dynamodb:query"}}}

Good::

    {"StartAt": "Find", "States": {"Find": {"Type": "Task", "End": true, "Parameters": {"TableName": "orders"},
      "Resource": "arn:aws:states:::aws-sdk:dynamodb:query"}}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ...values import JSON
from ..problem import Problem
from .outline import Place
from .words import nearest


class Service(NamedTuple):
    """Actions of an optimized integration: those that answer at once, those that may also be waited for with .sync."""

    actions: str
    jobs: str = ""
    callback: bool = False


SERVICES: Mapping[str, Service] = {
    "apigateway": Service("invoke", callback=True),
    "athena": Service("stopQueryExecution getQueryExecution getQueryResults", jobs="startQueryExecution"),
    "batch": Service("", jobs="submitJob"),
    "bedrock": Service("invokeModel", jobs="createModelCustomizationJob", callback=True),
    "codebuild": Service(
        "stopBuild stopBuildBatch deleteBuildBatch batchDeleteBuilds batchGetReports",
        jobs="startBuild startBuildBatch retryBuildBatch",
    ),
    "databrew": Service("", jobs="startJobRun"),
    "dynamodb": Service("getItem putItem updateItem deleteItem"),
    "ecs": Service("", jobs="runTask", callback=True),
    "eks": Service(
        "call",
        jobs="createCluster deleteCluster createFargateProfile deleteFargateProfile createNodegroup deleteNodegroup "
        "runJob",
        callback=True,
    ),
    "elasticmapreduce": Service(
        "cancelStep setClusterTerminationProtection modifyInstanceFleetByName modifyInstanceGroupByName",
        jobs="createCluster addStep terminateCluster",
    ),
    "emr-containers": Service("createVirtualCluster", jobs="deleteVirtualCluster startJobRun"),
    "emr-serverless": Service(
        "",
        jobs="createApplication startApplication stopApplication deleteApplication startJobRun cancelJobRun",
    ),
    "events": Service("putEvents", callback=True),
    "glue": Service("", jobs="startJobRun"),
    "http": Service("invoke"),
    "lambda": Service("invoke", callback=True),
    "mediaconvert": Service("", jobs="createJob"),
    "sagemaker": Service(
        "createEndpoint createEndpointConfig createModel updateEndpoint",
        jobs="createTrainingJob createTransformJob createProcessingJob createLabelingJob createHyperParameterTuningJob",
    ),
    "sns": Service("publish", callback=True),
    "sqs": Service("sendMessage", callback=True),
    "states": Service("", jobs="startExecution", callback=True),
}

SYNC, SYNC_2, CALLBACK = "sync", "sync:2", "waitForTaskToken"

_INTEGRATION = re.compile(
    r"arn:[\w-]+:states:[\w-]*:\d*:(?P<service>(?:aws-sdk:)?[\w-]+):(?P<action>\w+)(?:\.(?P<pattern>.*))?"
)
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d*:function:(?P<function>.*)")
_FUNCTION_NAME = re.compile(r"[\w.-]+(?::(?:\$LATEST|[\w.-]+))?")


class Integration(NamedTuple):
    """The parts of an integration's ARN; an activity is one of the service ``activity``."""

    service: str
    action: str
    pattern: str | None


def integration(resource: JSON) -> Integration | None:
    """What an ARN of Step Functions names, or ``None`` for a function and everything else.

    >>> integration("arn:aws:states:::aws-sdk:s3:getObject")
    Integration(service='aws-sdk:s3', action='getObject', pattern=None)
    """
    found = _INTEGRATION.fullmatch(resource) if isinstance(resource, str) else None
    return Integration(found["service"], found["action"], found["pattern"]) if found else None


def not_recognized(resource: str) -> str:
    """AWS's words for a Resource that it does not know."""
    return (
        f"The resource provided {resource} is not recognized. "
        "The value is not a valid resource ARN, or the resource is not available in this region."
    )


def check(place: Place) -> Iterator[Problem]:
    """An action or a pattern that its service lacks, or a function without a name."""
    resource = place.value.get("Resource")
    if isinstance(resource, str) and (reason := _unknown(resource)):
        yield Problem((*place.location, "Resource"), not_recognized(resource), hint=reason)


def _unknown(resource: str) -> str | None:
    if function := _FUNCTION.fullmatch(resource):
        named = _FUNCTION_NAME.fullmatch(function["function"])
        return None if named else "the ARN must end with the name of the function, and a version or alias if any"
    found = integration(resource)
    if found is None or found.service == "activity":
        return None
    service, action, pattern = found
    known = SERVICES.get(service)
    if known and action not in (actions := f"{known.actions} {known.jobs}".split()):
        return ", ".join(filter(None, [f"{service} has no action {action}", nearest(action, actions)]))
    if pattern is not None and pattern not in _patterns(service, action):
        offered = " or ".join(f".{name}" for name in _patterns(service, action))
        return f"{service}:{action} has no .{pattern}" + (f", but {offered}" if offered else "")
    return None


def _patterns(service: str, action: str) -> list[str]:
    """How one can wait for an action."""
    known = SERVICES.get(service)
    if known is None:
        return [CALLBACK] if service.startswith("aws-sdk:") else [SYNC, SYNC_2, CALLBACK]
    waits = [SYNC] if action in known.jobs.split() else []
    waits += [SYNC_2] if service == "states" else []
    return [*waits, CALLBACK] if known.callback else waits
