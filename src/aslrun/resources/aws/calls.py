"""One call of one operation of a service, from a task's arguments to its result.

Rules that a change must keep:

1. All that is known of an operation comes from boto3's model of it: no integration lists members.
2. A call blocks; handlers that make it are sync, so that drivers call them in threads.
3. A call that is made again after a crash is the same call to services that can tell: what boto3 would draw to tell
   calls apart comes from the task's idempotency key, and so does the name of an execution that has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from ...errors import TaskError
from ...values import JSON
from ..task_context import TaskContext
from . import naming, shapes
from .clients import Client, Clients, role_of
from .failures import Wording, sdk_wording, told_as

_CALLS = UUID("0c3f6b0e-7a51-5f0b-8d7e-3b1f5f6f2a64")  # namespace of what tells calls apart
_NAMES = {("SFN", "StartExecution"): "name"}  # where a name serves as a token, and no trait of the model says so

_ADDED = {("S3", name): "EncodingType" for name in ("ListObjects", "ListObjectsV2", "ListObjectVersions")}
"""What boto3 asks for by itself, and then shows."""


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
        for name in _telling_apart(model, given) if task.idempotency_key else ():
            given[name] = str(uuid5(_CALLS, f"{task.idempotency_key}/{operation}"))
        answer = dict(self.raw(client, operation, given, task, wording))
        added = _ADDED.get((model.service_model.service_id, operation), "")
        if added not in given:
            answer.pop(added, None)
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


def _telling_apart(model: Any, given: Mapping[str, Any]) -> list[str]:
    """The members that tell one call of an operation from another, and are not given."""
    if model.input_shape is None:
        return []
    named = _NAMES.get((model.service_model.service_id, model.name))
    members = model.input_shape.members.items()
    telling = [name for name, member in members if name == named or member.metadata.get("idempotencyToken")]
    return [name for name in telling if name not in given]


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
