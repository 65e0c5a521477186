"""timestamp: a literal point in time has the form of RFC 3339, with an upper case T, and a Z or an offset.

> String does not match RFC3339 timestamp   <- service answer

Seconds and a time zone are required, the day must exist, and a number is no point in time. This holds for the
`Timestamp` of a Wait state and for what the operators `Timestamp...` of a Choice rule compare with.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Timestamp": "2030-01-31 12:00", "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Timestamp": "2030-01-31T12:00:00Z", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ...language.errors import ExpressionSyntaxError
from ...language.timestamps import is_timestamp
from ...values import JSON
from ..json_text import Location
from ..problem import SCHEMA, Problem
from ..structure.outline import Place

NAME = "timestamp"
WORDS = "String does not match RFC3339 timestamp"
HINT = "a timestamp looks like 2030-01-31T12:00:00Z"


def check(place: Place) -> Iterator[Problem]:
    """The Timestamp of a Wait state."""
    value = place.value.get("Timestamp")
    if place.type == "Wait" and "Timestamp" in place.value and not _fits(value, place.language):
        yield _problem((*place.location, "Timestamp"))


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The operand of a Choice rule."""
    return _problem((*location, *error.location))


def _fits(value: JSON, language: str | None) -> bool:
    if not isinstance(value, str):
        return False
    in_jsonata = language != "JSONPath" and (value.startswith("{%") or value.endswith("%}"))
    return in_jsonata or is_timestamp(value)


def _problem(location: Location) -> Problem:
    return Problem(location, WORDS, SCHEMA, NAME, hint=HINT)
