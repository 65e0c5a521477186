"""HTTP tasks and calls of API Gateway, against a server on this machine."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aslrun.aws import ApiKey, BasicAuth, Connection, OAuthClient
from aslrun.resources.aws.http_client import Broken, HttpClient, Refused, Request, TooLong, addresses

from .calling import Cloud
from .local_api import Asked, LocalApi, Says

ARN = "arn:aws:events:us-east-1:111111111111:connection/shop/0a1b"
BASIC = BasicAuth("ann", "s3cret")


@pytest.fixture
def api() -> Iterator[LocalApi]:
    with LocalApi() as started:
        yield started


def cloud_of(connection: Any = BASIC, **options: Any) -> Cloud:
    return Cloud(None, connections={"shop": connection}, **{"allow_private_http": True, **options})


def request(api: LocalApi, path: str = "/orders", **more: Any) -> dict[str, Any]:
    return {
        "ApiEndpoint": api.url + path,
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": ARN},
        **more,
    }


# --------------------------------------------------------------------------- the call and its result


def test_the_result_has_status_headers_and_the_body_as_a_value(api: LocalApi) -> None:
    api.answer = lambda asked: Says(
        b'{"id": 7}', 201, (("Content-Type", "application/json"), ("X-A", "1"), ("X-A", "2"))
    )
    result = cloud_of().call("http:invoke", request(api, RequestBody={"total": 7}))
    assert result == {
        "Headers": {"Content-Type": ["application/json"], "X-A": ["1", "2"], "Content-Length": ["9"]},
        "ResponseBody": {"id": 7},
        "StatusCode": 201,
        "StatusText": "Created",
    }
    (asked,) = api.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/orders", b'{"total":7}')
    assert asked.headers["content-type"] == "application/json"


def test_a_body_that_is_no_json_is_text(api: LocalApi) -> None:
    api.answer = lambda asked: Says(b"hello", 200, (("Content-Type", "text/plain"),))
    assert cloud_of().call("http:invoke", request(api))["ResponseBody"] == "hello"


def test_query_parameters_go_behind_those_of_the_address(api: LocalApi) -> None:
    cloud_of().call("http:invoke", request(api, "/orders?page=1", QueryParameters={"tag": ["a", "b c"], "n": 2}))
    assert api.asked[0].query == {"page": ["1"], "tag": ["a", "b c"], "n": ["2"]}


def test_the_calls_headers_are_those_of_step_functions_and_of_the_definition(api: LocalApi) -> None:
    cloud_of().call("http:invoke", request(api, Headers={"X-Trace": "t", "Accept": "text/html"}), region="eu-west-1")
    headers = api.asked[0].headers
    assert headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|eu-west-1"
    assert (headers["x-trace"], headers["accept"], headers["range"]) == ("t", "text/html", "bytes=0-262144")


@pytest.mark.parametrize(
    ("array_format", "written"),
    [
        (None, b"tags%5B0%5D=a&tags%5B1%5D=b&user%5Bname%5D=Ann+Lee"),
        ("INDICES", b"tags%5B0%5D=a&tags%5B1%5D=b&user%5Bname%5D=Ann+Lee"),
        ("REPEAT", b"tags=a&tags=b&user%5Bname%5D=Ann+Lee"),
        ("COMMAS", b"tags=a%2Cb&user%5Bname%5D=Ann+Lee"),
        ("BRACKETS", b"tags%5B%5D=a&tags%5B%5D=b&user%5Bname%5D=Ann+Lee"),
        ("NONE", b"tags=%5B%22a%22%2C%22b%22%5D&user%5Bname%5D=Ann+Lee"),
    ],
)
def test_a_body_may_be_sent_as_a_form(api: LocalApi, array_format: str | None, written: bytes) -> None:
    transform: dict[str, Any] = {"RequestBodyEncoding": "URL_ENCODED"}
    if array_format:
        transform["RequestEncodingOptions"] = {"ArrayFormat": array_format}
    body = {"tags": ["a", "b"], "user": {"name": "Ann Lee"}}
    cloud_of().call("http:invoke", request(api, RequestBody=body, Transform=transform))
    assert api.asked[0].body == written
    assert api.asked[0].headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_redirect_is_an_answer(api: LocalApi) -> None:
    api.answer = lambda asked: Says(b"", 302, (("Location", api.url + "/elsewhere"),))
    result = cloud_of().call("http:invoke", request(api, Method="GET"))
    assert (result["StatusCode"], len(api.asked)) == (302, 1)


@pytest.mark.parametrize("status", [400, 404, 503])
def test_a_status_from_400_on_fails_the_task(api: LocalApi, status: int) -> None:
    api.answer = lambda asked: Says(b'{"message": "no"}', status)
    failed = cloud_of().fail("http:invoke", request(api))
    assert failed == (f"States.Http.StatusCode.{status}", '{"message": "no"}')


# --------------------------------------------------------------------------- connections


def test_a_name_and_a_password_are_sent(api: LocalApi) -> None:
    cloud_of().call("http:invoke", request(api))
    expected = base64.b64encode(b"ann:s3cret").decode()
    assert api.asked[0].headers["authorization"] == f"Basic {expected}"


def test_a_key_goes_over_a_header_of_the_definition(api: LocalApi) -> None:
    cloud_of(ApiKey("X-Api-Key", "right")).call("http:invoke", request(api, Headers={"x-api-key": "wrong"}))
    assert api.asked[0].headers["x-api-key"] == "right"


def test_what_a_connection_adds_gives_way_to_the_definition(api: LocalApi) -> None:
    connection = ApiKey(
        "X-Api-Key", "k", headers={"X-A": "c", "X-B": "c"}, query={"q": "c", "r": "c"}, body={"x": "c", "y": "c"}
    )
    call = request(api, Headers={"x-a": "d"}, QueryParameters={"q": "d"}, RequestBody={"x": "d"})
    cloud_of(connection).call("http:invoke", call)
    (asked,) = api.asked
    assert (asked.headers["x-a"], asked.headers["x-b"]) == ("d", "c")
    assert asked.query == {"q": ["d"], "r": ["c"]}
    assert json.loads(asked.body) == {"x": "d", "y": "c"}


def test_a_token_is_asked_for_once_and_again_when_it_is_refused(api: LocalApi) -> None:
    tokens = iter(("first", "second"))
    valid = {"Bearer first"}

    def answer(asked: Asked) -> Says:
        if asked.path == "/token":
            return Says(json.dumps({"access_token": next(tokens)}).encode())
        return Says(status=200 if asked.headers["authorization"] in valid else 401)

    api.answer = answer
    aws = cloud_of(OAuthClient(api.url + "/token", "id", "s3cret", token_body={"scope": "orders"}))
    aws.call("http:invoke", request(api))
    aws.call("http:invoke", request(api))
    assert [asked.path for asked in api.asked] == ["/token", "/orders", "/orders"]
    assert api.asked[0].body == b"grant_type=client_credentials&client_id=id&client_secret=s3cret&scope=orders"
    valid.add("Bearer second")
    valid.remove("Bearer first")
    aws.call("http:invoke", request(api))
    assert [asked.path for asked in api.asked[3:]] == ["/orders", "/token", "/orders"]


def test_of_many_tasks_whose_token_is_refused_one_asks_for_another(api: LocalApi) -> None:
    tokens = iter(("old", "new", "newer"))
    refused = threading.Barrier(4)

    def answer(asked: Asked) -> Says:
        if asked.path == "/token":
            return Says(json.dumps({"access_token": next(tokens)}).encode())
        if asked.headers["authorization"] == "Bearer old":
            refused.wait(20)
            return Says(status=401)
        return Says()

    api.answer = answer
    aws = cloud_of(OAuthClient(api.url + "/token", "id", "s3cret"))
    tasks = [threading.Thread(target=aws.call, args=("http:invoke", request(api))) for _ in range(4)]
    for each in tasks:
        each.start()
    for each in tasks:
        each.join()
    assert [asked.path for asked in api.asked].count("/token") == 2


def test_connections_that_ask_for_other_tokens_share_none(api: LocalApi) -> None:
    def answer(asked: Asked) -> Says:
        scope = asked.body.rpartition(b"=")[2].decode()
        return Says(json.dumps({"access_token": scope}).encode()) if asked.path == "/token" else Says()

    api.answer = answer
    scopes = {
        name: OAuthClient(api.url + "/token", "id", "s3cret", token_body={"scope": name}) for name in ("shop", "bank")
    }
    aws = Cloud(None, connections=scopes, allow_private_http=True)
    for name in scopes:
        aws.call("http:invoke", request(api, InvocationConfig={"ConnectionArn": ARN.replace("shop", name)}))

    sent = [asked.headers["authorization"] for asked in api.asked if asked.path == "/orders"]
    assert sent == ["Bearer shop", "Bearer bank"]


def test_an_endpoint_that_gives_no_token_fails_the_task_and_shows_no_secret(api: LocalApi) -> None:
    api.answer = lambda asked: Says(b"s3cret is wrong", 403)
    failed = cloud_of(OAuthClient(api.url + "/token", "id", "s3cret")).fail("http:invoke", request(api))
    assert failed.error == "Events.ConnectionResource.InvalidConnectionState"
    assert "s3cret" not in str(failed.cause)


def test_a_connection_may_be_looked_up(api: LocalApi) -> None:
    asked: list[str] = []

    def vault(arn: str) -> Connection | None:
        asked.append(arn)
        return BASIC

    Cloud(None, connections=vault, allow_private_http=True).call("http:invoke", request(api))
    assert asked == [ARN]


def test_a_connection_that_is_not_there_is_named(api: LocalApi) -> None:
    other = ARN.replace("shop", "other")
    failed = cloud_of().fail("http:invoke", request(api, InvocationConfig={"ConnectionArn": other}))
    assert failed.error == "Events.ConnectionResource.InvalidConnectionState"
    assert other in str(failed.cause)


def test_no_secret_is_shown() -> None:
    for connection in (BASIC, ApiKey("k", "s3cret"), OAuthClient("https://a", "id", "s3cret", body={"p": "s3cret"})):
        assert "s3cret" not in repr(connection)
    request = Request("GET", "https://a?key=s3cret", (("Authorization", "s3cret"),), b"s3cret")
    assert repr(request) == "Request('GET', 'https://a')"


@pytest.mark.parametrize(
    ("connection", "path", "reason"),
    [
        (ApiKey("X-Key", "s3cret\n"), "/", "the header 'X-Key' has a character that no header may have"),
        (ApiKey("X-Key", "s3cret ☃"), "/", "the header 'X-Key' has a character that no header may have"),
        (Connection(query={"key": "s3cret"}), "/a b", "/a b' has a character that no address may have"),
    ],
    ids=["line", "character", "address"],
)
def test_a_request_that_http_has_no_place_for_is_refused_and_shows_no_secret(
    api: LocalApi, connection: Connection, path: str, reason: str
) -> None:
    failed = cloud_of(connection).fail("http:invoke", request(api, path))
    assert failed.error == "States.Runtime"
    assert str(failed.cause).endswith(reason)
    assert "s3cret" not in str(failed.cause)


@pytest.mark.parametrize("url", ["http://ann:s3cret@api.example/", "https://ann:s3cret@[api/", "ftp://a/?key=s3cret"])
def test_an_address_that_is_refused_is_named_without_what_is_secret_in_it(url: str) -> None:
    with pytest.raises(Refused) as refused:
        HttpClient().send(Request("GET", url))
    assert "s3cret" not in str(refused.value)


# --------------------------------------------------------------------------- what is no request


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"InvocationConfig": None}, "The field 'Authentication' is required but was missing"),
        ({"Method": "BREW"}, "The value of the field 'Method' has an invalid format"),
        ({"ApiEndpoint": 7}, "The value of the field 'ApiEndpoint' has an invalid format"),
        ({"Headers": ["a"]}, "The value of the field 'Headers' has an invalid format"),
        ({"Headers": {"Host": "a"}}, "The header 'Host' is reserved and cannot be set"),
        ({"Headers": {"X-Amz-Date": "a"}}, "The header 'X-Amz-Date' is reserved and cannot be set"),
        ({"Headers": {"X-A": "a\r\nX-B: b"}}, "The request cannot be made"),
        ({"QueryParameters": "a=b"}, "The value of the field 'QueryParameters' has an invalid format"),
        (
            {"RequestBody": "a", "Transform": {"RequestBodyEncoding": "URL_ENCODED"}},
            "The value of the field 'Transform' has an invalid format",
        ),
        ({"ApiEndpoint": "ftp://127.0.0.1/"}, "The request cannot be made"),
        ({"ApiEndpoint": "http://ann:secret@127.0.0.1/"}, "The request cannot be made"),
        ({"ApiEndpoint": "http://[::1"}, "The request cannot be made"),
    ],
)
def test_what_is_no_request_is_refused(api: LocalApi, change: dict[str, Any], reason: str) -> None:
    failed = cloud_of().fail("http:invoke", request(api, **change))
    assert (failed.error, api.asked) == ("States.Runtime", [])
    assert reason in str(failed.cause)


# --------------------------------------------------------------------------- where calls may go

PRIVATE = [
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "[::1]", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
    "[ff02::1]", "[::]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(Refused, match="which is no public address"):
        HttpClient().send(Request("GET", f"https://{host}/latest/meta-data"))


def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *about, **more: found)
    failed = Cloud(None, connections={"shop": BASIC}).fail(
        "http:invoke",
        {"ApiEndpoint": "https://innocent.example", "Method": "GET", "InvocationConfig": {"ConnectionArn": ARN}},
    )
    assert failed.error == "States.Runtime"
    assert "innocent.example is 10.0.0.1, which is no public address" in str(failed.cause)


def test_the_connection_goes_to_the_address_that_was_looked_at(api: LocalApi, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *about: Any, **more: Any) -> Any:
        if host == "rebound.example":
            resolved.append(host)
            assert len(resolved) == 1, "the name was resolved again"
            return real("127.0.0.1", *about, **more)
        return real(host, *about, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client = HttpClient(allow_private=True)
    client.send(Request("GET", f"http://rebound.example:{api.port}/"))
    assert api.asked[0].headers["host"] == f"rebound.example:{api.port}"


def test_plain_http_is_refused_unless_it_is_allowed() -> None:
    with pytest.raises(Refused, match="must begin with https://"):
        HttpClient().send(Request("GET", "http://example.com/"))


def test_a_name_that_does_not_exist_is_a_broken_exchange() -> None:
    with pytest.raises(Broken, match="cannot be resolved"):
        addresses("nowhere.invalid", 443)


# --------------------------------------------------------------------------- exchanges that break


def test_a_connection_that_is_refused_is_an_error_of_the_socket() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        call = {"ApiEndpoint": f"http://127.0.0.1:{port}", "Method": "GET", "InvocationConfig": {"ConnectionArn": ARN}}
        failed = cloud_of().fail("http:invoke", call)
    assert failed.error == "States.Http.Socket"


def test_after_the_limit_no_other_address_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    client, tried = HttpClient(allow_private=True, seconds=0.05), list[str]()
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (f"127.0.0.{last}", 80)) for last in (1, 2)]

    def hang(address: tuple[str, int], *about: Any) -> socket.socket:
        tried.append(address[0])
        threading.Event().wait(0.5)  # past the limit
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *about, **more: found)
    monkeypatch.setattr(socket, "create_connection", hang)
    with pytest.raises(Broken, match=r"no answer within 0\.05 seconds"):
        client.send(Request("GET", "http://two.example/"))
    assert tried == ["127.0.0.1"]


def test_an_answer_that_drips_is_cut_off_at_the_limit() -> None:
    done = threading.Event()

    def drip(listening: socket.socket) -> None:
        connected, _ = listening.accept()
        with connected:
            connected.recv(1000)
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while not done.wait(0.02):
                try:
                    connected.sendall(b"x")
                except OSError:
                    return

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        threading.Thread(target=drip, args=(listening,), daemon=True).start()
        client = HttpClient(allow_private=True, seconds=0.3)
        try:
            with pytest.raises(Broken, match=r"no answer within 0\.3 seconds"):
                client.send(Request("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/"))
        finally:
            done.set()


def test_a_response_that_is_too_long_is_refused(api: LocalApi) -> None:
    api.answer = lambda asked: Says(b"x" * 262_145)
    with pytest.raises(TooLong):
        HttpClient(allow_private=True).send(Request("GET", api.url))
    assert cloud_of().fail("http:invoke", request(api)).error == "States.DataLimitExceeded"


def test_a_certificate_that_nobody_vouches_for_breaks_the_exchange(api: LocalApi) -> None:
    with pytest.raises(Broken):
        HttpClient(allow_private=True).send(Request("GET", api.url.replace("http:", "https:")))


# --------------------------------------------------------------------------- API Gateway


def gateway(api: LocalApi, **more: Any) -> dict[str, Any]:
    return {"ApiEndpoint": api.url, "Method": "POST", "Stage": "live", "Path": "/orders/{id}", **more}


@pytest.mark.parametrize(
    ("body", "sent"), [("text", b'"text"'), ("", b'""'), (None, b""), ({"a": None, "b": 1}, b'{"b":1}')]
)
def test_a_body_to_the_gateway_is_json(api: LocalApi, body: Any, sent: bytes) -> None:
    cloud_of().call("apigateway:invoke", gateway(api, RequestBody=body))
    assert (api.asked[0].path, api.asked[0].body) == ("/live/orders/%7Bid%7D", sent)


def test_nulls_are_sent_where_they_are_allowed(api: LocalApi) -> None:
    cloud_of().call("apigateway:invoke", gateway(api, RequestBody={"a": None}, AllowNullValues=True))
    assert api.asked[0].body == b'{"a":null}'


def test_headers_and_parameters_of_the_gateway_are_lists(api: LocalApi) -> None:
    more = {"Headers": {"X-A": ["1", "2"]}, "QueryParameters": {"q": ["a", "b"]}}
    result = cloud_of().call("apigateway:invoke", gateway(api, **more))
    assert (api.asked[0].query, result["ResponseBody"], result["StatusText"]) == ({"q": ["a", "b"]}, {}, "OK")
    failed = cloud_of().fail("apigateway:invoke", gateway(api, Headers={"X-A": "1"}))
    assert (failed.error, "'Headers' has an invalid format" in str(failed.cause)) == ("States.Runtime", True)


def test_the_gateways_refusal_is_the_tasks_error(api: LocalApi) -> None:
    api.answer = lambda asked: Says(b'{"message":"Missing Authentication Token"}', 403)
    failed = cloud_of().fail("apigateway:invoke", gateway(api))
    assert failed == ("ApiGateway.403", '{"message":"Missing Authentication Token"}')


def test_a_call_of_a_role_is_signed(api: LocalApi) -> None:
    boto3 = pytest.importorskip("boto3", reason="needs boto3: pip install 'aslrun[aws]'")
    aws = Cloud(boto3.Session("AKIAEXAMPLE", "example"), allow_private_http=True)
    aws.call("apigateway:invoke", gateway(api, AuthType="IAM_ROLE", RequestBody={"a": 1}), region="eu-west-1")
    signed = api.asked[0].headers["authorization"]
    assert signed.startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert "/eu-west-1/execute-api/aws4_request" in signed


def test_an_endpoint_without_a_scheme_is_called_by_https() -> None:
    failed = Cloud(None).fail("apigateway:invoke", {"ApiEndpoint": "127.0.0.1", "Method": "GET"})
    assert (failed.error, "no public address" in str(failed.cause)) == ("States.Runtime", True)
