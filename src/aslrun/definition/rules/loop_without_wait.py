"""loop-without-wait: a loop that polls waits between two questions.

> Standard executions have at most 25,000 history events, and every transition is paid for
> (after the developer guide, Quotas and Pricing)

One task is asked again and again for its status, and nothing in the loop waits. Add a Wait state, or use ``.sync``,
``.waitForTaskToken`` or Retry. Loops that count, go through pages or work through several tasks are not meant.

Bad::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:status", "Next": "Done?"},
      "Done?": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "DONE", "Next": "Done"}],
        "Default": "Ask"},
      "Done": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Ask", "States": {
      "Ask": {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:status", "Next": "Done?"},
      "Done?": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "DONE", "Next": "Done"}],
        "Default": "Rest"},
      "Rest": {"Type": "Wait", "Seconds": 10, "Next": "Ask"},
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
    return flow.of("loop-without-wait")
