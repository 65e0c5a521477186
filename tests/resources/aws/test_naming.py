"""Names: those that definitions use, and those of boto3."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aslrun.resources.aws import naming

botocore_session = pytest.importorskip("botocore.session", reason="needs boto3: pip install 'aslrun[aws]'")


@pytest.mark.parametrize(
    ("written", "boto3"),
    [
        ("s3", "s3"),
        ("sfn", "stepfunctions"),
        ("eventbridge", "events"),
        ("cloudwatchlogs", "logs"),
        ("cloudwatch", "cloudwatch"),
        ("cognitoidentityprovider", "cognito-idp"),
        ("bedrockagent", "bedrock-agent"),
        ("bedrockruntime", "bedrock-runtime"),
        ("apigatewaymanagementapi", "apigatewaymanagementapi"),
        ("emrserverless", "emr-serverless"),
        ("redshiftdata", "redshift-data"),
        ("config", "config"),
        ("databasemigration", "dms"),
        ("applicationautoscaling", "application-autoscaling"),
        ("elasticloadbalancingv2", "elbv2"),
        ("nosuchservice", None),
    ],
)
def test_a_service_of_a_resource_is_one_of_boto3(written: str, boto3: str | None) -> None:
    assert naming.boto3_service(written, botocore_session.get_session().get_available_services()) == boto3


# Of a service with two generations the id names both, and the older one cannot be told from the newer.
TWICE = {"pinpoint-sms-voice", "sms-voice"}


def lost(every: int) -> set[str]:
    """The services of boto3 that are not found by their names on AWS; looks at every so-manieth."""
    session = botocore_session.get_session()
    loader, known = session.get_component("data_loader"), session.get_available_services()
    looked_at = [*sorted(known)[::every], "stepfunctions", "events", "ds-data"]
    return {name for name in looked_at if naming.boto3_service(name_on_aws(loader, name), known) != name} - TWICE


def test_a_seventh_of_the_services_of_boto3_is_found_by_its_names_on_aws() -> None:
    assert not lost(every=7)


@pytest.mark.long
def test_all_services_of_boto3_are_found_by_their_names_on_aws() -> None:
    assert not lost(every=1)


def name_on_aws(loader: Any, name: str) -> str:
    """The name by which a resource calls a service of boto3."""
    service_id = loader.load_service_model(name, "service-2")["metadata"]["serviceId"]
    letters = re.sub(r"[^A-Za-z0-9]", "", service_id)
    return re.sub(r"^(?:AWS|Amazon)|Service$", "", letters).lower()


@pytest.mark.parametrize(
    ("shape", "named"),
    [
        ("NoSuchKey", "NoSuchKeyException"),
        ("QueueDoesNotExist", "QueueDoesNotExistException"),
        ("ConditionalCheckFailedException", "ConditionalCheckFailedException"),
        ("DBInstanceNotFoundFault", "DbInstanceNotFoundException"),
        ("ExecutionDoesNotExist", "ExecutionDoesNotExistException"),
    ],
)
def test_an_error_of_the_service_is_an_exception(shape: str, named: str) -> None:
    assert naming.exception(shape) == named


@pytest.mark.parametrize(
    ("service_id", "prefix"),
    [
        ("SFN", "Sfn"),
        ("S3", "S3"),
        ("DynamoDB", "DynamoDb"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("EC2", "Ec2"),
        ("SQS", "Sqs"),
        ("Secrets Manager", "SecretsManager"),
        ("Config Service", "Config"),
    ],
)
def test_errors_begin_with_the_services_name(service_id: str, prefix: str) -> None:
    assert naming.sdk_prefix(service_id) == prefix


@pytest.mark.parametrize(
    ("member", "sdk", "optimized"),
    [
        ("executionArn", "ExecutionArn", "ExecutionArn"),
        ("DBInstances", "DbInstances", "DBInstances"),
        ("MD5OfMessageBody", "Md5OfMessageBody", "MD5OfMessageBody"),
        ("SSEKMSKeyId", "SsekmsKeyId", "SSEKMSKeyId"),
        ("ETag", "ETag", "ETag"),
        ("ACL", "Acl", "ACL"),
        ("x", "X", "X"),
    ],
)
def test_members_are_written_as_the_integration_writes_them(member: str, sdk: str, optimized: str) -> None:
    assert (naming.sdk_member(member), naming.optimized_member(member)) == (sdk, optimized)
