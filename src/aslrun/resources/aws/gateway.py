"""``apigateway:invoke``: a task that calls an API of API Gateway.

Rules that a change must keep (recorded, and the developer guide, "Call API Gateway with Step Functions"):

1. A body is always JSON text, so that a text has its quotes; ``null`` is no body.
2. Headers and query parameters are lists of values. ``Headers`` that are none, or hold other things, never reach the
   API: the task fails with ``States.Runtime``.
3. A status that is no success is ``ApiGateway.<status>``, with the response's body as cause.
4. ``IAM_ROLE`` and ``RESOURCE_POLICY`` sign the call with the session's credentials, or with the role's.
"""

from __future__ import annotations

from urllib.parse import quote

from ...errors import TaskError
from ...values import JSON, to_text
from ..task_context import TaskContext
from ..unusable import unusable
from .clients import Clients, role_of
from .failures import optimized_wording, told_as
from .http_client import HttpClient, Request
from .http_task import Document, answered, document, headers_of, pairs, sent, with_query

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
SIGNED = frozenset({"IAM_ROLE", "RESOURCE_POLICY"})
WORDING = optimized_wording("ApiGateway", "AmazonApiGateway")


class Gateway:
    """The handler of ``apigateway:invoke``."""

    def __init__(self, clients: Clients, client: HttpClient) -> None:
        self._clients = clients
        self._client = client

    def invoke(self, arguments: JSON, task: TaskContext) -> JSON:
        """Make the call; the task's result."""
        given = arguments if isinstance(arguments, dict) else {}
        request = _request(given, task)
        if given.get("AuthType") in SIGNED:
            request = self._signed(request, task)
        return answered(sent(self._client, request, "ApiGateway.SdkClientException"), "ApiGateway.")

    def _signed(self, request: Request, task: TaskContext) -> Request:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        with told_as(WORDING, None, role_of(task), self._clients.own_arn):
            credentials = self._clients.credentials(task)
            if credentials is None:
                raise TaskError("ApiGateway.SdkClientException", "Unable to locate credentials")
            signed = AWSRequest(request.method, request.url, dict(request.headers), request.body)
            SigV4Auth(credentials.get_frozen_credentials(), "execute-api", task.region).add_auth(signed)
        headers = [(name, value) for name, value in signed.headers.items() if name.lower() != "host"]
        return Request(request.method, request.url, headers, request.body)


def _request(given: Document, task: TaskContext) -> Request:
    method, endpoint = given.get("Method"), given.get("ApiEndpoint")
    if not isinstance(method, str) or method not in METHODS:
        raise unusable(given, "The value of the field 'Method' has an invalid format")
    if not isinstance(endpoint, str) or not endpoint:
        raise unusable(given, "The value of the field 'ApiEndpoint' has an invalid format")
    headers = {name.lower(): value for name, value in _lists(given, "Headers").items()}
    body = given.get("RequestBody")
    if given.get("AllowNullValues") is not True:
        body = _without_nulls(body)
    written = None if body is None else to_text(body).encode()
    if written is not None:
        headers.setdefault("content-type", ["application/json"])
    headers.setdefault("user-agent", [f"Amazon|StepFunctions|ApiGatewayInvoke|{task.region}"])
    url = with_query(_address(endpoint, given), _lists(given, "QueryParameters"))
    return Request(method, url, tuple(pairs(headers)), written)


def _without_nulls(value: JSON) -> JSON:
    """A body as it is sent unless the task says AllowNullValues.

    >>> _without_nulls({"a": None, "b": [{"c": None}]})
    {'b': [{}]}
    """
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _address(endpoint: str, given: Document) -> str:
    """The endpoint is a host; one with a scheme before it stands for a gateway elsewhere."""
    base = endpoint if "://" in endpoint else f"https://{endpoint}"
    parts = (given.get("Stage"), given.get("Path"))
    path = "/".join(str(part).strip("/") for part in parts if part is not None and str(part).strip("/"))
    return f"{base.rstrip('/')}/{quote(path, safe='/%:@!$&()*+,;=-._~')}"


def _lists(given: Document, name: str) -> dict[str, JSON]:
    values = headers_of(given) if name == "Headers" else document(given, name)
    if not all(isinstance(value, list) for value in values.values()):
        raise unusable(given, f"The value of the field '{name}' has an invalid format")
    return values
