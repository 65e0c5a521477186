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
    from .recorded import HistoryEvent

LONGEST = 200  # characters of a value or a cause
_ENTERED, _EXITED = "StateEntered", "StateExited"


def tree(events: Iterable[HistoryEvent]) -> Iterator[str]:
    """One line for each state that was entered, and under it what failed in it."""
    for event in events:
        depth = 2 * len(event.place.way)
        if event.type.endswith(_ENTERED):
            kind = event.type.removesuffix(_ENTERED)
            yield f"{' ' * depth}{_branch(event)}{event.place.state}  {kind}"
        elif "error" in event.details and not event.type.startswith("Execution"):
            yield f"{' ' * depth}  ✗ {_problem(event)}"
        elif event.type.endswith("TimedOut") and not event.type.startswith("Execution"):
            yield f"{' ' * depth}  ✗ States.Timeout"


def _branch(event: HistoryEvent) -> str:
    return f"[{event.place.way[-1][1]}] " if event.place.way else ""


def _problem(event: HistoryEvent) -> str:
    told = [str(event.details[name]) for name in ("error", "cause") if event.details.get(name)]
    return shortened(": ".join(told))


def last_entered(events: Iterable[HistoryEvent]) -> HistoryEvent | None:
    """Where it stood last: the state that was entered and not left, or else the last one entered."""
    entered: list[HistoryEvent] = []
    inside: dict[tuple[object, str | None], HistoryEvent] = {}
    for event in events:
        key = (event.place.way, event.place.state)
        if event.type.endswith(_ENTERED):
            entered.append(event)
            inside[key] = event
        elif event.type.endswith(_EXITED):
            inside.pop(key, None)
    return next(reversed(inside.values()), None) or (entered[-1] if entered else None)


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
