"""duplicate-label: no two Maps of a document have the same Label.

> DUPLICATE_LABEL_NAME: A label name appears more than once.
> (ValidateStateMachineDefinition)

The Label is a part of the ARNs of map runs and children, which would not be told apart.

Bad::

    {"StartAt": "Left", "States": {
      "Left": {"Type": "Map", "Label": "items", "Next": "Right", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}},
      "Right": {"Type": "Map", "Label": "items", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Two", "States": {"Two": {"Type": "Succeed"}}}}}}

Good::

    {"StartAt": "Left", "States": {
      "Left": {"Type": "Map", "Label": "left-items", "Next": "Right", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One", "States": {"One": {"Type": "Succeed"}}}},
      "Right": {"Type": "Map", "Label": "right-items", "End": true, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Two", "States": {"Two": {"Type": "Succeed"}}}}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Document
from ..json_text import Location, render_location
from ..problem import Problem
from .outline import Outline


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A Label that stood before."""
    seen: dict[str, Location] = {}
    for place in [place for place in parts.states if "Label" in place.value]:
        label = place.value.get("Label")
        if place.type == "Map" and isinstance(label, str):
            first = seen.setdefault(label, place.location)
            if first != place.location:
                hint = f"{render_location(first)} has it too"
                yield Problem((*place.location, "Label"), f"Duplicate Label name: {label}", hint=hint)
