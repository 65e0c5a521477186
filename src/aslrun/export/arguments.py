"""What a definition calls, and with which arguments: every Task, reader and writer, as far as it can be read.

Rules that a change must keep:

1. Nothing is evaluated: an argument is a literal, or an expression whose value only an execution knows.
2. The walk takes documents that ``load`` took, with marks in their texts or without.
3. A Resource that is wholly a ``${Parameter}`` is taken for a Lambda function, as most of them are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..values import JSON
from .marks import PART, placeholder

_INTEGRATION = re.compile(rf"arn:{PART}:states:{PART}:{PART}:(?:(aws-sdk):)?([\w-]+):(\w+)(?:\.(.+))?")
_FUNCTION = re.compile(rf"arn:{PART}:lambda:{PART}:{PART}:function:.+")
_FORMAT = re.compile(r"States\.Format\('((?:[^'\\]|\\.)*)'")
_JOINED = re.compile(r"""\{%\s*(?:"([^"\\]*)"|'([^'\\]*)')\s*(&[^?=<>~;]*)?%\}""")
_NAME = re.compile(r"[\w./:-]+\Z")

LAMBDA, ACTIVITY = "lambda", "activity"
PROCESSORS = ("ItemProcessor", "Iterator")


class Argument(NamedTuple):
    """A value of the arguments, and where it is written: ``holder[key]``.

    ``text`` is the literal, or for an expression a pattern with ``*`` if its beginning is known, or ``*``.
    """

    text: str
    literal: bool
    holder: dict[str, JSON]
    key: str


class Task(NamedTuple):
    """Something that a state calls.

    ``service`` is the integration's (``dynamodb``), or ``lambda`` and ``activity`` for a resource that is one; ``sdk``
    says that it is an ``aws-sdk`` integration, and ``part`` is ``task``, ``reader`` or ``writer``.
    """

    state: str
    resource: str
    service: str
    action: str
    pattern: str
    sdk: bool
    arguments: JSON
    role: Argument | None
    part: str = "task"
    config: Mapping[str, JSON] = {}
    machine: str = "*"
    """The name of the machine that the state is in, or a mark for it."""

    def find(self, path: str) -> Iterator[Argument]:
        """Every value at a path (``Entries.EventBusName``), in any case; arrays are walked into."""
        yield from _find(self.arguments, path.split("."))

    def argument(self, path: str) -> Argument | None:
        """The first value at a path."""
        return next(self.find(path), None)

    @property
    def known(self) -> bool:
        """Whether the arguments are written down at all; a Task without any passes its input on."""
        return isinstance(self.arguments, dict)


def _find(value: JSON, path: list[str]) -> Iterator[Argument]:
    if isinstance(value, list):
        for item in value:
            yield from _find(item, path)
    elif isinstance(value, dict):
        head, rest = path[0].lower(), path[1:]
        for key, found in value.items():
            if rest and key.lower() == head:
                yield from _find(found, rest)
            elif not rest and key.lower() in (head, f"{head}.$") and found is not None:
                yield from (_argument(each, value, key) for each in (found if isinstance(found, list) else [found]))


def _argument(value: JSON, holder: dict[str, JSON], key: str) -> Argument:
    if not isinstance(value, str):
        return Argument("*", False, holder, key)
    dynamic = key.endswith(".$") or (value.startswith("{%") and value.endswith("%}"))
    return Argument(_pattern(value) if dynamic else value, not dynamic, holder, key)


def _pattern(expression: str) -> str:
    """What is known of an expression's value, with ``*`` for the rest.

    >>> _pattern("States.Format('orders-{}', $.day)"), _pattern("{% 'orders-' & $states.input.day %}")
    ('orders-*', 'orders-*')
    """
    known = "*"
    if found := _FORMAT.match(expression):
        known = re.sub(r"\{\}", "*", found[1])
    elif found := _JOINED.fullmatch(expression):
        known = (found[1] or found[2] or "") + ("*" if found[3] else "")
    return known if _NAME.match(known.replace("*", "")) and not known.startswith("*") else "*"


# --------------------------------------------------------------------------- the walk


def states_of(document: Mapping[str, JSON]) -> Iterator[tuple[str, dict[str, JSON], bool]]:
    """Every state with its name, outer ones first, and whether it runs in a child of a distributed Map."""
    pending: list[tuple[JSON, bool]] = [(dict(document), False)]
    while pending:
        program, child = pending.pop(0)
        states = program.get("States") if isinstance(program, dict) else None
        for name, state in states.items() if isinstance(states, dict) else ():
            if isinstance(state, dict):
                yield name, state, child
                pending += [(inner, child or is_distributed(state)) for inner in programs_of(state)]


def programs_of(state: Mapping[str, JSON]) -> list[JSON]:
    """The machines nested in a state."""
    branches = state.get("Branches")
    nested = list(branches) if isinstance(branches, list) else []
    return nested + [state[field] for field in PROCESSORS if field in state]


def is_distributed(state: Mapping[str, JSON]) -> bool:
    """Whether a state is a Map whose iterations are executions of their own."""
    return processor_config(state).get("Mode") == "DISTRIBUTED"


def processor_config(state: Mapping[str, JSON]) -> dict[str, JSON]:
    """The ProcessorConfig of a Map, empty if it has none."""
    for field in PROCESSORS:
        processor = state.get(field)
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(config, dict):
            return config
    return {}


def tasks(document: Mapping[str, JSON]) -> Iterator[Task]:
    """Everything that the states of a document call."""
    for name, state, _ in states_of(document):
        if state.get("Type") == "Task":
            yield _task(name, state)
        for field, part in (("ItemReader", "reader"), ("ResultWriter", "writer")):
            access = state.get(field)
            if isinstance(access, dict) and isinstance(access.get("Resource"), str):
                yield _access(name, access, part)


def _task(name: str, state: dict[str, JSON]) -> Task:
    resource = str(state["Resource"])
    credentials = state.get("Credentials")
    role = next(_find(credentials, ["RoleArn"]), None) if isinstance(credentials, dict) else None
    arguments = state.get("Parameters", state.get("Arguments"))
    service, action, pattern, sdk = _called(resource)
    return Task(name, resource, service, action, pattern, sdk, arguments, role)


def _called(resource: str) -> tuple[str, str, str, bool]:
    if _FUNCTION.match(resource) or placeholder(resource):
        return LAMBDA, "invoke", "", False
    found = _INTEGRATION.fullmatch(resource)
    if found is None or found[2] == ACTIVITY:
        return ACTIVITY, "", "", False
    return found[2], found[3], found[4] or "", found[1] is not None


def _access(name: str, access: dict[str, JSON], part: str) -> Task:
    config = access.get("ReaderConfig")
    return Task(
        name,
        str(access["Resource"]),
        "s3",
        str(access["Resource"]).rpartition(":")[2],
        "",
        False,
        access.get("Parameters", access.get("Arguments")),
        None,
        part,
        config if isinstance(config, dict) else {},
    )
