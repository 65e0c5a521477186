"""path-never-produced: a path leads to something that can be there.

> A path that leads nowhere fails the execution with States.Runtime ("could not be found in the input")
> (service answer; in JSONata "returned nothing (undefined)", States.QueryEvaluationError)

Every state before this one is known to give something else: a Pass with a fixed Result, a ResultSelector, the array of
a Parallel or a Map, an ItemSelector, an error output, the context object. Correct the path, or let the state before
keep what is needed (``ResultPath``). Whoever asks with ``IsPresent`` or ``$exists`` is not told.

Bad::

    {"StartAt": "Order", "States": {
      "Order": {"Type": "Pass", "Result": {"id": 7}, "Next": "Ship"},
      "Ship": {"Type": "Pass", "Parameters": {"order.$": "$.order"}, "End": true}}}

Good::

    {"StartAt": "Order", "States": {
      "Order": {"Type": "Pass", "Result": {"id": 7}, "ResultPath": "$.order", "Next": "Ship"},
      "Ship": {"Type": "Pass", "Parameters": {"order.$": "$.order"}, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("path-never-produced")
