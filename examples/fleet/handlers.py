"""What the two workflows call, in Python: the incident table, the topics and the functions behind the ARNs.

A ``Fleet`` is a small world in memory. Nothing in it knows that a state machine calls: a handler takes the arguments
that the definition builds and returns what the AWS service, or the function, would return. ``latency`` and ``faults``
make the world less perfect: how long a call takes (in the execution's own time), and what goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aslrun import Resources, TaskContext, TaskError

Object = dict[str, Any]
"""A JSON object."""
Handler = Callable[[Object, TaskContext], Object]

REGISTRY = {"900123456-7": 95, "900555111-2": 95, "800000000-1": 20}
"""The government's registry: how trustworthy it finds the company with this tax id, 0 to 100."""
ON_FILE = {"CUST-TEST-001": "900555111-2"}
"""Tax ids of customers that are known already and need not tell it again."""
REQUIRED_SCORE = 60

TYPICAL_LATENCY = {"dynamodb": 0.05, "sns": 0.15, "activate-video": 0.60, "log-completion": 0.10}
"""Seconds that a call takes, about as on AWS."""
THROTTLED = TaskError(
    "DynamoDB.ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. "
    "(Service: AmazonDynamoDBv2; Status Code: 400; Error Code: ProvisionedThroughputExceededException; Proxy: null)",
)


class RegistryUnavailable(Exception):
    """The government's registry does not answer."""


@dataclass
class Fleet:
    """The fleet company's services, and what happened in them."""

    latency: Mapping[str, float] = field(default_factory=dict)
    """Seconds per call, by the name of the service or function."""
    faults: Mapping[str, Iterator[Exception]] = field(default_factory=dict)
    """What the next calls raise, by the name of the service, topic or function: one exception per call."""

    calls: list[str] = field(default_factory=list)
    incidents: dict[str, Object] = field(default_factory=dict)
    outbox: list[Object] = field(default_factory=list)
    recordings: list[Object] = field(default_factory=list)
    log: list[Object] = field(default_factory=list)
    contracts: dict[str, Object] = field(default_factory=dict)
    payments: dict[str, Object] = field(default_factory=dict)
    active: dict[str, int] = field(default_factory=dict)

    def resources(self) -> Resources:
        """The handlers, each for the ARN that it serves."""
        resources = Resources()
        for action, handler in self._services().items():
            # inline: they only touch memory, so they need no thread of their own
            resources.task(f"arn:aws:states:::{action}", handler, inline=True, name=action)
        for name, handler in self._functions().items():
            served = self._reached(name, handler)
            resources.task(f"arn:aws:lambda:*:*:function:ccs-*-{name}", served, inline=True, name=name)
        return resources

    def last_task_token(self) -> str:
        """The token in the newest message to the managers; in real life it is behind the link in their e-mail."""
        requests = [entry for entry in self.outbox if entry["topic"] == "manager-notifications"]
        return str(requests[-1]["message"]["task_token"])

    def _services(self) -> dict[str, Handler]:
        return {
            "dynamodb:putItem": self._reached("dynamodb", self.put_item),
            "dynamodb:updateItem": self._reached("dynamodb", self.update_item),
            "sns:publish": self._reached("sns", self.publish),
        }

    def _functions(self) -> dict[str, Handler]:
        return {
            "activate-video": self.activate_video,
            "log-completion": self.log_completion,
            "validate-customer": self.validate_customer,
            "create-contract": self.create_contract,
            "process-payment": self.process_payment,
            "activate-service": self.activate_service,
        }

    def _reached(self, name: str, handler: Handler) -> Handler:
        """The handler as it is on the other side of a network: a call takes time, and may fail."""

        def call(arguments: Object, task: TaskContext) -> Object:
            self.calls.append(task.state)
            task.sleep(self.latency.get(name, 0.0))
            self._fail_if_told(name)
            return handler(arguments, task)

        return call

    def _fail_if_told(self, name: str) -> None:
        if error := next(self.faults.get(name, iter(())), None):
            raise error.with_traceback(None)  # the same exception may be raised many times

    # ------------------------------------------------------------------ DynamoDB and SNS

    def put_item(self, arguments: Object, task: TaskContext) -> Object:
        item = arguments["Item"]
        self.incidents[item["incident_id"]["S"]] = item
        return {}

    def update_item(self, arguments: Object, task: TaskContext) -> Object:
        """Understands the one form of UpdateExpression that the workflow uses: ``SET a = :x, b = :y``."""
        key = arguments["Key"]
        names = arguments.get("ExpressionAttributeNames", {})
        item = self.incidents.setdefault(key["incident_id"]["S"], dict(key))
        for assignment in arguments["UpdateExpression"].removeprefix("SET ").split(", "):
            name, _, value = assignment.partition(" = ")
            item[names.get(name, name)] = arguments["ExpressionAttributeValues"][value]
        return {"Attributes": item} if arguments.get("ReturnValues") == "ALL_NEW" else {}

    def publish(self, arguments: Object, task: TaskContext) -> Object:
        topic = arguments["TopicArn"].rpartition(":")[2].removeprefix("ccs-prod-")
        self._fail_if_told(topic)
        self.outbox.append({"topic": topic, "subject": arguments.get("Subject"), "message": arguments["Message"]})
        return {"MessageId": f"msg-{len(self.outbox):03}"}

    # ------------------------------------------------------------------ functions of the emergency workflow

    def activate_video(self, event: Object, task: TaskContext) -> Object:
        self.recordings.append(event)
        return {"recording_id": f"REC-{event['vehicle_id']}-{len(self.recordings)}"}

    def log_completion(self, event: Object, task: TaskContext) -> Object:
        started = datetime.fromisoformat(event.pop("start_time"))
        record = event | {"executionTime": f"{task.time - started.timestamp():.2f}s"}
        self.log.append(record)
        return record

    # ------------------------------------------------------------------ functions of the business workflow

    def validate_customer(self, request: Object, task: TaskContext) -> Object:
        tax_id = request.get("document_id") or ON_FILE.get(request["customer_id"], "")
        score = REGISTRY.get(tax_id, 0)
        return {"valid": score >= REQUIRED_SCORE, "score": score}

    def create_contract(self, event: Object, task: TaskContext) -> Object:
        year = datetime.fromtimestamp(task.time, UTC).year
        contract_id = f"CONT-{year}-{len(self.contracts) + 1:03}"
        contract = {"contract_id": contract_id, "approval_type": event["approval"]["approval_type"]}
        return self.contracts.setdefault(event["idempotency_key"], contract)

    def process_payment(self, event: Object, task: TaskContext) -> Object:
        """Stands for Stripe, which charges once per idempotency key."""
        if event["request"].get("payment_method") == "expired_card":
            return {"status": "declined", "transaction_id": None}
        payment = {"status": "success", "transaction_id": f"stripe_tx_{123 + len(self.payments)}"}
        return self.payments.setdefault(event["idempotency_key"], payment)

    def activate_service(self, event: Object, task: TaskContext) -> Object:
        vehicles = event["request"]["number_of_vehicles"]
        self.active[event["contract_id"]] = vehicles
        return {"service_status": "active", "vehicles_activated": vehicles}


resources = Fleet(latency=TYPICAL_LATENCY).resources()
"""For the command line: ``aslrun run ... --handlers examples.fleet.handlers:resources``."""
