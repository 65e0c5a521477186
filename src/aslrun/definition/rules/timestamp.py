"""timestamp: a point in time is written as RFC 3339 has it.

> String does not match RFC3339 timestamp
> (CreateStateMachine)

Date and time, an upper case T between them, seconds, and an upper case Z or an offset: 2030-01-31T12:00:00Z.

Bad::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Timestamp": "2030-01-31 12:00", "End": true}}}

Good::

    {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Timestamp": "2030-01-31T12:00:00Z", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .mistake import Mistake
from .words import shown

WORDS = "String does not match RFC3339 timestamp"


def check(found: Refusal | Mistake) -> Iterator[Problem]:
    """A Timestamp is none, or the operand of an operator Timestamp... is none."""
    if isinstance(found, Mistake):
        yield Problem(found.location, WORDS, hint=found.error.message)
    else:
        yield from _of_a_wait(found)


def _of_a_wait(refusal: Refusal) -> Iterator[Problem]:
    if refusal.keyword in ("type", "format") and refusal.schema.get("format") == "timestamp":
        hint = f"2030-01-31T12:00:00Z is one, {shown(refusal.value)} is not"
        yield Problem(refusal.location, WORDS, hint=hint)
