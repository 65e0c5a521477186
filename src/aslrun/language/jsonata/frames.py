"""Where variables live: frames, each inside the one in whose text it was opened.

A block, a lambda's call and an item of a tuple stream open a frame. What no frame knows may be a
built-in function; those are looked up last, so an expression or a binding can hide them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .budget import Run
from .values import UNDEFINED


class Frame:
    """The variables of one scope. ``names`` may be filled while the scope is open."""

    __slots__ = ("names", "outer", "run")

    def __init__(self, names: dict[str, Any], outer: Frame | None, run: Run) -> None:
        self.names, self.outer, self.run = names, outer, run

    def find(self, name: str) -> Any:
        """The value of a variable; undefined where there is none."""
        frame: Frame | None = self
        while frame is not None:
            names = frame.names
            if name in names:
                return names[name]
            frame = frame.outer
        return self.run.functions.get(name, UNDEFINED)


class RootFrame(Frame):
    """The outermost scope. Its run begins when something asks for it: much that is evaluated never does."""

    __slots__ = ("begin",)

    def __init__(self, names: dict[str, Any], begin: Callable[[], Run]) -> None:
        self.names, self.outer, self.begin = names, None, begin

    def __getattr__(self, name: str) -> Any:
        if name != "run":
            raise AttributeError(name)
        run = self.run = self.begin()
        return run
