"""What an evaluation may use up, and what happens when the stack of its thread comes to an end.

Rules that a change must keep:

1. Whatever can loop, recurse or grow pays here: lambda calls, items of sequences, characters of texts,
   steps of a regular expression. Straight-line code is free, for it ends by itself.
2. Nothing is global: Python's recursion limit stays as the application set it. How many frames a call can
   nest is known when it is compiled (``cost``), so the end of the stack is seen before it is reached.
3. The engine starts no thread. Whoever evaluates may give a way to go on with a fresh stack; without it, the
   end of the stack is the end of the evaluation (D1011).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import FrameType
from typing import Any, TypeVar

from .errors import JsonataLimitError

T = TypeVar("T")

FreshStack = Callable[[Callable[[], Any]], Any]
"""Does some work with an empty stack (in a thread of its own), waits for it, gives its result or raises its error."""

ROOM = 700
"""Frames that an evaluation may nest on one stack. A constant, so that the same expression comes to the same end
wherever it is evaluated, as long as its caller leaves that many of Python's usual 1000."""
RESERVE = 120
"""Frames left alone: what nests between two calls of functions, helpers, whoever handles an error."""
_BOOTSTRAP = 12
"""Frames a fresh stack starts with."""
_FRESH_STEPS = 500
"""What a fresh stack costs."""


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

    __slots__ = ("_fresh_stack", "_random", "compile", "depth", "functions", "limits", "now", "room", "steps")

    def __init__(
        self,
        limits: Limits,
        functions: Mapping[str, Any],
        now: int = 0,
        random: Random | Callable[[], Random] | None = None,
        fresh_stack: FreshStack | None = None,
    ) -> None:
        self.limits, self.functions, self.now = limits, functions, now
        self._random, self._fresh_stack = random, fresh_stack
        self.steps = limits.steps
        self.depth = limits.depth
        self.room = ROOM
        self.compile: Callable[[str], Any] | None = None

    @property
    def random(self) -> Random:
        """The source of random numbers; a fixed one if the evaluation was given none."""
        if not isinstance(self._random, Random):
            self._random = Random(0) if self._random is None else self._random()
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
        """The error of a recursion that goes too far, or of a stack that is too short for it."""
        levels = min(self.limits.depth - self.depth, self.limits.depth)
        reason = f"more than {levels} levels of calls" if self.depth < 0 else f"the stack ends after {levels} calls"
        return JsonataLimitError("D1011", value=reason)

    def further(self, work: Callable[[Any, Any], T], input: Any, frame: Any, cost: int) -> T:
        """Go on with a fresh stack, if there is a way to."""
        kept, self.room = self.room, min(ROOM, sys.getrecursionlimit() - RESERVE - _BOOTSTRAP) - cost
        if self._fresh_stack is None or self.room < 0:
            raise self.too_deep()
        self.spend(_FRESH_STEPS)
        result: T = self._fresh_stack(lambda: work(input, frame))
        self.room = kept
        return result

    def look_at_stack(self) -> None:
        """Make do with less room if the caller has left less."""
        self.room = min(self.room, sys.getrecursionlimit() - RESERVE - stack_depth())


def stack_depth() -> int:
    """How many frames the current thread has in use."""
    frame: FrameType | None = sys._getframe()
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth
