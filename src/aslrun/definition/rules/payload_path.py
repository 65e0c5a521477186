"""payload-path: what stands under a key that ends in ".$" is a path or the call of an intrinsic function.

> The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function call
> (CreateStateMachine)

The suffix ".$" makes the service evaluate the value, so it has to be text that begins with `$` or calls an intrinsic
function. A key may not stand twice, with and without the suffix: both would fill the same member. `ErrorPath` and
`CausePath` take a path too, or the call of a function that gives text.

Bad::

    {
      "StartAt": "Greet",
      "States": {"Greet": {"Type": "Pass", "Parameters": {"name.$": "user.name"}, "End": true}}
    }

Good::

    {
      "StartAt": "Greet",
      "States": {"Greet": {"Type": "Pass", "Parameters": {"name.$": "$.user.name"}, "End": true}}
    }
"""

from __future__ import annotations

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem
from .hints import hint_of

NAME = "payload-path"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, which the service tells at the template."""
    return told_at_template(location, error, NAME)


def told_at_template(location: Location, error: ExpressionSyntaxError, rule: str) -> Problem:
    """A problem of one member of a payload template, or of ErrorPath and CausePath."""
    exact = (*location, *error.location)
    field = str(exact[-1])
    if not field.endswith((".$", "Path")):
        return Problem(exact, error.message, SCHEMA, rule, told_at=location)
    message = f"The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
    return Problem(exact, message, SCHEMA, rule, told_at=location, hint=hint_of(error))
