"""choice-operator: a rule of a Choice state has an operator, and a Variable that it tests.

> A Data-test Expression Choice Rule MUST contain a field named "Variable"
> (States Language, Choice State; in substance)

What a rule tests is said by its Variable, and how by its operator: NumericEquals, StringMatches, IsPresent and so on.

Bad::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [{"NumericEquals": 1, "Next": "One"}],
          "Default": "One"
        },
        "One": {"Type": "Succeed"}
      }
    }

Good::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}],
          "Default": "One"
        },
        "One": {"Type": "Succeed"}
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake


def check(mistake: Mistake) -> Iterator[Problem]:
    """A rule tests nothing, or says not how."""
    yield mistake.told(f"These fields are required: [{mistake.error.wrong}]")
