"""Cases that need other services of AWS, played with ``aslrun.aws.services`` against a moto server.

Rules that a change must keep:

1. Tasks call the server with nothing in between: what a handler is given and gives is the library's own.
2. What the recorder's test did beside Step Functions is done again: its queues, topics, tables, buckets and objects
   before the first call, its messages and objects looked at where they were recorded.
3. Step Functions itself is this process: a task that tells it something tells the driver that runs the case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from aslrun import Machine, TaskContext, TaskError, errors
from aslrun.aws import services
from aslrun.runtime.naming import Place
from tests.moto_server import MotoServer

from .cases import Case, Document
from .drivers import Driver, Restart, Stage, _without_loop
from .gateway import StubGateway
from .lambdas import Function, LenientResources, NotPlayable
from .player import Difference, _instance, _Play, _told
from .service import ApiError

KINDS: dict[str, type[Driver]] = {"simulate": Stage, "restart": Restart}
ACTIVITY, ENDPOINT = "activity_arn", "<api-endpoint>"
NEEDED = frozenset({"activity", "apigateway", "dynamodb", "events", "s3", "secretsmanager", "sfn", "sns", "sqs"})


def is_played_here(case: Case) -> bool:
    """Whether the case needs services, and none but those that are there."""
    needs = set(case.raw["needs"])
    return case.raw["kind"] == "execution" and bool(needs & NEEDED) and needs <= NEEDED | {"lambda"}


def play(case: Case, driver: str, amazon: Amazon) -> list[Difference]:
    """Everything in which the library, and the server behind it, differ from AWS in this case."""
    amazon.server.reset()
    try:
        return _without_loop(lambda: _played(case, KINDS[driver], amazon))  # type: ignore[no-any-return]
    except NotPlayable as reason:
        return [Difference("", "", "playable", str(reason))]
    except Exception as crash:  # noqa: BLE001 - whatever goes wrong is this case's failure, and the next is played
        return [Difference("", "", "no crash", _told(crash))]


async def _played(case: Case, kind: type[Driver], amazon: Amazon) -> list[Difference]:
    instance = _instance(case)
    roles = [call["request"]["roleArn"] for call in instance.case["calls"] if "roleArn" in call["request"]]
    place = Place(instance.region, instance.account, *roles[:1])
    world = amazon.world = World(amazon, instance.case.get("other_service_calls", []))
    with StubGateway(instance.case["lambda_functions"], instance.case["other_service_calls"]) as gateway:
        resources = AmazonResources(amazon, instance.case["lambda_functions"])
        for call in instance.case["calls"]:
            if call["operation"] == "CreateActivity":
                resources.activity(call["request"]["name"])
        async with kind(resources, place) as driver:
            resources.driver = driver
            return await AmazonPlay(case, instance, driver, world, gateway).all()


# --------------------------------------------------------------------------- the world around


class Amazon:
    """The server, and the handlers that call it, which all cases share; ``world`` is the case's that is played."""

    def __init__(self, server: MotoServer) -> None:
        self.server = server
        self.world: World | None = None
        session = server.session()
        session.events.register("before-parameter-build.sqs", self._with_queue)
        session.events.register("before-parameter-build.sns", self._with_topic)
        self.services = services(session, endpoint_url=server.url, allow_private_http=True)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """What the recorder's test calls a service with."""
        if service not in self._clients:
            self._clients[service] = self.server.client(service)
        return self._clients[service]

    def _with_queue(self, params: Document, **about: object) -> None:
        """The case's name of its queue is not the server's."""
        if self.world is not None and self.world.queues and "://" not in str(params.get("QueueUrl", "://")):
            params["QueueUrl"] = self.world.queues[0]

    def _with_topic(self, params: Document, **about: object) -> None:
        if self.world is not None and self.world.topic and "TopicArn" in params:
            params["TopicArn"] = self.world.topic


class World:
    """What the recorder's test made beside Step Functions, made again."""

    def __init__(self, amazon: Amazon, calls: list[Document]) -> None:
        self.amazon = amazon
        self.queues: list[str] = []
        self.topic = ""
        self.looked_at: list[tuple[str, str]] = []
        for call in calls:
            self._do(call)

    def messages(self) -> list[Any]:
        """The bodies of all messages that lie in the queues, as values."""
        bodies = []
        client = self.amazon.client("sqs")
        for url in self.queues:
            while found := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                bodies += [_json(message["Body"]) for message in found]
        return bodies

    def object(self) -> Document:
        """The object that the test looked at in the end."""
        bucket, key = self.looked_at[-1]
        found = dict(self.amazon.client("s3").get_object(Bucket=bucket, Key=key))
        return {**found, "Body": found["Body"].read().decode()}

    def _do(self, call: Document) -> None:
        service, operation = call["service"], call.get("operation")
        if service == "s3":
            self._do_s3(call)
        elif operation == "CreateQueue":
            made = self.amazon.client("sqs").create_queue(QueueName=call["request"]["QueueName"])
            self.queues.append(made["QueueUrl"])
        elif operation == "CreateTopic":
            self.topic = self.amazon.client("sns").create_topic(Name=call["request"]["Name"])["TopicArn"]
        elif operation == "Subscribe":
            arn = self._queue_arn()
            self.amazon.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        elif operation == "PutRule":
            request = {name: value for name, value in call["request"].items() if value}
            self.amazon.client("events").put_rule(**request)
        elif operation == "PutTargets":
            targets = [{"Id": each["Id"], "Arn": self._queue_arn()} for each in call["request"]["Targets"]]
            self.amazon.client("events").put_targets(Rule=call["request"]["Rule"], Targets=targets)

    def _do_s3(self, call: Document) -> None:
        path = call["path"]
        if call["method"] == "PUT":
            headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20240101/us-east-1/s3/aws4_request"}
            if "/" in path.strip("/").partition("?")[0]:
                headers["Content-Type"] = "binary/octet-stream"
            status, said = self.amazon.server.request("PUT", path, call.get("request"), headers)
            if status >= 300:
                raise NotPlayable(f"PUT {path}: {status} {said.decode()[:200]}")
        elif call["method"] == "GET" and "?" not in path and "/" in path.strip("/"):
            bucket, _, key = unquote(path).strip("/").partition("/")
            self.looked_at.append((bucket, key))

    def _queue_arn(self) -> str:
        client = self.amazon.client("sqs")
        return str(
            client.get_queue_attributes(QueueUrl=self.queues[0], AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        )


class AmazonResources(LenientResources):
    """The handlers of AWS services, the functions of the case, and Step Functions as the driver has it."""

    __slots__ = ("driver",)

    def __init__(self, amazon: Amazon, functions: list[Document]) -> None:
        assert amazon.services.objects is not None
        super().__init__(objects=amazon.services.objects)
        self.driver: Driver
        self._handlers = {handler.pattern.text: handler for handler in amazon.services}
        self.task("arn:aws:states:::aws-sdk:sfn:*", self._step_functions)
        for described in functions:
            self.task(f"arn:aws:lambda:*:*:function:{described['name']}", Function(described), name=described["name"])
        self._reorder()

    def is_started_here(self, resource: str, arguments: object) -> bool:
        return True

    def find_machine(self, arn: str) -> Machine | None:
        return self.deployed(arn)

    def _step_functions(self, arguments: Document, task: TaskContext) -> Document:
        host = self.driver._loop.host  # type: ignore[attr-defined]
        action, token = task.resource.rpartition(":")[2], arguments.get("TaskToken", "")
        try:
            if action == "getActivityTask":
                work = host.desk.take_work(arguments["ActivityArn"])
                taken = work is not None and host.desk.work_taken(work, arguments.get("WorkerName"))
                return {"TaskToken": work.token, "Input": json.dumps(work.input)} if taken else {}
            if action == "sendTaskSuccess":
                output = arguments["Output"]
                host.desk.send_success(token, output if isinstance(output, str) else json.dumps(output))
            elif action == "sendTaskFailure":
                host.desk.send_failure(token, arguments.get("Error"), arguments.get("Cause"))
            elif action == "sendTaskHeartbeat":
                host.desk.send_heartbeat(token)
            else:
                raise NotPlayable(f"the runner has no task {task.resource}")
        except errors.CallerError as problem:
            details = f"(Service: Sfn, Status Code: 400, Request ID: {task.request_id}) (SDK Attempt Count: 1)"
            raise TaskError(f"Sfn.{type(problem).__name__}Exception", f"{problem} {details}") from problem
        return {}


# --------------------------------------------------------------------------- the client


class AmazonPlay(_Play):
    """The calls of the case, with tokens that come out of messages, and looks at other services."""

    def __init__(self, case: Case, instance: Any, driver: Driver, world: World, gateway: StubGateway) -> None:
        super().__init__(case, instance, driver)
        self.world = world
        self.gateway = gateway
        self._messages: list[Any] = []
        self._real: dict[str, str] = {}
        self._pollers: list[Document] = []
        # names that stand for an address or an ARN
        self._meant = {ACTIVITY: driver.place.arn("activity", "activity_name")}
        if ENDPOINT in instance.names:
            self._meant[instance.names[ENDPOINT]] = gateway.url

    async def _answer(self, call: Document) -> Document | ApiError:
        """A worker's poll is held until there is work: a machine that polls starts once there may be some."""
        machine = self.service.machines.get(call["request"].get("stateMachineArn", ""))
        if call["operation"] != "StartExecution" or machine is None:
            return await super()._answer(call)
        if "getActivityTask" in machine.current.text:
            self._pollers.append(call)
            return {}
        answer = await super()._answer(call)
        await self.driver.settle()
        while self._pollers:
            await super()._answer(self._pollers.pop())
        return answer

    def _request(self, call: Document) -> Document:
        request = super()._request(call)
        token = request.get("taskToken")
        if token is not None and token not in self._real:
            self._real[token] = self._next_token()
        return self._renamed(request, {**self._real, **self._meant})  # type: ignore[no-any-return]

    def _renamed(self, value: Any, names: dict[str, str]) -> Any:
        text = json.dumps(value, default=str)
        for name, other in names.items():
            text = text.replace(name, other)
        return json.loads(text)

    def _next_token(self) -> str:
        """A token out of the messages that no call has used."""
        self._receive()
        known = [*self._real.values()]
        found = next((token for token in _tokens(self._messages) if token not in known), None)
        if found is None:
            raise NotPlayable(f"call {self.at}: no message holds another token")
        return found

    def _receive(self) -> list[Any]:
        self._messages += self.world.messages()
        return self._messages

    def _compare(self, key: str, answer: Document | ApiError) -> None:
        recorded = self.case.raw["recorded"][key]
        if isinstance(recorded, dict) and "ETag" in recorded:
            answer = self.world.object()
        elif isinstance(recorded, list) and not isinstance(answer, ApiError):
            answer = {key: _as_delivered(self._receive(), recorded)}
        if not isinstance(answer, ApiError):
            answer = self._renamed(answer, {real: name for name, real in self._meant.items()})
        super()._compare(key, answer)


def _as_delivered(messages: list[Any], recorded: list[Any]) -> list[Any]:
    """The messages, each as often as it was delivered when the case was recorded: SQS may deliver one again."""
    once = [each for at, each in enumerate(recorded) if each not in recorded[:at]]
    if len(once) != len(messages):
        return messages
    return [messages[once.index(each)] for each in recorded]


def _tokens(value: Any) -> Iterator[str]:
    """Every ``TaskToken`` in a value, also in texts that are JSON."""
    if isinstance(value, str):
        inner = _json(value)
        if not isinstance(inner, str):
            yield from _tokens(inner)
    for name, item in value.items() if isinstance(value, dict) else ():
        if name == "TaskToken" and isinstance(item, str):
            yield item
        else:
            yield from _tokens(item)
    for item in value if isinstance(value, list) else ():
        yield from _tokens(item)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
