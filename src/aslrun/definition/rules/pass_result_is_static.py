"""PASS_RESULT_IS_STATIC: the Result of a Pass state holds no paths.

> Attempt to use a path in the result of a pass state
> (API reference, ValidateStateMachineDefinitionDiagnostic)

Result is a constant. What is to be looked up stands in Parameters, under keys that end in ``.$``.

Bad::

    {"StartAt": "Order", "States": {"Order": {"Type": "Pass", "Result": {"id": "$.order.id"}, "End": true}}}

Good::

    {"StartAt": "Order", "States": {"Order": {"Type": "Pass", "Parameters": {"id.$": "$.order.id"}, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("PASS_RESULT_IS_STATIC")
