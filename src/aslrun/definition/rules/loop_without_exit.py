"""loop-without-exit: a loop has a way out.

> A machine ends in a terminal state: Succeed, Fail, or one with End
> (after the States Language, Transitions)

Once the loop is entered no transition leads out of it: the execution goes round until it fails, times out or has
25,000 history events. Let a Choice leave it.

Bad::

    {"StartAt": "Check", "States": {
      "Check": {"Type": "Choice", "Choices": [{"Variable": "$.done", "BooleanEquals": true, "Next": "Done"}],
        "Default": "Work"},
      "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:work", "Next": "Rest"},
      "Rest": {"Type": "Wait", "Seconds": 5, "Next": "Work"},
      "Done": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Check", "States": {
      "Check": {"Type": "Choice", "Choices": [{"Variable": "$.done", "BooleanEquals": true, "Next": "Done"}],
        "Default": "Work"},
      "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:work", "Next": "Rest"},
      "Rest": {"Type": "Wait", "Seconds": 5, "Next": "Check"},
      "Done": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("loop-without-exit")
