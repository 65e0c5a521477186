"""wildcard-last: States.ALL stands in the last retrier or catcher.

> The reserved name "States.ALL" ... MUST appear in the last Retrier
> (after the States Language, Retriers; the same of Catchers)

The first entry that matches is taken, so what comes after an entry for every error is never looked at. Move it to the
end.

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
      "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["CardDeclined"], "MaxAttempts": 0}]}}}

Good::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
      "Retry": [{"ErrorEquals": ["CardDeclined"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .outline import Place
from .recovery import wildcards


def check(place: Place) -> Iterator[Problem]:
    """An entry after the one with States.ALL."""
    for wildcard in wildcards(place):
        if not wildcard.last:
            yield Problem(wildcard.location, f"States.ALL must stand in the last entry of {wildcard.location[-2]}")
