"""What a call that failed means for its task: error names and causes as the two kinds of integrations write them.

Rules that a change must keep (recorded, and the developer guide):

1. An error that is in the service's model has its own name, any other the name that stands for the whole service.
2. What never reached the service is ``<prefix>.SdkClientException``.
3. An answer to HEAD has no body: its error has no message, and a missing object or bucket is told by the status.
4. A role that cannot be assumed is ``States.TaskFailed``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from ...errors import TaskError
from . import naming
from .clients import Client


class Wording(NamedTuple):
    """How an integration speaks of its service: before error names, in causes, for errors without a name."""

    prefix: str
    service: str
    unnamed: str
    cause: str
    named: Callable[[str], str] = naming.exception
    """The name of an exception, of its shape in the service's model."""


_SDK_CAUSE = "{message} (Service: {service}, Status Code: {status}, {requests}) (SDK Attempt Count: 1)"
_OPTIMIZED_CAUSE = (
    "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request}; Proxy: null)"
)


def sdk_wording(service_id: str) -> Wording:
    """How an SDK integration with the service of this id speaks."""
    prefix = naming.sdk_prefix(service_id)
    return Wording(prefix, prefix, f"{prefix}Exception", _SDK_CAUSE)


def optimized_wording(prefix: str, service: str) -> Wording:
    """How an optimized integration speaks."""
    return Wording(
        prefix,
        service,
        f"{service.removesuffix('v2')}Exception",
        _OPTIMIZED_CAUSE,
        naming.optimized_exception,
    )


@contextmanager
def told_as(
    wording: Wording, client: Client, role: str | None = None, own_arn: Callable[[], str] = str
) -> Iterator[None]:
    """Let what boto3 raises inside fail the task; ``own_arn`` tells who may not be in the ``role``."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        if role is not None and error.operation_name == "AssumeRole":
            cause = f"The role {own_arn()} is not authorized to assume the task state's role, {role}."
            raise TaskError("States.TaskFailed", cause) from None
        raise TaskError(*_refused(wording, client, error.response, error.operation_name)) from None
    except BotoCoreError as error:
        raise TaskError(f"{wording.prefix}.SdkClientException", str(error)) from None


_MISSING = {"HeadObject": "NoSuchKey", "HeadBucket": "NoSuchBucket"}


def _refused(wording: Wording, client: Client, response: Mapping[str, Any], operation: str) -> tuple[str, str]:
    """Error and cause of what the service refused."""
    error, about = response.get("Error", {}), response.get("ResponseMetadata", {})
    code, message = str(error.get("Code", "Unknown")), error.get("Message")
    if code.isdecimal():  # the status: there was no body
        code, message = _MISSING.get(operation, code) if code == "404" else code, None
    name = _modelled(client, code) or _modelled(client, str(error.get("QueryErrorCode", "")))
    request = about.get("RequestId", "null")
    requests = f"Request ID: {request}"
    if extended := about.get("HostId"):
        requests += f", Extended Request ID: {extended}"
    cause = wording.cause.format(
        message=message or "null",
        service=wording.service,
        status=about.get("HTTPStatusCode", 0),
        code=code,
        request=request,
        requests=requests,
    )
    return f"{wording.prefix}.{wording.named(name) if name else wording.unnamed}", cause


def _modelled(client: Client, code: str) -> str | None:
    """The shape of an error, if it is in the service's model."""
    plain = code.rpartition("#")[2]
    for shape in client.meta.service_model.error_shapes if client is not None else ():
        if plain in (shape.name, shape.metadata.get("error", {}).get("code")):
            return str(shape.name)
    return None
