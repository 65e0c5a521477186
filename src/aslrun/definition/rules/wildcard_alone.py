"""wildcard-alone: States.ALL stands alone in its ErrorEquals.

> The reserved name "States.ALL" MUST appear alone in a "ErrorEquals" field.
> (States Language, Retriers and Catchers)

It is for every error already: remove the other names, or give them an entry of their own before it.

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
      "Retry": [{"ErrorEquals": ["States.ALL", "CardDeclined"]}]}}}

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
    """Another name beside States.ALL."""
    for wildcard in wildcards(place):
        if len(wildcard.names) > 1:
            yield Problem((*wildcard.location, "ErrorEquals"), "States.ALL must stand alone in ErrorEquals")
