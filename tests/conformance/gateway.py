"""A gateway like API Gateway's, for cases that call one: moto keeps the settings of an API, but calls no function.

It answers as the recorded API did: a path of the case's API calls its function with the body, anything else is not
allowed; the headers are those that API Gateway and CloudFront set.
"""

from __future__ import annotations

import http.server
import json
import re
import threading
from typing import Any

from aslrun import TaskContext

from .cases import Document
from .lambdas import Function

STAGE = "sfn-apigw-api"
HEADERS = {
    "Connection": "keep-alive",
    "Via": "1.1 example.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Id": "id",
    "X-Amz-Cf-Pop": "pop",
    "X-Amzn-Trace-Id": "Root=1-0-0",
    "X-Cache": "Miss from cloudfront",
    "x-amz-apigw-id": "id",
    "x-amzn-RequestId": "id",
}


class StubGateway:
    """The gateway, at ``url``; it starts when it is first asked for its address."""

    def __init__(self, functions: list[Document], calls: list[Document]) -> None:
        self._functions = functions
        parts = [call["request"].get("pathPart") for call in calls if isinstance(call.get("request"), dict)]
        self.paths = {f"/{STAGE}/{part}" for part in parts if part}
        self._server: http.server.ThreadingHTTPServer | None = None

    def __enter__(self) -> StubGateway:
        return self

    def __exit__(self, *error: object) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def url(self) -> str:
        if not self.paths:
            return "no-api"
        if self._server is None:
            handler = type("Handler", (_Handler,), {"gateway": self})
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, path: str, body: bytes) -> tuple[int, bytes]:
        if path not in self.paths:
            return 403, b'{"message":"Missing Authentication Token"}'
        event: Any = json.loads(body) if body else {}
        return 200, json.dumps(Function(self._functions[0]).run(event, TaskContext())).encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    gateway: StubGateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, written = self.gateway.answer(re.sub(r"\?.*", "", self.path), body)
        self.send_response_only(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Date", "Thu, 01 Jan 1970 00:00:00 GMT")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:
        return None
