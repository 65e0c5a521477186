"""Which lane a history record is about that follows a redrive: such records name the redrive, and not what was before.

Rules that a change must keep:

1. Lanes go on in the order in which they began, as the engine's frames do.
2. A lane is found by what the record says: the name of a state, the type of a state, or a task that is called again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..definition.model import State
    from .lanes import Lane, Step


class Redriven:
    """The lanes that a redrive has opened again, below ``root``."""

    def __init__(self, root: Lane, states: Mapping[str, State]) -> None:
        self._states = states
        self._root = root
        self._open = sorted(_reopened(root), key=lambda lane: lane.began)
        self._uncalled = [lane for lane in self._open if lane.steps[-1].type == "Task"]

    def called(self) -> Lane | None:
        """The lane whose task is called again."""
        return self._uncalled.pop(0) if self._uncalled else None

    def at(self, fits: Callable[[Step], bool]) -> Lane | None:
        """The lane that stands at such a step."""
        return next((lane for lane in self._open if (step := lane.open_step) is not None and fits(step)), None)

    def begins_again(self, type: str) -> Lane | None:
        """The lane whose Parallel or Map begins with all of its branches or items."""
        return self.at(lambda step: step.type == type and not any(lane.open_step for lane in _lanes(step)))

    def enters(self, name: str) -> tuple[Lane, int | None] | None:
        """The lane that goes on with a state that it had not entered, or the parent of a new one and its index."""
        for lane in self._open:
            step = lane.open_step
            state = None if step is None else self._states.get(step.name)
            for index, program in enumerate(() if state is None else state.programs()):
                if step is None or name not in program.states:
                    continue
                if step.type == "Parallel":
                    known = step.rounds[-1].lanes.get(index) if step.rounds else None
                    return (lane, index) if known is None else (known, None)
                for known in _lanes(step):
                    if known.open_step is None and not known.is_done(self._states):
                        return known, None
        return (self._root, None) if self._root.open_step is None else None


def _lanes(step: Step) -> Iterator[Lane]:
    if step.rounds:
        yield from step.rounds[-1].lanes.values()


def _reopened(lane: Lane) -> Iterator[Lane]:
    """Open again what failed or was stopped."""
    step = lane.steps[-1] if lane.steps else None
    if step is None or step.end not in ("failed", "stopped"):
        return
    lane.over = lane.failed = step.broken = False
    step.end = step.ended = step.error = step.cause = None
    yield lane
    for child in _lanes(step):
        yield from _reopened(child)
