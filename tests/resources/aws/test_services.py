"""What ``services`` gives, and how it stands beside an application's own handlers."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from aslrun import Resources, load, simulate
from aslrun.aws import services

from .calling import Cloud, cloud

RESOURCES = [
    "aws-sdk:dynamodb:query",
    "aws-sdk:dynamodb:putItem.waitForTaskToken",
    "lambda:invoke.waitForTaskToken",
    "sqs:sendMessage.waitForTaskToken",
    "sns:publish",
    "events:putEvents.waitForTaskToken",
    "dynamodb:updateItem",
    "states:startExecution.sync:2",
    "states:startExecution.waitForTaskToken",
    "apigateway:invoke.waitForTaskToken",
    "http:invoke",
    "batch:submitJob.sync",
    "ecs:runTask.waitForTaskToken",
    "glue:startJobRun.sync",
    "athena:getQueryResults",
    "codebuild:startBuild.sync",
    "bedrock:invokeModel.waitForTaskToken",
]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
@pytest.mark.parametrize("action", RESOURCES)
def test_every_integration_has_a_handler_in_every_partition(action: str, partition: str) -> None:
    assert services().find(f"arn:{partition}:states:::{action}") is not None


@pytest.mark.parametrize("action", ["sqs:sendMesage", "dynamodb:query", "sns:publish.sync", "teapot:brew"])
def test_what_is_no_integration_has_none(action: str) -> None:
    assert services().find(f"arn:aws:states:::{action}") is None


def test_a_handler_of_ones_own_goes_before_aws_on_either_side() -> None:
    mine = Resources()
    mine.task("arn:aws:states:::sqs:sendMessage", lambda message: {"MessageId": "mine"}, name="mine")
    for together in (mine | services(), services() | mine):
        handler = together.find("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
        assert handler is not None
        assert handler.name == "mine"


def test_a_registered_machine_goes_before_step_functions_on_aws() -> None:
    child = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True}
    parent = load({"StartAt": "S", "States": {"S": {**start, "Parameters": {"StateMachineArn.$": "$.child"}}}})
    mine = Resources()
    mine.machine({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 7, "End": True}}}, name="child")
    with cloud() as aws:
        here = simulate(parent, {"child": child}, aws.resources | mine)
        there = simulate(parent, {"child": child.replace("child", "other")}, aws.resources | mine)
    assert here.output["Output"] == 7
    assert there.error == "StepFunctions.StateMachineDoesNotExistException"


def test_a_handler_of_the_very_resource_goes_before_a_registered_machine() -> None:
    mine = Resources()
    mine.machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, name="child")
    mine.task("arn:aws:states:::states:startExecution.sync:2", lambda arguments: "mock")
    child = "arn:aws:states:us-east-1:123456789012:stateMachine:child"
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "End": True}
    machine = {"StartAt": "S", "States": {"S": {**start, "Parameters": {"StateMachineArn": child}}}}
    assert simulate(machine, {}, mine).output == "mock"


def test_an_address_may_be_given_for_one_service_alone() -> None:
    from aslrun.resources.aws.clients import Clients

    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")
    clients = Clients(boto3.Session("AKIAEXAMPLE", "example"), {"lambda": "http://127.0.0.1:3001"}, "eu-west-1")
    assert clients.client("lambda").meta.endpoint_url == "http://127.0.0.1:3001"
    assert clients.client("sqs").meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"


def test_no_prefix_is_put_before_the_host_of_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    from aslrun.resources.aws.clients import Clients

    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")

    def injects(endpoint_url: str | None) -> bool:
        client = Clients(boto3.Session("AKIAEXAMPLE", "example"), endpoint_url, "eu-west-1").client("stepfunctions")
        return client.meta.config.inject_host_prefix is not False

    assert (injects(None), injects("http://localhost:5000")) == (True, False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    assert not injects(None)


def test_a_poll_must_take_time() -> None:
    with pytest.raises(ValueError, match="poll_seconds must be more than 0, not 0"):
        services(poll_seconds=0)


def test_without_boto3_a_task_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    for action in ("aws-sdk:sqs:listQueues", "sqs:sendMessage", "lambda:invoke"):
        failed = Cloud(None).fail(action, {"FunctionName": "charge"})
        assert failed.error == "ModuleNotFoundError"
        assert "pip install 'aslrun[aws]'" in str(failed.cause)


def test_what_deploys_is_reached_by_the_same_name() -> None:
    from aslrun import aws, export

    for name in ("DeploymentFailed", "Settings", "UnfilledPlaceholders", "connect", "deploy", "plan", "pull"):
        assert name in aws.__all__
        assert getattr(aws, name) is getattr(export, name)
    with pytest.raises(AttributeError, match="has no attribute 'employ'"):
        aws.employ


def test_neither_the_module_nor_the_handlers_import_boto3() -> None:
    shown = "[name for name in sys.modules if name.startswith(('boto', 'aslrun.export'))]"
    code = f"import sys; from aslrun import aws; aws.services(); print({shown})"
    done: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
