"""required-field: an object has the fields that its kind cannot do without.

> These fields are required: [States, StartAt]
> (ValidateStateMachineDefinition)

Add the field. A state needs its Type and what that type works on: a Task its Resource, a Choice its Choices, a Wait
one of its four ways to say how long.

Bad::

    {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "End": true}}}

Good::

    {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 5, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .words import nearest


def check(refusal: Refusal) -> Iterator[Problem]:
    """A field is missing, or all of a group are."""
    if refusal.keyword not in ("required", "requiredOneOf"):
        return
    names = ", ".join(refusal.names)
    message = f"These fields are required: [{names}]"
    if refusal.keyword == "requiredOneOf":
        message = f"One of these fields is required: [{names}]"
    if "RoleArn" in refusal.names:  # AWS has words of its own here
        message = "The field 'RoleArn' is required but was missing"
    yield Problem(refusal.location, message, hint=_misspelt(refusal))


def _misspelt(refusal: Refusal) -> str:
    """The field that was perhaps written in place of the missing one."""
    known = refusal.schema.get("properties")
    if not isinstance(refusal.value, dict) or not isinstance(known, dict):
        return ""
    odd = [name for name in refusal.value if name not in known][:20]
    found = (hint for name in refusal.names if (hint := nearest(name, odd)))
    wrong = next(found, "").removeprefix("did you mean ").removesuffix("?")
    return f"{wrong} is no field" if wrong else ""
