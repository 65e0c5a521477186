"""reader-config: what ReaderConfig says about the form of the items fits together.

> CSVHeaders are required where CSVHeaderLocation is GIVEN
> (after AWS's documentation of ItemReader)

Given headers are listed, files that are loaded and flattened have an InputType, and an S3 inventory has none.

Bad::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k.csv"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}

Good::

    {"StartAt": "Each", "States": {"Each": {"Type": "Map", "End": true,
      "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k.csv"},
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["id", "total"]}},
      "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item", "States": {"Item": {"Type": "Succeed"}}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """A field that another one asks for, or excludes."""
    reader = place.value.get("ItemReader")
    config = reader.get("ReaderConfig") if isinstance(reader, dict) else None
    if not isinstance(config, dict):
        return
    location = (*place.location, "ItemReader", "ReaderConfig")
    if config.get("CSVHeaderLocation") == "GIVEN" and "CSVHeaders" not in config:
        yield Problem(location, "These fields are required: [CSVHeaders]", hint="CSVHeaderLocation is GIVEN")
    if config.get("Transformation") == "LOAD_AND_FLATTEN" and "InputType" not in config:
        yield Problem(location, "These fields are required: [InputType]", hint="Transformation is LOAD_AND_FLATTEN")
    if config.get("ManifestType") == "S3_INVENTORY" and "InputType" in config:
        message, hint = "Field 'InputType' is not supported", "ManifestType is S3_INVENTORY"
        yield Problem((*location, "InputType"), message, told_at=location, hint=hint)
