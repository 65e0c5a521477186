"""Functions over arrays: States.Array, and those whose names begin with it."""

from __future__ import annotations

from ...values import JSON, is_number
from .arguments import array, invalid, whole
from .java import hash_set, java_text

MAX_RANGE = 1000  # numbers that States.ArrayRange gives at most


def array_of(*values: JSON) -> JSON:
    """``States.Array``: the arguments, in their order."""
    return list(values)


def array_partition(values: JSON, size: JSON) -> JSON:
    """``States.ArrayPartition``: chunks of a size; the last one may be shorter.

    >>> array_partition([1, 2, 3, 4, 5], 2)
    [[1, 2], [3, 4], [5]]
    """
    values = array(values, "States.ArrayPartition")
    if (step := whole(size, "States.ArrayPartition")) < 1:
        raise invalid("States.ArrayPartition")
    return [values[start : start + step] for start in range(0, len(values), step)]


def array_contains(values: JSON, searched: JSON) -> JSON:
    """``States.ArrayContains``: whether an element has the same text, or is the same number.

    That the service goes by text has been measured: it finds ``true`` in ``["true"]``, and does not find an object
    whose keys stand in another order.

    >>> array_contains([[1, 2, 3], 2], [1, 2, 3]), array_contains(["7"], 7), array_contains([0], False)
    (True, True, False)
    """
    values = array(values, "States.ArrayContains")
    if is_number(searched) and any(is_number(value) and value == searched for value in values):
        return True
    text = java_text(searched)
    return any(java_text(value) == text for value in values)


def array_range(first: JSON, last: JSON, step: JSON) -> JSON:
    """``States.ArrayRange``: numbers from the first to the last one, both included, at most 1000.

    >>> array_range(1, 9, 2), array_range(5, 1, -2), array_range(5, 1, 1)
    ([1, 3, 5, 7, 9], [5, 3, 1], [])
    """
    start, end, width = (whole(bound, "States.ArrayRange") for bound in (first, last, step))
    if width == 0 or (end - start) // width >= MAX_RANGE:
        raise invalid("States.ArrayRange")
    return list(range(start, end + (1 if width > 0 else -1), width))


def array_get_item(values: JSON, index: JSON) -> JSON:
    """``States.ArrayGetItem``: the element at an index from 0; an empty array gives null for any index (measured)."""
    values = array(values, "States.ArrayGetItem")
    position = whole(index, "States.ArrayGetItem")
    if not values:
        return None
    if 0 <= position < len(values):
        return values[position]
    raise invalid("States.ArrayGetItem")


def array_length(values: JSON) -> JSON:
    """``States.ArrayLength``: the number of elements."""
    return len(array(values, "States.ArrayLength"))


def array_unique(values: JSON) -> JSON:
    """``States.ArrayUnique``: each element once. AWS promises no order; this is the one it has.

    >>> array_unique([1, 2, 3, 3, 3, 4])
    [1, 2, 3, 4]
    """
    return hash_set(array(values, "States.ArrayUnique"))
