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

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake


def check(mistake: Mistake) -> Iterator[Problem]:
    """A rule has another field; AWS tells it at the rule."""
    place, error = mistake.location, mistake.error
    hint = mistake.near if error.names else error.message
    yield Problem(place, f"Field '{place[-1]}' is not supported", told_at=place[:-1], hint=hint)
