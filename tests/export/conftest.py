"""The examples, the corpus of published definitions, and a moto server of our own."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import aslrun
from tests.moto_server import moto_server

# Calls that moto 5.2 answers with "not implemented", and what is answered for it.
LACKING = {
    "ValidateStateMachineDefinition": {"result": "OK", "diagnostics": []},
    "ListStateMachineVersions": {"stateMachineVersions": []},
    "PublishStateMachineVersion": {
        "creationDate": 0,
        "stateMachineVersionArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine:1",
    },
}

REPOSITORY = Path(__file__).resolve().parents[2]
FLEET = REPOSITORY / "examples" / "fleet"


def needs(*packages: str) -> None:
    """Skip the test where a package of the extra ``dev`` is not installed."""
    for package in packages:
        try:
            found = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            found = None
        if found is None:
            pytest.skip(f"needs the package {package}, which is not installed (extra dev)")


def fleet(name: str) -> aslrun.Machine:
    """One of the two workflows of the example."""
    return aslrun.load(FLEET / f"{name}.asl.json", name=name)


def machine(*states: dict[str, Any], **fields: Any) -> aslrun.Machine:
    """A machine of states in a row; the last one ends."""
    names = [f"S{index}" for index in range(len(states))]
    chained = {
        name: {**state, **({"Next": names[index + 1]} if index + 1 < len(names) else {"End": True})}
        for index, (name, state) in enumerate(zip(names, states, strict=True))
    }
    return aslrun.load({"StartAt": "S0", "States": chained, **fields}, name="machine")


def task(resource: str, **fields: Any) -> dict[str, Any]:
    """A Task state that calls an integration."""
    return {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", **fields}


@pytest.fixture(scope="session")
def corpus(shared_dir: Path) -> Callable[..., list[tuple[str, aslrun.Machine]]]:
    """Every definition of the corpus that loads, by the authority of its verdict, with its id."""
    found: dict[str, list[tuple[str, aslrun.Machine]]] = {}
    for file in sorted((shared_dir / "asl-corpus").glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if case["verdict"] != "valid" or "definition" not in case:
                continue
            try:
                loaded = aslrun.load(case["definition"], name="machine", type=case.get("type") or "STANDARD")
            except aslrun.InvalidDefinition:
                continue
            found.setdefault(case["authority"], []).append((case["id"], loaded))

    def select(*authorities: str) -> list[tuple[str, aslrun.Machine]]:
        chosen = [case for authority in authorities or found for case in found.get(authority, [])]
        assert chosen
        return chosen

    return select


# --------------------------------------------------------------------------- moto


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The endpoint of a moto server, a process of its own that ends with the tests."""
    needs("boto3", "moto", "flask")
    with moto_server("123456789012") as server:
        yield server.url


@pytest.fixture
def client(moto: str) -> Callable[..., Any]:
    """boto3 clients of the moto server, which is empty at first."""
    import boto3
    import requests

    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()
    credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    return lambda service: boto3.client(service, endpoint_url=moto, **credentials)


@pytest.fixture
def step_functions(moto: str) -> Iterator[str]:
    """The Step Functions of the moto server, with the calls that it lacks and the provider needs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            lacking = LACKING.get(self.headers["X-Amz-Target"].rpartition(".")[2])
            status, answer = 200, json.dumps(lacking).encode()
            if lacking is None:
                asked = Request(moto, body, dict(self.headers), method="POST")
                try:
                    with urlopen(asked) as response:
                        answer = response.read()
                except HTTPError as error:
                    status, answer = error.code, error.read()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
