"""One HTTP request to an address that was looked at before it was called.

A definition may name any host, and so may its input; what answers on the machine itself or in its network must not be
reached by that. The name is resolved once, what it resolves to is checked, and the connection goes to what was
checked: a name that resolves to something else a moment later changes nothing.

Rules that a change must keep:

1. Of several addresses of a name none may be private, link-local, of the machine itself or reserved, in any disguise
   that IPv6 knows.
2. The whole exchange ends after the limit, however slowly the other side sends. A timer ends it: nothing here looks
   at a clock. (How long a name takes to resolve is up to the system.)
3. Redirects are not followed. No proxy is used, and no credentials but those of the request.
4. No error repeats the value of a header, the query or the credentials of an address: secrets lie there.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import SplitResult, urlsplit

SECONDS = 60.0
"""How long an HTTP task may take."""
MOST_BYTES = 262_144
"""Of a response that a task may return."""

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The request is not made; the message says why."""


class Broken(Exception):
    """The exchange did not come to its end; the message says how."""


class TooLong(Exception):
    """The response is longer than a task may return."""


@dataclass(frozen=True, repr=False)
class Request:
    """What is sent; query, headers and body are not shown, as they hold secrets."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method!r}, {_named(self.url)!r})"


class Response(NamedTuple):
    """What came back."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class HttpClient:
    """Makes requests; ``allow_private`` opens the way to private addresses, and to plain HTTP."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        tls: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._allow_private = allow_private
        self._tls = tls
        self._seconds = seconds
        self._most_bytes = most_bytes

    def send(self, request: Request) -> Response:
        """Make a request. Raises ``Refused``, ``Broken`` or ``TooLong``."""
        connection = self._connection(_parts(request.url, plain=self._allow_private))
        timer = threading.Timer(self._seconds, connection.end)
        timer.daemon = True
        timer.start()
        try:
            return self._exchanged(connection, request)
        except (OSError, http.client.HTTPException) as problem:
            if connection.ended:
                raise Broken(f"no answer within {self._seconds:g} seconds") from None
            raise Broken(str(problem) or type(problem).__name__) from None
        finally:
            timer.cancel()
            connection.close()

    def _connection(self, url: SplitResult) -> _Pinned:
        host, port = str(url.hostname), url.port or (443 if url.scheme == "https" else 80)
        found = addresses(host, port, self._allow_private)
        tls = None
        if url.scheme == "https":
            tls = self._tls = self._tls or ssl.create_default_context()
        return _Pinned(host, port, found, tls, self._seconds)

    def _exchanged(self, connection: _Pinned, request: Request) -> Response:
        _put_head(connection, request)
        connection.endheaders(request.body)
        response = connection.getresponse()
        body = response.read(self._most_bytes + 1)
        if len(body) > self._most_bytes:
            raise TooLong(f"the response has more than {self._most_bytes} bytes")
        if connection.ended:  # cut off in the middle of a body without a length
            raise OSError
        return Response(response.status, response.reason, tuple(response.getheaders()), body)


def _put_head(connection: http.client.HTTPConnection, request: Request) -> None:
    """Write down the first line and the headers. Raises ``Refused`` for what HTTP has no place for."""
    url = urlsplit(request.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.putrequest(request.method, target, skip_accept_encoding=True)
    except (http.client.InvalidURL, ValueError):
        raise Refused(f"the address {_named(request.url)!r} has a character that no address may have") from None
    for name, value in request.headers:
        try:
            connection.putheader(name, value)
        except ValueError:
            raise Refused(f"the header {name!r} has a character that no header may have") from None
    if request.body is not None:
        connection.putheader("Content-Length", str(len(request.body)))


class _Pinned(http.client.HTTPConnection):
    """A connection to addresses that are known already."""

    def __init__(
        self, host: str, port: int, found: Sequence[Address], tls: ssl.SSLContext | None, seconds: float
    ) -> None:
        super().__init__(host, port, timeout=seconds)
        self.default_port = 80 if tls is None else 443  # it stands in no Host header
        self._found, self._tls = found, tls
        self.ended = False

    def connect(self) -> None:
        connected = self._connected()
        self.sock = connected
        if self.ended:  # while there was nothing to cut off
            raise TimeoutError
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(connected, server_hostname=self.host)

    def _connected(self) -> socket.socket:
        problem: OSError = OSError(f"{self.host} has no address")
        for address in self._found:
            if self.ended:
                break
            try:
                return socket.create_connection((str(address), self.port), self.timeout)
            except OSError as error:
                problem = error
        raise problem

    def end(self) -> None:
        """Cut the exchange off, from another thread."""
        self.ended = True
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def _parts(url: str, *, plain: bool) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(f"{_named(url)!r} is no address") from None
    if parts.scheme not in (("https", "http") if plain else ("https",)) or not parts.hostname or port == 0:
        raise Refused(f"the address must begin with https:// and name a host, not be {_named(url)!r}")
    if parts.username is not None:
        raise Refused("the address must hold no credentials")
    return parts


def _named(url: str) -> str:
    """An address without its query and its credentials.

    >>> _named("https://ann:secret@api.example/orders?key=secret")
    'https://api.example/orders'
    """
    return re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url)[0])


# --------------------------------------------------------------------------- addresses


def addresses(host: str, port: int, allow_private: bool = False) -> list[Address]:
    """What a host's name resolves to, after a look at it.

    Raises ``Refused`` if any of it is not public, ``Broken`` if there is nothing.

    >>> addresses("127.0.0.1", 80)
    Traceback (most recent call last):
    ...
    aslrun.resources.aws.http_client.Refused: 127.0.0.1 is 127.0.0.1, which is no public address
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Broken(f"{host} cannot be resolved: {problem}") from None
    resolved = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    unsafe = next((each for each in resolved if not is_public(each)), None)
    if unsafe is not None and not allow_private:
        raise Refused(f"{host} is {unsafe}, which is no public address")
    return list(dict.fromkeys(resolved))


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 behind a translator (RFC 6052)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet, and hides no other.

    >>> [is_public(ipaddress.ip_address(text)) for text in ("8.8.8.8", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, False, False]
    """
    hidden = _hidden(address)
    if hidden is not None:
        return is_public(hidden)
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _hidden(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
