"""malformed-json: a definition is one JSON object.

> Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')
> (ValidateStateMachineDefinition, code INVALID_JSON_DESCRIPTION)

No comments, no comma before a closing bracket, double quotes only, nothing after the last bracket. A file whose name
ends in .jsonc may have comments and last commas for us, but has to be converted before AWS takes it.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"},}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import json_text
from ..problem import Problem

INVALID_JSON = "INVALID_JSON_DESCRIPTION"


def check(text: str) -> Iterator[Problem]:
    """What keeps a text from being JSON."""
    return mistakes(text, json_text.MALFORMED)


def mistakes(text: str, rule: str) -> Iterator[Problem]:
    """The mistakes in a text that break one of the rules of the reader."""
    try:
        json_text.parse(text)
    except json_text.Unreadable as error:
        for each in error.mistakes:
            if each.rule == rule:
                yield Problem(each.location, each.message, INVALID_JSON, rule)
