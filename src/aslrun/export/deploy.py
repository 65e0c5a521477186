"""A machine is created or updated in Step Functions, or brought home.

Rules that a change must keep:

1. Deploying twice changes nothing the second time: what is there is compared first, as JSON.
2. ``plan`` calls nothing that writes; ``deploy`` does what ``plan`` says.
3. An alias is moved only after the version it shall point to exists. Where that fails, deploying again does the rest.
4. No ``${Name}`` reaches AWS unless it was said to be text: AWS would take it, and the execution that meets it fail.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..definition.json_text import render_location
from ..definition.loading import load
from ..definition.model import Machine
from ..definition.substitutions import open_names
from ..errors import InvalidDefinition
from . import aliases
from .aliases import Route
from .asl import to_asl
from .calls import DeploymentFailed as DeploymentFailed
from .calls import Missing, call
from .calls import StepFunctions as StepFunctions
from .calls import connect as connect
from .diff import ADDED, Change, Diff, diff
from .stack import LOG_LEVELS, machine_name

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
_ROLE = re.compile(r"arn:([\w-]+):iam::(\d{12}):role/.+")
_ALIAS_NAME = re.compile(r"(?!\d+\Z)[A-Za-z0-9_.-]{1,80}")
_ALIAS = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:stateMachine:[^:/]+:(?!\d+\Z)[^:/]+")


class UnfilledPlaceholders(DeploymentFailed):
    """The definition has ``${Name}`` that nothing fills; ``places`` are those of each name."""

    def __init__(self, places: Mapping[str, Sequence[str]]) -> None:
        told = "; ".join(f"${{{name}}} at {', '.join(paths)}" for name, paths in places.items())
        super().__init__(
            f"nothing fills {told}: load the definition with substitutions, or say as_text for what is meant as text"
        )
        self.places = {name: tuple(paths) for name, paths in places.items()}


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
        if self.alias is not None and not _ALIAS_NAME.fullmatch(self.alias):
            raise ValueError(
                f"alias must be of at most 80 letters, digits, -, _ and ., not only digits, not {self.alias!r}"
            )
        if not 1 <= self.weight <= 100:
            raise ValueError(f"weight must be a percentage from 1 to 100, not {self.weight}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment would do: ``action`` is created, updated or unchanged; ``settings`` has lines for the rest.

    The rest are role, logs, traces, tags and the alias; of a machine that is created they are not told.
    """

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


def plan(
    machine: Machine,
    client: StepFunctions,
    settings: Settings,
    names: Mapping[str, str] | None = None,
    *,
    as_text: Collection[str] = (),
) -> Plan:
    """What ``deploy`` would do; nothing is written.

    Raises ``DeploymentFailed`` if AWS refuses to tell, or the machine there is of the other type, and the rest as
    ``deploy`` does.
    """
    return _planned(machine, client, settings, names, as_text)[0]


def deploy(
    machine: Machine,
    client: StepFunctions,
    settings: Settings,
    names: Mapping[str, str] | None = None,
    *,
    as_text: Collection[str] = (),
) -> Deployment:
    """Create the machine, or update it if anything differs; then publish a version and move the alias.

    ``client`` comes from ``connect``, or is a boto3 client of your own. ``as_text`` are the names of those ``${Name}``
    that are no placeholders but text, such as variables in a shell script; any other one that is left raises
    ``UnfilledPlaceholders``, before AWS is asked anything. Raises ``DeploymentFailed``, and ``ValueError`` for a name
    in ``names`` or ``as_text`` that the definition does not have.
    """
    work = _planned(machine, client, settings, names, as_text)
    version = _written(machine, client, settings, work) if work.writes else ""
    try:
        if work.tags:
            call(client, "tag_resource", resourceArn=work.plan.arn, tags=_tag_list(work.tags))
        return Deployment(work.plan, version, _pointed(client, work, settings, version) if settings.alias else "")
    except DeploymentFailed as error:
        if not work.writes:
            raise
        raise DeploymentFailed(
            f"the machine is {work.plan.action}, what follows is not done (deploy again for it): {error}"
        ) from None


def _written(machine: Machine, client: StepFunctions, settings: Settings, work: _Work) -> str:
    """Create or update the machine; the ARN of the version."""
    if work.plan.action == CREATED:
        made = {**work.arguments, "name": _name(machine, settings), "type": machine.type, "publish": True}
        if settings.tags:
            made["tags"] = _tag_list(settings.tags)
        answer = call(client, "create_state_machine", **made)
    else:
        answer = call(client, "update_state_machine", stateMachineArn=work.plan.arn, **work.arguments, publish=True)
    return str(answer.get("stateMachineVersionArn", ""))


def _pointed(client: StepFunctions, work: _Work, settings: Settings, version: str) -> str:
    """Let the alias lead where it shall; its ARN."""
    alias = f"{work.plan.arn}:{settings.alias}"
    version = version or work.version
    if not version:  # the machine is as it should be, and none of the alias's versions is
        published = call(client, "publish_state_machine_version", stateMachineArn=work.plan.arn)
        version = str(published["stateMachineVersionArn"])
    aliases.point(client, alias, work.routes, aliases.shared(work.routes, version, settings.weight))
    return alias


def pull(arn: str, client: StepFunctions) -> Machine:
    """The machine that is deployed under an ARN, loaded; of an alias the version that most executions get.

    Its definition is the machine's ``text``. Raises ``DeploymentFailed``, and ``InvalidDefinition`` for one that does
    not load.
    """
    if _ALIAS.fullmatch(arn) and (known := aliases.routes(client, arn)):
        arn = known[0].version
    found = call(client, "describe_state_machine", stateMachineArn=arn)
    return load(_as_text(found["definition"]), name=str(found["name"]), type=str(found.get("type", "STANDARD")))


# --------------------------------------------------------------------------- planning


def prepared(machine: Machine, names: Mapping[str, str] | None, as_text: Collection[str]) -> Machine:
    """The machine whose ``text`` AWS is to get; AWS is asked nothing.

    Raises ``UnfilledPlaceholders``, and ``ValueError`` for a name in ``names`` or ``as_text`` that it does not have.
    """
    ours = load(to_asl(machine, names), name=machine.name, type=machine.type)
    left = open_names(ours.document)
    if unknown := [name for name in as_text if name not in left]:
        raise ValueError(f"as_text: the definition has no ${{{unknown[0]}}}")
    places = {name: [render_location(each) for each in found] for name, found in left.items() if name not in as_text}
    if places:
        raise UnfilledPlaceholders(places)
    return ours


class _Work(NamedTuple):
    """A plan with what is needed to do it."""

    plan: Plan
    arguments: dict[str, object]  # of the machine, to create or to update it
    writes: bool = True  # whether it must be created or updated
    tags: Mapping[str, str] = {}  # that are missing
    routes: Sequence[Route] = ()  # where the alias leads to
    version: str = aliases.NEW  # of the machine as it is now, if the alias leads to it


def _planned(
    machine: Machine,
    client: StepFunctions,
    settings: Settings,
    names: Mapping[str, str] | None,
    as_text: Collection[str],
) -> _Work:
    ours = prepared(machine, names, as_text)
    arn = _arn(machine, client, settings)
    arguments: dict[str, object] = {"definition": ours.text, "roleArn": settings.role_arn, **_configuration(settings)}
    there = _described(client, arn)
    if there is None:
        return _Work(Plan(arn, CREATED, _all_added(ours)), arguments)
    if there.get("type", "STANDARD") != machine.type:
        raise DeploymentFailed(
            f"{arn} is {there.get('type')}, and the type of a state machine cannot be changed to {machine.type}: "
            "delete it, or deploy under another name"
        )
    changed = tuple(_changed_settings(there, arguments))
    writes = bool(changed) or not _same_definition(_as_text(there["definition"]), ours)
    tags = _missing_tags(client, arn, settings.tags)
    known, version = _led(client, f"{arn}:{settings.alias}", there, writes) if settings.alias else ((), aliases.NEW)
    lines = (*changed, *(f"tag {key}: {value}" for key, value in tags.items()), *_moved(settings, known, version))
    action = UPDATED if writes or lines else UNCHANGED
    return _Work(
        Plan(arn, action, _diff(_as_text(there["definition"]), ours), lines), arguments, writes, tags, known, version
    )


def _led(client: StepFunctions, alias: str, there: Mapping[str, object], writes: bool) -> tuple[Sequence[Route], str]:
    """Where an alias leads to, and which of its versions is the machine as it shall be."""
    known = aliases.routes(client, alias)
    return known, aliases.NEW if writes else aliases.current(client, there, known)


def _moved(settings: Settings, known: Sequence[Route], version: str) -> Iterator[str]:
    """A line if the alias shall lead elsewhere."""
    wanted = aliases.shared(known, version, settings.weight)
    if settings.alias and sorted(known) != sorted(wanted):
        yield aliases.told(settings.alias, known, wanted)


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
        return call(client, "describe_state_machine", stateMachineArn=arn)
    except Missing:
        return None


def _as_text(definition: object) -> str:
    text = str(definition)
    return text if "{" in text else text + "\n"  # never taken for the name of a file


# --------------------------------------------------------------------------- tags


def _missing_tags(client: StepFunctions, arn: str, wanted: Mapping[str, str]) -> dict[str, str]:
    if not wanted:
        return {}
    listed = call(client, "list_tags_for_resource", resourceArn=arn).get("tags")
    there = {tag["key"]: tag["value"] for tag in listed} if isinstance(listed, list) else {}
    return {key: value for key, value in wanted.items() if there.get(key) != value}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
