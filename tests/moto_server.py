"""AWS in a process of its own: a moto server, for what must speak to an address."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ACCOUNT = "111111111111"
REGION = "us-east-1"
SECONDS_TO_START = 50


class MotoServer:
    """The server, at ``url``."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def session(self) -> Any:
        import boto3

        return boto3.Session("AKIAEXAMPLE", "example", region_name=REGION)

    def client(self, service: str) -> Any:
        """boto3's client, as an application has it."""
        return self.session().client(service, endpoint_url=self.url)

    def reset(self) -> None:
        """An empty AWS."""
        self.request("POST", "/moto-api/reset")

    def request(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else body.encode(), headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


@contextmanager
def moto_server(account: str = ACCOUNT) -> Iterator[MotoServer]:
    """A server that lasts as long as the block."""
    for module in ("moto", "flask", "flask_cors"):
        pytest.importorskip(module, reason="needs a moto server: pip install 'moto[server]' (it is in the extra dev)")
    port = _free_port()
    environment = {**os.environ, "MOTO_ACCOUNT_ID": account, "AWS_DEFAULT_REGION": REGION}
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    try:
        yield _started(MotoServer(port), process)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _started(server: MotoServer, process: subprocess.Popen[bytes]) -> MotoServer:
    for _ in range(SECONDS_TO_START * 10):
        assert process.poll() is None, "the moto server has ended"
        try:
            server.reset()
            return server
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the moto server did not answer within {SECONDS_TO_START} seconds")
