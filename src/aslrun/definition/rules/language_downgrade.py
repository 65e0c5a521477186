"""language-downgrade: in a JSONata machine no state is JSONPath.

> 'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine
> (ValidateStateMachineDefinition)

Only the other way is open: leave QueryLanguage of the machine at JSONPath, and set it to JSONata state by state.

Bad::

    {"QueryLanguage": "JSONata", "StartAt": "Note", "States": {
      "Note": {"Type": "Pass", "QueryLanguage": "JSONPath", "End": true}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Document
from ..problem import Problem
from .outline import Outline


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A state that speaks JSONPath in a machine that speaks JSONata."""
    if document.value.get("QueryLanguage") != "JSONata":
        return
    for place in parts.states:
        if place.language == "JSONPath":
            message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
            yield Problem((*place.location, "QueryLanguage"), message, told_at=place.location)
