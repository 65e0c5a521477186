"""Retriers and catchers: what the rules about their order have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...values import JSON
from ..json_text import Location
from .outline import Place


class Wildcard(NamedTuple):
    """A retrier or catcher for every error."""

    location: Location
    names: list[JSON]
    last: bool


def wildcards(place: Place) -> Iterator[Wildcard]:
    """The entries of Retry and Catch that have States.ALL."""
    for field in ("Retry", "Catch"):
        entries = place.value.get(field)
        entries = entries if isinstance(entries, list) else []
        for index, entry in enumerate(entries):
            names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if isinstance(names, list) and "States.ALL" in names:
                yield Wildcard((*place.location, field, index), names, index == len(entries) - 1)
