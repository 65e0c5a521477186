"""execution-type: a distributed Map says how its children are executed.

> "ExecutionType" is required where "Mode" is "DISTRIBUTED"
> (after AWS's documentation of the distributed Map state)

Add "ExecutionType": "STANDARD" or "EXPRESS" to the ProcessorConfig.

Bad::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
      "ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}

Good::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true, "ItemProcessor": {
      "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
      "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import PROCESSORS, Place


def check(place: Place) -> Iterator[Problem]:
    """A distributed processor without ExecutionType."""
    for field in PROCESSORS:
        processor = place.value.get(field)
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in config:
            location = (*place.location, field, "ProcessorConfig")
            yield Problem(location, "These fields are required: [ExecutionType]", hint="Mode is DISTRIBUTED")
