"""What an expression sees: ``$`` (input), ``$$`` (context object) and ``$name`` (variables).

A scope belongs to one frame; concurrent Map items never share one. The context object is built
only when an expression asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from ..values import JSON


class Scope:
    """The names that one evaluation can refer to."""

    __slots__ = ("_context", "_random", "input", "variables")

    def __init__(
        self,
        input: JSON,
        context: Callable[[], JSON],
        variables: Mapping[str, JSON],
        random: Callable[[], Random],
    ) -> None:
        self.input = input
        self.variables = variables
        self._context = context
        self._random = random

    @property
    def context(self) -> JSON:
        """The context object (``$$``) at this instant."""
        return self._context()

    def random(self) -> Random:
        """A source of random numbers that is seeded by the execution: a replay draws the same."""
        return self._random()
