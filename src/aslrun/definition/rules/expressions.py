"""Mistakes in expressions, told by the rule that each kind of mistake breaks.

Expressions are compiled once, when the document is loaded. What a compiler refuses is an ``ExpressionSyntaxError``
with a kind; the rule of that kind says it in the service's words, with its code, and at the depth at which the service
says it. The hint is what the service does not say: what is wrong, where in the text, and what was perhaps meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...language.errors import ExpressionSyntaxError, Kind
from ..json_text import Location
from ..problem import Problem
from . import (
    choice_field,
    choice_one_operator,
    choice_operand,
    choice_operator,
    intrinsic_syntax,
    jsonata_scope,
    jsonata_syntax,
    path_syntax,
    payload_path,
    reference_path,
    timestamp,
)

Tell = Callable[[Location, ExpressionSyntaxError], Problem]
"""Takes the place of the field that holds the expression, and what its compiler reports."""

BY_KIND: Mapping[Kind, Tell] = {
    "path": path_syntax.tell,
    "reference-path": reference_path.tell,
    "intrinsic": intrinsic_syntax.tell,
    "template": payload_path.tell,
    "timestamp": timestamp.tell,
    "jsonata": jsonata_syntax.tell,
    "jsonata-scope": jsonata_scope.tell,
    "choice-field": choice_field.tell,
    "choice-missing": choice_operator.tell,
    "choice-many": choice_one_operator.tell,
    "choice-operand": choice_operand.tell,
}


def tell(location: Location, error: ExpressionSyntaxError) -> Problem:
    """The problem that a mistake in an expression is; ``location`` is that of the field that holds it."""
    return BY_KIND[error.kind](location, error)
