"""Optimized integrations that make one call: their parameters, results and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from aslrun import Resources
from aslrun.aws import services

from .calling import Cloud, cloud

EXECUTION = "arn:aws:states:us-east-1:111111111111:execution:order:7"
NO_DOCKER = {"lambda": {"use_docker": False}, "batch": {"use_docker": False}}


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud(NO_DOCKER) as made:
        yield made


def metadata(result: Any) -> set[str]:
    return {name for name in result if name.startswith("Sdk")}


# --------------------------------------------------------------------------- messages


def test_a_message_to_a_queue_may_be_any_json(aws: Cloud) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    attributes = {"kind": {"DataType": "String", "StringValue": "order"}}
    sent = aws.call("sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"total": 7}, "MessageAttributes": attributes})
    (message,) = aws.client("sqs").receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == '{"total":7}'
    assert message["MessageAttributes"] == attributes
    assert sent["MessageId"] == message["MessageId"]
    assert {"MD5OfMessageBody", "MD5OfMessageAttributes"} < sent.keys()


def test_an_answer_has_what_http_said(aws: Cloud) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    sent = aws.call("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "text"})
    http = sent["SdkHttpMetadata"]
    assert (http["HttpStatusCode"], http.keys()) == (200, {"AllHttpHeaders", "HttpHeaders", "HttpStatusCode"})
    assert all(http["AllHttpHeaders"][name] == [value] for name, value in http["HttpHeaders"].items())
    assert sent["SdkResponseMetadata"]["RequestId"]


def test_a_message_that_waits_for_its_token_is_sent_at_once(aws: Cloud) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    body = {"TaskToken": "token"}
    sent = aws.call("sqs:sendMessage.waitForTaskToken", {"QueueUrl": url, "MessageBody": body}, token="token")
    assert sent["MessageId"]


def test_a_notification_may_be_any_json(aws: Cloud) -> None:
    topic = aws.client("sns").create_topic(Name="t")["TopicArn"]
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:q"
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    sent = aws.call("sns:publish", {"TopicArn": topic, "Message": {"total": 7}})
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    assert (message["Body"], metadata(sent)) == ('{"total":7}', {"SdkHttpMetadata", "SdkResponseMetadata"})


NO_TOPIC = {"TopicArn": "arn:aws:sns:us-east-1:1:x", "Message": "a"}
NO_QUEUE = {"QueueUrl": "http://a/1/b", "MessageBody": "a"}
NO_MACHINE = {"StateMachineArn": "arn:aws:states:us-east-1:111111111111:stateMachine:x"}
NO_JOB = {"JobName": "x", "JobQueue": "q", "JobDefinition": "d"}


@pytest.mark.parametrize(
    ("action", "arguments", "error", "service"),
    [
        ("sns:publish", NO_TOPIC, "SNS.NotFoundException", "AmazonSNS"),
        ("dynamodb:getItem", {"TableName": "x", "Key": {}}, "DynamoDB.ResourceNotFoundException", "AmazonDynamoDBv2"),
        ("sqs:sendMessage", NO_QUEUE, "SQS.QueueDoesNotExistException", "AmazonSQS"),
        ("states:startExecution", NO_MACHINE, "StepFunctions.StateMachineDoesNotExistException", "AWSStepFunctions"),
        ("glue:startJobRun", {"JobName": "x"}, "Glue.EntityNotFoundException", "AWSGlue"),
        ("batch:submitJob", NO_JOB, "Batch.ClientException", "AWSBatch"),
        ("lambda:invoke", {"FunctionName": "x"}, "Lambda.ResourceNotFoundException", "AWSLambda"),
    ],
)
def test_errors_are_those_of_the_older_sdk(action: str, arguments: Any, error: str, service: str) -> None:
    with cloud() as aws:
        failed = aws.fail(action, arguments)
    assert failed.error == error
    details = rf".* \(Service: {service}; Status Code: \d+; Error Code: [\w.]+; Request ID: .*; Proxy: null\)"
    assert re.fullmatch(details, str(failed.cause), re.DOTALL), failed.cause


# --------------------------------------------------------------------------- DynamoDB


def test_items_are_put_updated_read_and_deleted(aws: Cloud) -> None:
    aws.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    key = {"TableName": "orders", "Key": {"id": {"S": "7"}}}
    values = {":n": {"N": "12"}}
    assert metadata(aws.call("dynamodb:putItem", {"TableName": "orders", "Item": {"id": {"S": "7"}}}))
    update = {"UpdateExpression": "SET price = :n", "ExpressionAttributeValues": values, "ReturnValues": "ALL_NEW"}
    updated = aws.call("dynamodb:updateItem", {**key, **update})
    assert updated["Attributes"] == {"id": {"S": "7"}, "price": {"N": "12"}}
    assert aws.call("dynamodb:getItem", key)["Item"] == updated["Attributes"]
    assert aws.call("dynamodb:deleteItem", {**key, "ReturnValues": "ALL_OLD"})["Attributes"] == updated["Attributes"]
    assert "Item" not in aws.call("dynamodb:getItem", key)


# --------------------------------------------------------------------------- events


def test_events_are_put_with_the_machine_and_the_execution_as_their_resources(aws: Cloud) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:us-east-1:123456789012:q"}])
    entry = {"Source": "shop", "DetailType": "sold", "Detail": {"total": 7}, "Resources": ["mine"]}
    put = aws.call("events:putEvents", {"Entries": [entry]}, execution=EXECUTION)
    (message,) = aws.client("sqs").receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail"] == {"total": 7}
    assert event["resources"] == ["mine", EXECUTION.replace("execution", "stateMachine")[: -len(":7")], EXECUTION]
    assert (put["FailedEntryCount"], metadata(put)) == (0, set())


def test_one_event_that_is_not_taken_fails_the_task(aws: Cloud) -> None:
    good = {"Source": "shop", "DetailType": "sold", "Detail": "{}"}
    failed = aws.fail("events:putEvents", {"Entries": [good, {"DetailType": "sold", "Detail": "{}"}]})
    answer = json.loads(str(failed.cause))
    assert (failed.error, answer["FailedEntryCount"]) == ("EventBridge.FailedEntry", 1)
    assert [*map(sorted, answer["Entries"])] == [["EventId"], ["ErrorCode", "ErrorMessage"]]


# --------------------------------------------------------------------------- functions


def function(aws: Cloud) -> str:
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}", Path="/a/")["Role"]["Arn"]
    made = aws.client("lambda").create_function(
        FunctionName="charge", Runtime="python3.12", Role=role, Handler="a.b", Code={"ZipFile": b"zip"}
    )
    return str(made["FunctionArn"])


def answers_with(value: str) -> None:
    from moto.awslambda_simple.models import lambda_simple_backends

    lambda_simple_backends["123456789012"]["us-east-1"].lambda_simple_results_queue.append(value)


def test_a_function_is_invoked_and_its_payload_is_a_value(aws: Cloud) -> None:
    function(aws)
    answers_with('{"charged": 7}')
    result = aws.call("lambda:invoke", {"FunctionName": "charge", "Payload": {"total": 7}})
    assert (result["Payload"], result["StatusCode"]) == ({"charged": 7}, 200)
    assert result.keys() == {"Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"}


def test_a_function_as_a_resource_gives_its_own_text(aws: Cloud) -> None:
    arn = function(aws)
    answers_with('{"charged":  7}')
    from aslrun.values import to_text

    assert to_text(aws.call(arn, {"total": 7})) == '{"charged":  7}'


def test_a_registered_callable_goes_before_the_function_on_aws() -> None:
    mine = Resources()
    mine.task("arn:aws:lambda:*:*:function:charge", lambda order: {"charged": order["total"]}, name="mine")
    for together in (mine | services(), services() | mine):
        arguments = {"FunctionName": "charge", "Payload": {"total": 7}}
        assert [str(together.find("arn:aws:states:::lambda:invoke", arguments)).split()[1] for _ in "a"] == ["mine"]
        other = together.find("arn:aws:states:::lambda:invoke", {"FunctionName": "other"})
        assert other is not None
        assert other.name == "lambda:invoke"


class Invoked:
    """A client of Lambda that answers without a function."""

    def __init__(self, aws: Cloud, payload: bytes, **answer: Any) -> None:
        from io import BytesIO

        self.sent: dict[str, Any] = {}
        metadata = {"HTTPStatusCode": 200, "HTTPHeaders": {"date": "today"}, "RequestId": "r"}

        def given(**about: Any) -> Any:
            from types import SimpleNamespace

            self.sent = about["params"]
            parsed = {"StatusCode": 200, "Payload": BytesIO(payload), "ResponseMetadata": metadata, **answer}
            return SimpleNamespace(status_code=200, headers={}), parsed

        aws.session.events.register("before-call.lambda.Invoke", given)


def test_an_exception_of_a_function_is_the_tasks_error(aws: Cloud) -> None:
    Invoked(aws, b'{"errorMessage": "over", "errorType": "CardDeclined"}', FunctionError="Unhandled")
    failed = aws.fail("lambda:invoke", {"FunctionName": "charge"})
    assert failed == ("CardDeclined", '{"errorMessage":"over","errorType":"CardDeclined"}')
    failed = aws.fail("arn:aws:lambda:us-east-1:111111111111:function:charge", {})
    assert failed == ("CardDeclined", '{"errorMessage": "over", "errorType": "CardDeclined"}')


def test_a_function_that_died_without_a_word_is_unknown(aws: Cloud) -> None:
    Invoked(aws, b'{"errorMessage": "exited"}', FunctionError="Unhandled")
    assert aws.fail("lambda:invoke", {"FunctionName": "charge"}).error == "Lambda.Unknown"


@pytest.mark.parametrize(
    ("payload", "sent"), [({"a": 1}, b'{"a":1}'), ('"text"', b'"text"'), (None, b"{}"), ([], b"[]")]
)
def test_the_payload_is_the_requests_body(aws: Cloud, payload: Any, sent: bytes) -> None:
    invoked = Invoked(aws, b"1")
    aws.call("lambda:invoke", {"FunctionName": "charge", "Payload": payload, "Qualifier": "live"})
    assert invoked.sent["body"] == sent
    assert invoked.sent["query_string"] == {"Qualifier": "live"}


def test_version_and_log_of_a_function_are_shown_where_they_are_told(aws: Cloud) -> None:
    Invoked(aws, b"1", LogResult="bG9n", ExecutedVersion="3")
    result = aws.call("lambda:invoke", {"FunctionName": "charge", "LogType": "Tail"})
    assert (result["LogResult"], result["ExecutedVersion"]) == ("bG9n", "3")


# --------------------------------------------------------------------------- others that start and do not wait


def test_a_time_is_in_milliseconds(aws: Cloud) -> None:
    machine = aws.client("stepfunctions").create_state_machine(
        name="m",
        roleArn="arn:aws:iam::123456789012:role/r",
        definition='{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
    )["stateMachineArn"]
    started = aws.call("states:startExecution", {"StateMachineArn": machine, "Input": {"total": 7}})
    assert started["StartDate"] > 1_000_000_000_000
    found = aws.client("stepfunctions").describe_execution(executionArn=started["ExecutionArn"])
    assert found["input"] == '{"total":7}'


def test_athena_gives_the_name_of_the_query(aws: Cloud) -> None:
    started = aws.call("athena:startQueryExecution", {"QueryString": "SELECT 1", "WorkGroup": "primary"})
    found = aws.call("athena:getQueryExecution", {"QueryExecutionId": started["QueryExecutionId"]})
    assert found["QueryExecution"]["Query"] == "SELECT 1"


# --------------------------------------------------------------------------- models


class Answered:
    """A model that answers without being there."""

    def __init__(self, aws: Cloud, body: bytes) -> None:
        from io import BytesIO
        from types import SimpleNamespace

        self.sent: Any = None

        def given(**about: Any) -> Any:
            self.sent = about["params"]["body"]
            return SimpleNamespace(status_code=200, headers={}), {
                "body": BytesIO(body),
                "contentType": "application/json",
                "ResponseMetadata": {},
            }

        aws.session.events.register("before-call.bedrock-runtime.InvokeModel", given)


def test_a_model_takes_json_and_gives_json(aws: Cloud) -> None:
    model = Answered(aws, b'{"completion": "yes"}')
    result = aws.call("bedrock:invokeModel", {"ModelId": "m", "Body": {"prompt": "?"}})
    assert result == {"Body": {"completion": "yes"}, "ContentType": "application/json"}
    assert model.sent == b'{"prompt":"?"}'


def test_a_models_input_and_output_may_lie_in_s3(aws: Cloud) -> None:
    model = Answered(aws, b'{"completion": "yes"}')
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="in/a.json", Body=b'{"prompt": "?"}')
    places = {"Input": {"S3Uri": "s3://data/in/a.json"}, "Output": {"S3Uri": "s3://data/out/a.json"}}
    result = aws.call("bedrock:invokeModel", {"ModelId": "m", **places})
    assert (model.sent, result["Body"]) == (b'{"prompt": "?"}', "s3://data/out/a.json")
    assert s3.get_object(Bucket="data", Key="out/a.json")["Body"].read() == b'{"completion": "yes"}'
