"""choice-field: a rule of a Choice state has the fields and operators that exist.

> Field 'TimeoutSeconds' is not supported
> (CreateStateMachine, for a field that its object does not have)

A rule is a test (`Variable` and one operator such as NumericEquals) or joins rules by And, Or or Not; beside that it
has Comment, and at its top Next and Assign.

Bad::

    {
      "StartAt": "Size",
      "States": {
        "Size": {
          "Type": "Choice",
          "Choices": [{"Variable": "$.n", "NumericEqual": 1, "Next": "One"}],
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
from .hints import meant

NAME = "choice-field"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the rule."""
    exact = (*location, *error.location)
    hint = meant(error) if error.names else error.message
    return Problem(exact, f"Field '{exact[-1]}' is not supported", SCHEMA, NAME, told_at=exact[:-1], hint=hint)
