"""path-syntax: what must be a path is one.

> Value must be a valid JSONPath.
> Value is not a Reference Path: Reference path didn't start with '$'
> (CreateStateMachine: the first for InputPath and OutputPath, the second for all other paths)

A path starts with `$` (the input), `$$` (the context object) or `$name` (a variable), and goes on with names, indexes
and, where it may lead to many places, wildcards, slices and filters. An intrinsic function is no path.

Bad::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "InputPath": "order", "End": true}}}

Good::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "InputPath": "$.order", "End": true}}}
"""

from __future__ import annotations

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem
from .hints import hint_of
from .reference_path import words

NAME = "path-syntax"
ANY_PATH = ("InputPath", "OutputPath")


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the field."""
    exact = (*location, *error.location)
    message = "Value must be a valid JSONPath." if exact[-1] in ANY_PATH else words(error)
    return Problem(exact, message, SCHEMA, NAME, hint=hint_of(error))
