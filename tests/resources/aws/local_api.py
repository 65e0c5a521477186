"""An HTTP API on this machine that answers what it is told to, and keeps what it was asked."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request as it came in; names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class Says(NamedTuple):
    """What the API answers."""

    body: bytes = b"{}"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class LocalApi:
    """The API, at ``url``, as long as the block; ``answer`` may be changed at any time."""

    def __init__(self, answer: Callable[[Asked], Says] = lambda asked: Says()) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> LocalApi:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    api: LocalApi

    def _any(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, address.path, parse_qs(address.query, keep_blank_values=True), headers, body)
        self.api.asked.append(asked)
        said = self.api.answer(asked)
        self.send_response_only(said.status)
        for name, value in said.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.body)))
        self.end_headers()
        self.wfile.write(said.body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = _any  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        return None
