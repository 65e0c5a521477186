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

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem

NAME = "choice-operator"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the rule."""
    message = f"The field '{error.wrong}' is required but was missing" if error.wrong else error.message
    return Problem((*location, *error.location), message, SCHEMA, NAME, hint=error.message if error.wrong else "")
