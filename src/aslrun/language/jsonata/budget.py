"""What an evaluation may use up, and the thread stacks that deep recursion is spread over.

Rules that a change must keep:

1. Whatever can loop, recurse or grow pays here: lambda calls, items of sequences, characters of texts,
   steps of a regular expression. Straight-line code is free, for it ends by itself.
2. Nothing is global: Python's recursion limit stays as the application set it. An evaluation that
   nests deeper than the thread's stack allows goes on in a fresh thread and is waited for, because
   every thread has a recursion count of its own.
3. The frames a piece of code can nest are known when it is compiled (``cost``), so the hop happens in time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from .errors import JsonataLimitError
from .stack import in_fresh_thread

T = TypeVar("T")

_RESERVE = 150
"""Frames left alone: natives' inner helpers, callbacks, whoever handles the error."""
_HOP_STEPS = 500
"""What a new thread costs."""
_BOOTSTRAP = 10
"""Frames a fresh thread starts with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one evaluation may use.

    ``steps``: calls, items looked at, steps of regular expressions (some 5 to 15 million a second).
    ``depth``: calls of lambdas that wait for each other; tail calls do not wait.
    ``size``: items of one sequence; a text may have 16 times as many characters.
    """

    steps: int = 10_000_000
    depth: int = 5_000
    size: int = 2_000_000


class Run:
    """One evaluation under way: its budget, its time, its randomness and the functions it knows."""

    __slots__ = ("_random", "compile", "depth", "functions", "limits", "now", "room", "steps")

    def __init__(self, limits: Limits, functions: Mapping[str, Any], now: int, random: Random | None) -> None:
        self.limits, self.functions, self.now, self._random = limits, functions, now, random
        self.steps = limits.steps
        self.depth = limits.depth
        self.room = sys.getrecursionlimit() - _RESERVE
        self.compile: Callable[[str], Any] | None = None

    @property
    def random(self) -> Random:
        """The source of random numbers; a fixed one if the evaluation was given none."""
        if self._random is None:
            self._random = Random(0)
        return self._random

    def spend(self, cost: int) -> None:
        """Pay for a number of steps."""
        self.steps -= cost
        if self.steps < 0:
            raise JsonataLimitError("D1012", value=self.limits.steps)

    def check_items(self, count: int) -> None:
        """Refuse a sequence that is too long, and pay for its items."""
        if count > self.limits.size:
            raise JsonataLimitError("D2015", value=self.limits.size)
        self.spend(int(count))

    def check_text(self, length: int) -> None:
        """Refuse a text that is too long, and pay for its characters."""
        if length > self.limits.size * 16:
            raise JsonataLimitError("D2015", value=self.limits.size * 16)
        self.spend(int(length) >> 6)

    def too_deep(self) -> JsonataLimitError:
        """The error of a recursion without an end."""
        return JsonataLimitError("D1011", value=self.limits.depth)

    def further(self, work: Callable[[Any, Any], T], input: Any, frame: Any, cost: int) -> T:
        """Go on in a fresh thread, whose stack is empty."""
        self.spend(_HOP_STEPS)
        kept = self.room
        self.room = sys.getrecursionlimit() - _RESERVE - _BOOTSTRAP - cost
        if self.room < 0:
            raise self.too_deep()
        result = in_fresh_thread(lambda: work(input, frame))
        self.room = kept
        return result
