"""choice-may-not-match: a Choice state has a Default, or rules that leave nothing open.

> Without a Default, States.NoChoiceMatched fails the execution where no rule holds
> (after the States Language, Choice State)

There are values of the very kind that the rules speak of for which none of them holds. Add a Default. A test and its
opposite, ``BooleanEquals`` of both, or intervals that meet leave nothing open.

Bad::

    {"StartAt": "Paid", "States": {
      "Paid": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "paid", "Next": "Ship"}]},
      "Ship": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Paid", "States": {
      "Paid": {"Type": "Choice", "Choices": [{"Variable": "$.status", "StringEquals": "paid", "Next": "Ship"}],
        "Default": "Stop"},
      "Ship": {"Type": "Succeed"}, "Stop": {"Type": "Fail"}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("choice-may-not-match")
