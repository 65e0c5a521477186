"""From the engine's values to plain ones: what leaves an evaluation is JSON, undefined or a function.

Rules that a change must keep:

1. Sequences become lists. Containers of the data are handed out as they are, never copied without need.
2. A container that is neither a plain list nor a plain dict came from outside, and so did all it holds.
3. Every container looked at is paid for: a small structure that shares its parts may stand for a huge one.
"""

from __future__ import annotations

from typing import Any

from .budget import Run
from .values import UNDEFINED, ConstructedArray, Sequence, TupleStream

PLAIN = frozenset((str, int, float, bool, type(None), type(UNDEFINED)))
"""Types with nothing inside them."""
_SCALARS = PLAIN - {type(UNDEFINED)}
_OWN = frozenset((Sequence, ConstructedArray, TupleStream))


def is_flat(value: Any) -> bool:
    """Whether it is an array or object of the plain kind with nothing but scalars in it: there is nothing to clean."""
    kind = type(value)
    return (kind is dict and _SCALARS.issuperset(map(type, value.values()))) or (
        kind is list and _SCALARS.issuperset(map(type, value))
    )


def cleaned(value: Any, run: Run) -> Any:
    """The value without anything of the engine in it."""
    kind = type(value)
    if kind is list or kind in _OWN:
        run.spend(4 + len(value))
        return _cleaned_list(value, run)
    if kind is dict:
        run.spend(4 + len(value))
        return _cleaned_dict(value, run)
    return value


def _cleaned_list(value: list[Any], run: Run) -> list[Any]:
    if type(value) in _OWN:
        if _SCALARS.issuperset(map(type, value)):
            return list(value)
        return [cleaned(item, run) if item is not UNDEFINED else None for item in value]
    result = value
    for index, item in enumerate(value):
        if type(item) in _SCALARS:
            continue
        clean = None if item is UNDEFINED else cleaned(item, run)
        if clean is not item:
            if result is value:
                result = list(value)
            result[index] = clean
    return result


def _cleaned_dict(value: dict[str, Any], run: Run) -> dict[str, Any]:
    result = value
    for key, item in value.items():
        if type(item) in _SCALARS:
            continue
        clean = None if item is UNDEFINED else cleaned(item, run)
        if clean is not item:
            if result is value:
                result = dict(value)
            result[key] = clean
    return result
