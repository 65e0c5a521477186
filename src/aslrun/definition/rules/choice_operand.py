"""choice-operand: an operator of a Choice rule compares with a value of its type.

> Expected value of type [STRING]
> (ValidateStateMachineDefinition, for a value of another type)

The operators Numeric... take a number, String... a text, Boolean... and Is... true or false, those that end in Path a
reference path. And and Or take a list of rules that is not empty, Not takes one rule.

Bad::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [{"Variable": "$.n", "NumericEquals": "1", "Next": "One"}],
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
    """An operator has a value of another type."""
    yield mistake.told(f"Expected value of type {mistake.error.wrong.capitalize()}")
