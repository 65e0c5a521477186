"""The optimized integrations that make one call and give its answer: a table.

Rules that a change must keep:

1. A row names what Step Functions calls, not what boto3 can: an action that is not optimized on AWS is no row.
2. The older integrations show ``SdkHttpMetadata`` and ``SdkResponseMetadata``, the newer ones do not (recorded).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...errors import TaskError
from ...values import JSON, to_text
from ..task_context import TaskContext
from .calls import Answer, Caller
from .failures import Wording, optimized_wording


class Service(NamedTuple):
    """A service of optimized integrations: boto3's name of it, how errors speak of it, and what is in its results."""

    boto3: str
    wording: Wording
    shows_metadata: bool = True


SERVICES: Mapping[str, Service] = {
    "athena": Service("athena", optimized_wording("Athena", "AmazonAthena")),
    "batch": Service("batch", optimized_wording("Batch", "AWSBatch")),
    "bedrock": Service("bedrock", optimized_wording("Bedrock", "AmazonBedrock"), False),
    "codebuild": Service("codebuild", optimized_wording("CodeBuild", "AWSCodeBuild")),
    "databrew": Service("databrew", optimized_wording("DataBrew", "AWSGlueDataBrew")),
    "dynamodb": Service("dynamodb", optimized_wording("DynamoDB", "AmazonDynamoDBv2")),
    "ecs": Service("ecs", optimized_wording("ECS", "AmazonECS")),
    "eks": Service("eks", optimized_wording("EKS", "AmazonEKS")),
    "elasticmapreduce": Service("emr", optimized_wording("EMR", "AmazonElasticMapReduce")),
    "emr-containers": Service("emr-containers", optimized_wording("EMRContainers", "AmazonEMRContainers")),
    "emr-serverless": Service("emr-serverless", optimized_wording("EMRServerless", "AWSEMRServerless")),
    "events": Service("events", optimized_wording("EventBridge", "AmazonEventBridge"), False),
    "glue": Service("glue", optimized_wording("Glue", "AWSGlue")),
    "lambda": Service("lambda", optimized_wording("Lambda", "AWSLambda")),
    "mediaconvert": Service("mediaconvert", optimized_wording("MediaConvert", "AWSMediaConvert")),
    "sagemaker": Service("sagemaker", optimized_wording("SageMaker", "AmazonSageMaker")),
    "sns": Service("sns", optimized_wording("SNS", "AmazonSNS")),
    "sqs": Service("sqs", optimized_wording("SQS", "AmazonSQS")),
    "states": Service("stepfunctions", optimized_wording("StepFunctions", "AWSStepFunctions")),
}

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "athena": ("startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"),
    "batch": ("submitJob",),
    "bedrock": ("createModelCustomizationJob",),
    "codebuild": (
        "startBuild",
        "stopBuild",
        "startBuildBatch",
        "stopBuildBatch",
        "retryBuildBatch",
        "deleteBuildBatch",
        "batchDeleteBuilds",
        "batchGetReports",
    ),
    "databrew": ("startJobRun",),
    "dynamodb": ("getItem", "putItem", "updateItem", "deleteItem"),
    "ecs": ("runTask",),
    "eks": (
        "createCluster",
        "deleteCluster",
        "createNodegroup",
        "deleteNodegroup",
        "createFargateProfile",
        "deleteFargateProfile",
    ),
    "emr-containers": ("createVirtualCluster", "deleteVirtualCluster", "startJobRun"),
    "emr-serverless": (
        "createApplication",
        "startApplication",
        "stopApplication",
        "deleteApplication",
        "startJobRun",
        "cancelJobRun",
    ),
    "events": ("putEvents",),
    "glue": ("startJobRun",),
    "mediaconvert": ("createJob",),
    "sagemaker": (
        "createTrainingJob",
        "createTransformJob",
        "createProcessingJob",
        "createLabelingJob",
        "createHyperParameterTuningJob",
        "createEndpoint",
        "createEndpointConfig",
        "createModel",
        "updateEndpoint",
    ),
    "sns": ("publish",),
    "sqs": ("sendMessage",),
    "states": ("startExecution",),
}
"""What is called once, its answer being the result; ``.sync`` is in ``jobs``."""


def call(caller: Caller, service: str, action: str, arguments: JSON, task: TaskContext) -> Answer:
    """Call an action of the table with the task's arguments."""
    described = SERVICES[service]
    prepare = _PREPARED.get(service)
    given = arguments if prepare is None else prepare(arguments, task)
    return caller.optimized(described.boto3, operation_of(action), given, task, described.wording)


def operation_of(action: str) -> str:
    """The operation of an action.

    >>> operation_of("sendMessage")
    'SendMessage'
    """
    return action[0].upper() + action[1:]


def handler(caller: Caller, service: str, action: str) -> Callable[[JSON, TaskContext], JSON]:
    """The handler of one row of the table."""
    shows_metadata, finish = SERVICES[service].shows_metadata, _FINISHED.get(service)

    def answer(arguments: JSON, task: TaskContext) -> JSON:
        answered = call(caller, service, action, arguments, task)
        result: JSON = answered.with_metadata() if shows_metadata else answered.result
        return result if finish is None else finish(result)

    return answer


# --------------------------------------------------------------------------- what Step Functions adds


def _with_executions(arguments: JSON, task: TaskContext) -> JSON:
    """Every event is said to concern the machine and the execution, too (recorded)."""
    if not isinstance(arguments, dict) or not isinstance(entries := arguments.get("Entries"), list):
        return arguments
    return {**arguments, "Entries": [_with_resources(entry, task) for entry in entries]}


def _with_resources(entry: JSON, task: TaskContext) -> JSON:
    if not isinstance(entry, dict):
        return entry
    given = entry.get("Resources")
    resources: list[JSON] = [*given] if isinstance(given, list) else []
    return {**entry, "Resources": [*resources, *_arns(task.execution)]}


def _arns(execution: str) -> tuple[str, ...]:
    """The ARNs of a machine and of its execution."""
    parts = execution.split(":")
    if len(parts) < 7:
        return ()
    return ":".join((*parts[:5], "stateMachine", parts[6])), execution


def _all_entries(result: JSON) -> JSON:
    """An event that was not taken fails the task, whatever became of the others (recorded)."""
    if isinstance(result, dict) and result.get("FailedEntryCount"):
        raise TaskError("EventBridge.FailedEntry", to_text(dict(sorted(result.items()))))
    return result


_PREPARED: Mapping[str, Callable[[JSON, TaskContext], JSON]] = {"events": _with_executions}
_FINISHED: Mapping[str, Callable[[JSON], JSON]] = {"events": _all_entries}
