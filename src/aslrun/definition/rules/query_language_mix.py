"""query-language-mix: a state has the fields of its own query language only.

> The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage
> (ValidateStateMachineDefinition)

JSONPath states have InputPath, Parameters, ResultSelector, ResultPath and OutputPath; JSONata states have Arguments
and Output. A state without QueryLanguage speaks that of the whole machine, not that of the Map around it; branches and
item processors have no QueryLanguage.

Bad::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "Output": {"a": 1}, "End": true}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": 1},
      "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal


def check(refusal: Refusal) -> Iterator[Problem]:
    """A field of the other language, or a QueryLanguage where no state is."""
    place = refusal.location
    if refusal.keyword == "queryLanguage":
        yield Problem(place, _only(str(place[-1]), refusal), told_at=place[:-1])
    elif refusal.keyword == "additionalProperties" and refusal.names == ("QueryLanguage",):
        yield Problem((*place, "QueryLanguage"), "Field 'QueryLanguage' is not supported", told_at=place)


def _only(field: str, refusal: Refusal) -> str:
    other = refusal.schema["queryLanguage"]
    return (
        f"The QueryLanguage is set to '{refusal.language}', "
        f"but field '{field}' is only supported for the '{other}' QueryLanguage"
    )
