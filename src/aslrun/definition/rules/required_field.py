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


def check(refusal: Refusal) -> Iterator[Problem]:
    """A field is missing, or all of a group are."""
    names = ", ".join(refusal.names)
    message = f"These fields are required: [{names}]"
    if refusal.keyword == "requiredOneOf":
        message = f"One of these fields is required: [{names}]"
    if "RoleArn" in refusal.names:  # AWS has words of its own here
        message = "The field 'RoleArn' is required but was missing"
    yield Problem(refusal.location, message)
