"""A finding before it is given its line and column: what rules yield, the same for errors and warnings."""

from __future__ import annotations

from typing import NamedTuple

from .json_text import Location

SCHEMA = "SCHEMA_VALIDATION_FAILED"
"""AWS's code for whatever has no code of its own."""


NOWHERE: Location = ("",)
"""Where AWS names no location."""


class Problem(NamedTuple):
    """What is wrong at a location; ``told_at`` is where AWS says it, if it says it further out."""

    location: Location
    message: str
    code: str = SCHEMA
    rule: str = ""
    told_at: Location | None = None
    hint: str = ""
    because: tuple[str, ...] = ()
    severity: str = "ERROR"
