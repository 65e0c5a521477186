"""JSONPath over abstract values: where a path leads, and whether it can lead anywhere.

Rules that a change must keep:

1. Only a definite path can certainly fail: an indefinite one that finds nothing gives ``[]``.
2. What cannot be told is ``UNKNOWN``; nothing is said about it.
"""

from __future__ import annotations

from typing import NamedTuple

from ...language.jsonpath_segments import FromEnd, Index, Name, Names, Segment, fragment, is_definite
from .values import (
    ANY,
    ARRAY,
    MAYBE,
    MISSING,
    NOTHING,
    NUMBER,
    OBJECT,
    STRING,
    UNKNOWN,
    Value,
    array_of,
    element_at,
    join,
    member,
    of_kind,
    of_object,
    perhaps,
    present,
)


class Found(NamedTuple):
    """Where a path leads; if it leads nowhere, ``stop`` is the value it came to and ``missing`` the next step."""

    value: Value
    stop: Value = UNKNOWN
    missing: str = ""


def follow(value: Value, segments: tuple[Segment, ...]) -> Found:
    """Go along a path."""
    if not all(map(is_definite, segments)):
        return Found(array_of(UNKNOWN))
    maybe = False
    for segment in segments:
        found = _step(present(value), segment)
        if found.kinds == MISSING:
            return Found(NOTHING, value, f"field {segment.name}" if isinstance(segment, Name) else fragment(segment))
        maybe = maybe or bool(found.kinds & MISSING)
        value = found
    return Found(perhaps(value) if maybe else value)


def _step(value: Value, segment: Segment) -> Value:
    match segment:
        case Name():
            return member(value, segment.name)
        case Index():
            return element_at(value, segment.index)
        case FromEnd():
            return element_at(value, -segment.distance) if segment.distance else NOTHING
        case Names():
            return of_kind(OBJECT) if value.kinds & OBJECT else NOTHING
    return MAYBE


def put(value: Value, segments: tuple[Segment, ...], inner: Value) -> Value | None:
    """The value with another one at a path's place, as ``ResultPath`` does it; ``None`` if that must fail."""
    if not segments:
        return inner
    first, rest = segments[0], segments[1:]
    if isinstance(first, Name):
        return _put_field(value, first.name, rest, inner)
    if not value.kinds & ARRAY or (isinstance(first, Index) and not element_at(value, first.index).kinds & ANY):
        return None
    return array_of(UNKNOWN, *value.origins)


def _put_field(value: Value, name: str, rest: tuple[Segment, ...], inner: Value) -> Value | None:
    if not value.kinds & OBJECT:
        return None
    if rest:
        before = member(value, name)
        below = of_object({}) if before.kinds == MISSING else present(before)
        if before.kinds & MISSING and before.kinds != MISSING:
            below = join(below, of_object({}))
        placed = put(below, rest, inner)
        if placed is None:
            return None
        inner = placed
    return of_object({**value.fields, name: inner}, *value.origins, is_open=value.is_open)


def with_presence(value: Value, segments: tuple[Segment, ...], is_there: bool | None) -> Value:
    """The value after a test of presence at a path; ``None``: the test left it open."""
    if not segments or not isinstance(segments[0], Name) or not value.kinds & OBJECT:
        return value
    name, rest = segments[0].name, segments[1:]
    before = member(value, name)
    if rest:
        after = with_presence(of_kind(OBJECT) if not before.kinds & OBJECT else before, rest, is_there)
        after = present(after) if is_there else perhaps(after)
    elif is_there is None:
        after = MAYBE if before.kinds == MISSING else before
    else:
        after = present(before) if is_there else NOTHING
    fields = {**value.fields, name: after}
    kinds = OBJECT if is_there else value.kinds
    return Value(kinds, value.constants, fields, value.is_open, value.items, value.element, value.origins)


# --------------------------------------------------------------------------- the context object

_TEXT = of_kind(STRING)
_COUNT = of_kind(NUMBER)
_EXECUTION = of_object(
    {
        "Id": _TEXT,
        "Input": UNKNOWN,
        "Name": _TEXT,
        "RoleArn": _TEXT,
        "StartTime": _TEXT,
        "RedriveCount": perhaps(_COUNT),
        "RedriveTime": perhaps(_TEXT),
    }
)
_STATE = of_object({"EnteredTime": _TEXT, "Name": _TEXT, "RetryCount": perhaps(_COUNT)})
_MACHINE = of_object({"Id": _TEXT, "Name": _TEXT})
_CONTEXT = of_object({"Execution": _EXECUTION, "State": _STATE, "StateMachine": _MACHINE})
_CONTEXT_OF_A_TASK = of_object({**_CONTEXT.fields, "Task": of_object({"Token": _TEXT})})


def context_object(*, token: bool, map_item: Value | None) -> Value:
    """``$$`` in a state: ``token`` says whether it has a task token, ``map_item`` is the item of a Map around it."""
    context = _CONTEXT_OF_A_TASK if token else _CONTEXT
    if map_item is None:
        return context
    item = {"Index": _COUNT, "Value": map_item, "Key": perhaps(_TEXT), "Source": perhaps(_TEXT)}
    return of_object({**context.fields, "Map": perhaps(of_object({"Item": of_object(item)}))})
