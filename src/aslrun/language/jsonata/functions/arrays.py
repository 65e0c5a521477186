"""Arrays: joining, reversing, sorting, taking apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calls import repeatedly
from ..errors import JsonataError
from ..frames import Frame
from ..sorting import SORT_FRAMES, merge_sort, ordered
from ..values import UNDEFINED, Function, Sequence, is_numeric
from ..values import append as appended


def append(frame: Frame, left: Any, right: Any) -> Any:
    """The items of both."""
    result = appended(left, right)
    if isinstance(result, list):
        frame.run.check_items(len(result))
    return result


def reverse(frame: Frame, items: Any) -> Any:
    """In the opposite order."""
    return items if items is UNDEFINED or len(items) <= 1 else items[::-1]


def shuffle(frame: Frame, items: Any) -> Any:
    """In an order drawn from the evaluation's randomness."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    result = list(items)
    frame.run.spend(len(result))
    frame.run.random.shuffle(result)
    return result


def distinct(frame: Frame, items: Any) -> Any:
    """Each value once, where it first occurs."""
    if not isinstance(items, list) or len(items) <= 1:
        return items
    result: list[Any] = Sequence() if type(items) is Sequence else []
    known: set[Any] = set()
    for item in items:
        key = _key(item, frame)
        if key not in known:
            known.add(key)
            result.append(item)
    return result


def _key(value: Any, frame: Frame) -> Any:
    """Something hashable that is equal for equal values."""
    if isinstance(value, (bool, Function)):
        return (bool, id(value))
    if isinstance(value, list):
        frame.run.spend(2 + len(value))
        return (list, tuple([_key(item, frame) for item in value]))
    if isinstance(value, dict):
        frame.run.spend(2 + len(value))
        return (dict, frozenset([(name, _key(item, frame)) for name, item in value.items()]))
    frame.run.spend(1)
    return value


def zip_(frame: Frame, *arrays: Any) -> Any:
    """The first items together, then the second ones, as long as all have one."""
    if any(not isinstance(array, list) for array in arrays):
        return []
    result = [list(row) for row in zip(*arrays, strict=False)]
    frame.run.check_items(len(result) * len(arrays))
    return result


def sort(frame: Frame, items: Any, comparator: Any = UNDEFINED) -> Any:
    """In ascending order, or as a function says (``true``: swap its two arguments)."""
    if items is UNDEFINED or len(items) <= 1:
        return items
    if comparator is not UNDEFINED:
        frame.run.room -= SORT_FRAMES
        result = merge_sort(list(items), _comparison(comparator, frame), frame.run)
        frame.run.room += SORT_FRAMES
        return result
    if not (all(map(is_numeric, items)) or all(isinstance(item, str) for item in items)):
        raise JsonataError("D3070", index=1)
    frame.run.spend(len(items) * 2)
    keys = ordered(items)
    assert keys is not None
    return [items[index] for index in sorted(range(len(items)), key=keys.__getitem__)]


def _comparison(function: Function, frame: Frame) -> Callable[[Any, Any], bool]:
    call = repeatedly(function, 2, frame)

    def swap(left: Any, right: Any) -> bool:
        answer = call(left, right)
        if answer is True or answer is False:
            return answer
        return isinstance(answer, (list, dict, Function)) or (answer is not UNDEFINED and bool(answer))

    return swap


FUNCTIONS = (
    ("append", "<xx:a>", 2, append),
    ("reverse", "<a:a>", 1, reverse),
    ("shuffle", "<a:a>", 1, shuffle),
    ("distinct", "<x:x>", 1, distinct),
    ("zip", "<a+>", 0, zip_),
    ("sort", "<af?:a>", 2, sort),
)
