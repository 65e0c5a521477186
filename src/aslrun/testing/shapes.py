"""Whether a mocked result is what the API of a service would answer, by botocore's model of it.

Rules that a change must keep (recorded from TestState's ``fieldValidationMode``):

1. STRICT asks for the required fields and checks the others, PRESENT checks what is there, NONE checks nothing.
2. A field that the model does not know is no mistake: services learn new ones.
3. Names are those of Step Functions: the first letter is a capital, and in SDK integrations acronyms are words.
4. What has no API behind it is not checked: functions, activities, HTTP calls, callbacks. A ``.sync`` task is checked
   where the service answers with the description of the finished job.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, cast

from ..definition.loading import resource_of
from ..errors import extra_needed
from ..values import JSON

if TYPE_CHECKING:
    from collections.abc import Mapping

Mode: TypeAlias = Literal["STRICT", "PRESENT", "NONE"]
MODES: tuple[Mode, ...] = ("STRICT", "PRESENT", "NONE")

# botocore's name of a service, by the one in a resource's ARN, where they differ
_SERVICES = {
    "states": "stepfunctions",
    "sfn": "stepfunctions",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "elasticmapreduce": "emr",
    "bedrock": "bedrock-runtime",
    "cognitoidentityprovider": "cognito-idp",
    "elasticloadbalancingv2": "elbv2",
    "databasemigration": "dms",
    "costexplorer": "ce",
    "sesv2": "sesv2",
}
_WITHOUT_MODEL = frozenset({"http", "apigateway", "eks"})
# fields of which an optimized integration makes JSON, where the API has bytes
_FREE = {"arn:aws:states:::lambda:invoke": frozenset({"Payload"})}
_JOBS = {("states", "startExecution"): "describeExecution"}  # what a finished job is described with


class _Shape(Protocol):
    """botocore's shape of a value, as far as it is looked at."""

    type_name: str
    metadata: Mapping[str, object]
    members: Mapping[str, _Shape]
    required_members: list[str]
    member: _Shape
    value: _Shape


class ResultProblem(NamedTuple):
    """What is wrong with one field of a result, in AWS's words."""

    field: str
    message: str

    def __str__(self) -> str:
        return self.message


def problems(resource: str, result: JSON, mode: Mode = "STRICT") -> list[ResultProblem]:
    """Everything that the API behind a task's resource would not answer; empty where there is no API.

    ``mode`` is AWS's ``fieldValidationMode``. Raises ``ImportError`` without botocore (the extra ``aws``).

    >>> problems("arn:aws:states:::sqs:sendMessage", {"MessageId": 7})
    [ResultProblem(field='MessageId', message="Field 'MessageId' must be a string")]
    """
    if mode == "NONE":
        return []
    shape = _output_shape(resource)
    if shape is None:
        return []
    free = _FREE.get(resource, frozenset())
    return [each for each in _check(result, shape, "", mode) if each.field not in free]


def problem(resource: str, result: JSON, mode: Mode = "STRICT") -> ResultProblem | None:
    """The first problem, as TestState reports it."""
    return next(iter(problems(resource, result, mode)), None)


# --------------------------------------------------------------------------- the model of an operation


def _output_shape(arn: str) -> _Shape | None:
    resource = resource_of(arn)
    if resource.kind != "service" or resource.pattern == "waitForTaskToken":
        return None
    action = resource.action.removesuffix(f".{resource.pattern}") if resource.pattern else resource.action
    service = resource.type.removeprefix("aws-sdk:")
    if resource.pattern:
        described = _JOBS.get((service, action))
        if described is None:
            return None
        action = described
    if service in _WITHOUT_MODEL:
        return None
    return _operation_output(_SERVICES.get(service, service), action)


def _operation_output(service: str, action: str) -> _Shape | None:
    try:
        from botocore.exceptions import UnknownServiceError  # imported here: it costs 0.2 seconds
        from botocore.session import get_session
    except ImportError:
        raise extra_needed("check results against the API of a service", "boto3", "aws") from None
    try:
        model = get_session().get_service_model(service)
    except UnknownServiceError:
        return None
    wanted = action.lower()
    name = next((each for each in model.operation_names if each.lower() == wanted), None)
    return None if name is None else cast("_Shape | None", model.operation_model(name).output_shape)


def _names(member: str) -> set[str]:
    """A field's name in an optimized integration, and in an SDK integration: ``MD5OfBody``, ``Md5OfBody``."""
    name = member[:1].upper() + member[1:]
    return {name, re.sub(r"[A-Z]+(?=[A-Z][a-z]|\d|$)", lambda match: match.group().capitalize(), name)}


# --------------------------------------------------------------------------- checking


def _check(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    kind = _KINDS.get(shape.type_name)
    if kind is None:  # a document: any JSON
        return
    fits, what, inner = kind
    if not fits(value):
        yield ResultProblem(field, f"Field '{field}' must be {what}")
    else:
        yield from inner(value, shape, field, mode)


def _structure(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    given = cast("dict[str, JSON]", value)
    names = {member: _names(member) for member in shape.members}
    if mode == "STRICT":
        for member in shape.required_members:
            if not names[member] & given.keys():
                shown = member[:1].upper() + member[1:]
                yield ResultProblem(shown, f"Required field '{shown}' is missing")
    for member, inner in shape.members.items():
        for name in sorted(names[member] & given.keys()):
            yield from _check(given[name], inner, name, mode)


def _list(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    for each in cast("list[JSON]", value):
        yield from _check(each, shape.member, field, mode)


def _map(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    for each in cast("dict[str, JSON]", value).values():
        yield from _check(each, shape.value, field, mode)


def _text(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        yield ResultProblem(field, f"Field '{field}' is not an expected value")
    if shape.type_name != "timestamp":
        yield from _bounds(len(cast(str, value)), shape, field, "length", "is smaller than")


def _number(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    return _bounds(cast(float, value), shape, field, "value", "is less than")


def _bounds(size: float, shape: _Shape, field: str, what: str, below: str) -> Iterator[ResultProblem]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(least, (int, float)) and size < least:
        yield ResultProblem(field, f"Field '{field}' {below} the minimum {what}")
    if isinstance(most, (int, float)) and size > most:
        yield ResultProblem(field, f"Field '{field}' exceeds the maximum {what}")


def _nothing(value: JSON, shape: _Shape, field: str, mode: Mode) -> Iterator[ResultProblem]:
    return iter(())


def _is_text(value: JSON) -> bool:
    return isinstance(value, str)


def _is_integer(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: JSON) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


Check: TypeAlias = Callable[[JSON, _Shape, str, Mode], Iterator[ResultProblem]]
_KINDS: dict[str, tuple[Callable[[JSON], bool], str, Check]] = {
    "structure": (lambda value: isinstance(value, dict), "an object", _structure),
    "list": (lambda value: isinstance(value, list), "an array", _list),
    "map": (lambda value: isinstance(value, dict), "an object", _map),
    "string": (_is_text, "a string", _text),
    "character": (_is_text, "a string", _text),
    "timestamp": (_is_text, "a string", _text),
    "blob": (_is_text, "a string", _text),
    "integer": (_is_integer, "a number", _number),
    "long": (_is_integer, "a number", _number),
    "float": (_is_number, "a number", _number),
    "double": (_is_number, "a number", _number),
    "boolean": (lambda value: isinstance(value, bool), "a boolean", _nothing),
}
