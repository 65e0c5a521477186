"""Fields that take a value of one kind: seconds, counts, timestamps, texts; in both query languages.

Rule that a change must keep: only what certainly is of another kind, or out of its range, is said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...language.dataflow import Location
from ...language.timestamps import instant, is_timestamp
from ...values import JSON
from .reading import Reading, is_expression
from .values import NUMBER, STRING, Value, describe, only_constant, scalar

RELEASED = "2026-01-01T00:00:00Z"
"""There is no clock here; an instant before this one is in the past whenever this library runs."""

_RELEASED = instant(RELEASED)


def _number(reading: Reading, value: Value, way: Location) -> None:
    if not reading.expect(value, NUMBER, way, "a number"):
        return
    known, only = only_constant(value)
    if known and isinstance(only, (int, float)) and (only < 0 or only % 1 != 0):
        message = f"must be a whole number from 0, but it is {describe(value)}"
        reading.say("type-mismatch", way, message, *value.origins)


def _count(reading: Reading, value: Value, way: Location) -> None:
    """A number, or as recorded a text of digits."""
    if not reading.expect(value, NUMBER | STRING, way, "a number"):
        return
    known, only = only_constant(value)
    if known and isinstance(only, str) and not only.strip().replace(".", "", 1).isdecimal():
        reading.say("type-mismatch", way, f"must be a number, but it is {describe(value)}", *value.origins)


def _text(reading: Reading, value: Value, way: Location) -> None:
    reading.expect(value, STRING, way, "a string")


def _anything(reading: Reading, value: Value, way: Location) -> None:
    """ErrorPath and CausePath: that they lead somewhere is all."""


def _timestamp(reading: Reading, value: Value, way: Location) -> None:
    if not reading.expect(value, STRING, way, "a timestamp"):
        return
    known, only = only_constant(value)
    if not known or not isinstance(only, str):
        return
    if not is_timestamp(only):
        message = f"must be a timestamp such as 2016-03-14T01:59:00Z, but it is {describe(value)}"
        reading.say("type-mismatch", way, message, *value.origins)
    elif instant(only) < _RELEASED:
        reading.say("timestamp-in-the-past", way, f"{only} is in the past: the state never waits", *value.origins)


_Check = Callable[[Reading, Value, Location], None]

_FIELDS: dict[str, dict[str, _Check]] = {
    "Task": {"TimeoutSeconds": _number, "HeartbeatSeconds": _number},
    "Wait": {"Seconds": _number, "Timestamp": _timestamp},
    "Fail": {"Error": _text, "Cause": _text},
    "Map": {
        "MaxConcurrency": _count,
        "ToleratedFailureCount": _count,
        "ToleratedFailurePercentage": _count,
    },
}
_IN_JSONPATH: dict[str, _Check] = {"Error": _anything, "Cause": _anything}

_INNER: dict[str, dict[Location, dict[str, _Check]]] = {
    "Map": {
        ("ItemBatcher",): {"MaxItemsPerBatch": _count, "MaxInputBytesPerBatch": _count},
        ("ItemReader", "ReaderConfig"): {"MaxItems": _count},
    }
}
_TEMPLATES: dict[str, tuple[tuple[Location, str], ...]] = {
    "Task": (((), "Credentials"),),
    "Map": (
        (("ItemReader",), "Parameters"),
        (("ItemReader",), "Arguments"),
        (("ResultWriter",), "Parameters"),
        (("ResultWriter",), "Arguments"),
    ),
}


def _looked_at(type: str) -> frozenset[str]:
    """The fields of a state that are looked at here."""
    own, inner = _FIELDS.get(type, {}), _INNER.get(type, {})
    return frozenset((
        *(name for field in own for name in (field, f"{field}Path")),
        *(str(way[0]) for way in inner),
        *(str((*way, field)[0]) for way, field in _TEMPLATES.get(type, ())),
    ))  # fmt: skip


_LOOKED_AT = {type: _looked_at(type) for type in _FIELDS}


def check_fields(reading: Reading, effective: Value) -> None:
    """Look at the fields of a state that are neither its data flow nor its choice rules."""
    type = reading.state.type
    if _LOOKED_AT[type].isdisjoint(reading.fields):
        return
    _check(reading, reading.fields, (), _FIELDS.get(type, {}), effective)
    for way, checks in _INNER.get(type, {}).items():
        if way[0] in reading.fields:
            _check(reading, _inner(reading, way), way, checks, effective)
    for way, field in _TEMPLATES.get(type, ()):
        if way and way[0] not in reading.fields:
            continue
        fields = _inner(reading, way)
        if field in fields:
            if reading.is_jsonata:
                reading.query_look(fields[field], (*way, field))
            else:
                reading.look(fields[field], effective, (*way, field))


def _inner(reading: Reading, way: Location) -> dict[str, Any] | Any:
    value: Any = reading.fields
    for step in way:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return value


def _check(reading: Reading, fields: Any, way: Location, checks: dict[str, _Check], effective: Value) -> None:
    jsonata = reading.is_jsonata
    for field, check in checks.items():
        if field in fields:
            _check_given(reading, fields[field], (*way, field), check, jsonata)
        elif not jsonata and isinstance(text := fields.get(f"{field}Path"), str):
            value = reading.expression(text, effective, (*way, f"{field}Path"))
            _IN_JSONPATH.get(field, check)(reading, value, (*way, f"{field}Path"))


def _check_given(reading: Reading, given: JSON, way: Location, check: _Check, jsonata: bool) -> None:
    if jsonata and isinstance(given, str) and is_expression(given):
        check(reading, reading.query(given, {}, way), way)
    elif check is _timestamp and isinstance(given, str) and is_timestamp(given):
        check(reading, scalar(given), way)
