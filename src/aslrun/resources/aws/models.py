"""``bedrock:invokeModel``: the one integration with a body of its own, or one that lies in S3.

Rules that a change must keep (developer guide, "Invoke Amazon Bedrock models"):

1. ``Body`` is any JSON, sent as its text; ``Input.S3Uri`` names an object with the body instead.
2. The answer's body is a value where it is JSON; with ``Output.S3Uri`` it goes into that object, and the result only
   says where it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import TaskError
from ...values import JSON, parse, to_text
from ..task_context import TaskContext
from . import shapes
from .calls import Caller
from .clients import Client
from .failures import told_as
from .objects import S3, place_of
from .optimized import SERVICES


class Models:
    """The handler of ``bedrock:invokeModel``."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def invoke(self, arguments: JSON, task: TaskContext) -> JSON:
        """Call the model."""
        wording = SERVICES["bedrock"].wording
        given = dict(arguments) if isinstance(arguments, dict) else {}
        source, target = _uri(given.pop("Input", None)), _uri(given.pop("Output", None))
        body = given.pop("Body", None)
        client = self._caller.clients.of_task("bedrock-runtime", task)
        shape = client.meta.service_model.operation_model("InvokeModel").input_shape
        request = shapes.parameters(given, shape)
        request["body"] = self._object(source, task) if source else to_text(body).encode()
        answer = self._caller.raw(client, "InvokeModel", request, task, wording)
        with told_as(wording, client):
            content: bytes = answer["body"].read()
        kind = answer.get("contentType", "application/json")
        if target is None:
            return {"Body": _value(content), "ContentType": kind}
        return {"Body": self._keep(target, content, kind, task), "ContentType": kind}

    def _object(self, uri: str, task: TaskContext) -> bytes:
        with told_as(S3, self._s3(task)):
            bucket, key = place_of(uri)
            content: bytes = self._s3(task).get_object(Bucket=bucket, Key=key)["Body"].read()
            return content

    def _keep(self, uri: str, content: bytes, kind: str, task: TaskContext) -> str:
        with told_as(S3, self._s3(task)):
            bucket, key = place_of(uri)
            self._s3(task).put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)
        return uri

    def _s3(self, task: TaskContext) -> Client:
        return self._caller.clients.of_task("s3", task)


def _uri(place: JSON) -> str | None:
    if place is None:
        return None
    uri: Any = place.get("S3Uri") if isinstance(place, Mapping) else None
    if not isinstance(uri, str):
        raise TaskError("States.Runtime", "The fields Input and Output must be objects with an S3Uri")
    return uri


def _value(content: bytes) -> JSON:
    text = content.decode("utf-8", "replace")
    try:
        return parse(text)
    except ValueError:
        return text
