"""reference-path: a path that is written to, or compared with, leads to one place.

> A Reference Path is a Path with syntax limited in such a way that it can only identify a single node in a JSON
> structure
> (States Language, Reference Paths)

`ResultPath`, the `Variable` of a Choice rule, and every field that ends in `Path` but InputPath and OutputPath, take
names and indexes only: no wildcard, slice, filter, union or descent. ResultPath is a place in the input, so it starts
with `$`. The numbers of a Map state (MaxConcurrencyPath and its kin) do not come from the context object.

Bad::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "ResultPath": "$.orders[*].kept", "End": true}}}

Good::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "ResultPath": "$.orders[0].kept", "End": true}}}
"""

from __future__ import annotations

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import SCHEMA, Problem
from .hints import hint_of

NAME = "reference-path"


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem, told at the field."""
    return Problem((*location, *error.location), words(error), SCHEMA, NAME, hint=hint_of(error))


def words(error: ExpressionSyntaxError) -> str:
    """The service's sentence, with its reason where that is known."""
    return "Value is not a Reference Path" + (f": {error.reason}" if error.reason else "")
