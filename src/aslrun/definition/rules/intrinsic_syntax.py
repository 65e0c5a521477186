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

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake
from .payload_path import WORDS


def check(mistake: Mistake) -> Iterator[Problem]:
    """A call is malformed; AWS tells it at the template."""
    message = WORDS.format(mistake.location[-1])
    yield Problem(mistake.location, message, told_at=mistake.field, hint=mistake.hint)
