"""type-mismatch: a value is of the type that is needed.

> ItemsPath must point to an array, SecondsPath to a number that is not negative; an intrinsic function
> refuses arguments of another type; JSONata answers T2001 (service answers)

What comes here is known, and cannot be used so: the state fails whenever it is reached. Correct the value, or
convert it (``States.StringToJson``, ``$number``).

Bad::

    {"StartAt": "List", "States": {
      "List": {"Type": "Pass", "Result": {"items": "a,b"}, "Next": "Each"},
      "Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}}}}

Good::

    {"StartAt": "List", "States": {
      "List": {"Type": "Pass", "Result": {"items": ["a", "b"]}, "Next": "Each"},
      "Each": {"Type": "Map", "ItemsPath": "$.items", "End": true,
        "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("type-mismatch")
