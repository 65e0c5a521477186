"""What a Task may name, what an Express machine may not do, and what is known of the AWS SDK."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import aslrun
from tests.definition.machines import DISTRIBUTED, LAMBDA, MAP, TASK, check, hints, machine, said, said_of

NOT_RECOGNIZED = (
    "The resource provided {} is not recognized. The value is not a valid resource ARN, "
    "or the resource is not available in this region."
)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws-cn:states:::ecs:runTask.sync",
        "arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken",
        "arn:aws:states:us-east-1:111122223333:aws-sdk:s3:getObject",
        "arn:aws:states:::brandnew:action.sync",
        "arn:aws:states:us-east-1:111122223333:activity:approve",
        f"{LAMBDA}:$LATEST",
        f"{LAMBDA}:live",
        "arn:aws:swf:us-east-1:123456789012:task:X",
    ],
)
def test_a_task_may_name_a_resource_of_aws(resource: str) -> None:
    assert said_of({**TASK, "Resource": resource}) == []


@pytest.mark.parametrize(
    ("resource", "hint"),
    [
        ("arn:aws:states:::dynamodb:query", "dynamodb has no action query"),
        ("arn:aws:states:::sqs:sendMesage", "sqs has no action sendMesage, did you mean sendMessage?"),
        ("arn:aws:states:::lambda:invoke.sync", "lambda:invoke has no .sync, but .waitForTaskToken"),
        ("arn:aws:states:::dynamodb:putItem.waitForTaskToken", "dynamodb:putItem has no .waitForTaskToken"),
        ("arn:aws:states:::aws-sdk:s3:putObject.sync", "aws-sdk:s3:putObject has no .sync, but .waitForTaskToken"),
        (f"{LAMBDA}:", "the ARN must end with the name of the function, and a version or alias if any"),
    ],
)
def test_an_action_that_does_not_exist_is_refused(resource: str, hint: str) -> None:
    (problem,) = check(machine({**TASK, "Resource": resource}))
    assert problem.message == NOT_RECOGNIZED.format(resource)
    assert (problem.rule, problem.location, problem.hint) == ("resource", "/States/A/Resource", hint)


def test_what_is_no_arn_is_refused() -> None:
    assert said_of({**TASK, "Resource": "charge"}) == ["resource-arn Resource: " + NOT_RECOGNIZED.format("charge")]


def test_an_item_reader_is_told_what_it_can_read_with() -> None:
    reader = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
    told = hints(machine({**MAP, "ItemProcessor": DISTRIBUTED, "ItemReader": reader}))
    assert told == ["arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2 can be read with"]


# --------------------------------------------------------------------------- Express


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (
            {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"},
            "Resource: Express state machine does not support '.sync' service integration ",
        ),
        (
            {**TASK, "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken"},
            "Resource: Express state machine does not support '.waitForTaskToken' service integration ",
        ),
        (
            {**TASK, "Resource": "arn:aws:states:us-east-1:1:activity:a"},
            "Resource: Express state machine does not support Activity ARN",
        ),
        ({**MAP, "ItemProcessor": DISTRIBUTED}, "Express state machine does not support Distributed Map"),
    ],
)
def test_an_express_machine_waits_for_nobody(state: dict[str, Any], problem: str) -> None:
    (told,) = check(machine(state), "EXPRESS")
    assert f"{told.path}: {told.message}".removeprefix("States.A.").removeprefix("States.A: ") == problem
    assert said(machine(state)) == []


def test_express_children_of_a_distributed_map_wait_for_nobody() -> None:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    inner = {**TASK, "Resource": "arn:aws:states:::ecs:runTask.sync"}
    processor = {"StartAt": "P", "States": {"P": inner}, "ProcessorConfig": config}
    (problem,) = check(machine({**MAP, "ItemProcessor": processor}))
    assert (problem.rule, problem.path) == ("express", "States.A.ItemProcessor.States.P.Resource")


# --------------------------------------------------------------------------- the AWS SDK


def of_sdk(action: str) -> list[str]:
    definition = machine({**TASK, "Resource": f"arn:aws:states:::aws-sdk:{action}"})
    assert aslrun.load(definition)  # which does not look into botocore
    return [f"{problem.rule}: {problem.hint}" for problem in aslrun.validate(definition)]


@pytest.mark.parametrize(
    "action",
    [
        "s3:getObject",
        "sfn:startExecution",
        "cloudwatchlogs:putLogEvents",
        "rds:describeDBInstances",
        "config:putConfigRule",
    ],
)
def test_services_and_actions_of_the_sdk_are_known(action: str) -> None:
    pytest.importorskip("botocore")
    assert of_sdk(action) == []


def test_without_botocore_nothing_is_said_of_what_only_it_knows() -> None:
    code = (
        "import sys; sys.modules['botocore'] = None\n"
        "import aslrun\n"
        "task = {'Type': 'Task', 'Resource': 'arn:aws:states:::aws-sdk:nosuch:thing', 'End': True}\n"
        "assert aslrun.validate({'StartAt': 'A', 'States': {'A': task}}) == []\n"
        "task['Resource'] = 'arn:aws:states:::aws-sdk:apigatewaymanagementapi:postToConnection'\n"
        "assert len(aslrun.validate({'StartAt': 'A', 'States': {'A': task}})) == 1\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        ("dynamodbb:getItem", "botocore knows no service dynamodbb, did you mean dynamodb?"),
        ("dynamodb:getItems", "botocore knows no action getItems of dynamodb, did you mean getItem?"),
        ("dynamodb:GetItem", "actions begin with a small letter, did you mean getItem?"),
        ("apigatewaymanagementapi:postToConnection", "Step Functions does not call apigatewaymanagementapi"),
    ],
)
def test_what_the_sdk_lacks_is_refused_by_validate(action: str, hint: str) -> None:
    pytest.importorskip("botocore")
    assert of_sdk(action) == [f"sdk-action: {hint}"]
