"""SDK integrations: any action of any service, by boto3's models."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest

from .calling import Cloud, cloud


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud() as made:
        yield made


def table(aws: Cloud) -> None:
    aws.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


# --------------------------------------------------------------------------- what goes in


def test_parameters_and_results_are_in_pascal_case(aws: Cloud) -> None:
    table(aws)
    item = {"id": {"S": "7"}, "total": {"N": "12"}}
    aws.call("aws-sdk:dynamodb:putItem", {"TableName": "orders", "Item": item})
    found = aws.call("aws-sdk:dynamodb:getItem", {"TableName": "orders", "Key": {"id": {"S": "7"}}})
    assert found["Item"] == item


def test_leading_capitals_may_be_written_as_the_java_sdk_writes_them(aws: Cloud) -> None:
    made = {"DbInstanceIdentifier": "main", "Engine": "postgres", "DbInstanceClass": "db.t3.micro"}
    aws.call("aws-sdk:rds:createDBInstance", made)
    (found,) = aws.call("aws-sdk:rds:describeDBInstances", {"DBInstanceIdentifier": "main"})["DbInstances"]
    assert (found["DbInstanceIdentifier"], found["DbInstanceStatus"]) == ("main", "available")


def test_what_is_null_is_left_out(aws: Cloud) -> None:
    made = aws.call("aws-sdk:sqs:createQueue", {"QueueName": "q", "Attributes": None})
    assert made["QueueUrl"].endswith("/q")


def test_a_value_for_a_text_is_written_as_json(aws: Cloud) -> None:
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    aws.call("aws-sdk:sqs:sendMessage", {"QueueUrl": url, "MessageBody": {"total": 7}})
    (message,) = aws.call("aws-sdk:sqs:receiveMessage", {"QueueUrl": url})["Messages"]
    assert message["Body"] == '{"total":7}'


@pytest.mark.parametrize(("body", "written"), [("text", '"text"'), ({"a": [1]}, '{"a":[1]}'), (False, "false")])
def test_the_body_of_an_object_is_json(aws: Cloud, body: Any, written: str) -> None:
    aws.client("s3").create_bucket(Bucket="data")
    aws.call("aws-sdk:s3:putObject", {"Bucket": "data", "Key": "a", "Body": body})
    assert aws.client("s3").get_object(Bucket="data", Key="a")["Body"].read().decode() == written


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"TableName": "t", "Key": {}, "Colour": "red"}, "The field 'Colour' is not supported by Step Functions"),
        ({"TableName": "t", "Key": "7"}, "The value of the field 'Key' has an invalid format"),
        ({"TableName": "t"}, "The field 'Key' is required but was missing"),
        ({"TableName": "t", "Key": {}, "ConsistentRead": "yes"}, "The value of the field 'ConsistentRead' has an "),
        ({"TableName": "t", "Key": {}, "AttributesToGet": "a"}, "The value of the field 'AttributesToGet' has an "),
        (["t"], "The value of the field '' has an invalid format"),
    ],
)
def test_arguments_that_fit_no_operation_are_refused(aws: Cloud, arguments: Any, reason: str) -> None:
    failed = aws.fail("aws-sdk:dynamodb:getItem", arguments)
    assert failed.error == "States.Runtime"
    assert f"could not be used to start the Task: [{reason}" in str(failed.cause)


def test_what_is_part_of_the_address_cannot_be_null(aws: Cloud) -> None:
    failed = aws.fail("aws-sdk:s3:getObject", {"Bucket": None, "Key": "a"})
    assert "[The field 'Bucket' is required but was missing]" in str(failed.cause)


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("aws-sdk:teapot:brew", "the AWS SDK has no service teapot"),
        ("aws-sdk:sqs:brewTea", "SQS has no action brewTea"),
    ],
)
def test_what_the_sdk_does_not_have_is_said(aws: Cloud, action: str, reason: str) -> None:
    failed = aws.fail(action, {})
    assert (failed.error, str(failed.cause).partition("called: ")[2]) == ("States.Runtime", reason)


# --------------------------------------------------------------------------- what comes out


def test_times_are_iso_text(aws: Cloud) -> None:
    made = aws.call("aws-sdk:secretsmanager:createSecret", {"Name": "s", "SecretString": "x"})
    found = aws.call("aws-sdk:secretsmanager:getSecretValue", {"SecretId": made["ARN".capitalize()]})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3}|\.\d{6})?Z", found["CreatedDate"])
    assert found["SecretString"] == "x"


def test_blobs_and_streams_are_text(aws: Cloud) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="data")
    s3.put_object(Bucket="data", Key="a", Body="é and more".encode())
    found = aws.call("aws-sdk:s3:getObject", {"Bucket": "data", "Key": "a"})
    key = aws.call("aws-sdk:kms:createKey", {})["KeyMetadata"]["KeyId"]
    sealed = aws.call("aws-sdk:kms:encrypt", {"KeyId": key, "Plaintext": "secret"})
    assert found["Body"] == "é and more"
    assert isinstance(sealed["CiphertextBlob"], str)


def test_nothing_of_a_result_is_anything_but_json(aws: Cloud) -> None:
    aws.call("aws-sdk:ec2:runInstances", {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1})
    json.dumps(aws.call("aws-sdk:ec2:describeInstances", {}), allow_nan=False)
    json.dumps(aws.call("aws-sdk:iam:listPolicies", {"Scope": "AWS", "MaxItems": 5}), allow_nan=False)


def test_no_metadata_of_the_answer_is_shown(aws: Cloud) -> None:
    assert aws.call("aws-sdk:sqs:listQueues", {}) == {}


def test_a_policy_is_the_text_that_the_service_sends(aws: Cloud) -> None:
    trust = '{"Version": "2012-10-17", "Statement": []}'
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    shown = aws.call("aws-sdk:iam:getRole", {"RoleName": "r"})["Role"]["AssumeRolePolicyDocument"]
    assert unquote(shown) == trust


def test_a_template_is_the_text_that_was_given(aws: Cloud) -> None:
    body = '{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}'
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=body)
    assert aws.call("aws-sdk:cloudformation:getTemplate", {"StackName": "s"})["TemplateBody"] == body


def test_user_data_is_sent_as_it_is_given(aws: Cloud) -> None:
    (image,) = aws.client("ec2").describe_images(Owners=["amazon"])["Images"][:1]
    given = {"ImageId": image["ImageId"], "MinCount": 1, "MaxCount": 1, "UserData": "ZWNobyBoaQ=="}
    (made,) = aws.call("aws-sdk:ec2:runInstances", given)["Instances"]
    about = {"InstanceId": made["InstanceId"], "Attribute": "userData"}
    assert aws.call("aws-sdk:ec2:describeInstanceAttribute", about)["UserData"]["Value"] == "ZWNobyBoaQ=="


def test_what_boto3_asks_for_by_itself_is_not_shown(aws: Cloud) -> None:
    aws.client("s3").create_bucket(Bucket="shop")
    aws.client("s3").put_object(Bucket="shop", Key="a b", Body=b"")
    found = aws.call("aws-sdk:s3:listObjectsV2", {"Bucket": "shop"})
    asked = aws.call("aws-sdk:s3:listObjectsV2", {"Bucket": "shop", "EncodingType": "url"})
    assert ("EncodingType" in found, found["Contents"][0]["Key"]) == (False, "a b")
    assert asked["EncodingType"] == "url"


def test_an_action_that_takes_nothing_takes_nothing(aws: Cloud) -> None:
    assert aws.call("aws-sdk:s3:listBuckets", {})["Buckets"] == []


# --------------------------------------------------------------------------- errors


def test_an_error_of_the_model_has_its_own_name(aws: Cloud) -> None:
    aws.client("s3").create_bucket(Bucket="data")
    failed = aws.fail("aws-sdk:s3:getObject", {"Bucket": "data", "Key": "none"})
    assert failed.error == "S3.NoSuchKeyException"
    pattern = r"The specified key does not exist\. \(Service: S3, Status Code: 404, Request ID: \w+.*\) \(SDK .*: 1\)"
    assert re.fullmatch(pattern, str(failed.cause))


@pytest.mark.parametrize(
    ("action", "arguments", "error"),
    [
        ("aws-sdk:dynamodb:getItem", {"TableName": "none", "Key": {}}, "DynamoDb.ResourceNotFoundException"),
        ("aws-sdk:sqs:getQueueUrl", {"QueueName": "none"}, "Sqs.QueueDoesNotExistException"),
        ("aws-sdk:secretsmanager:getSecretValue", {"SecretId": "x"}, "SecretsManager.ResourceNotFoundException"),
        ("aws-sdk:rds:describeDBInstances", {"DbInstanceIdentifier": "x"}, "Rds.DbInstanceNotFoundException"),
        ("aws-sdk:ec2:describeInstances", {"InstanceIds": ["i-0"]}, "Ec2.Ec2Exception"),
        (
            "aws-sdk:sfn:describeExecution",
            {"ExecutionArn": "arn:aws:states:us-east-1:111111111111:execution:a:b"},
            "Sfn.ExecutionDoesNotExistException",
        ),
    ],
)
def test_errors_are_named_as_the_java_sdk_names_them(aws: Cloud, action: str, arguments: Any, error: str) -> None:
    assert aws.fail(action, arguments).error == error


@pytest.mark.parametrize(
    ("action", "arguments", "error"),
    [
        ("headObject", {"Bucket": "shop", "Key": "k"}, "S3.NoSuchKeyException"),
        ("headBucket", {"Bucket": "other"}, "S3.NoSuchBucketException"),
    ],
)
def test_what_is_not_found_by_its_head_has_a_name_and_no_message(
    aws: Cloud, action: str, arguments: Any, error: str
) -> None:
    aws.client("s3").create_bucket(Bucket="shop")
    failed = aws.fail(f"aws-sdk:s3:{action}", arguments)
    assert failed.error == error
    assert str(failed.cause).startswith("null (Service: S3, Status Code: 404, Request ID: ")


def test_a_condition_that_does_not_hold_is_an_error_of_its_own(aws: Cloud) -> None:
    table(aws)
    put = {"TableName": "orders", "Item": {"id": {"S": "7"}}, "ConditionExpression": "attribute_not_exists(id)"}
    aws.call("aws-sdk:dynamodb:putItem", put)
    failed = aws.fail("aws-sdk:dynamodb:putItem", put)
    assert failed.error == "DynamoDb.ConditionalCheckFailedException"
    assert str(failed.cause).startswith("The conditional request failed (Service: DynamoDb, Status Code: 400, ")


def test_what_never_reached_the_service_is_a_client_exception() -> None:
    boto3 = pytest.importorskip("boto3")
    unreachable = Cloud(boto3.Session("AKIAEXAMPLE", "example"), endpoint_url="http://127.0.0.1:1")
    failed = unreachable.fail("aws-sdk:sqs:listQueues", {})
    assert (failed.error, "127.0.0.1:1" in str(failed.cause)) == ("Sqs.SdkClientException", True)


# --------------------------------------------------------------------------- where, and as whom


def test_a_task_calls_in_the_region_of_its_execution(aws: Cloud) -> None:
    aws.call("aws-sdk:sqs:createQueue", {"QueueName": "q"}, region="eu-west-1")
    assert "QueueUrls" not in aws.client("sqs").list_queues()
    assert len(aws.client("sqs", "eu-west-1").list_queues()["QueueUrls"]) == 1


def test_the_region_of_the_services_goes_before_the_executions() -> None:
    with cloud(region="eu-central-1") as aws:
        aws.call("aws-sdk:sqs:createQueue", {"QueueName": "q"}, region="eu-west-1")
        assert len(aws.client("sqs", "eu-central-1").list_queues()["QueueUrls"]) == 1


def test_a_task_with_credentials_calls_in_its_role_and_assumes_it_once(aws: Cloud) -> None:
    assumed: list[str] = []
    aws.session.events.register("before-call.sts.AssumeRole", lambda params, **about: assumed.append("once"))
    role = {"RoleArn": "arn:aws:iam::222222222222:role/other"}
    for _ in range(2):
        who = aws.call("aws-sdk:sts:getCallerIdentity", {}, credentials=role)
        assert who["Arn"] == "arn:aws:sts::222222222222:assumed-role/other/aslrun"
    assert assumed == ["once"]
    assert "role/other" not in aws.call("aws-sdk:sts:getCallerIdentity", {})["Arn"]


def test_a_role_that_cannot_be_assumed_fails_the_task(aws: Cloud) -> None:
    denied = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    refusal = SimpleNamespace(status_code=403, headers={})
    aws.session.events.register("before-call.sts.AssumeRole", lambda **about: (refusal, denied))
    role = "arn:aws:iam::222222222222:role/other"
    failed = aws.fail("aws-sdk:sqs:listQueues", {}, credentials={"RoleArn": role})
    assert failed.error == "States.TaskFailed"
    assert re.fullmatch(rf"The role arn:\S+ is not authorized to assume the task state's role, {role}\.", failed.cause)


def test_a_service_has_one_client_whoever_asks(aws: Cloud) -> None:
    made: list[str] = []
    original = aws.session.client
    aws.session.client = lambda service, **options: made.append(service) or original(service, **options)
    threads = [threading.Thread(target=aws.call, args=("aws-sdk:sqs:listQueues", {})) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["sqs"]


def test_a_call_is_made_once(aws: Cloud) -> None:
    sent: list[str] = []
    failure = {"Error": {"Code": "ServiceUnavailable"}, "ResponseMetadata": {"HTTPStatusCode": 503}}

    def answered(**about: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        sent.append("once")
        response = AWSResponse("https://sqs", 503, {}, None)
        response._content = json.dumps(failure).encode()
        return response

    aws.session.events.register("before-send.sqs.ListQueues", answered)
    assert aws.fail("aws-sdk:sqs:listQueues", {}).error == "Sqs.SqsException"
    assert sent == ["once"]
