"""catch-never-matches: a catcher can catch something.

> The interpreter takes the first catcher whose ErrorEquals holds the name of the error
> (after the States Language, Fallback States)

Every name of the catcher is taken by one before it (``States.TaskFailed`` takes all errors but time-outs), or cannot
occur in this state: a missed heartbeat without HeartbeatSeconds, any error where nothing can fail, a name that no Task
and no Fail state of a Parallel or an inline Map lets out, ``States.Runtime``, which nobody can catch. Move it to the
front, or leave it out.

Bad::

    {"StartAt": "Charge", "States": {
      "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "End": true,
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Refund"},
          {"ErrorEquals": ["CardDeclined"], "Next": "Tell"}]},
      "Refund": {"Type": "Pass", "End": true},
      "Tell": {"Type": "Pass", "End": true}}}

Good::

    {"StartAt": "Charge", "States": {
      "Charge": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge", "End": true,
        "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Tell"},
          {"ErrorEquals": ["States.TaskFailed"], "Next": "Refund"}]},
      "Refund": {"Type": "Pass", "End": true},
      "Tell": {"Type": "Pass", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("catch-never-matches")
