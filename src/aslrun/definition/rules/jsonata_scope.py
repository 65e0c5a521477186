"""jsonata-scope: an expression refers only to what it can see.

> UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported.
> UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.errorOutput' does not exist.
> (CreateStateMachine)

An expression is evaluated without a context: the input is `$states.input`, a variable is `$name`. A field name or `$`
at the top level, and `$$`, lead nowhere; inside a path's later steps, in filters, orders and groups they are fine. The
body of a function keeps the context that it was written in. `$states.result` stands in Output and Assign of states
that have a result (Task, Parallel, Map), `$states.errorOutput` in those of a catcher.

Bad::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Call",
      "States": {"Call": {"Type": "Pass", "Output": "{% phone %}", "End": true}}
    }

Good::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Call",
      "States": {"Call": {"Type": "Pass", "Output": "{% $states.input.phone %}", "End": true}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake

AVAILABLE = {
    "$states.result": "it is there in Output and Assign of a Task, Parallel or Map state",
    "$states.errorOutput": "it is there in Output and Assign of a catcher",
}


def check(mistake: Mistake) -> Iterator[Problem]:
    """An expression refers to what it cannot see."""
    error = mistake.error
    yield Problem(mistake.location, error.message, hint=AVAILABLE.get(error.wrong, f"did you mean {error.wrong}?"))
