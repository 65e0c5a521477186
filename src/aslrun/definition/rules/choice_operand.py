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

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem

NAME = "choice-operand"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the operand."""
    exact = (*location, *error.location)
    if not error.wrong:
        return Problem(exact, error.message, SCHEMA, NAME)
    return Problem(exact, f"Expected value of type [{error.wrong.upper()}]", SCHEMA, NAME, hint=error.message)
