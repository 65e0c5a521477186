"""The Step Functions API over a driver: requests and answers in the shapes of boto3.

One method, one operation, found by its name; an operation without a method cannot be played. What the API remembers
beside executions (machines, versions, aliases) is here; executions are the driver's.

Rules that a change must keep:

1. Errors have AWS's code and wording, by rule: a method knows no case.
2. Answers are those of the day of the recording: ``SINCE`` says when a field appeared.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from aslrun import InvalidDefinition, Machine, Result, errors, load
from aslrun.testing.one_state import InvalidStateTest
from aslrun.testing.state_request import answer
from aslrun.values import parse, to_text

from .cases import Document
from .constraints import violations
from .drivers import Driver
from .lambdas import LenientResources, NotPlayable

SINCE = {
    "redriveCount": date(2023, 11, 15),
    "redriveStatus": date(2023, 11, 15),
    "redriveStatusReason": date(2023, 11, 15),
    "encryptionConfiguration": date(2024, 7, 25),
}
COMPLETE = {"included": True}
PAGE = 100  # entries of a listing if maxResults is 0 or absent
LONGEST_NAME = 80
_NAME = re.compile(r"[^\s<>{}\[\]?*\"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]+")


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class Revision:
    """A definition and a role, as they were at one time."""

    text: str
    machine: Machine
    role: str
    id: str | None = None
    description: str | None = None
    created: float = 0.0


@dataclass
class StateMachine:
    """A machine of the service, with its versions and aliases."""

    name: str
    arn: str
    type: str
    current: Revision
    request: Document
    created: float
    versions: dict[int, Revision] = field(default_factory=dict)
    aliases: dict[str, Document] = field(default_factory=dict)
    next_version: int = 1


@dataclass(frozen=True)
class Started:
    """An execution as the service remembers it."""

    arn: str
    machine: StateMachine
    revision: Revision
    input: str
    qualified: Document


class Service:
    """One account of Step Functions, on the day of a recording."""

    def __init__(self, driver: Driver, today: date, names: Callable[[str], str | None] = lambda machine: None) -> None:
        self.driver = driver
        self.today = today
        self.names = names
        self.machines: dict[str, StateMachine] = {}
        self.executions: dict[str, Started] = {}
        if isinstance(driver.resources, LenientResources):
            driver.resources.deployed = self._deployed
        self._made_up = 0
        self._pages: dict[str, list[Document]] = {}

    async def call(self, operation: str, request: Document) -> Document:
        """Answer a request. Raises ``ApiError``, or ``NotPlayable`` for an operation that is not there."""
        method = getattr(self, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower(), None)
        if method is None:
            raise NotPlayable(f"the runner has no operation {operation}")
        if broken := violations(operation, request):
            errors = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected"
            raise ApiError("ValidationException", f"{errors}: {'; '.join(broken)}")
        answer = await method(request)
        return {name: value for name, value in answer.items() if SINCE.get(name, self.today) <= self.today}

    def unique(self) -> str:
        """An identifier, the same in every run."""
        self._made_up += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"conformance/{self._made_up}"))

    # ----------------------------------------------------------------------- state machines

    async def create_state_machine(self, request: Document) -> Document:
        name, type = request["name"], request.get("type", "STANDARD")
        if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
            raise ApiError("InvalidName", f"Invalid Name: '{name}'")
        if "versionDescription" in request and not request.get("publish"):
            raise ApiError("ValidationException", "Version description can only be set when publish is true")
        arn = self.driver.place.arn("stateMachine", name)
        revision = self._revision(request["definition"], request["roleArn"], name, type)
        machine = self.machines.get(arn)
        if machine is None:
            machine = self.machines[arn] = StateMachine(name, arn, type, revision, request, self.driver.now())
        elif any(machine.request.get(key) != request.get(key) for key in ("definition", "type", "roleArn")):
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{arn}'")
        answer: Document = {"stateMachineArn": arn, "creationDate": machine.created}
        if request.get("publish"):
            answer["stateMachineVersionArn"] = self._publish(machine, request.get("versionDescription"))[0]
        return answer

    async def update_state_machine(self, request: Document) -> Document:
        machine = self._machine(request["stateMachineArn"])
        if not request.keys() & {"definition", "roleArn", "loggingConfiguration", "tracingConfiguration"}:
            message = (
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
                "must be specified"
            )
            raise ApiError("MissingRequiredParameter", message)
        old = machine.current
        text, role = request.get("definition", old.text), request.get("roleArn", old.role)
        changed = (text, role) != (old.text, old.role)
        if changed:
            machine.current = replace(self._revision(text, role, machine.name, machine.type), id=self.unique())
        answer: Document = {"updateDate": self.driver.now()}
        if request.get("publish"):
            answer["stateMachineVersionArn"] = self._publish(machine, request.get("versionDescription"))[0]
        elif changed:
            answer["revisionId"] = machine.current.id
        return answer

    async def delete_state_machine(self, request: Document) -> Document:
        self.machines.pop(self._checked(request["stateMachineArn"], "stateMachine"), None)
        return {}

    async def describe_state_machine(self, request: Document) -> Document:
        arn = request["stateMachineArn"]
        machine, revision, _ = self._resolved(arn)
        answer = {"stateMachineArn": arn, "status": "ACTIVE", "type": machine.type, "creationDate": machine.created}
        if revision.description is not None:
            answer["description"] = revision.description
        return answer | self._described(machine, revision)

    async def describe_state_machine_for_execution(self, request: Document) -> Document:
        started = self._execution(request["executionArn"])
        answer = {"stateMachineArn": started.machine.arn, "updateDate": started.machine.created}
        return answer | self._described(started.machine, started.revision)

    async def list_state_machines(self, request: Document) -> Document:
        entries = [
            {"stateMachineArn": m.arn, "name": m.name, "type": m.type, "creationDate": m.created}
            for m in self.machines.values()
        ]
        return self._page("stateMachines", sorted(entries, key=lambda entry: entry["name"]), request)

    def _revision(self, text: str, role: str, name: str, type: str) -> Revision:
        try:
            return Revision(text, load(text, name=name, type=type), role)
        except InvalidDefinition as refused:
            raise ApiError("InvalidDefinition", refused.aws_message) from refused

    def _described(self, machine: StateMachine, revision: Revision) -> Document:
        answer: Document = {
            "name": machine.name,
            "definition": revision.text,
            "roleArn": revision.role,
            "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
            "tracingConfiguration": {"enabled": False},
            "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
        }
        if references := revision.machine.variable_references():
            answer["variableReferences"] = references
        if revision.id is not None:
            answer["revisionId"] = revision.id
        return answer

    # ----------------------------------------------------------------------- versions and aliases

    async def publish_state_machine_version(self, request: Document) -> Document:
        machine = self._machine(request["stateMachineArn"])
        revision = machine.current.id
        if "revisionId" in request and request["revisionId"] != revision:
            message = (
                f"Failed to publish the State Machine version for revision {request['revisionId']}. "
                f"The current State Machine revision is {revision or 'INITIAL'}."
            )
            raise ApiError("ConflictException", message)
        arn, version = self._publish(machine, request.get("description"))
        return {"stateMachineVersionArn": arn, "creationDate": version.created}

    def _publish(self, machine: StateMachine, description: str | None) -> tuple[str, Revision]:
        """The version of the current revision, which is made if there is none."""
        for number, version in machine.versions.items():
            if version.machine is machine.current.machine:
                return f"{machine.arn}:{number}", version
        number = machine.next_version
        machine.next_version += 1
        machine.versions[number] = replace(machine.current, description=description, created=self.driver.now())
        return f"{machine.arn}:{number}", machine.versions[number]

    async def list_state_machine_versions(self, request: Document) -> Document:
        machine = self._machine(request["stateMachineArn"])
        entries = [
            {"stateMachineVersionArn": f"{machine.arn}:{number}", "creationDate": version.created}
            for number, version in sorted(machine.versions.items(), reverse=True)
        ]
        return self._page("stateMachineVersions", entries, request)

    async def delete_state_machine_version(self, request: Document) -> Document:
        arn = self._checked(request["stateMachineVersionArn"], "stateMachine")
        machine = self.machines.get(arn.rpartition(":")[0])
        if machine is not None:
            referring = [name for name, alias in machine.aliases.items() if arn in _routes(alias)]
            if referring:
                message = (
                    "Version to be deleted must not be referenced by an alias. "
                    f"Current list of aliases referencing this version: [{', '.join(referring)}]"
                )
                raise ApiError("ConflictException", message)
            machine.versions.pop(int(arn.rpartition(":")[2]), None)
        return {}

    async def create_state_machine_alias(self, request: Document) -> Document:
        routes = _routes(request)
        machine = self._owner(routes)
        name, now = request["name"], self.driver.now()
        arn = f"{machine.arn}:{name}"
        known = machine.aliases.get(name)
        asked = {key: request.get(key) for key in ("name", "description", "routingConfiguration")}
        if known is None:
            known = machine.aliases[name] = {**asked, "created": now, "updated": now}
        elif asked != {key: known.get(key) for key in asked}:
            raise ApiError("ConflictException", "Failed to create alias because an alias with the same name exists.")
        return {"stateMachineAliasArn": arn, "creationDate": known["created"]}

    def _owner(self, routes: list[str]) -> StateMachine:
        if not all(re.fullmatch(r"arn:[^:]+:states:[^:]*:[^:]*:stateMachine:[^:]+:\d+", route) for route in routes):
            message = f"Routing configuration must contain state machine version ARNs. Received: [{', '.join(routes)}]"
            raise ApiError("ValidationException", message)
        return self._resolved(routes[0])[0]

    async def update_state_machine_alias(self, request: Document) -> Document:
        _, alias = self._alias(request["stateMachineAliasArn"])
        changes = {key: request[key] for key in ("description", "routingConfiguration") if key in request}
        alias.update(changes, updated=self.driver.now())
        return {"updateDate": alias["updated"]}

    async def describe_state_machine_alias(self, request: Document) -> Document:
        arn, alias = self._alias(request["stateMachineAliasArn"])
        answer = {key: alias[key] for key in ("name", "description", "routingConfiguration") if alias.get(key)}
        return {**answer, "stateMachineAliasArn": arn, "creationDate": alias["created"], "updateDate": alias["updated"]}

    async def delete_state_machine_alias(self, request: Document) -> Document:
        arn, alias = self._alias(request["stateMachineAliasArn"])
        del self.machines[arn.rpartition(":")[0]].aliases[alias["name"]]
        return {}

    async def list_state_machine_aliases(self, request: Document) -> Document:
        machine, _, qualified = self._resolved(request["stateMachineArn"])
        version = qualified.get("stateMachineVersionArn")
        entries = [
            {"stateMachineAliasArn": f"{machine.arn}:{name}", "creationDate": alias["created"]}
            for name, alias in machine.aliases.items()
            if version is None or version in _routes(alias)
        ]
        return self._page("stateMachineAliases", entries, request)

    def _alias(self, arn: str) -> tuple[str, Document]:
        base, _, name = self._checked(arn, "stateMachine").rpartition(":")
        if base not in self.machines or name not in self.machines[base].aliases:
            raise ApiError("ResourceNotFound", f"Request references a resource that does not exist: '{arn}'")
        return arn, self.machines[base].aliases[name]

    # ----------------------------------------------------------------------- executions

    async def start_execution(self, request: Document) -> Document:
        started, _ = await self._start(request)
        return {"executionArn": started.arn, "startDate": self.driver.describe(started.arn).started_at}

    async def start_sync_execution(self, request: Document) -> Document:
        if self._resolved(request["stateMachineArn"])[0].type != "EXPRESS":
            raise _unsupported()
        started, machine = await self._start(request)
        await self.driver.finish(started.arn)
        result = self.driver.describe(started.arn)
        return {
            "billingDetails": {"billedDurationInMilliseconds": 100, "billedMemoryUsedInMB": 64},
            "executionArn": started.arn,
            "input": started.input,
            "inputDetails": COMPLETE,
            "name": result.name,
            "outputDetails": COMPLETE,
            "startDate": result.started_at,
            "stateMachineArn": machine.arn,
            "status": result.status,
            "stopDate": result.stopped_at,
            **_outcome(result),
        }

    async def _start(self, request: Document) -> tuple[Started, StateMachine]:
        machine, revision, qualified = self._resolved(request["stateMachineArn"])
        text = request.get("input", "{}")
        try:
            value = parse(text)
        except ValueError as problem:
            message = f"Invalid State Machine Execution Input: '{problem}'"
            raise ApiError("InvalidExecutionInput", message) from problem
        name = request.get("name") or self.names(machine.arn) or self.unique()
        known = self._known(machine, name)
        if known is not None and (known.input != text or self.driver.describe(known.arn).stopped_at is not None):
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{known.arn}'")
        if known is not None:
            return known, machine
        self.driver.place = replace(self.driver.place, role_arn=revision.role)
        try:
            arn = await self.driver.start(revision.machine, value, name)
        except errors.InvalidName as problem:
            raise ApiError("InvalidName", f"Invalid Name: '{name}'") from problem
        except errors.InvalidExecutionInput as problem:
            message = f"Invalid State Machine Execution Input: '{problem}'"
            raise ApiError("InvalidExecutionInput", message) from problem
        started = self.executions[arn] = Started(arn, machine, revision, text, qualified)
        return started, machine

    def _known(self, machine: StateMachine, name: str) -> Started | None:
        return self.executions.get(self.driver.place.arn("execution", machine.name, name))

    async def stop_execution(self, request: Document) -> Document:
        started = self._execution(request["executionArn"])
        await self.driver.stop(started.arn, request.get("error"), request.get("cause"))
        return {"stopDate": self.driver.now()}

    async def describe_execution(self, request: Document) -> Document:
        started = self._execution(request["executionArn"])
        result = self.driver.describe(started.arn)
        answer: Document = {
            "executionArn": started.arn,
            "name": result.name,
            "input": started.input,
            "inputDetails": COMPLETE,
            **self._listed(started),
            **_redrivable(result),
            **_outcome(result),
        }
        return answer | ({"outputDetails": COMPLETE} if "output" in answer else {})

    async def list_executions(self, request: Document) -> Document:
        machine, _, qualified = self._resolved(request["stateMachineArn"])
        if machine.type == "EXPRESS":
            raise _unsupported()
        entries = [
            {"executionArn": started.arn, "name": self.driver.describe(started.arn).name, **self._listed(started)}
            for started in reversed(self.executions.values())
            if started.machine is machine and qualified.items() <= started.qualified.items()
        ]
        wanted = request.get("statusFilter")
        entries = [entry for entry in entries if wanted in (None, entry["status"])]
        return self._page("executions", entries, request)

    def _listed(self, started: Started) -> Document:
        result = self.driver.describe(started.arn)
        entry: Document = {
            "stateMachineArn": started.machine.arn,
            "status": result.status,
            "startDate": result.started_at,
            **started.qualified,
        }
        if self.today >= SINCE["redriveCount"]:
            entry["redriveCount"] = 0
        if result.stopped_at is not None:
            entry["stopDate"] = result.stopped_at
        return entry

    async def get_execution_history(self, request: Document) -> Document:
        started = self._execution(request["executionArn"])
        history = self.driver.describe(started.arn).history
        if request.get("reverseOrder"):
            history.reverse()
        return self._page("events", history, request)

    # ----------------------------------------------------------------------- testing a state

    async def test_state(self, request: Document) -> Document:
        try:
            return answer(request, self.driver.resources, self.driver.place)
        except InvalidStateTest as refused:
            raise ApiError(refused.code, str(refused)) from refused

    # ----------------------------------------------------------------------- map runs

    async def list_map_runs(self, request: Document) -> Document:
        started = self._execution(request["executionArn"])
        entries = [run.listed() for run in self.driver.describe(started.arn).map_runs]
        return self._page("mapRuns", entries, request)

    async def describe_map_run(self, request: Document) -> Document:
        arn = self._checked(request["mapRunArn"], "mapRun")
        for execution in self.executions:
            for run in self.driver.describe(execution).map_runs:
                if run.arn == arn:
                    return run.describe()
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")

    # ----------------------------------------------------------------------- task tokens and activities

    async def send_task_success(self, request: Document) -> Document:
        return await self._told(self.driver.send_success(request["taskToken"], request["output"]))

    async def send_task_failure(self, request: Document) -> Document:
        failure = self.driver.send_failure(request["taskToken"], request.get("error"), request.get("cause"))
        return await self._told(failure)

    async def send_task_heartbeat(self, request: Document) -> Document:
        return await self._told(self.driver.send_heartbeat(request["taskToken"]))

    async def _told(self, telling: Any) -> Document:
        try:
            await telling
        except errors.CallerError as problem:
            raise ApiError(type(problem).__name__, str(problem)) from problem
        return {}

    async def create_activity(self, request: Document) -> Document:
        arn = self.driver.place.arn("activity", request["name"])  # the driver has known it from the beginning
        return {"activityArn": arn, "creationDate": self.driver.now()}

    # ----------------------------------------------------------------------- names of things

    def _checked(self, arn: str, kind: str) -> str:
        """The ARN, if it is one and of this kind of resource."""
        parts = arn.split(":")
        if parts[0] != "arn":
            raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
        if len(parts) < 7 or parts[5] != kind:
            found = parts[5] if len(parts) > 5 else ""
            raise ApiError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {found}'")
        return arn

    def _machine(self, arn: str) -> StateMachine:
        machine = self.machines.get(self._checked(arn, "stateMachine"))
        if machine is None:
            raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        return machine

    def _resolved(self, arn: str) -> tuple[StateMachine, Revision, Document]:
        """What the ARN of a machine, a version or an alias leads to, and how executions show the way."""
        base, _, qualifier = self._checked(arn, "stateMachine").rpartition(":")
        if arn.count(":") == 6 or base not in self.machines:
            machine = self._machine(arn)
            return machine, machine.current, {}
        machine = self.machines[base]
        if qualifier in machine.aliases:
            version = _routes(machine.aliases[qualifier])[0]
            revision = machine.versions[int(version.rpartition(":")[2])]
            return machine, revision, {"stateMachineAliasArn": arn, "stateMachineVersionArn": version}
        if qualifier.isdecimal() and int(qualifier) in machine.versions:
            return machine, machine.versions[int(qualifier)], {"stateMachineVersionArn": arn}
        return self._machine(arn), machine.current, {}

    def _deployed(self, arn: str) -> Machine | None:
        """The definition that a task finds under an ARN."""
        try:
            return self._resolved(arn)[1].machine
        except ApiError:
            return None

    def _execution(self, arn: str) -> Started:
        started = self.executions.get(self._checked(arn, "execution"))
        if started is None:
            raise ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        return started

    def _page(self, name: str, entries: list[Document], request: Document) -> Document:
        """One page of a listing; the token of a page stands for what is left."""
        token = request.get("nextToken")
        if token is not None and token not in self._pages:
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
        entries = entries if token is None else self._pages[token]
        size = request.get("maxResults") or PAGE
        answer: Document = {name: entries[:size]}
        if len(entries) > size:
            answer["nextToken"] = self.unique()
            self._pages[answer["nextToken"]] = entries[size:]
        return answer


def _routes(alias: Document) -> list[str]:
    return [route["stateMachineVersionArn"] for route in alias["routingConfiguration"]]


def _unsupported() -> ApiError:
    message = "This operation is not supported by this type of state machine"
    return ApiError("StateMachineTypeNotSupported", message)


def _outcome(result: Result) -> Document:
    """Output, or error and cause, as far as the execution has them; an execution that timed out shows none."""
    if result.status == "SUCCEEDED":
        return {"output": to_text(result.output)}
    if result.status == "TIMED_OUT":
        return {}
    return {key: text for key, text in (("error", result.error), ("cause", result.cause)) if text is not None}


def _redrivable(result: Result) -> Document:
    if result.status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {result.status} and cannot be redriven"
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {"redriveStatus": "REDRIVABLE"}
