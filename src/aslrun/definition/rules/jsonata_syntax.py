"""jsonata-syntax: what stands between {% and %} is a JSONata expression.

> INVALID_JSONATA_EXPRESSION: Unexpected end of expression
> (CreateStateMachine)

The service parses every expression when the machine is created, with the words of JSONata 2.0.6. A text that opens an
expression closes it, and the other way round, without a blank before or behind it; with a blank on both sides it is a
literal.

Bad::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Sum",
      "States": {"Sum": {"Type": "Pass", "Output": "{% 1 + %}", "End": true}}
    }

Good::

    {
      "QueryLanguage": "JSONata",
      "StartAt": "Sum",
      "States": {"Sum": {"Type": "Pass", "Output": "{% 1 + 2 %}", "End": true}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake

MEANT = {"&": "and", "|": "or", "=": "= (one sign compares)", "!": "$not(...)", "?": "$exists(...) ? ... : ..."}
"""Operators of other languages, by the token that the parser stumbles over, and what JSONata has for them."""


def check(mistake: Mistake) -> Iterator[Problem]:
    """An expression does not parse."""
    error = mistake.error
    place = f"at character {error.position} of the expression" if error.position else ""
    meant = f"did you mean {MEANT[error.wrong]}?" if error.wrong in MEANT else ""
    yield Problem(mistake.location, error.message, hint=", ".join(filter(None, (place, meant))))
