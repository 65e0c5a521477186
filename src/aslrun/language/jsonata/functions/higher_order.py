"""Functions that call functions on every item."""

from __future__ import annotations

from typing import Any

from ..calls import call_back
from ..errors import JsonataError
from ..frames import Frame
from ..values import UNDEFINED, Function, Sequence, truth


def call_with(function: Any, frame: Frame, value: Any, key: Any, whole: Any) -> Any:
    """Call with the value, and with its key and the whole if the function has parameters for them."""
    if not isinstance(function, Function):
        raise JsonataError(None, message="There is no function to call")
    return call_back(function, [value, key, whole][: max(1, min(function.arity, 3))], frame)


def map_(frame: Frame, items: Any, function: Any) -> Any:
    """What a function gives for each item."""
    if items is UNDEFINED:
        return UNDEFINED
    result = Sequence()
    for index, item in enumerate(items):
        found = call_with(function, frame, item, index, items)
        if found is not UNDEFINED:
            result.append(found)
    return result


def filter_(frame: Frame, items: Any, function: Any) -> Any:
    """The items for which a function says yes."""
    if items is UNDEFINED:
        return UNDEFINED
    return Sequence([item for index, item in enumerate(items) if truth(call_with(function, frame, item, index, items))])


def single(frame: Frame, items: Any, function: Any = UNDEFINED) -> Any:
    """The one item for which a function says yes; an error if there are none or several."""
    if items is UNDEFINED:
        return UNDEFINED
    found: list[Any] = []
    for index, item in enumerate(items):
        if function is UNDEFINED or truth(call_with(function, frame, item, index, items)):
            found.append(item)
            if len(found) > 1:
                raise JsonataError("D3138", index=index)
    if not found:
        raise JsonataError("D3139")
    return found[0]


def reduce(frame: Frame, items: Any, function: Any, init: Any = UNDEFINED) -> Any:
    """The items folded into one by a function of the result so far and the next item."""
    if items is UNDEFINED:
        return UNDEFINED
    arity = function.arity
    if arity < 2:
        raise JsonataError("D3050", index=1)
    first = 1 if init is UNDEFINED and items else 0
    result = items[0] if first else init
    for index in range(first, len(items)):
        result = call_back(function, [result, items[index], index, items][: max(2, min(arity, 4))], frame)
    return result


FUNCTIONS = (
    ("map", "<af>", 2, map_),
    ("filter", "<af>", 2, filter_),
    ("single", "<af?>", 2, single),
    ("reduce", "<afj?:j>", 3, reduce),
)
