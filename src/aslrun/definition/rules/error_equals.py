"""error-equals: ErrorEquals is a non-empty array of error names.

> Value cannot be empty
> (CreateStateMachine)

Every retrier and catcher says which errors it is for; to be for all of them, say ["States.ALL"].

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true, "Retry": [{"ErrorEquals": []}],
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}

Good::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}],
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal
from .words import shown


def check(refusal: Refusal) -> Iterator[Problem]:
    """ErrorEquals, or an entry of it, is of another type, or it is empty."""
    if "ErrorEquals" not in refusal.location[-2:]:
        return
    if refusal.keyword == "minItems":
        yield Problem(refusal.location, "Value cannot be empty", hint='["States.ALL"] is for every error')
    else:
        expected = "Array" if refusal.location[-1] == "ErrorEquals" else "String"
        yield Problem(refusal.location, f"Expected value of type {expected}", hint=f"it is {shown(refusal.value)}")
