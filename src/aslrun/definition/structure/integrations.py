"""What a Task may name as its Resource, and what an Express machine may not do.

Facts reference, sections 13 and 21. The table holds the optimized integrations; a service that it does not know is
let pass, for AWS may have added it, but a known service has no other actions than these. Of ``aws-sdk`` only the
pattern is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .outline import Place, Problem
from .shapes import did_you_mean


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


def resource_known(place: Place) -> Iterator[Problem]:
    """An integration has this action, and this way to wait for it; a function's ARN ends with its name."""
    resource = place.value.get("Resource")
    if place.type != "Task" or not isinstance(resource, str):
        return
    if reason := _unknown(resource):
        yield Problem((*place.location, "Resource"), reason)


def _unknown(resource: str) -> str | None:
    if function := _FUNCTION.fullmatch(resource):
        named = _FUNCTION_NAME.fullmatch(function["function"])
        return None if named else "must end with the name of the function, and a version or alias if there is one"
    found = _INTEGRATION.fullmatch(resource)
    if found is None or found["service"] == "activity":
        return None
    service, action, pattern = found["service"], found["action"], found["pattern"]
    known = SERVICES.get(service)
    if known and action not in (actions := f"{known.actions} {known.jobs}".split()):
        return f"{service} has no action {action}{did_you_mean(action, actions)}"
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


def express_can(place: Place) -> Iterator[Problem]:
    """An Express machine does not wait for jobs, callbacks or activities, and does not distribute a Map."""
    if place.program.type != "EXPRESS":
        return
    resource = place.value.get("Resource")
    found = _INTEGRATION.fullmatch(resource) if place.type == "Task" and isinstance(resource, str) else None
    if found and found["service"] == "activity":
        yield Problem((*place.location, "Resource"), "an Express machine has no activities")
    elif found and found["pattern"]:
        yield Problem((*place.location, "Resource"), f"an Express machine has no .{found['pattern']}")
    if place.distributed:
        yield Problem(place.location, "an Express machine has no distributed Map")
