"""retry-never-matches: a retrier can match something.

> The interpreter takes the first retrier whose ErrorEquals holds the name of the error; when it is used up, Catch is
> next (after the States Language, Retrying after error)

Every name of the retrier is taken by one before it, or cannot occur in this state. Retriers of the same error do not
follow each other: the second is never looked at. Move it to the front, or leave it out.

Bad::

    {"StartAt": "Charge", "States": {
      "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["Busy"], "IntervalSeconds": 60}]}}}

Good::

    {"StartAt": "Charge", "States": {
      "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "End": true,
        "Retry": [{"ErrorEquals": ["Busy"], "MaxAttempts": 1}, {"ErrorEquals": ["Slow"], "IntervalSeconds": 60}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("retry-never-matches")
