"""NO_PATH: a text that looks like a path stands in a field that takes paths.

> Field value looks like a path, but field name does not end with 'Path'
> (API reference, ValidateStateMachineDefinitionDiagnostic)

The text is used as it stands. To have it looked up write the field whose name ends in ``Path``.

Bad::

    {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Refused", "Cause": "$.cause"}}}

Good::

    {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "Refused", "CausePath": "$.cause"}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("NO_PATH")
