"""The way that an execution took, as a small tree for somebody who reads why a test failed.

::

    Charge  Task
      ✗ CardBusy: try later
    Both  Parallel
      [0] Pack  Task
      [1] Label  Task
        ✗ States.Timeout
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..values import JSON, to_text

if TYPE_CHECKING:
    from .recorded import HistoryEvent, Place

LONGEST = 200  # characters of a value or a cause
_ENTERED, _EXITED = "StateEntered", "StateExited"


def tree(events: Iterable[HistoryEvent]) -> Iterator[str]:
    """One line for each state that was entered, and under it what failed in it."""
    above = None
    for event in events:
        depth = 2 * len(event.place.way)
        if event.type.endswith(_ENTERED):
            kind = event.type.removesuffix(_ENTERED)
            above = event.place
            yield f"{' ' * depth}{_branch(event)}{event.place.state}  {kind}"
        elif _fails(event):
            whose = "" if event.place == above else f"{event.place}: "
            yield f"{' ' * depth}  ✗ {whose}{_problem(event)}"


def _fails(event: HistoryEvent) -> bool:
    ended = "error" in event.details or event.type.endswith("TimedOut")
    return ended and not event.type.startswith("Execution")


def _branch(event: HistoryEvent) -> str:
    return f"[{event.place.way[-1][1]}] " if event.place.way else ""


def _problem(event: HistoryEvent) -> str:
    told = [str(event.details[name]) for name in ("error", "cause") if event.details.get(name)]
    return shortened(": ".join(told) or "States.Timeout")


def last_entered(events: Iterable[HistoryEvent]) -> HistoryEvent | None:
    """Where it went wrong: of the states that were entered and not left, the innermost that failed (the last one).

    Where none failed, the last one that was not left; where all were left, the last one that was entered.
    """
    last: HistoryEvent | None = None
    inside: dict[Place, HistoryEvent] = {}
    failed: dict[Place, HistoryEvent] = {}
    for event in events:
        place = event.place
        if event.type.endswith(_ENTERED):
            last = inside[place] = event
        elif event.type.endswith(_EXITED):
            inside.pop(place, None)
            failed.pop(place, None)
        elif _fails(event) and place in inside:
            failed.pop(place, None)  # the last to fail stands last
            failed[place] = inside[place]
    if failed:
        return max(reversed(failed.values()), key=lambda event: len(event.place.way))
    return next(reversed(inside.values()), last)


def shown(value: JSON) -> str:
    """A value in one line."""
    return shortened(to_text(value))


def shortened(text: str, most: int = LONGEST) -> str:
    """A text on one line that is not longer than that.

    >>> shortened("two\\nlines", 6)
    'two l…'
    """
    line = text.replace("\n", " ")
    return line if len(line) <= most else f"{line[: most - 1]}…"
