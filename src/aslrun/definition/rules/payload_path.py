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

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake

WORDS = "The value for the field '{}' must be a valid JSONPath or a valid intrinsic function call"


def check(mistake: Mistake) -> Iterator[Problem]:
    """A key of a template, or ErrorPath or CausePath, has another value; AWS tells it at the template."""
    key = str(mistake.location[-1])
    if key.endswith((".$", "Path")):
        yield Problem(mistake.location, WORDS.format(key), told_at=mistake.field, hint=mistake.hint)
    else:
        yield Problem(mistake.location, mistake.error.message, told_at=mistake.field)
