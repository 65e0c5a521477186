"""intrinsic-syntax: the call of an intrinsic function is well formed, and of a function that exists.

> The value for the field 'parsed.$' must be a valid JSONPath or a valid intrinsic function call
> (CreateStateMachine)

A call is `States.Name(argument, ...)` with paths, numbers, `true`, `false`, `null`, calls, and strings in single quotes
as arguments. Inside the quotes only ', {, } and the backslash are escaped, by a backslash. Up to ten calls stand inside
each other. A wrong number of arguments is refused here; the service finds it when the call is reached.

Bad::

    {
      "StartAt": "Greet",
      "States": {"Greet": {"Type": "Pass", "Parameters": {"x.$": "States.Fromat('Hi {}', $.name)"}, "End": true}}
    }

Good::

    {
      "StartAt": "Greet",
      "States": {"Greet": {"Type": "Pass", "Parameters": {"x.$": "States.Format('Hi {}', $.name)"}, "End": true}}
    }
"""

from __future__ import annotations

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import Problem
from .payload_path import told_at_template

NAME = "intrinsic-syntax"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, which the service tells at the template."""
    return told_at_template(location, error, NAME)
