"""What an execution did, as a tree.

A **lane** is what one frame did: the root, a branch of a Parallel state, an iteration of a Map state. It is a list of
**steps**, visits of a state; a step of Parallel or Map has **rounds** (one, and one more for each retry) of lanes.

Rule that a change must keep: whether a lane is over is said by the definition (a state without Next), not by what comes
next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ..definition.model import State

End = Literal["done", "caught", "failed", "stopped"]


class Attempt:
    """One call of a task's resource; ``redriven`` if a redrive of the execution brought it about."""

    __slots__ = ("at", "cause", "ended", "error", "failed", "redriven", "submitted")

    def __init__(self, at: float) -> None:
        self.at = at
        self.ended: float | None = None
        self.failed = self.submitted = self.redriven = False
        self.error: str | None = None
        self.cause: str | None = None


class Round:
    """The lanes of one try of a Parallel or Map state; ``total`` is how many there are to be.

    ``pause`` are the seconds between the try before and this one, ``record`` is the number of its record.
    """

    __slots__ = ("at", "done", "failed", "lanes", "pause", "record", "stopped", "total")

    def __init__(self, at: float, total: int, pause: float = 0.0, record: int = 0) -> None:
        self.at = at
        self.record = record
        self.total = total
        self.pause = pause
        self.lanes: dict[int, Lane] = {}
        self.done = self.failed = self.stopped = 0


class Step:
    """One visit of a state. ``end`` is ``None`` while it lasts; ``next`` is the state that followed."""

    __slots__ = (
        "at",
        "attempts",
        "broken",
        "cause",
        "distributed",
        "end",
        "ended",
        "error",
        "name",
        "next",
        "resource",
        "rounds",
        "type",
    )

    def __init__(self, name: str, type: str, at: float) -> None:
        self.name, self.type, self.at = name, type, at
        self.ended: float | None = None
        self.end: End | None = None
        self.next: str | None = None
        self.resource = ""
        self.attempts: list[Attempt] = []
        self.rounds: list[Round] = []
        self.distributed = self.broken = False
        self.error: str | None = None
        self.cause: str | None = None

    def close(self, end: End, at: float) -> None:
        if self.end is None:
            self.end, self.ended = end, at

    def stop_below(self, at: float) -> None:
        """End all that is open in it from outside."""
        for lane in self.rounds[-1].lanes.values() if self.rounds else ():
            lane.stop(at)

    @property
    def waits_for(self) -> str:
        """What an open task is waiting for."""
        if self.attempts and self.attempts[-1].ended is not None:
            return "its next try"
        if self.resource.startswith("activity "):
            return "a worker"
        submitted = bool(self.attempts) and self.attempts[-1].submitted
        return "its task token" if submitted and self.resource.endswith(".waitForTaskToken") else "an answer"


class Lane:
    """What one frame did. ``parent`` is the lane of the step that it belongs to, ``index`` its place there."""

    __slots__ = ("began", "failed", "index", "over", "parent", "steps")

    def __init__(self, parent: Lane | None = None, index: int = 0, began: int = 0) -> None:
        self.parent, self.index = parent, index
        self.began = began, index  # by the number of a record, as the frames of branches begin together
        self.steps: list[Step] = []
        self.over = self.failed = False

    @property
    def open_step(self) -> Step | None:
        step = self.steps[-1] if self.steps else None
        return step if step is not None and step.end is None else None

    def is_done(self, states: Mapping[str, State]) -> bool:
        """Whether it has come to its end by itself."""
        step = self.steps[-1] if self.steps else None
        state = None if step is None else states.get(step.name)
        return step is not None and step.end == "done" and _is_last(state)

    def fail(self, at: float) -> None:
        """The lane's state failed, and nothing in the lane took the failure."""
        self.over = True
        if step := self.open_step:
            step.close("failed", at)
            self.failed = True

    def stop(self, at: float) -> None:
        """End it, and all that is open below it, from outside."""
        self.over = True
        if step := self.open_step:
            step.stop_below(at)
            step.close("stopped", at)

    def open_steps(self) -> Iterator[Step]:
        """The innermost steps that still last."""
        step = self.open_step
        if step is None:
            return
        lanes = step.rounds[-1].lanes.values() if step.rounds else ()
        inner = [each for child in lanes for each in child.open_steps()]
        yield from inner or [step]


def _is_last(state: State | None) -> bool:
    return state is not None and state.next is None and state.type != "Choice"
