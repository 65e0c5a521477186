"""The webhook behind a web server of the standard library, in a thread of its own beside the interpreter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from aslrun import TaskCallbacks

from .webhook import LONGEST_BODY, Answer, answer

Secret = Callable[[], Mapping[str, str]]


@contextmanager
def webhook(port: int, callbacks: TaskCallbacks, secret: Secret) -> Iterator[str]:
    """Serve ``POST /callback`` on this machine (port 0: any free one); gives the URL."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(callbacks, secret))
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/callback"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(callbacks: TaskCallbacks, secret: Secret) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 30  # seconds that a slow sender may take

        def do_POST(self) -> None:
            self._reply(self._answer())

        def _answer(self) -> Answer:
            if self.path != "/callback":
                return Answer(404, {"message": "there is only POST /callback"})
            length = self.headers.get("Content-Length", "")
            if not length.isdecimal() or int(length) > LONGEST_BODY:
                return Answer(400, {"message": f"Content-Length must be a number up to {LONGEST_BODY}"})
            headers = {name.lower(): value for name, value in self.headers.items()}
            return answer(headers, self.rfile.read(int(length)), callbacks, secret()["webhook"])

        def _reply(self, told: Answer) -> None:
            body = json.dumps(told.body).encode()
            self.send_response(told.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """No log of requests: it would be the only thing that prints."""

    return Handler
