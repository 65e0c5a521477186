"""result-writer: a ResultWriter that names what to write with says where to.

> These fields are required: [Parameters]
> (AWS's words for missing fields; the rule is of its documentation of ResultWriter)

With Resource belongs the bucket: in Parameters, or in Arguments in a JSONata state.

Bad::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}

Good::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
      "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """A Resource without Parameters or Arguments."""
    writer = place.value.get("ResultWriter")
    if isinstance(writer, dict) and "Resource" in writer and "Parameters" not in writer and "Arguments" not in writer:
        field = "Arguments" if place.language == "JSONata" else "Parameters"
        yield Problem((*place.location, "ResultWriter"), f"These fields are required: [{field}]")
