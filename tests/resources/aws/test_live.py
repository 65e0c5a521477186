"""AWS's handlers on an event loop: their calls block threads, and never the loop."""

from __future__ import annotations

import threading
from typing import Any

import anyio

from aslrun import Interpreter, Resources
from aslrun.aws import BasicAuth, services

from .calling import cloud
from .local_api import Asked, LocalApi, Says

ARN = "arn:aws:events:us-east-1:111111111111:connection/shop/0a1b"


def task(resource: str, **parameters: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}


def alone(state: dict[str, Any], name: str = "T") -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


def test_a_call_that_waits_for_its_answer_holds_nobody_up() -> None:
    answered = threading.Event()

    def answer(asked: Asked) -> Says:
        assert answered.wait(20)
        return Says()

    with LocalApi(answer) as api:
        mine = Resources()

        @mine.task("arn:aws:states:::aws-sdk:mine:answer")
        async def on_the_loop(arguments: Any) -> None:
            answered.set()

        call = task(
            "arn:aws:states:::http:invoke",
            ApiEndpoint=api.url,
            Method="GET",
            InvocationConfig={"ConnectionArn": ARN},
        )
        branches = [alone(call, "A"), alone(task("arn:aws:states:::aws-sdk:mine:answer"), "B")]
        machine = alone({"Type": "Parallel", "Branches": branches, "End": True})
        resources = services(connections={"shop": BasicAuth("ann", "x")}, allow_private_http=True) | mine

        async def main() -> Any:
            async with Interpreter(resources) as interpreter:
                with anyio.fail_after(20):
                    return await (await interpreter.start(machine, {})).result()

        result = anyio.run(main)
    assert result.status == "SUCCEEDED"
    assert result.output[0]["StatusCode"] == 200


def test_a_message_with_a_token_leads_back_to_its_task() -> None:
    with cloud() as aws:
        sqs = aws.client("sqs")
        url = sqs.create_queue(QueueName="q")["QueueUrl"]
        body = {"TaskToken.$": "$$.Task.Token"}
        machine = alone(task("arn:aws:states:::sqs:sendMessage.waitForTaskToken", QueueUrl=url, MessageBody=body))

        async def main() -> Any:
            async with Interpreter(aws.resources) as interpreter:
                execution = await interpreter.start(machine, {})
                with anyio.fail_after(20):
                    token = await anyio.to_thread.run_sync(received)
                    await interpreter.send_task_success(token, {"approved": True})
                    return await execution.result()

        def received() -> str:
            import json

            while True:
                if found := sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages"):
                    return str(json.loads(found[0]["Body"])["TaskToken"])

        result = anyio.run(main)
    types = [event["type"] for event in result.history]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert result.output == {"approved": True}
