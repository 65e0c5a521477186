"""Calls of Step Functions through boto3 (extra ``aws``), which is imported when a client is made.

A rule that a change must keep: whatever botocore raises becomes ``DeploymentFailed`` in one line, with AWS's own name
of the error.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Protocol

from ..errors import AslrunError, extra_needed

_MISSING = ("StateMachineDoesNotExist", "ResourceNotFound", "ResourceNotFoundException")
_LONGEST = 400  # characters of a message; an emulator may answer with a page of HTML


class DeploymentFailed(AslrunError):
    """AWS refused a call, could not be reached, or has a machine of this name that cannot become ours.

    Also ``UnfilledPlaceholders``, where it was not asked.
    """


class Missing(DeploymentFailed):
    """What was asked for is not there."""


class StepFunctions(Protocol):
    """What is asked of a boto3 client of Step Functions."""

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, object]: ...  # noqa: N803
    def create_state_machine(self, **arguments: object) -> dict[str, object]: ...
    def update_state_machine(self, **arguments: object) -> dict[str, object]: ...


def connect(*, region: str | None = None, endpoint_url: str | None = None, profile: str | None = None) -> StepFunctions:
    """A client of Step Functions, from boto3's own configuration where nothing is given.

    Raises ``DeploymentFailed`` for a profile or region that is missing, ``ImportError`` without boto3.
    """
    try:
        boto3 = import_module("boto3")
    except ImportError:
        raise extra_needed("deploy", "boto3", "aws") from None
    with _Told("AWS cannot be reached"):
        session = boto3.Session(profile_name=profile, region_name=region)
        client: StepFunctions = session.client("stepfunctions", endpoint_url=endpoint_url)
        return client


def call(client: StepFunctions, operation: str, **arguments: object) -> dict[str, object]:
    """What an operation, named as boto3 does, answers. Raises ``Missing`` and ``DeploymentFailed``."""
    made: Callable[..., dict[str, object]] = getattr(client, operation)
    with _Told(operation.replace("_", " ")):
        return made(**arguments)


class _Told:
    """A block in which whatever botocore raises becomes ``DeploymentFailed``."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        exceptions = import_module("botocore.exceptions")
        if isinstance(error, exceptions.ClientError):
            told = getattr(error, "response", {}).get("Error", {})
            failed = Missing if told.get("Code") in _MISSING else DeploymentFailed
            message = " ".join(str(told.get("Message")).split())[:_LONGEST]
            raise failed(f"{self._sentence}: {told.get('Code')}: {message}") from None
        if isinstance(error, exceptions.BotoCoreError):
            raise DeploymentFailed(f"{self._sentence}: {error}") from None
