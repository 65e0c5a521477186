"""Which variables a state assigns, and where: what the rules about variables have in common."""

from __future__ import annotations

from collections.abc import Iterator

from ...values import JSON
from ..json_text import Location
from .outline import Place


def assigned(place: Place) -> Iterator[tuple[str, Location]]:
    """The variables that a state, its catchers and its Choice rules assign, with their places."""
    for assign, location in _assigns(place):
        for key in assign:
            yield (key.removesuffix(".$") if place.language == "JSONPath" else key), (*location, key)


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
