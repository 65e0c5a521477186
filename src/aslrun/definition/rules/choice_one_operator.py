"""choice-one-operator: a rule of a Choice state has one operator.

> There should only be one of the following fields: [MaxItems, MaxItemsPath]
> (ValidateStateMachineDefinition, for fields that exclude each other)

Two tests are joined by And. A rule that joins others has no Variable of its own.

Bad::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [{"Variable": "$.n", "NumericGreaterThan": 1, "NumericLessThan": 9, "Next": "Some"}],
          "Default": "Some"
        },
        "Some": {"Type": "Succeed"}
      }
    }

Good::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [
            {
              "And": [{"Variable": "$.n", "NumericGreaterThan": 1}, {"Variable": "$.n", "NumericLessThan": 9}],
              "Next": "Some"
            }
          ],
          "Default": "Some"
        },
        "Some": {"Type": "Succeed"}
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake


def check(mistake: Mistake) -> Iterator[Problem]:
    """A rule has several operators, or a Variable beside And, Or or Not; AWS tells it at the rule."""
    place = mistake.location
    message = f"There should only be one of the following fields: [{', '.join(mistake.error.names)}]"
    yield Problem(place, message, told_at=place[:-1] if place[-1] == "Variable" else place)
