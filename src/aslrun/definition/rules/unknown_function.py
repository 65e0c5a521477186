"""unknown-function: an expression calls functions that exist.

> T1006: Attempted to invoke a non-function
> (the cause of the state that fails; the definition is accepted)

JSONata takes every `$name(...)` for a call of whatever the variable holds, so a typing error is found when the state
fails. A workflow variable never holds a function: what is called is built in (`$eval` is not), or defined in the same
expression.

Bad::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Shout",
      "States": {"Shout": {"Type": "Pass", "Output": "{% $upercase($states.input.name) %}", "End": true}}
    }

Good::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Shout",
      "States": {"Shout": {"Type": "Pass", "Output": "{% $uppercase($states.input.name) %}", "End": true}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import model
from ..problem import Problem
from .words import nearest


def check(machine: model.Machine) -> Iterator[Problem]:
    """Every call of a function that there is not; a warning, for the service takes it."""
    found = [each for state in machine.states.values() for each in state.expressions if hasattr(each, "tree")]
    if found:
        yield from _of(found)


def _of(expressions: list[Any]) -> Iterator[Problem]:
    # imported here: an engine that half of all machines never need
    from ...language.jsonata import builtin_names
    from ...language.jsonata_fields import JSONataExpression

    for expression in expressions:
        for name, position in expression.unknown_functions() if isinstance(expression, JSONataExpression) else ():
            near = nearest(f"${name}", [f"${known}" for known in builtin_names()])
            message = f"There is no function ${name}: the call fails with T1006"
            yield Problem(expression.location, message, hint=near or f"at character {position + 1} of the expression")
