"""Objects: their keys and values, taken apart and put together."""

from __future__ import annotations

from typing import Any

from ..frames import Frame
from ..values import UNDEFINED, Sequence, append, truth
from ..values import lookup as looked_up
from .higher_order import caller


def keys(frame: Frame, value: Any) -> Any:
    """The names of the fields, of an array those of all its objects."""
    names: dict[str, None] = {}
    _collect(value, names, frame)
    return Sequence(names)


def _collect(value: Any, names: dict[str, None], frame: Frame) -> None:
    if isinstance(value, dict):
        frame.run.spend(len(value))
        names.update(dict.fromkeys(value))
    elif isinstance(value, list):
        frame.run.spend(1 + len(value))
        for item in value:
            _collect(item, names, frame)


def lookup(frame: Frame, value: Any, key: Any) -> Any:
    """The field of that name, of an array those of all its objects."""
    return looked_up(value, key) if isinstance(key, str) else UNDEFINED


def spread(frame: Frame, value: Any) -> Any:
    """An object as objects of one field each."""
    if isinstance(value, dict):
        frame.run.spend(len(value))
        return Sequence([{key: item} for key, item in value.items()])
    if not isinstance(value, list):
        return value
    parts: list[Any] = Sequence()
    for item in value:
        apart = spread(frame, item)
        if apart is not UNDEFINED:
            parts = list(append([], apart)) if type(parts) is Sequence else parts + list(append([], apart))
            frame.run.check_items(len(parts))
    return parts


def merge(frame: Frame, objects: Any) -> Any:
    """One object with the fields of all; the last one wins."""
    if objects is UNDEFINED:
        return UNDEFINED
    result: dict[str, Any] = {}
    for fields in objects:
        frame.run.spend(1 + len(fields))
        result.update(fields)
    return result


def each(frame: Frame, value: Any, function: Any) -> Any:
    """What a function gives for each field's value and name."""
    result, call = Sequence(), caller(function, frame)
    for key, item in _fields(value):
        found = call(item, key, value)
        if found is not UNDEFINED:
            result.append(found)
    return result


def sift(frame: Frame, value: Any, function: Any = UNDEFINED) -> Any:
    """The fields for which a function says yes; nothing if there are none."""
    call = caller(function, frame)
    kept = {key: item for key, item in _fields(value) if truth(call(item, key, value))}
    return kept or UNDEFINED


def _fields(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


FUNCTIONS = (
    ("keys", "<x-:a<s>>", 1, keys),
    ("lookup", "<x-s:x>", 2, lookup),
    ("spread", "<x-:a<o>>", 1, spread),
    ("merge", "<a<o>:o>", 1, merge),
    ("each", "<o-f:a>", 2, each),
    ("sift", "<o-f?:o>", 2, sift),
)
