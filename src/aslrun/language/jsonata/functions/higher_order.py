"""Functions that call functions on every item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calls import repeatedly
from ..errors import JsonataError
from ..frames import Frame
from ..values import UNDEFINED, Function, Sequence, truth


def caller(function: Any, frame: Frame) -> Callable[[Any, Any, Any], Any]:
    """Code that calls with a value, and with its key and the whole if the function has parameters for them."""
    if not isinstance(function, Function):
        return _no_function
    return repeatedly(function, max(1, min(function.arity, 3)), frame)


def _no_function(value: Any, key: Any, whole: Any) -> Any:
    raise JsonataError(None, message="There is no function to call")


def map_(frame: Frame, items: Any, function: Any) -> Any:
    """What a function gives for each item."""
    if items is UNDEFINED:
        return UNDEFINED
    result, call = Sequence(), caller(function, frame)
    for index, item in enumerate(items):
        found = call(item, index, items)
        if found is not UNDEFINED:
            result.append(found)
    return result


def filter_(frame: Frame, items: Any, function: Any) -> Any:
    """The items for which a function says yes."""
    if items is UNDEFINED:
        return UNDEFINED
    result, call = Sequence(), caller(function, frame)
    for index, item in enumerate(items):
        holds = call(item, index, items)
        if holds is True or (holds is not False and truth(holds)):
            result.append(item)
    return result


def single(frame: Frame, items: Any, function: Any = UNDEFINED) -> Any:
    """The one item for which a function says yes; an error if there are none or several."""
    if items is UNDEFINED:
        return UNDEFINED
    found: list[Any] = []
    call = caller(function, frame)
    for index, item in enumerate(items):
        if function is UNDEFINED or truth(call(item, index, items)):
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
    call = repeatedly(function, max(2, min(arity, 4)), frame)
    for index in range(first, len(items)):
        result = call(result, items[index], index, items)
    return result


FUNCTIONS = (
    ("map", "<af>", 2, map_),
    ("filter", "<af>", 2, filter_),
    ("single", "<af?>", 2, single),
    ("reduce", "<afj?:j>", 3, reduce),
)
