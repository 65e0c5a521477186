"""timeouts: HeartbeatSeconds is below TimeoutSeconds.

> "HeartbeatSeconds" ... MUST be smaller than the value of "TimeoutSeconds"
> (after the States Language, Task)

With a heartbeat as long as the time-out, the heartbeat never decides anything. Lower it, or leave it out.

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true, "TimeoutSeconds": 10,
      "HeartbeatSeconds": 10, "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}

Good::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true, "TimeoutSeconds": 10,
      "HeartbeatSeconds": 5, "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ...values import is_number
from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """A heartbeat that is not below the time-out."""
    heartbeat, timeout = place.value.get("HeartbeatSeconds"), place.value.get("TimeoutSeconds")
    if is_number(heartbeat) and is_number(timeout) and heartbeat >= timeout:  # type: ignore[operator]
        yield Problem((*place.location, "HeartbeatSeconds"), "HeartbeatSeconds must be below TimeoutSeconds")
