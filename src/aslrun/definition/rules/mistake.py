"""A mistake in an expression: what the rules of the subject ``expression:...`` are asked about.

Expressions are compiled once, when the document is loaded. What a compiler refuses is an ``ExpressionSyntaxError`` of
some kind; the rule whose subject names that kind says it in AWS's words, at the depth at which AWS says it. The hint is
what AWS does not say: what is wrong, where in the text of the expression, and what was perhaps meant.
"""

from __future__ import annotations

from typing import NamedTuple

from ...language.errors import ExpressionSyntaxError
from ..json_text import Location
from ..problem import Problem
from .words import nearest


class Mistake(NamedTuple):
    """What a compiler reports; ``field`` is the place of the field that it compiled."""

    field: Location
    error: ExpressionSyntaxError

    @property
    def location(self) -> Location:
        """The exact place of the expression."""
        return (*self.field, *self.error.location)

    @property
    def hint(self) -> str:
        """What is wrong, where in the text, and what was perhaps meant.

        >>> error = ExpressionSyntaxError("there is no function summ", 4, wrong="summ", names=("sum", "now"))
        >>> Mistake((), error).hint
        'there is no function summ (at character 5), did you mean sum?'
        """
        error = self.error
        place = "" if error.position is None else f" (at character {error.position + 1})"
        return ", ".join(filter(None, (error.message + place, self.near)))

    def told(self, words: str) -> Problem:
        """The problem in AWS's words, with ours beside them; in ours alone if what is wrong has no name."""
        if self.error.wrong:
            return Problem(self.location, words, hint=self.error.message)
        return Problem(self.location, self.error.message)

    @property
    def near(self) -> str:
        """Only what was perhaps meant."""
        return nearest(self.error.wrong, self.error.names) if self.error.names else ""
