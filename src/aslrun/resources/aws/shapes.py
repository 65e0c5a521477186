"""JSON to what boto3 takes, and what boto3 gives to JSON, each by the service's own model.

Rules that a change must keep:

1. A member may be written in any case. One that is null is left out: what is missing is for the service to say.
2. Where the service wants text, any other JSON value is written as its text (recorded: ``Input``, ``MessageBody``).
   The content of a stream is always JSON text, so that a text has its quotes (recorded: ``Body`` of S3's PutObject).
3. No bytes, times or streams are left in a result: they become text, and times as the integration shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

from ...errors import TaskError
from ...values import JSON, is_number, to_text
from ..unusable import unusable
from . import naming

Shape: TypeAlias = Any  # botocore has no types
LARGEST_STREAM = 10 * 1024 * 1024
"""Bytes that are read of a stream; far more than any task may return."""


class Unfit(Exception):
    """An argument that the service's model has no place for; the message is the service's."""


# --------------------------------------------------------------------------- what goes in


def parameters(arguments: JSON, shape: Shape | None) -> dict[str, Any]:
    """The arguments of a task as those of the operation with this input.

    Raises ``TaskError`` with ``States.Runtime`` for what does not fit, in the words of Step Functions.
    """
    try:
        if shape is None:
            return _nothing(arguments)
        if isinstance(arguments, dict):
            _check_required(arguments, shape)
        found = _value(arguments if arguments is not None else {}, shape, "")
    except Unfit as unfit:
        raise unusable(arguments, unfit) from None
    return found  # type: ignore[no-any-return]


def _nothing(arguments: JSON) -> dict[str, Any]:
    if isinstance(arguments, dict) and arguments:
        raise Unfit(f"The field '{next(iter(arguments))}' is not supported by Step Functions")
    return {}


def _check_required(arguments: Mapping[str, JSON], shape: Shape) -> None:
    given = {name.lower(): value for name, value in arguments.items()}
    for name in shape.required_members:
        member = shape.members[name]
        if member.metadata.get("idempotencyToken"):  # boto3 makes one
            continue
        in_address = member.serialization.get("location") == "uri"  # without it there is nothing to call
        if name.lower() not in given or (in_address and given[name.lower()] is None):
            raise Unfit(f"The field '{naming.sdk_member(name)}' is required but was missing")


def _value(value: JSON, shape: Shape, field: str) -> Any:
    if getattr(shape, "is_document_type", False):
        return value
    convert = _IN.get(shape.type_name, _as_it_is)
    return convert(value, shape, field)


def _invalid(field: str) -> Unfit:
    return Unfit(f"The value of the field '{field}' has an invalid format")


def _structure_in(value: JSON, shape: Shape, field: str) -> Any:
    if not isinstance(value, dict):
        raise _invalid(field)
    members = {name.lower(): name for name in shape.members}
    found = {}
    for given, item in value.items():
        name = members.get(given.lower())
        if name is None:
            raise Unfit(f"The field '{given}' is not supported by Step Functions")
        if item is not None:
            found[name] = _member(item, shape, name, given)
    return found


def _member(item: JSON, shape: Shape, name: str, given: str) -> Any:
    member = shape.members[name]
    if member.type_name == "blob" and member.serialization.get("streaming"):
        return to_text(item).encode()
    return _value(item, member, given)


def _list_in(value: JSON, shape: Shape, field: str) -> Any:
    if not isinstance(value, list):
        raise _invalid(field)
    return [_value(item, shape.member, field) for item in value]


def _map_in(value: JSON, shape: Shape, field: str) -> Any:
    if not isinstance(value, dict):
        raise _invalid(field)
    return {key: _value(item, shape.value, key) for key, item in value.items() if item is not None}


def _text_in(value: JSON, shape: Shape, field: str) -> Any:
    return value if isinstance(value, str) else to_text(value)


def _blob_in(value: JSON, shape: Shape, field: str) -> Any:
    return _text_in(value, shape, field).encode("utf-8", "surrogatepass")


def _whole_in(value: JSON, shape: Shape, field: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise _invalid(field)
    return int(value)


def _number_in(value: JSON, shape: Shape, field: str) -> Any:
    if not is_number(value):
        raise _invalid(field)
    return value


def _boolean_in(value: JSON, shape: Shape, field: str) -> Any:
    if not isinstance(value, bool):
        raise _invalid(field)
    return value


def _time_in(value: JSON, shape: Shape, field: str) -> Any:
    try:
        seconds = float(value)  # type: ignore[arg-type]
        return datetime.fromtimestamp(seconds, UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        raise _invalid(field) from None


def _as_it_is(value: JSON, shape: Shape, field: str) -> Any:
    return value


_IN: Mapping[str, Callable[[JSON, Shape, str], Any]] = {
    "structure": _structure_in,
    "list": _list_in,
    "map": _map_in,
    "string": _text_in,
    "character": _text_in,
    "blob": _blob_in,
    "integer": _whole_in,
    "long": _whole_in,
    "float": _number_in,
    "double": _number_in,
    "boolean": _boolean_in,
    "timestamp": _time_in,
}


# --------------------------------------------------------------------------- what comes out


class Look(NamedTuple):
    """How a kind of integration shows names and times."""

    member: Callable[[str], str]
    time: Callable[[datetime], JSON]


def result(answer: Mapping[str, Any], shape: Shape | None, look: Look) -> dict[str, JSON]:
    """What an operation answered, as JSON."""
    return {} if shape is None else _structure_out(answer, shape, look)  # type: ignore[return-value]


def _shown(value: Any, shape: Shape, look: Look) -> JSON:
    convert = _OUT.get(shape.type_name)
    return value if convert is None else convert(value, shape, look)


def _structure_out(value: Any, shape: Shape, look: Look) -> JSON:
    if getattr(shape, "is_document_type", False):
        return value  # type: ignore[no-any-return]
    if not isinstance(value, Mapping):
        raise TaskError("States.Runtime", "The service answered with a stream of events, which is no result of a task")
    return {
        look.member(name): _shown(value[name], member, look)
        for name, member in shape.members.items()
        if value.get(name) is not None
    }


def _list_out(value: Any, shape: Shape, look: Look) -> JSON:
    return [_shown(item, shape.member, look) for item in value]


def _map_out(value: Any, shape: Shape, look: Look) -> JSON:
    return {key: _shown(item, shape.value, look) for key, item in value.items()}


def _blob_out(value: Any, shape: Shape, look: Look) -> JSON:
    content = value if isinstance(value, bytes) else _read(value)
    return content.decode("utf-8", "replace")


def _read(stream: Any) -> bytes:
    try:
        content: bytes = stream.read(LARGEST_STREAM + 1)
    finally:
        stream.close()
    if len(content) > LARGEST_STREAM:
        raise TaskError("States.DataLimitExceeded", "The service answered with more than a task may return.")
    return content


def _time_out(value: Any, shape: Shape, look: Look) -> JSON:
    return look.time(value) if isinstance(value, datetime) else str(value)


_OUT: Mapping[str, Callable[[Any, Shape, Look], JSON]] = {
    "structure": _structure_out,
    "list": _list_out,
    "map": _map_out,
    "blob": _blob_out,
    "timestamp": _time_out,
}


def iso_time(value: datetime) -> str:
    """A time as an SDK integration shows it: UTC, with as many groups of three digits as it needs.

    >>> iso_time(datetime(2024, 1, 1, tzinfo=UTC)), iso_time(datetime(2024, 1, 1, 0, 0, 0, 120_000, tzinfo=UTC))
    ('2024-01-01T00:00:00Z', '2024-01-01T00:00:00.120Z')
    """
    text = value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00")
    whole, _, fraction = text.partition(".")
    fraction = "" if fraction == "000000" else "." + fraction.removesuffix("000")
    return f"{whole}{fraction}Z"


def milliseconds(value: datetime) -> int:
    """A time as an optimized integration shows it: milliseconds since the epoch.

    >>> milliseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000
    """
    return round(value.timestamp() * 1000)


SDK = Look(naming.sdk_member, iso_time)
OPTIMIZED = Look(naming.optimized_member, milliseconds)
