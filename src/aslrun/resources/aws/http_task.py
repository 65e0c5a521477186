"""``http:invoke``: a task that calls an HTTPS API through a connection.

Rules that a change must keep (developer guide, "Call HTTPS APIs in Step Functions workflows"):

1. Every call has a connection. Its credentials go over a header of the definition; of everything else that both say,
   the definition's counts.
2. A status from 400 on fails the task as ``States.Http.StatusCode.<n>``, an exchange that breaks or takes longer
   than 60 seconds as ``States.Http.Socket``. A redirect is an answer like any other.
3. What cannot be a request at all is ``States.Runtime``.
4. A credential is in no error: causes are what the other side answered, or why nothing was sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from ...errors import TaskError
from ...values import JSON, parse, to_text
from ..task_context import TaskContext
from ..unusable import unusable
from .connections import Connection, Connections, merged_body, shown
from .encoding import ARRAY_FORMATS, form, query
from .http_client import MOST_BYTES, Broken, HttpClient, Refused, Request, Response, TooLong

Document: TypeAlias = Mapping[str, JSON]

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"})
RESERVED = frozenset({
    "authorization", "connection", "content-md5", "expect", "host", "max-forwards", "proxy-authenticate", "server",
    "te", "trailer", "transfer-encoding", "upgrade", "via", "www-authenticate", "x-forwarded-for", "content-length",
})  # fmt: skip
"""Headers that a definition may not set."""
SOCKET = "States.Http.Socket"
_FORM = "application/x-www-form-urlencoded"


class HttpTask:
    """The handler of ``http:invoke``."""

    def __init__(self, connections: Connections, client: HttpClient) -> None:
        self._connections = connections
        self._client = client

    def invoke(self, arguments: JSON, task: TaskContext) -> JSON:
        """Make the call; the task's result."""
        given = arguments if isinstance(arguments, dict) else {}
        connection = self._connections.find(_connection_arn(given))
        request = _request(given, connection, task.region)
        secret = self._connections.authorization(connection)
        response = self._sent(request, secret)
        if response.status in (401, 407) and secret is not None:
            other = self._connections.authorization(connection, refused=secret[1])
            if other != secret:
                response = self._sent(request, other)
        return answered(response, "States.Http.StatusCode.")

    def _sent(self, request: Request, secret: tuple[str, str] | None) -> Response:
        headers = list(request.headers)
        if secret is not None:
            headers = [each for each in headers if each[0].lower() != secret[0].lower()] + [secret]
        return sent(self._client, Request(request.method, request.url, headers, request.body), SOCKET)


def sent(client: HttpClient, request: Request, broken: str) -> Response:
    """What came back. Raises ``TaskError``, of the name ``broken`` if the exchange did not come to its end."""
    try:
        return client.send(request)
    except Refused as refused:
        raise TaskError("States.Runtime", f"The request cannot be made: {refused}") from None
    except Broken as problem:
        raise TaskError(broken, str(problem)) from None
    except TooLong as problem:
        raise TaskError("States.DataLimitExceeded", f"{problem}, more than a task may return.") from None


def answered(response: Response, error: str) -> JSON:
    """A response as a result. Raises ``TaskError`` with the body as cause for a status from 400 on."""
    text = response.body.decode("utf-8", "replace")
    if response.status >= 400:
        raise TaskError(f"{error}{response.status}", text)
    headers: dict[str, JSON] = {}
    for name, value in response.headers:
        values = headers.setdefault(name, [])
        assert isinstance(values, list)
        values.append(value)
    return {
        "Headers": headers,
        "ResponseBody": _value(text, response),
        "StatusCode": response.status,
        "StatusText": response.reason,
    }


def _value(text: str, response: Response) -> JSON:
    """The body: a value where it is JSON, else text; a JSON type with nothing in it is an empty object."""
    kind = next((value for name, value in response.headers if name.lower() == "content-type"), "")
    if "json" not in kind:
        return text
    try:
        return parse(text) if text.strip() else {}
    except ValueError:
        return text


# --------------------------------------------------------------------------- the request


def _connection_arn(given: Document) -> str:
    for name in ("InvocationConfig", "Authentication"):
        holder = given.get(name)
        if isinstance(holder, dict) and isinstance(arn := holder.get("ConnectionArn"), str):
            return arn
    raise unusable(given, "The field 'Authentication' is required but was missing")


def _request(given: Document, connection: Connection, region: str) -> Request:
    method = given.get("Method")
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise unusable(given, "The value of the field 'Method' has an invalid format")
    endpoint = given.get("ApiEndpoint")
    if not isinstance(endpoint, str):
        raise unusable(given, "The value of the field 'ApiEndpoint' has an invalid format")
    headers = {**_lower(connection.headers), **_lower(headers_of(given))}
    body = _body(given, connection, headers)
    sent_along: dict[str, JSON] = {
        "user-agent": f"Amazon|StepFunctions|HttpInvoke|{region}",
        "range": f"bytes=0-{MOST_BYTES}",
        **headers,
    }
    parameters = {**connection.query, **document(given, "QueryParameters")}
    return Request(method.upper(), with_query(endpoint, parameters), tuple(pairs(sent_along)), body)


def _lower(headers: Mapping[str, JSON] | Mapping[str, str]) -> dict[str, JSON]:
    return {name.lower(): value for name, value in headers.items()}


def document(given: Document, name: str) -> dict[str, JSON]:
    """A field that must be an object, or absent."""
    value = given.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unusable(given, f"The value of the field '{name}' has an invalid format")
    return value


def headers_of(given: Document) -> dict[str, JSON]:
    """The headers that a definition sets."""
    headers = document(given, "Headers")
    for name in headers:
        if name.lower() in RESERVED or name.lower().startswith(("x-amz-", "x-amzn-")):
            raise unusable(given, f"The header '{name}' is reserved and cannot be set")
    return headers


def pairs(headers: Mapping[str, JSON]) -> Iterable[tuple[str, str]]:
    """Headers one by one; of a list each item is one."""
    for name, value in headers.items():
        for item in value if isinstance(value, list) else [value]:
            yield name, shown(item)


def with_query(url: str, parameters: Mapping[str, JSON]) -> str:
    """An address with more query parameters."""
    written = query(parameters)
    return url if not written else f"{url}{'&' if '?' in url else '?'}{written}"


def _body(given: Document, connection: Connection, headers: dict[str, JSON]) -> bytes | None:
    body = merged_body(connection, given.get("RequestBody"))
    if body is None:
        return None
    transform = document(given, "Transform")
    if transform.get("RequestBodyEncoding") == "URL_ENCODED":
        options = document(transform, "RequestEncodingOptions")
        array_format = options.get("ArrayFormat", "INDICES")
        if not isinstance(body, dict) or array_format not in ARRAY_FORMATS:
            raise unusable(given, "The value of the field 'Transform' has an invalid format")
        headers["content-type"] = _FORM
        return form(body, str(array_format)).encode()
    kind = shown(headers.setdefault("content-type", "application/json"))
    return (body if isinstance(body, str) and "json" not in kind else to_text(body)).encode()
