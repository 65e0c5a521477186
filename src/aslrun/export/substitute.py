"""Names: local ones become those of AWS, and what differs between accounts becomes a parameter.

Rules that a change must keep:

1. Only texts of a definition are touched, never its keys, its names of states or its structure.
2. A parameter's default is what the definition says: with all defaults, in the definition's own region and account,
   the template deploys the definition as it is.
3. The home of a definition is the account and region that most of its ARNs have. Only the home becomes the template's
   own account and region; another account is a parameter of its own. What is nobody's (the region ``local``, the
   account ``000000000000``) counts as home.
4. A ``${Name}`` of the definition is a parameter if it names a resource somewhere, or is asked for; else it is text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeAlias

from ..values import JSON
from .arguments import Task, tasks
from .iam_names import NAMING
from .marks import ACCOUNT, PARTITION, REGION, URL_SUFFIX, mark, marked, names_in, put_for, written_in

_ARN = re.compile(r"arn:(aws[\w-]*):([a-z0-9-]+):([\w-]*):(\d{12}|[A-Z_]{3,})?:")
_QUEUE = re.compile(r"(https?://sqs\.)([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)/(\d{12})/([\w-]+(?:\.fifo)?)")
_FUNCTION = re.compile(r"arn:[\w-]+:lambda:[^:]*:[^:]*:function:([^:]+)")
_NOWHERE, _NOBODY = "local", "0" * 12
_WORD = re.compile(r"[A-Za-z0-9]+")

# What a resource is called at the end of a parameter's name: by service and type in its ARN.
_KINDS = {
    ("lambda", "function"): "Function",
    ("sns", ""): "Topic",
    ("sqs", ""): "Queue",
    ("s3", ""): "Bucket",
    ("dynamodb", "table"): "Table",
    ("states", "stateMachine"): "StateMachine",
    ("states", "activity"): "Activity",
    ("events", "event-bus"): "EventBus",
    ("events", "connection"): "Connection",
    ("iam", "role"): "Role",
}
# Arguments whose value is the name of something that exists before the machine does.
_NAMED = {
    "FunctionName": "Function", "TableName": "Table", "Bucket": "Bucket", "QueueName": "Queue", "StreamName": "Stream",
    "DeliveryStreamName": "DeliveryStream", "JobName": "Job", "JobQueue": "JobQueue", "JobDefinition": "JobDefinition",
    "Cluster": "Cluster", "ClusterName": "Cluster", "TaskDefinition": "TaskDefinition", "ProjectName": "Project",
    "WorkGroup": "WorkGroup", "EventBusName": "EventBus", "SecretId": "Secret", "StateMachineArn": "StateMachine",
}  # fmt: skip
_CALLED = ("Arn", "ARN", "Url", "ApiEndpoint")  # ends of arguments that say what is called, by more than a name
_OF_STATES = ("stateMachine", "activity", "execution", "mapRun")  # all else of states is an integration
_BARE = ("sns", "sqs", "s3")  # services whose ARNs have a name and no type
_LEFT_ALONE = ("Comment", "Cause", "Error")

Spot: TypeAlias = tuple[int, str]
"""Where a text stands: the identity of the object that holds it, and its key there."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that whoever deploys may set; ``default`` is what the definition says."""

    name: str
    default: str | None
    description: str


@dataclass(slots=True)
class Parameters:
    """The parameters of a template, found one after the other; a second one of the same name gets a number.

    ``taken`` are names that mean something else in the template.
    """

    taken: frozenset[str] = frozenset()
    table: dict[str, Parameter] = field(default_factory=dict)

    def add(self, name: str, default: str | None, description: str) -> str:
        """The mark of a parameter with this default; ``None``: whoever deploys must say it."""
        wanted, number = name, 2
        while name in self.taken or ((known := self.table.get(name)) is not None and known.default != default):
            name, number = f"{wanted}{number}", number + 1
        self.table.setdefault(name, Parameter(name, default, description))
        return mark(name)


# --------------------------------------------------------------------------- names that the caller gives


def substituted(document: Mapping[str, JSON], names: Mapping[str, str]) -> tuple[dict[str, JSON], list[str]]:
    """The document with other names, and the parameters that those name.

    A key of ``names`` is a text of the definition, or the name of a Lambda function in it. ``${Parameter}`` stays as
    it is written. Raises ``ValueError`` for a key that the definition does not have.
    """
    used: set[str] = set()

    def replaced(text: str, _: Spot) -> str:
        for key in (text, *_FUNCTION.findall(text)):
            if key in names:
                used.add(key)
                return names[key]
        return text

    made = _mapped(document, replaced)
    if unknown := [name for name in names if name not in used]:
        raise ValueError(_no_such_name(unknown[0], document))
    return made, sorted({name for value in names.values() for name in names_in(marked(value))})


def _no_such_name(name: str, document: Mapping[str, JSON]) -> str:
    known = [text for text in _texts(document) if text.startswith("arn:")]
    known += [found for text in known for found in _FUNCTION.findall(text)]
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"the definition has no resource or function {name!r}{hint}"


# --------------------------------------------------------------------------- names that the definition leaves open


def asked_for(document: Mapping[str, JSON], also: Collection[str]) -> list[str]:
    """The names of ``${Name}`` where a task says what it calls, and those of ``also`` that stand anywhere."""
    found = [name for task in tasks(document) for text in _naming(task) for name in written_in(text)]
    found += [name for text in _texts(document) for name in written_in(text) if name in also]
    return list(dict.fromkeys(found))


def put_marks(document: Mapping[str, JSON], marks: Mapping[str, str]) -> dict[str, JSON]:
    """The document with marks for ``${Name}``, wherever it stands."""
    return _mapped(document, lambda text, _: put_for(text, marks))


def _naming(task: Task) -> Iterator[str]:
    yield task.resource
    if task.role is not None and task.role.literal:
        yield task.role.text
    yield from _naming_in(task.arguments)


def _naming_in(value: JSON) -> Iterator[str]:
    """Texts under a key that says what is called, however deep."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and (key in _NAMED or key.lower() in NAMING or key.endswith(_CALLED)):
                yield item
            yield from _naming_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _naming_in(item)


# --------------------------------------------------------------------------- what becomes a parameter


def parameterised(document: Mapping[str, JSON], parameters: Parameters) -> dict[str, JSON]:
    """The document with marks for partition, region, account and the names of resources."""
    home = _Home.of(document)
    names = dict(_named_arguments(document, parameters))

    def replaced(text: str, spot: Spot) -> str:
        if spot in names:
            return names[spot]
        if queue := _QUEUE.fullmatch(text):
            return _queue_url(queue, home, parameters)
        if _ARN.match(text) and not re.search(r"[\s'\"{]", text):
            return _arn(text, home, parameters)
        return _ARN.sub(lambda found: _arn_head(found, home, parameters), text)

    return _mapped(document, replaced)


@dataclass(frozen=True, slots=True)
class _Home:
    account: str
    region: str

    @classmethod
    def of(cls, document: Mapping[str, JSON]) -> _Home:
        found = [arn for text in _texts(document) for arn in _ARN.findall(text)]
        accounts = Counter(account for _, _, _, account in found if account and account != _NOBODY)
        regions = Counter(region for _, _, region, _ in found if region and not region.startswith(_NOWHERE))
        return cls(_most(accounts), _most(regions))

    def region_mark(self, region: str, parameters: Parameters) -> str:
        if region in ("", self.region) or region.startswith(_NOWHERE):
            return mark(REGION) if region else ""
        return parameters.add(_camel(region) + "Region", region, "A region other than the one deployed to")

    def account_mark(self, account: str, parameters: Parameters) -> str:
        if account in ("", self.account, _NOBODY):
            return mark(ACCOUNT) if account else ""
        return parameters.add("OtherAccount", account, "An account other than the one deployed to")


def _most(counted: Counter[str]) -> str:
    return min(counted, key=lambda key: (-counted[key], key)) if counted else ""


def _arn_head(found: re.Match[str], home: _Home, parameters: Parameters) -> str:
    _, service, region, account = found.groups()
    where = f"{home.region_mark(region, parameters)}:{home.account_mark(account or '', parameters)}"
    return f"arn:{mark(PARTITION)}:{service}:{where}:"


def _arn(text: str, home: _Home, parameters: Parameters) -> str:
    """An ARN with a parameter for the name of its resource; an integration (states:::) has none."""
    found = _ARN.match(text)
    assert found is not None
    service = found[2]
    head, rest = _arn_head(found, home, parameters), text[found.end() :]
    if (service == "states" and rest.partition(":")[0] not in _OF_STATES) or rest in ("", "*"):
        return head + rest
    kind, between, name, after = _parts(service, rest)
    if not name or "*" in name or "\ue000" in name:
        return head + rest
    noun = _KINDS.get((service, kind), _camel(kind or service))
    return f"{head}{kind}{between}{parameters.add(_named(name, noun), name, f'Name of a {noun}')}{after}"


def _parts(service: str, rest: str) -> tuple[str, str, str, str]:
    """Type, separator, name and what follows it (a version, an alias, a key) of an ARN's last part."""
    if service in _BARE:
        name, slash, key = rest.partition("/")
        return "", "", name, slash + key
    found = re.match(r"([\w.-]+)([:/])([^:]+)(.*)", rest)
    return (found[1], found[2], found[3], found[4]) if found else ("", "", rest, "")


def _queue_url(found: re.Match[str], home: _Home, parameters: Parameters) -> str:
    scheme, region, _, account, name = found.groups()
    where = home.region_mark(region, parameters) if home.region else mark(REGION)
    who = home.account_mark(account, parameters) if home.account else mark(ACCOUNT)
    return f"{scheme}{where}.{mark(URL_SUFFIX)}/{who}/{parameters.add(_named(name, 'Queue'), name, 'Name of a Queue')}"


def _named_arguments(document: Mapping[str, JSON], parameters: Parameters) -> Iterator[tuple[Spot, str]]:
    """Names that stand alone where an integration wants the name of a resource: a table, a bucket, a job."""
    for task in tasks(document):
        for name, noun in _NAMED.items():
            for path in (name, f"Entries.{name}"):
                for found in task.find(path):
                    if found.literal and isinstance(found.holder[found.key], str) and _is_name(found.text):
                        made = parameters.add(_named(found.text, noun), found.text, f"Name of a {noun}")
                        yield (id(found.holder), found.key), made


def _is_name(text: str) -> bool:
    return (
        text not in ("", "default")
        and not text.startswith(("arn:", "http:", "https:"))
        and "\ue000" not in text
        and "$" not in text
    )


def _named(name: str, noun: str) -> str:
    """A parameter's name for a resource: ``ccs-prod-incidents``, Table -> ``CcsProdIncidentsTable``."""
    camel = _camel(name)
    camel = camel if camel[:1].isalpha() else f"The{camel}"
    return camel if camel.lower().endswith(noun.lower()) else camel + noun


def _camel(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in _WORD.findall(text))[:200]


# --------------------------------------------------------------------------- the walk over a document's texts


def _mapped(document: Mapping[str, JSON], change: Callable[[str, Spot], str]) -> dict[str, JSON]:
    def of(value: JSON, spot: Spot) -> JSON:
        if isinstance(value, str):
            return value if spot[1] in _LEFT_ALONE else change(value, spot)
        if isinstance(value, dict):
            return {name: of(item, (id(value), name)) for name, item in value.items()}
        if isinstance(value, list):
            return [of(item, (id(value), spot[1])) for item in value]
        return value

    return {key: of(value, (id(document), key)) for key, value in document.items()}


def _texts(value: JSON | Mapping[str, JSON]) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
