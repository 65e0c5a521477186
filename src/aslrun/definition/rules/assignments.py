"""What a state assigns: the members of its own Assign, and of those of its catchers and Choice rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...values import JSON
from ..json_text import Location
from ..structure.outline import Place


class Assignment(NamedTuple):
    """A variable with the place where it is assigned."""

    name: str
    location: Location


def assignments(place: Place) -> Iterator[Assignment]:
    """Everything that a state may assign, in the order of its text."""
    for assign, location in _assigns(place):
        for key in assign:
            yield Assignment(key.removesuffix(".$") if place.language == "JSONPath" else key, (*location, key))


def _assigns(place: Place) -> Iterator[tuple[dict[str, JSON], Location]]:
    holders: list[tuple[JSON, Location]] = [(place.value, place.location)]
    for field in ("Catch", "Choices"):
        entries = place.value.get(field)
        if isinstance(entries, list):
            holders += [(entry, (*place.location, field, index)) for index, entry in enumerate(entries)]
    for holder, location in holders:
        assign = holder.get("Assign") if isinstance(holder, dict) else None
        if isinstance(assign, dict):
            yield assign, (*location, "Assign")
