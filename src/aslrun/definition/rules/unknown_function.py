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

from ...language.dataflow import Expression
from .. import model
from ..problem import Problem
from .words import nearest


def check(machine: model.Machine) -> Iterator[Problem]:
    """Every call of a function that there is not; a warning, for the service takes it."""
    for state in machine.program.walk():
        for expression in state.expressions:
            if hasattr(expression, "tree"):
                yield from _of(expression)


def _of(expression: Expression) -> Iterator[Problem]:
    # imported here: an engine that half of all machines never need
    from ...language.jsonata import builtin_names
    from ...language.jsonata_fields import JSONataExpression
    from ...language.jsonata_scope import unknown_functions

    if not isinstance(expression, JSONataExpression):
        return
    for name, position in unknown_functions(expression.tree):
        near = nearest(f"${name}", [f"${known}" for known in builtin_names()])
        message = f"There is no function ${name}: the call fails with T1006"
        yield Problem(expression.location, message, hint=near or f"at character {position + 1} of the expression")
