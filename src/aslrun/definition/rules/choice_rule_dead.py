"""choice-rule-dead: a choice rule can be the first that holds.

> The rules are tried in order, and the first that holds decides the transition
> (after the States Language, Choice State)

The rule contradicts itself, a rule before it takes all that it would, or what it looks at is of another type: a
comparison between unlike types is false. Put the narrower rule first.

Bad::

    {"StartAt": "Size", "States": {
      "Size": {"Type": "Choice", "Choices": [
        {"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Large"},
        {"Variable": "$.total", "NumericGreaterThan": 1000, "Next": "Huge"}], "Default": "Small"},
      "Small": {"Type": "Succeed"}, "Large": {"Type": "Succeed"}, "Huge": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Size", "States": {
      "Size": {"Type": "Choice", "Choices": [
        {"Variable": "$.total", "NumericGreaterThan": 1000, "Next": "Huge"},
        {"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Large"}], "Default": "Small"},
      "Small": {"Type": "Succeed"}, "Large": {"Type": "Succeed"}, "Huge": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("choice-rule-dead")
