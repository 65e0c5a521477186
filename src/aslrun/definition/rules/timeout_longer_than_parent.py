"""timeout-longer-than-parent: a time-out or a wait ends before the machine does.

> A machine that runs longer than its TimeoutSeconds fails with States.Timeout; Express
> executions end after five minutes (after the States Language, Top-level fields, and the developer guide, Quotas)

The machine is over before: the time-out never fires, its Catch never runs, the wait never ends. Shorten it, or give the
machine more time.

Bad::

    {"StartAt": "Work", "TimeoutSeconds": 60, "States": {
      "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:work",
        "TimeoutSeconds": 120, "End": true}}}

Good::

    {"StartAt": "Work", "TimeoutSeconds": 300, "States": {
      "Work": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:work",
        "TimeoutSeconds": 120, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("timeout-longer-than-parent")
