"""Sorting: a merge sort that compares in the reference's order, and the shortcut for plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .budget import Run

T = TypeVar("T")

SORT_FRAMES = 30
"""Stack frames that sorting can nest: as often as a list can be halved, and a few around it."""


def merge_sort(items: list[T], swap: Callable[[T, T], bool], run: Run) -> list[T]:
    """The items in order; ``swap`` tells whether its second argument belongs before the first."""
    if len(items) <= 1:
        return items
    middle = len(items) // 2
    left = merge_sort(items[:middle], swap, run)
    right = merge_sort(items[middle:], swap, run)
    run.spend(len(items))
    merged: list[T] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if swap(left[i], right[j]):
            merged.append(right[j])
            j += 1
        else:
            merged.append(left[i])
            i += 1
    return merged + left[i:] + right[j:]


def ordered(values: list[Any]) -> list[Any] | None:
    """Keys that sort as the values do, if these are all numbers or all texts; otherwise nothing."""
    kinds = set(map(type, values))
    if kinds <= {int, float}:
        return values if all(value == value for value in values) else None
    if kinds == {str}:
        if all(map(str.isascii, values)):
            return values
        return [value.encode("utf-16-be", "surrogatepass") for value in values]
    return None
