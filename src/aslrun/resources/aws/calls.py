"""One call of one operation of a service, from a task's arguments to its result.

Rules that a change must keep:

1. All that is known of an operation comes from boto3's model of it: no integration lists members.
2. A call blocks; handlers that make it are sync, so that drivers call them in threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...errors import TaskError
from ...values import JSON
from ..task_context import TaskContext
from . import naming, shapes
from .clients import Client, Clients, role_of
from .failures import Wording, sdk_wording, told_as


class Answer(NamedTuple):
    """What a service answered: the result as JSON, and what boto3 says of the answer itself."""

    result: dict[str, JSON]
    metadata: Mapping[str, Any]

    def with_metadata(self) -> dict[str, JSON]:
        """The result with what the older optimized integrations show of the answer."""
        return self.result | sdk_metadata(self.metadata)


class Caller:
    """Calls operations of services for tasks."""

    __slots__ = ("clients",)

    def __init__(self, clients: Clients) -> None:
        self.clients = clients

    def sdk(self, arguments: JSON, task: TaskContext) -> JSON:
        """The handler of ``aws-sdk:<service>:<action>``."""
        service, _, action = task.resource.partition(":aws-sdk:")[2].partition(":")
        known = naming.boto3_service(service, self.clients.services())
        if known is None:
            raise _unknown(task, f"the AWS SDK has no service {service}")
        client = self.clients.of_task(known, task)
        wording = sdk_wording(client.meta.service_model.service_id)
        operation = _operation(client, action.removesuffix(".waitForTaskToken"), task)
        return self._call(client, operation, arguments, task, wording, shapes.SDK).result

    def optimized(self, service: str, operation: str, arguments: JSON, task: TaskContext, wording: Wording) -> Answer:
        """Call an operation as an optimized integration does."""
        client = self.clients.of_task(service, task)
        return self._call(client, operation, arguments, task, wording, shapes.OPTIMIZED)

    def _call(
        self, client: Client, operation: str, arguments: JSON, task: TaskContext, wording: Wording, look: shapes.Look
    ) -> Answer:
        model = client.meta.service_model.operation_model(operation)
        given = shapes.parameters(arguments, model.input_shape)
        answer = self.raw(client, operation, given, task, wording)
        with told_as(wording, client):
            result = shapes.result(answer, model.output_shape, look)
        return Answer(result, answer.get("ResponseMetadata", {}))

    def raw(
        self, client: Client, operation: str, given: Mapping[str, Any], task: TaskContext, wording: Wording
    ) -> Mapping[str, Any]:
        """What boto3 answers to what it takes. Raises ``TaskError``."""
        from botocore import xform_name

        with told_as(wording, client, role_of(task), self.clients.own_arn):
            return getattr(client, xform_name(operation))(**given)  # type: ignore[no-any-return]


def _operation(client: Client, action: str, task: TaskContext) -> str:
    known = naming.operation(action, client.meta.service_model.operation_names)
    if known is None:
        raise _unknown(task, f"{client.meta.service_model.service_id} has no action {action}")
    return known


def _unknown(task: TaskContext, reason: str) -> TaskError:
    return TaskError("States.Runtime", f"The resource {task.resource} cannot be called: {reason}")


def sdk_metadata(metadata: Mapping[str, Any]) -> dict[str, JSON]:
    """``SdkHttpMetadata`` and ``SdkResponseMetadata`` of an answer."""
    headers = {name: str(value) for name, value in metadata.get("HTTPHeaders", {}).items()}
    http: dict[str, JSON] = {
        "AllHttpHeaders": {name: [value] for name, value in headers.items()},
        "HttpHeaders": {name: headers[name] for name in sorted(headers, key=str.lower)},
        "HttpStatusCode": metadata.get("HTTPStatusCode", 200),
    }
    return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": metadata.get("RequestId", "")}}
