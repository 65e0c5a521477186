"""enum: a value is one of the words that its field knows.

> "JitterStrategy": "FULL" or "NONE"
> (States Language, Retriers; likewise Type, Mode, QueryLanguage and others)

The words are case sensitive. The message lists them all.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "pass", "End": true}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .words import nearest, shown


def check(refusal: Refusal) -> Iterator[Problem]:
    """A word that its field does not know."""
    words = refusal.schema.get("enum")
    if isinstance(words, list):
        names = [str(word) for word in words]
        hint = nearest(refusal.value, names) if isinstance(refusal.value, str) else ""
        message = f"Value must be one of [{', '.join(names)}], not {shown(refusal.value)}"
        yield Problem(refusal.location, message, hint=hint)
