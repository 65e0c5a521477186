"""AWS at both ends: handlers of tasks that call it, and machines that are deployed to it.

``services`` gives the handlers, ``S3ObjectStore`` reads the files of distributed Maps, ``deploy`` and its like carry a
machine to Step Functions, and raise ``DeploymentFailed``. Nothing of boto3 (extra ``aws``) is imported before something
is called, and nothing of ``aslrun.export`` before it is asked for.

>>> from aslrun import Resources, aws
>>> resources = aws.services(endpoint_url="http://127.0.0.1:5000") | Resources()
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .resources.aws.connections import ApiKey, BasicAuth, Connection, ConnectionSource, OAuthClient
from .resources.aws.objects import S3Error, S3ObjectStore
from .resources.aws.services import services
from .stores.dynamodb import DynamoDBTokenStore, create_token_table
from .stores.tokens import TokenStoreError

if TYPE_CHECKING:
    from .export.deploy import DeploymentFailed, Settings, UnfilledPlaceholders, connect, deploy, plan, pull

_DEPLOYING = ("DeploymentFailed", "Settings", "UnfilledPlaceholders", "connect", "deploy", "plan", "pull")

__all__ = [
    "ApiKey",
    "BasicAuth",
    "Connection",
    "ConnectionSource",
    "DeploymentFailed",
    "DynamoDBTokenStore",
    "OAuthClient",
    "S3Error",
    "S3ObjectStore",
    "Settings",
    "TokenStoreError",
    "UnfilledPlaceholders",
    "connect",
    "create_token_table",
    "deploy",
    "plan",
    "pull",
    "services",
]


def __getattr__(name: str) -> object:
    """Import what deploys only when it is asked for."""
    if name not in _DEPLOYING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(".export.deploy", __package__), name)
    return value
