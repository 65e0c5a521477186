"""Names of the AWS SDK integrations, and of boto3: services, operations, members, exceptions.

Step Functions shows the names of the AWS SDK for Java 2, boto3 those of the service models; both are made of the same
models by rules, and here are the rules.

Rules that a change must keep:

1. A service is called by its id without blanks, without "AWS" or "Amazon" before and "Service" after it, in lower
   case. boto3's name without hyphens is nearly always the same; ``FOLDERS`` has the rest, and a test asks botocore
   for all of them.
2. Members and exceptions are found without regard to case: a definition may write ``DBInstance`` or ``DbInstance``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...definition.aws_models import FOLDERS


def boto3_service(sdk_name: str, known: Iterable[str]) -> str | None:
    """boto3's name of the service that a resource names, among those that boto3 knows; ``None`` if it is none.

    >>> boto3_service("sfn", ["stepfunctions"]), boto3_service("bedrockagent", ["bedrock", "bedrock-agent"])
    ('stepfunctions', 'bedrock-agent')
    """
    if sdk_name in FOLDERS:
        return FOLDERS[sdk_name]
    return next((name for name in known if name.replace("-", "") == sdk_name), None)


def operation(action: str, operations: Iterable[str]) -> str | None:
    """The operation that a resource names in camel case; ``None`` if it is none.

    >>> operation("describeDBInstances", ["DescribeDBInstances"])
    'DescribeDBInstances'
    """
    wanted = action.lower()
    return next((name for name in operations if name.lower() == wanted), None)


def sdk_member(name: str) -> str:
    """A member as an SDK integration shows it: of leading capitals only the first, and the first of the next word.

    >>> [sdk_member(name) for name in ("executionArn", "DBInstanceArn", "ETag", "ChecksumCRC32", "MD5OfBody")]
    ['ExecutionArn', 'DbInstanceArn', 'ETag', 'ChecksumCRC32', 'Md5OfBody']
    """
    leading = re.match(r"[A-Z]*", name)
    length = len(leading.group()) if leading else 0
    if length > 1 and name[length : length + 1].islower():
        length -= 1
    return name[:1].upper() + name[1:length].lower() + name[max(length, 1) :]


def optimized_member(name: str) -> str:
    """A member as an optimized integration shows it: with a capital, and otherwise as the service has it.

    >>> optimized_member("executionArn"), optimized_member("MD5OfMessageBody")
    ('ExecutionArn', 'MD5OfMessageBody')
    """
    return name[:1].upper() + name[1:]


def sdk_prefix(service_id: str) -> str:
    """What error names of an SDK integration begin with, which is also the service's name in causes.

    >>> [sdk_prefix(name) for name in ("SFN", "DynamoDB", "Secrets Manager", "S3", "SESv2")]
    ['Sfn', 'DynamoDb', 'SecretsManager', 'S3', 'SesV2']
    """
    return _pascal(re.sub(r"^(?:AWS|Amazon) ?| ?Service$", "", service_id))


def optimized_exception(shape: str) -> str:
    """The exception's name for an error of the service, as the older SDK has it: with its capitals.

    >>> optimized_exception("EC2ThrottledException"), optimized_exception("DBInstanceNotFoundFault")
    ('EC2ThrottledException', 'DBInstanceNotFoundException')
    """
    return optimized_member(re.sub(r"(?:Exception|Fault)$", "", shape)) + "Exception"


def exception(shape: str) -> str:
    """The exception's name for an error of the service.

    >>> exception("NoSuchKey"), exception("DBInstanceNotFoundFault"), exception("InvalidTokenException")
    ('NoSuchKeyException', 'DbInstanceNotFoundException', 'InvalidTokenException')
    """
    return _pascal(re.sub(r"(?:Exception|Fault)$", "", shape)) + "Exception"


def _pascal(text: str) -> str:
    """Words with a capital each; where words begin is what the generator of the Java SDK says."""
    words = re.sub(r"[^A-Za-z0-9]+", " ", text)
    words = re.sub(r"([^a-z]{2,})v([0-9]+)", r"\1 v\2 ", words)
    words = re.sub(r"([^A-Z]{2,})V([0-9]+)", r"\1 V\2 ", words)
    words = re.sub(r"(?<=[a-z])(?=[A-Z][A-Za-z0-9])", " ", words)
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1 \2", words)
    words = re.sub(r"([0-9])([A-Za-z])", r"\1 \2", words)
    return "".join(word.capitalize() for word in words.split())
