"""A machine is created or updated in Step Functions, or brought home. boto3 (extra ``aws``) is imported when called.

Rules that a change must keep:

1. Deploying twice changes nothing the second time: what is there is compared first, as JSON.
2. ``plan`` calls nothing that writes; ``deploy`` does what ``plan`` says.
3. An alias is moved only after the version it shall point to exists.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from ..definition.loading import load
from ..definition.model import Machine
from ..errors import AslrunError, InvalidDefinition, extra_needed
from ..values import JSON
from .asl import to_asl
from .diff import ADDED, Change, Diff, diff
from .stack import LOG_LEVELS, machine_name

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
_ROLE = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/.+")
_MISSING = ("StateMachineDoesNotExist", "ResourceNotFound", "ResourceNotFoundException")


class DeploymentFailed(AslrunError):
    """AWS refused a call, could not be reached, or has a machine of this name that cannot become ours."""


class StepFunctions(Protocol):
    """What is asked of a boto3 client of Step Functions."""

    def describe_state_machine(self, *, stateMachineArn: str) -> dict[str, object]: ...  # noqa: N803
    def create_state_machine(self, **arguments: object) -> dict[str, object]: ...
    def update_state_machine(self, **arguments: object) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Settings:
    """How a machine is deployed, beside its definition.

    ``role_arn`` is the role of its executions. Logs go to ``log_group_arn`` at ``log_level`` (ALL, ERROR, FATAL);
    without a log group nothing is logged. ``alias`` is moved to the new version with ``weight`` percent of the
    executions, the rest stays with the version it pointed to. ``tags`` are added to those that are there.
    """

    role_arn: str
    name: str | None = None
    log_group_arn: str | None = None
    log_level: str = "ERROR"
    log_data: bool = False
    tracing: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    alias: str | None = None
    weight: int = 100

    def __post_init__(self) -> None:
        if not _ROLE.fullmatch(self.role_arn):
            raise ValueError(f"role_arn must be like arn:aws:iam::123456789012:role/name, not {self.role_arn!r}")
        if self.log_level not in LOG_LEVELS:
            raise ValueError(f"log_level must be one of {', '.join(LOG_LEVELS)}, not {self.log_level!r}")
        if not 1 <= self.weight <= 100:
            raise ValueError(f"weight must be a percentage from 1 to 100, not {self.weight}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment would do: ``action`` is created, updated or unchanged; ``settings`` has lines for the rest."""

    arn: str
    action: str
    diff: Diff
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment did, and the ARNs of machine, version and alias (empty where there is none)."""

    plan: Plan
    version_arn: str = ""
    alias_arn: str = ""

    @property
    def arn(self) -> str:
        """The machine's ARN."""
        return self.plan.arn


def connect(*, region: str | None = None, endpoint_url: str | None = None, profile: str | None = None) -> StepFunctions:
    """A client of Step Functions, from boto3's own configuration where nothing is given.

    Raises ``DeploymentFailed`` for a profile or region that is missing, ``ImportError`` without boto3.
    """
    try:
        session = import_module("boto3").Session(profile_name=profile, region_name=region)
    except ImportError:
        raise extra_needed("deploy", "boto3", "aws") from None
    with _Told("AWS cannot be reached"):
        client: StepFunctions = session.client("stepfunctions", endpoint_url=endpoint_url)
        return client


def plan(machine: Machine, client: StepFunctions, settings: Settings, names: Mapping[str, str] | None = None) -> Plan:
    """What ``deploy`` would do; nothing is written.

    Raises ``DeploymentFailed`` if AWS refuses to tell, or the machine there is of the other type.
    """
    return _planned(machine, client, settings, names)[0]


def deploy(
    machine: Machine, client: StepFunctions, settings: Settings, names: Mapping[str, str] | None = None
) -> Deployment:
    """Create the machine, or update it if anything differs; then publish a version and move the alias.

    ``client`` comes from ``connect``, or is a boto3 client of your own. Raises ``DeploymentFailed``.
    """
    planned, arguments = _planned(machine, client, settings, names)
    version = ""
    if planned.action == CREATED:
        made = {**arguments, "name": _name(machine, settings), "type": machine.type, "publish": True}
        if settings.tags:
            made["tags"] = _tag_list(settings.tags)
        version = str(_call(client, "create_state_machine", **made).get("stateMachineVersionArn", ""))
    elif planned.action == UPDATED:
        answer = _call(client, "update_state_machine", stateMachineArn=planned.arn, **arguments, publish=True)
        version = str(answer.get("stateMachineVersionArn", ""))
    if planned.action != CREATED and (tags := _missing_tags(client, planned.arn, settings.tags)):
        _call(client, "tag_resource", resourceArn=planned.arn, tags=_tag_list(tags))
    alias = _point(client, planned.arn, settings, version) if settings.alias else ""
    return Deployment(planned, version, alias)


def pull(arn: str, client: StepFunctions) -> Machine:
    """The machine that is deployed under an ARN (also of a version or an alias), loaded.

    Its definition is the machine's ``text``. Raises ``DeploymentFailed``, and ``InvalidDefinition`` for one that does
    not load.
    """
    found = _call(client, "describe_state_machine", stateMachineArn=arn)
    return load(_as_text(found["definition"]), name=str(found["name"]), type=str(found.get("type", "STANDARD")))


# --------------------------------------------------------------------------- planning


def _planned(
    machine: Machine, client: StepFunctions, settings: Settings, names: Mapping[str, str] | None
) -> tuple[Plan, dict[str, object]]:
    """The plan, and the arguments with which the machine is created or updated."""
    text = to_asl(machine, names)
    ours = load(text, name=machine.name, type=machine.type)
    arn = _arn(machine, client, settings)
    arguments: dict[str, object] = {"definition": text, "roleArn": settings.role_arn, **_configuration(settings)}
    there = _described(client, arn)
    if there is None:
        return Plan(arn, CREATED, _all_added(ours)), arguments
    if there.get("type", "STANDARD") != machine.type:
        raise DeploymentFailed(
            f"{arn} is {there.get('type')}, and the type of a state machine cannot be changed to {machine.type}: "
            "delete it, or deploy under another name"
        )
    changes = _diff(_as_text(there["definition"]), ours)
    changed = tuple(_changed_settings(there, arguments))
    tags = tuple(f"tag {key}: {value}" for key, value in _missing_tags(client, arn, settings.tags).items())
    same = not changed and _same_definition(_as_text(there["definition"]), ours)
    return Plan(arn, UNCHANGED if same else UPDATED, changes, (*changed, *tags)), arguments


def _all_added(ours: Machine) -> Diff:
    """Every state as one that comes."""
    return Diff(tuple(Change(ADDED, state.name, state.type) for state in ours.states.values()))


def _same_definition(text: str, ours: Machine) -> bool:
    try:
        return load(text).document == ours.document
    except InvalidDefinition:
        return False


def _diff(text: str, ours: Machine) -> Diff:
    try:
        return diff(load(text, type=ours.type), ours)
    except InvalidDefinition:  # what is there does not load here, so states cannot be compared
        return Diff(())


def _configuration(settings: Settings) -> dict[str, object]:
    logging: dict[str, object] = {"level": "OFF", "includeExecutionData": False}
    if settings.log_group_arn:
        group = settings.log_group_arn if settings.log_group_arn.endswith(":*") else f"{settings.log_group_arn}:*"
        logging = {
            "level": settings.log_level,
            "includeExecutionData": settings.log_data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        }
    return {"loggingConfiguration": logging, "tracingConfiguration": {"enabled": settings.tracing}}


def _changed_settings(there: Mapping[str, object], wanted: Mapping[str, object]) -> list[str]:
    names = {"roleArn": "role", "loggingConfiguration": "logging", "tracingConfiguration": "tracing"}
    return [
        f"{label}: {_setting(there.get(name))} → {_setting(wanted[name])}"
        for name, label in names.items()
        if _setting(there.get(name)) != _setting(wanted[name])
    ]


def _setting(value: object) -> str:
    """A setting in a few words; what AWS leaves out is its default."""
    if not isinstance(value, dict):
        return str(value) if value else "off"
    if "enabled" in value:
        return "on" if value["enabled"] else "off"
    level = str(value.get("level", "OFF"))
    if level == "OFF":
        return "off"
    groups = [each.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "") for each in value.get("destinations", ())]
    data = " with data" if value.get("includeExecutionData") else ""
    return f"{level}{data} to {', '.join(groups)}"


def _name(machine: Machine, settings: Settings) -> str:
    return settings.name or machine_name(machine)


def _arn(machine: Machine, client: StepFunctions, settings: Settings) -> str:
    found = _ROLE.fullmatch(settings.role_arn)
    assert found is not None
    region = getattr(getattr(client, "meta", None), "region_name", "us-east-1")
    return f"arn:{found[1]}:states:{region}:{found[2]}:stateMachine:{_name(machine, settings)}"


def _described(client: StepFunctions, arn: str) -> dict[str, object] | None:
    try:
        return _call(client, "describe_state_machine", stateMachineArn=arn)
    except _Missing:
        return None


def _as_text(definition: object) -> str:
    text = str(definition)
    return text if "{" in text else text + "\n"  # never taken for the name of a file


# --------------------------------------------------------------------------- tags and alias


def _missing_tags(client: StepFunctions, arn: str, wanted: Mapping[str, str]) -> dict[str, str]:
    if not wanted:
        return {}
    listed = _call(client, "list_tags_for_resource", resourceArn=arn).get("tags")
    there = {tag["key"]: tag["value"] for tag in listed} if isinstance(listed, list) else {}
    return {key: value for key, value in wanted.items() if there.get(key) != value}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _point(client: StepFunctions, arn: str, settings: Settings, version: str) -> str:
    """Let the alias point to the version, with its weight; the ARN of the alias."""
    alias = f"{arn}:{settings.alias}"
    try:
        routes = _call(client, "describe_state_machine_alias", stateMachineAliasArn=alias).get("routingConfiguration")
    except _Missing:
        routes = None
    if routes is not None and not version:
        return alias  # nothing new to point to
    if not version:
        version = str(_call(client, "publish_state_machine_version", stateMachineArn=arn)["stateMachineVersionArn"])
    routing = _routing(routes, version, settings.weight)
    if routes is None:
        _call(client, "create_state_machine_alias", name=settings.alias, routingConfiguration=routing)
    else:
        _call(client, "update_state_machine_alias", stateMachineAliasArn=alias, routingConfiguration=routing)
    return alias


def _routing(routes: object, version: str, weight: int) -> list[dict[str, object]]:
    """The new version with its weight, the heaviest of the old ones with the rest.

    >>> _routing([{"stateMachineVersionArn": "m:1", "weight": 100}], "m:2", 10)
    [{'stateMachineVersionArn': 'm:2', 'weight': 10}, {'stateMachineVersionArn': 'm:1', 'weight': 90}]
    """
    old: Sequence[dict[str, JSON]] = routes if isinstance(routes, list) else []
    others = [route for route in old if route["stateMachineVersionArn"] != version]
    if weight == 100 or not others:
        return [{"stateMachineVersionArn": version, "weight": 100}]
    heaviest = max(others, key=lambda route: str(route["weight"]).zfill(3))["stateMachineVersionArn"]
    return [
        {"stateMachineVersionArn": version, "weight": weight},
        {"stateMachineVersionArn": heaviest, "weight": 100 - weight},
    ]


# --------------------------------------------------------------------------- calls


class _Missing(DeploymentFailed):
    """What was asked for is not there."""


class _Told:
    """A block in which whatever botocore raises becomes ``DeploymentFailed``."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        exceptions = import_module("botocore.exceptions")
        if isinstance(error, exceptions.ClientError):
            told = getattr(error, "response", {}).get("Error", {})
            failed = _Missing if told.get("Code") in _MISSING else DeploymentFailed
            raise failed(f"{self._sentence}: {told.get('Code')}: {told.get('Message')}") from None
        if isinstance(error, exceptions.BotoCoreError):
            raise DeploymentFailed(f"{self._sentence}: {error}") from None


def _call(client: StepFunctions, operation: str, **arguments: object) -> dict[str, object]:
    call: Callable[..., dict[str, object]] = getattr(client, operation)
    with _Told(operation.replace("_", " ")):
        return call(**arguments)
