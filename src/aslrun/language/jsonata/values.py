"""The values of JSONata beyond JSON: undefined, sequences, functions; and how values compare.

Rules that a change must keep:

1. ``UNDEFINED`` is "nothing there"; it is never ``None``, which is JSON's null.
2. A ``Sequence`` is what a query yields: of one item it stands for that item, of none for nothing, unless
   ``keep`` holds it together. An array of the data is a plain list and keeps its length.
3. A value of the data is never changed. Only the engine's own containers are filled, and only while young.
4. ``True`` is not ``1``; a number is an ``int`` or a ``float``, and equal numbers are equal values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, final

from ...values import JSON
from .errors import JsonataError


@final
class Undefined:
    """The type of ``UNDEFINED``: the absence of a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False

    def __copy__(self) -> Undefined:
        return self

    def __deepcopy__(self, memo: object) -> Undefined:
        return self

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()
"""What an expression gives that finds nothing."""


class Function:
    """A function as a value: built in, written as a lambda, a regular expression, partially applied."""

    __slots__ = ()
    arity: int
    counts = True
    """Whether it counts as true, as an object does: not a pattern, nor the ``next`` of a match (JavaScript's own)."""

    def invoke(self, arguments: list[Any], input: Any, frame: Any) -> Any:
        """Call it once; a tail call comes back as such and is for ``apply`` to follow."""
        raise NotImplementedError


Value: TypeAlias = "JSON | Undefined | Function"
"""Whatever an expression can give."""


class Sequence(list[Any]):
    """The result of a query, which unfolds to its item if it has only one."""

    keep = False
    """Stay an array even with one item (``[]`` behind a step)."""
    outer = False
    """A wrapper around an input that is itself an array."""


class ConstructedArray(list[Any]):
    """An array written as ``[...]`` in a path: a later step does not flatten it."""


class TupleStream(list[Any]):
    """Items with the names that ``@``, ``#`` and ``%`` bound on the way to them, as dicts."""


def is_function(value: object) -> bool:
    """Whether an expression gave a function.

    >>> is_function(UNDEFINED)
    False
    """
    return isinstance(value, Function)


def is_numeric(value: Any) -> bool:
    """Whether it is a number to calculate with; an infinite one is an error (D1001), NaN is none."""
    kind = type(value)
    if kind is int:
        return True
    if kind is float:
        if value - value == 0.0:
            return True
        if value == value:
            raise JsonataError("D1001", value=value)
    return False


def unfolded(result: Any) -> Any:
    """What a sequence stands for, once the expression that made it is done."""
    if type(result) is not Sequence:
        return result
    if not result:
        return UNDEFINED
    return result[0] if len(result) == 1 and not result.keep else result


def truth(value: Any) -> bool:
    """The effective boolean; nothing there counts as false, a function as true."""
    kind = type(value)
    if kind is bool:
        return bool(value)
    if kind is str or kind is dict:
        return len(value) > 0
    if isinstance(value, list):
        return truth(value[0]) if len(value) == 1 else any(map(truth, value))
    if kind is int or kind is float:
        return is_numeric(value) and value != 0
    return len(value) > 0 if isinstance(value, (dict, str)) else isinstance(value, Function) and value.counts


def same(left: Any, right: Any, spend: Callable[[int], None]) -> bool:
    """Deep equality, by value; every item compared is paid for."""
    kind, other = type(left), type(right)
    if kind is str or other is str or left is None or right is None:
        return bool(left == right)
    if kind is bool or other is bool or isinstance(left, Function) or left is UNDEFINED:
        return left is right
    if isinstance(left, list):
        if not isinstance(right, list) or len(left) != len(right):
            return False
        spend(2 + 2 * len(left))
        return left is right or all(same(item, twin, spend) for item, twin in zip(left, right, strict=True))
    if isinstance(left, dict):
        if not isinstance(right, dict) or len(left) != len(right):
            return False
        spend(2 + 2 * len(left))
        return left is right or all(key in right and same(item, right[key], spend) for key, item in left.items())
    return bool(left == right)


def identical(left: Any, right: Any) -> bool:
    """JavaScript's ``===``: scalars by value, containers and functions by identity."""
    kind, other = type(left), type(right)
    if kind is bool or other is bool or isinstance(left, (list, dict, Function)):
        return left is right
    return bool(left == right)


def before(left: str, right: str) -> bool:
    """Whether a text sorts before another: by UTF-16 code units, as JavaScript compares.

    >>> before("\\U0001f600", "\\uff5e"), "\\U0001f600" < "\\uff5e"
    (True, False)
    """
    if left.isascii() or right.isascii():
        return left < right
    return left.encode("utf-16-be", "surrogatepass") < right.encode("utf-16-be", "surrogatepass")


def lookup(value: Any, key: str) -> Any:
    """The field of an object, or of each object in an array (unfolded only by the caller)."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    result = Sequence()
    for item in value:
        found = item.get(key, UNDEFINED) if type(item) is dict else lookup(item, key)
        if isinstance(found, list):
            result.extend(found)
        elif found is not UNDEFINED:
            result.append(found)
    return result


def append(left: Any, right: Any) -> Any:
    """The items of both as one new array; nothing there counts as nothing."""
    if left is UNDEFINED:
        return right
    if right is UNDEFINED:
        return left
    return [*as_items(left), *as_items(right)]


def as_items(value: Any) -> Iterable[Any]:
    """The items of an array, or the value as the only item."""
    return value if isinstance(value, list) else (value,)


def flattened(values: Iterable[Any]) -> Sequence:
    """One sequence of all items; what ``[...]`` constructed stays whole."""
    result = Sequence()
    for value in values:
        if not isinstance(value, list) or type(value) is ConstructedArray:
            result.append(value)
        else:
            result.extend(value)
    return result
