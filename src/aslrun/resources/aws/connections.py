"""Connections of HTTP tasks: who calls, by what secret, and what goes along with every call.

On AWS a connection is EventBridge's and its secret lies in Secrets Manager; here both come from the application.

Rules that a change must keep:

1. No secret is shown: not by ``repr``, not in an error.
2. A connection is found by its ARN, or by the name in it.
3. A token of OAuth is asked for once, and anew only when it was refused (401 or 407). Connections share one only if
   they ask for it in the same words.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlencode

from ...errors import TaskError
from ...values import JSON, parse, to_text
from .http_client import Broken, HttpClient, Refused, Request, TooLong


@dataclass(frozen=True, kw_only=True)
class Connection:
    """What every call of a connection gets beside its credentials: headers, query parameters, fields of the body."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, JSON] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class BasicAuth(Connection):
    """A name and a password.

    >>> BasicAuth("ann", "secret")
    BasicAuth(username='ann')
    """

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class ApiKey(Connection):
    """A key in a header.

    >>> ApiKey("X-Api-Key", "secret")
    ApiKey(name='X-Api-Key')
    """

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class OAuthClient(Connection):
    """Client credentials of OAuth 2, and where they are exchanged for a token.

    ``token_headers``, ``token_query`` and ``token_body`` go along with the request for the token.

    >>> OAuthClient("https://login.example.com/token", "id", "secret")
    OAuthClient(endpoint='https://login.example.com/token', client_id='id')
    """

    endpoint: str
    client_id: str
    client_secret: str = field(repr=False)
    method: str = field(default="POST", repr=False)
    token_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_query: Mapping[str, str] = field(default_factory=dict, repr=False)
    token_body: Mapping[str, str] = field(default_factory=dict, repr=False)


ConnectionSource: TypeAlias = Mapping[str, Connection] | Callable[[str], Connection | None]
"""Connections by ARN or name, or a function of the ARN that looks one up, in a vault say."""

UNUSABLE = "Events.ConnectionResource.InvalidConnectionState"
"""The error of a task whose connection cannot be used."""


class Connections:
    """The connections of an application, and the tokens that it was given."""

    def __init__(self, source: ConnectionSource, client: HttpClient) -> None:
        self._source = source
        self._client = client
        self._tokens: dict[_Asked, str] = {}
        self._locks: dict[_Asked, threading.Lock] = {}
        self._lock = threading.Lock()

    def find(self, arn: str) -> Connection:
        """The connection of an ARN. Raises ``TaskError`` if there is none."""
        source = self._source
        found = source(arn) if callable(source) else source.get(arn) or source.get(_name(arn))
        if found is None:
            raise TaskError(UNUSABLE, f"There is no connection {arn}; give it to services(connections=...)")
        return found

    def authorization(self, connection: Connection, refused: str | None = None) -> tuple[str, str] | None:
        """The header that holds the credentials, with another value than the ``refused`` one if there can be one."""
        if isinstance(connection, BasicAuth):
            pair = base64.b64encode(f"{connection.username}:{connection.password}".encode()).decode()
            return "Authorization", f"Basic {pair}"
        if isinstance(connection, ApiKey):
            return connection.name, connection.value
        if isinstance(connection, OAuthClient):
            return "Authorization", self._bearer(connection, refused)
        return None

    def _bearer(self, connection: OAuthClient, refused: str | None) -> str:
        request = _token_request(connection)
        key = (request.method, request.url, request.headers, request.body)
        with self._lock:
            own = self._locks.setdefault(key, threading.Lock())
        with own:  # of many tasks whose token is refused, one asks for another
            known = self._tokens.get(key)
            if known is None or known == refused:
                known = self._tokens[key] = f"Bearer {self._asked_for(connection, request)}"
            return known

    def _asked_for(self, connection: OAuthClient, request: Request) -> str:
        try:
            response = self._client.send(request)
            answer = parse(response.body.decode("utf-8", "replace")) if response.status < 300 else None
        except (Refused, Broken, TooLong, ValueError):
            answer = None
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise TaskError(UNUSABLE, f"The endpoint {connection.endpoint} gave no token to {connection.client_id}")
        return token


_Asked: TypeAlias = tuple[str, str, Sequence[tuple[str, str]], bytes | None]
"""A request for a token, as a key."""


def _token_request(connection: OAuthClient) -> Request:
    fields = {
        "grant_type": "client_credentials",
        "client_id": connection.client_id,
        "client_secret": connection.client_secret,
        **connection.token_body,
    }
    url = connection.endpoint
    if connection.token_query:
        url += ("&" if "?" in url else "?") + urlencode(connection.token_query)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **connection.token_headers}
    return Request(connection.method, url, tuple(headers.items()), urlencode(fields).encode())


def _name(arn: str) -> str:
    """The name in ``arn:aws:events:<region>:<account>:connection/<name>/<id>``."""
    parts = arn.rpartition(":")[2].split("/")
    return parts[1] if len(parts) > 1 else arn


def merged_body(connection: Connection, body: JSON) -> JSON:
    """The body with the connection's fields; what the definition says goes first.

    >>> merged_body(Connection(body={"team": "a", "page": 1}), {"page": 2}) == {"team": "a", "page": 2}
    True
    """
    if not connection.body or not isinstance(body, dict | None):
        return body
    return {**connection.body, **(body or {})}


def shown(value: JSON) -> str:
    """A header's or a parameter's value as text."""
    return value if isinstance(value, str) else to_text(value)
