"""NO_DOLLAR: a text that looks like a path has a key that ends in ``.$``.

> No .$ on a field that appears to be a JSONPath or Intrinsic Function
> (API reference, ValidateStateMachineDefinitionDiagnostic)

The text is handed on as it stands. To have it looked up add ``.$`` to its key.

Bad::

    {"StartAt": "Order", "States": {"Order": {"Type": "Pass", "Parameters": {"id": "$.order.id"}, "End": true}}}

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
    return flow.of("NO_DOLLAR")
