"""duplicate-name: no two states of a document have the same name.

> Duplicate State name
> (CreateStateMachine, code DUPLICATE_STATE_NAME)

Names are unique in the whole machine, all branches and item processors included: execution histories tell states
apart by their names alone.

Bad::

    {"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "Work", "States": {"Work": {"Type": "Succeed"}}},
      {"StartAt": "Work", "States": {"Work": {"Type": "Succeed"}}}]}}}

Good::

    {"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "Work left", "States": {"Work left": {"Type": "Succeed"}}},
      {"StartAt": "Work right", "States": {"Work right": {"Type": "Succeed"}}}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Document
from ..json_text import Location, render_location
from ..problem import Problem
from .outline import Outline


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A name that stood before."""
    if len({place.name for place in parts.states}) == len(parts.states):
        return
    seen: dict[str, Location] = {}
    for place in parts.states:
        first = seen.setdefault(place.name, place.location)
        if first != place.location:
            hint = f"{render_location(first)} has it too"
            yield Problem(place.location, f"Duplicate State name: {place.name}", hint=hint)
