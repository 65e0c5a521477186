"""What an expression sees: ``$`` (input), ``$$`` (context object) and ``$name`` (variables).

JSONata says ``$states.input``, ``$states.context``, and where there is one ``$states.result`` or
``$states.errorOutput``.

A scope belongs to one frame; concurrent Map items never share one. The context object is built
only when an expression asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from ..values import JSON

FreshStack = Callable[[Callable[[], Any]], Any]


class Scope:
    """The names that one evaluation can refer to."""

    __slots__ = ("_context", "_random", "input", "result", "variables")

    def __init__(
        self,
        input: JSON,
        context: Callable[[], JSON],
        variables: Mapping[str, JSON],
        random: Callable[[], Random],
    ) -> None:
        self.input = input
        self.result: JSON = None  # of the state's work, or the error output of a catcher
        self.variables = variables
        self._context = context
        self._random = random

    @property
    def context(self) -> JSON:
        """The context object (``$$``) at this instant."""
        return self._context()

    @property
    def now(self) -> float:
        """The time of this evaluation, in seconds since the epoch."""
        return 0.0

    @property
    def fresh_stack(self) -> FreshStack | None:
        """Does work on a stack of its own, for expressions that recurse deeply; ``None`` if nobody can."""
        return None

    def random(self) -> Random:
        """A source of random numbers that is seeded by the execution: a replay draws the same."""
        return self._random()
