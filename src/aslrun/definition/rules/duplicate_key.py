"""duplicate-key: a key stands once in its object.

> The names within an object SHOULD be unique.
> (RFC 8259, 4; AWS refuses a state name that stands twice)

Of two values for one key every reader keeps another one, and a state that stands twice is mostly a copy that was not
renamed. Remove one of them.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true, "End": true}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import json_text
from ..problem import Problem
from . import malformed_json


def check(text: str) -> Iterator[Problem]:
    """Keys that stand twice."""
    return malformed_json.mistakes(text, json_text.DUPLICATE)
