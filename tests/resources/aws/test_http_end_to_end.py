"""HTTP tasks of whole executions: OAuth with servers on this machine, and names that change where they lead."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from aslrun import Interpreter, Result, VirtualClock, simulate
from aslrun.aws import BasicAuth, OAuthClient, services

from .local_api import Asked, LocalApi, Says

ARN = "arn:aws:events:us-east-1:111111111111:connection/shop/0a1b"
PUBLIC = "8.8.8.8"
Run = Callable[[dict[str, Any], Any], Awaitable[Result]]


async def simulated(definition: dict[str, Any], resources: Any) -> Result:
    return simulate(definition, {"orders": [1, 2, 3, 4]}, resources)


async def interpreted(definition: dict[str, Any], resources: Any) -> Result:
    async with Interpreter(resources, clock=VirtualClock()) as interpreter:
        return await (await interpreter.start(definition, {"orders": [1, 2, 3, 4]})).result()


@pytest.fixture(params=[simulated, interpreted])
def run(request: pytest.FixtureRequest) -> Run:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=["asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Shop(LocalApi):
    """An API whose calls need a token, and the server of an identity provider that gives it; ``revoke`` ends one."""

    def __init__(self) -> None:
        super().__init__(self._order)
        self.login = LocalApi(self._token)
        self.given = 0
        self.good: set[str] = set()
        self.lock = threading.Lock()

    def _token(self, asked: Asked) -> Says:
        with self.lock:
            self.given += 1
            self.good = {f"Bearer t{self.given}"}
        return Says(json.dumps({"access_token": f"t{self.given}", "token_type": "Bearer", "expires_in": 3600}).encode())

    def _order(self, asked: Asked) -> Says:
        if asked.headers.get("authorization") not in self.good:
            return Says(b'{"message": "who are you?"}', 401)
        return Says(asked.body)

    def revoke(self) -> None:
        self.good = set()

    def __enter__(self) -> Shop:
        super().__enter__()
        self.login.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.login.__exit__(*error)
        super().__exit__(*error)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as opened:
        yield opened


def call(url: str, **more: Any) -> dict[str, Any]:
    parameters = {"ApiEndpoint": url, "Method": "POST", "InvocationConfig": {"ConnectionArn": ARN}, **more}
    return {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": parameters, "End": True}


def alone(state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "Call", "States": {"Call": state}}


def each_order(shop: Shop) -> dict[str, Any]:
    """A machine that calls the shop for all orders at once."""
    orders = {
        "Type": "Map",
        "ItemsPath": "$.orders",
        "ItemProcessor": alone({**call(shop.url, RequestBody={"order.$": "$"}), "OutputPath": "$.ResponseBody"}),
        "End": True,
    }
    return {"StartAt": "Each", "States": {"Each": orders}}


def at_the_shop(shop: Shop) -> Any:
    connection = OAuthClient(shop.login.url + "/oauth/token", "client", "s3cret")
    return services(connections={"shop": connection}, allow_private_http=True)


@pytest.mark.anyio
async def test_many_calls_of_an_execution_ask_for_one_token(run: Run, shop: Shop) -> None:
    result = await run(each_order(shop), at_the_shop(shop))

    assert result.output == [{"order": number} for number in (1, 2, 3, 4)]
    assert [asked.path for asked in shop.login.asked] == ["/oauth/token"]
    assert {asked.headers["authorization"] for asked in shop.asked} == {"Bearer t1"}


@pytest.mark.anyio
async def test_a_token_that_was_revoked_between_executions_is_asked_for_anew(run: Run, shop: Shop) -> None:
    resources = at_the_shop(shop)
    await run(each_order(shop), resources)
    shop.revoke()
    result = await run(each_order(shop), resources)

    assert result.output == [{"order": number} for number in (1, 2, 3, 4)]
    assert len(shop.login.asked) == 2
    assert shop.asked[-1].headers["authorization"] == "Bearer t2"


@pytest.mark.anyio
async def test_a_token_that_is_never_good_fails_the_task_after_one_more_try(run: Run, shop: Shop) -> None:
    shop.answer = lambda asked: Says(b"no", 401)
    result = await run(alone(call(shop.url)), at_the_shop(shop))

    assert (result.error, result.cause) == ("States.Http.StatusCode.401", "no")
    assert (len(shop.asked), len(shop.login.asked)) == (2, 2)


@pytest.mark.anyio
async def test_no_secret_is_in_the_history(run: Run, shop: Shop) -> None:
    result = await run(each_order(shop), at_the_shop(shop))
    assert all(secret not in json.dumps(result.history) for secret in ("s3cret", "Bearer", "t1"))


def test_an_identity_provider_on_a_private_address_is_not_asked(shop: Shop) -> None:
    connection = OAuthClient(shop.login.url.replace("http:", "https:"), "client", "s3cret")
    result = simulate(alone(call("https://api.example")), {}, services(connections={"shop": connection}))

    assert result.error == "Events.ConnectionResource.InvalidConnectionState"
    assert shop.login.asked == []


# --------------------------------------------------------------------------- names that change where they lead


class Rebinding:
    """A name server whose name leads to a public address when it is first asked, and to this machine ever after.

    The public internet is out of reach: whatever connects to it is told so.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.connected: list[str] = []
        self._resolve, self._connect = socket.getaddrinfo, socket.socket.connect
        monkeypatch.setattr(socket, "getaddrinfo", self.resolve)
        rebinding = self

        class Watched(socket.socket):
            def connect(self, address: Any) -> None:
                rebinding.connected.append(address[0])
                if address[0] == PUBLIC:
                    raise OSError("Network is unreachable")
                super().connect(address)

        monkeypatch.setattr(socket, "socket", Watched)

    def resolve(self, host: str, *about: Any, **more: Any) -> Any:
        if host == "rebound.example":
            self.asked.append(host)
            host = PUBLIC if len(self.asked) == 1 else "127.0.0.1"
        return self._resolve(host, *about, **more)


@pytest.mark.anyio
async def test_a_name_that_leads_home_when_it_is_asked_again_is_not_followed(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Rebinding(monkeypatch)
    resources = services(connections={"shop": BasicAuth("ann", "s3cret")})
    result = await run(alone(call(f"https://rebound.example:{shop.port}")), resources)

    assert (result.error, result.cause) == ("States.Http.Socket", "Network is unreachable")
    assert (names.asked, names.connected) == (["rebound.example"], [PUBLIC])
    assert shop.asked == []


@pytest.mark.anyio
async def test_a_retry_looks_at_the_address_again(run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    names = Rebinding(monkeypatch)
    retry = [{"ErrorEquals": ["States.Http.Socket"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    resources = services(connections={"shop": BasicAuth("ann", "s3cret")})
    result = await run(alone({**call(f"https://rebound.example:{shop.port}"), "Retry": retry}), resources)

    assert result.error == "States.Runtime"
    assert "rebound.example is 127.0.0.1, which is no public address" in str(result.cause)
    assert (len(names.asked), names.connected, shop.asked) == (2, [PUBLIC], [])
