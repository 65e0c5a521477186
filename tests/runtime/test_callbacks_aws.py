"""``TaskCallbacks`` over boto3: beside moto's Step Functions, and with answers of the service laid out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

import aslrun
from aslrun import AslrunError, TaskCallbacks
from aslrun.errors import AlreadyAnswered, CallerError, TaskKeyInUse
from aslrun.stores.dynamodb import DynamoDBTokenStore, create_token_table
from aslrun.stores.tokens import MemoryTokenStore
from tests.amazon import Client, clients

METHODS = ["send_task_success", "send_task_failure", "send_task_heartbeat"]
INVALID = "Invalid Token: 'Invalid token'"
OVER = "Task Timed Out: 'Provided task does not exist anymore'"
ANSWERS = [("InvalidToken", INVALID), ("TaskTimedOut", OVER), ("TaskDoesNotExist", "Task Does Not Exist: 'x'")]


# --------------------------------------------------------------------------- beside moto


@pytest.fixture
def amazon() -> Iterator[Client]:
    with clients({"stepfunctions": {"execute_state_machine": True}}) as client:
        yield client


def waiting(client: Client) -> tuple[str, str]:
    """An execution that has put its token into a queue; its ARN and the token."""
    queue = client("sqs").create_queue(QueueName="questions")["QueueUrl"]
    role = client("iam").create_role(RoleName="role", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"},
        "TimeoutSeconds": 60,
        "End": True,
    }
    definition = json.dumps({"StartAt": "Ask", "States": {"Ask": state}})
    service = client("stepfunctions")
    machine = service.create_state_machine(name="ask", definition=definition, roleArn=role)["stateMachineArn"]
    execution = service.start_execution(stateMachineArn=machine)["executionArn"]
    while not (messages := client("sqs").receive_message(QueueUrl=queue).get("Messages")):
        time.sleep(0.01)  # moto runs it in a thread of its own
    return execution, messages[0]["Body"]


def ended(client: Client, execution: str) -> dict[str, Any]:
    while (found := client("stepfunctions").describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.01)
    answer: dict[str, Any] = found
    return answer


def test_success_by_token(amazon: Client) -> None:
    execution, token = waiting(amazon)
    TaskCallbacks.aws(amazon("stepfunctions")).send_task_success({"approved": True}, token=token)
    assert json.loads(ended(amazon, execution)["output"]) == {"approved": True}


def test_failure_by_token(amazon: Client) -> None:
    execution, token = waiting(amazon)
    TaskCallbacks.aws(amazon("stepfunctions")).send_task_failure("Refused", "too dear", token=token)
    assert ended(amazon, execution)["error"] == "Refused"


def test_success_on_an_event_loop(amazon: Client) -> None:
    async def main() -> None:
        await TaskCallbacks.aws(amazon("stepfunctions")).send_task_success(7, token=token)

    execution, token = waiting(amazon)
    anyio.run(main)
    assert ended(amazon, execution)["output"] == "7"


def test_success_by_a_key_in_a_table(amazon: Client) -> None:
    create_token_table("tokens", amazon("dynamodb"))
    tokens = DynamoDBTokenStore("tokens", amazon("dynamodb"))
    callbacks = TaskCallbacks.aws(amazon("stepfunctions"), tokens=tokens)
    execution, token = waiting(amazon)
    callbacks.store_token("PROJ-1", token, ttl=3_600)
    callbacks.send_task_success(7, key="PROJ-1")
    assert ended(amazon, execution)["output"] == "7"
    with pytest.raises(AlreadyAnswered):
        callbacks.send_task_success(8, key="PROJ-1")


@pytest.mark.parametrize("method", METHODS)
def test_garbage_is_an_invalid_token(amazon: Client, method: str) -> None:
    with pytest.raises(aslrun.InvalidToken, match=INVALID):
        getattr(TaskCallbacks.aws(amazon("stepfunctions")), method)(token="garbage")


# --------------------------------------------------------------------------- what the service answers


class Service:
    """Step Functions with its answers laid out; botocore checks requests and answers against the service's model."""

    def __init__(self, client: Any) -> None:
        from botocore.stub import Stubber

        self.client = client
        self.tokens = MemoryTokenStore()
        self.callbacks = TaskCallbacks.aws(self.client, tokens=self.tokens)
        self.stubber = Stubber(self.client)
        self.stubber.activate()

    def accepts(self, method: str, **request: str) -> None:
        self.stubber.add_response(method, {}, request)

    def refuses(self, method: str, code: str, message: str) -> None:
        self.stubber.add_client_error(method, code, message)


@pytest.fixture(scope="module")
def client() -> Any:
    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")
    return boto3.Session("AKIAEXAMPLE", "example", region_name="us-east-1").client("stepfunctions")


@pytest.fixture
def service(client: Any) -> Iterator[Service]:
    made = Service(client)
    yield made
    made.stubber.assert_no_pending_responses()
    made.stubber.deactivate()


def test_success_is_sent_as_json_text(service: Service) -> None:
    service.accepts("send_task_success", taskToken="t", output='{"a":[1.5,"ü"]}')
    service.callbacks.send_task_success({"a": [1.5, "ü"]}, token="t")


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (("E", "why"), {"error": "E", "cause": "why"}),
        (("E", None), {"error": "E"}),
        ((None, None), {}),
        (("",), {"error": ""}),
    ],
)
def test_failure_is_sent_with_what_is_given(service: Service, given: tuple[str | None], sent: dict[str, str]) -> None:
    service.accepts("send_task_failure", taskToken="t", **sent)
    service.callbacks.send_task_failure(*given, token="t")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("code", "message"), ANSWERS)
def test_the_errors_of_the_service_are_ours(service: Service, method: str, code: str, message: str) -> None:
    service.refuses(method, code, message)
    with pytest.raises(getattr(aslrun, code)) as caught:
        getattr(service.callbacks, method)(token="t")
    assert str(caught.value) == message


def test_an_output_that_the_service_refuses_is_ours_too(service: Service) -> None:
    service.refuses("send_task_success", "InvalidOutput", "Invalid Output: 'too long'")
    with pytest.raises(aslrun.InvalidOutput, match="too long"):
        service.callbacks.send_task_success(1, token="t")


def test_an_output_that_is_no_json_is_not_sent(service: Service) -> None:
    with pytest.raises(aslrun.InvalidOutput):
        service.callbacks.send_task_success("no json", token="t")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("token", ["", "\ud800"])
def test_a_token_that_cannot_be_sent_is_invalid(service: Service, method: str, token: str) -> None:
    with pytest.raises(aslrun.InvalidToken, match=INVALID):
        getattr(service.callbacks, method)(token=token)


@pytest.mark.parametrize("method", METHODS)
def test_other_errors_of_the_service_are_botocores(service: Service, method: str) -> None:
    service.refuses(method, "ThrottlingException", "Rate exceeded")
    with pytest.raises(Exception, match="Rate exceeded") as caught:
        getattr(service.callbacks, method)(token="t")
    assert not isinstance(caught.value, AslrunError)


def test_a_key_that_was_answered_is_not_sent_again(service: Service) -> None:
    service.callbacks.store_token("PROJ-1", "t")
    service.accepts("send_task_success", taskToken="t", output="1")
    service.callbacks.send_task_success(1, key="PROJ-1")
    for method in METHODS:
        with pytest.raises(AlreadyAnswered):
            getattr(service.callbacks, method)(key="PROJ-1")


def test_a_key_whose_token_was_refused_can_be_tried_again(service: Service) -> None:
    service.callbacks.store_token("PROJ-1", "t")
    service.refuses("send_task_success", "ThrottlingException", "Rate exceeded")
    with pytest.raises(Exception, match="Rate exceeded"):
        service.callbacks.send_task_success(1, key="PROJ-1")
    service.accepts("send_task_success", taskToken="t", output="1")
    service.callbacks.send_task_success(1, key="PROJ-1")


def test_a_key_conflicts_while_the_service_says_that_its_task_waits(service: Service) -> None:
    service.callbacks.store_token("PROJ-1", "first")
    service.accepts("send_task_heartbeat", taskToken="first")
    with pytest.raises(TaskKeyInUse, match="'PROJ-1' is in use"):
        service.callbacks.store_token("PROJ-1", "second")


@pytest.mark.parametrize(("code", "message"), ANSWERS)
def test_a_key_is_free_when_the_service_says_that_its_task_is_over(service: Service, code: str, message: str) -> None:
    service.callbacks.store_token("PROJ-1", "first")
    service.refuses("send_task_heartbeat", code, message)
    service.callbacks.store_token("PROJ-1", "second")
    found = service.tokens.find("PROJ-1")
    assert found is not None
    assert found.token == "second"


def test_without_a_token_store_there_are_no_keys(service: Service) -> None:
    callbacks = TaskCallbacks.aws(service.client)
    with pytest.raises(CallerError, match="no token store, and know no keys"):
        callbacks.send_task_success(key="PROJ-1")
