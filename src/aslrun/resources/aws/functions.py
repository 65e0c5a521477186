"""Lambda functions that are called where they are: on AWS, or at any address that speaks Lambda's protocol.

A function that is registered as a Python callable is not called here: the registry finds that one first.

Rules that a change must keep:

1. The request's body is the payload as ``resources.lambda_function`` says it; what it answers is shown likewise.
2. An exception of the function fails the task by the exception's own name, with what the function reported as cause.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import TaskError
from ...values import JSON, parse, to_text
from ..task_context import TaskContext
from . import shapes
from .calls import Caller, sdk_metadata
from .failures import told_as
from .optimized import SERVICES

_SHOWN = ("ExecutedVersion", "LogResult", "StatusCode")


class Functions:
    """The handlers of ``lambda:invoke``, and of functions as resources."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def invoke(self, arguments: JSON, task: TaskContext) -> JSON:
        """The handler of ``lambda:invoke``."""
        payload, answer = self._invoked(_request(arguments), task, compact=True)
        result: dict[str, JSON] = {name: answer[name] for name in _SHOWN if name in answer}
        result |= {"Payload": _value(payload)} | sdk_metadata(answer.get("ResponseMetadata", {}))
        return dict(sorted(result.items()))

    def function(self, arguments: JSON, task: TaskContext) -> bytes:
        """The handler of a function's ARN: the function's own text."""
        request: dict[str, JSON] = {"FunctionName": task.resource, "Payload": to_text(arguments)}
        return self._invoked(request, task, compact=False)[0]

    def _invoked(
        self, request: dict[str, JSON], task: TaskContext, *, compact: bool
    ) -> tuple[bytes, Mapping[str, Any]]:
        wording = SERVICES["lambda"].wording
        client = self._caller.clients.of_task("lambda", task)
        body = request.pop("Payload")
        shape = client.meta.service_model.operation_model("Invoke").input_shape
        given = shapes.parameters(request, shape) | {"Payload": str(body).encode()}
        answer = self._caller.raw(client, "Invoke", given, task, wording)
        with told_as(wording, client):
            payload: bytes = answer["Payload"].read() if "Payload" in answer else b""
        if answer.get("FunctionError"):
            raise _raised(payload, compact)
        return payload, answer


def _request(arguments: JSON) -> dict[str, JSON]:
    request = dict(arguments) if isinstance(arguments, dict) else {}
    payload = request.get("Payload")
    request["Payload"] = "{}" if payload is None else payload if isinstance(payload, str) else to_text(payload)
    return request


def _value(payload: bytes) -> JSON:
    text = payload.decode("utf-8", "replace")
    try:
        return parse(text)
    except ValueError:
        return text


def _raised(payload: bytes, compact: bool) -> TaskError:
    """What the function reports of its exception, as the task's failure."""
    text = payload.decode("utf-8", "replace")
    report = _value(payload)
    error = report.get("errorType") if isinstance(report, dict) else None
    if compact and isinstance(report, dict):
        text = to_text(dict(report))
    return TaskError(error if isinstance(error, str) and error else "Lambda.Unknown", text)
