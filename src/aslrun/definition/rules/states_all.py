"""states-all: States.ALL stands alone in its ErrorEquals, and in the last retrier or catcher.

> States.ALL must appear alone and at end of list
> (CreateStateMachine)

It is for every error: other names beside it say nothing more, and as the first entry that matches is taken, what comes
after it is never looked at. Give the other errors entries of their own, before the one with States.ALL.

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

from ...values import JSON
from ..problem import Problem
from .outline import Place

WILDCARD = "States.ALL"


def check(place: Place) -> Iterator[Problem]:
    """Another name beside States.ALL, or an entry after it."""
    for field in ("Retry", "Catch"):
        entries = place.value.get(field)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if isinstance(names, list) and WILDCARD in names:
                last = index == len(entries) - 1  # type: ignore[arg-type]
                if hint := _misplaced(names, last):
                    location = (*place.location, field, index, "ErrorEquals", names.index(WILDCARD))
                    yield Problem(location, "States.ALL must appear alone and at end of list", hint=hint)


def _misplaced(names: list[JSON], last: bool) -> str:
    beside = "it stands beside other names" if len(names) > 1 else ""
    before = "" if last else "entries after it are never looked at"
    return ", and ".join(filter(None, [beside, before]))
