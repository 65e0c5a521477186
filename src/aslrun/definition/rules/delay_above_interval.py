"""delay-above-interval: MaxDelaySeconds is above IntervalSeconds.

> MaxDelaySeconds must be greater than IntervalSeconds
> (after AWS's documentation of Retry)

The longest pause between two attempts is longer than the first one; IntervalSeconds is 1 where it is not given.

Bad::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
      "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "MaxDelaySeconds": 5}]}}}

Good::

    {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "End": true,
      "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
      "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5, "MaxDelaySeconds": 10}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ...values import is_number
from ..problem import Problem
from .outline import Place


def check(place: Place) -> Iterator[Problem]:
    """A longest pause that is not longer than the first."""
    retriers = place.value.get("Retry")
    for index, retrier in enumerate(retriers if isinstance(retriers, list) else ()):
        if not isinstance(retrier, dict):
            continue
        first, longest = retrier.get("IntervalSeconds"), retrier.get("MaxDelaySeconds")
        if is_number(first) and is_number(longest) and first >= longest:  # type: ignore[operator]
            location = (*place.location, "Retry", index, "MaxDelaySeconds")
            yield Problem(location, "MaxDelaySeconds must be above IntervalSeconds")
