"""AWS at the other end of tasks: ``services`` gives the handlers that call it, ``S3ObjectStore`` reads its files.

Nothing of boto3 is imported before a task calls a service; that takes the extra ``aws``.

    from aslrun import aws

    resources = aws.services(endpoint_url="http://127.0.0.1:5000") | mine
"""

from __future__ import annotations

from .resources.aws.connections import ApiKey, BasicAuth, Connection, ConnectionSource, OAuthClient
from .resources.aws.objects import S3Error, S3ObjectStore
from .resources.aws.services import services
from .stores.dynamodb import DynamoDBTokenStore, create_token_table

__all__ = [
    "ApiKey",
    "BasicAuth",
    "Connection",
    "ConnectionSource",
    "DynamoDBTokenStore",
    "OAuthClient",
    "S3Error",
    "S3ObjectStore",
    "create_token_table",
    "services",
]
