"""mutually-exclusive: of fields that say the same in different ways, one stands.

> There should only be one of [MaxItemsPerBatch, MaxItemsPerBatchPath]
> (ValidateStateMachineDefinition)

Keep the constant or the path, Seconds or Timestamp, ItemProcessor or the older Iterator.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5, "SecondsPath": "$.wait", "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "SecondsPath": "$.wait", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal


def check(refusal: Refusal) -> Iterator[Problem]:
    """Several fields of a group stand."""
    message = f"There should only be one of [{', '.join(refusal.names)}]"
    yield Problem((*refusal.location, refusal.names[1]), message, told_at=refusal.location)
