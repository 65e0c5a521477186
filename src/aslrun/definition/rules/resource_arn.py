"""resource-arn: a Resource is the ARN of something that a state can use.

> The resource provided createToken is not recognized. The value is not a valid resource ARN, or the resource is not
> available in this region.
> (CreateStateMachine)

A Task names a function, an activity or an integration by its whole ARN. An ItemReader reads with s3:getObject or
s3:listObjectsV2, a ResultWriter writes with s3:putObject.

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": "charge", "End": true}}}

Good::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .resource import not_recognized

_OFFERED = {
    "itemReader": "arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2 can be read with",
    "resultWriter": "arn:aws:states:::s3:putObject can be written with",
}


def check(refusal: Refusal) -> Iterator[Problem]:
    """A Resource that is no ARN, or not one of the few that its place knows."""
    pattern = str(refusal.schema["pattern"])
    place = "itemReader" if "getObject" in pattern else "resultWriter" if "putObject" in pattern else ""
    yield Problem(refusal.location, not_recognized(str(refusal.value)), hint=_OFFERED.get(place, ""))
