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

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem

NAME = "choice-one-operator"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the rule."""
    exact = (*location, *error.location)
    message = f"There should only be one of the following fields: [{', '.join(error.names)}]"
    rule = exact if exact[-1:] != ("Variable",) else exact[:-1]
    return Problem(exact, message, SCHEMA, NAME, told_at=rule)
