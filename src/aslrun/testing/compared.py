"""The first difference between a recorded history and ours, place by place.

Rules that a change must keep:

1. Events of branches that run at once are compared branch by branch: their order among each other is chance.
2. Where a branch was stopped because another failed, how far it had got is chance too.
3. ``first`` is the difference that the recording has first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from ..values import JSON
from .likeness import Likeness, ValueDifference, told

if TYPE_CHECKING:
    from .recorded import HistoryEvent, Recording, Way

_NOT_COMPARED = frozenset({"inputDetails", "outputDetails", "assignedVariablesDetails"})


@dataclass(slots=True)
class Difference:
    """Where our run left the recorded one. Either event may be missing; ``values`` are the details that differ."""

    recorded: HistoryEvent | None
    observed: HistoryEvent | None
    values: list[ValueDifference] = field(default_factory=list)
    path: list[str] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The recorded event at which it shows; of one that only we have, the last before it."""
        return self.recorded.id if self.recorded is not None else 0

    def lines(self) -> list[str]:
        """The difference for a reader."""
        place = (self.recorded or self.observed).place  # type: ignore[union-attr]
        head = (
            f"the first difference is at event {self.id}" if self.recorded else "the first difference is an event more"
        )
        lines = [f"{head}{f', in {place}' if str(place) else ''}"]
        if self.path:
            lines.append(f"  after     {' → '.join(self.path)}")
        if self.recorded is None or self.observed is None or self.recorded.type != self.observed.type:
            lines += [f"  recorded  {_shown(self.recorded)}", f"  observed  {_shown(self.observed)}"]
            return lines
        lines.append(f"  event     {self.recorded.type}")
        for each in self.values:
            lines += [
                f"  {each.path}",
                f"  - recorded  {_value(each.recorded)}",
                f"  + observed  {_value(each.observed)}",
            ]
        return lines

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _shown(event: HistoryEvent | None) -> str:
    if event is None:
        return "nothing more"
    told = {
        name: value for name, value in event.details.items() if name in ("name", "error", "cause", "output", "resource")
    }
    return f"{event.type} {_value(told)}" if told else event.type


def _value(value: JSON) -> str:
    text = told(value)
    return text if len(text) <= 400 else f"{text[:397]}..."


def first_difference(recorded: Recording, observed: Recording, likeness: Likeness) -> Difference | None:
    """The first difference, or ``None``."""
    found = list(_differences(recorded, observed, likeness))
    if not found:
        return None
    first = min(found, key=lambda each: each.id or len(recorded.events) + 1)
    limit = first.recorded.id if first.recorded is not None else len(recorded.events) + 1
    names = [cast(str, e.details.get("name")) for e in recorded.events[: limit - 1] if e.type.endswith("StateEntered")]
    first.path = names[-8:]
    return first


def _differences(recorded: Recording, observed: Recording, likeness: Likeness) -> Iterator[Difference]:
    theirs, ours = _by_way(recorded), _by_way(observed)
    for way in dict.fromkeys((*theirs, *ours)):
        difference = _of_way(theirs.get(way, []), ours.get(way, []), likeness)
        if difference is not None:
            yield difference


def _by_way(recording: Recording) -> dict[Way, list[HistoryEvent]]:
    ways: dict[Way, list[HistoryEvent]] = {}
    for event in recording.events:
        ways.setdefault(event.place.way, []).append(event)
    return ways


def _of_way(theirs: list[HistoryEvent], ours: list[HistoryEvent], likeness: Likeness) -> Difference | None:
    stopped = any(_is_stop(event) for event in (*theirs, *ours))
    for left, right in zip(theirs, ours, strict=False):
        if _is_stop(left) or _is_stop(right):
            return None
        if left.type != right.type:
            return Difference(left, right)
        if values := [*likeness.differences(_compared(left), _compared(right))]:
            return Difference(left, right, values)
    if len(theirs) == len(ours) or stopped:
        return None
    more = len(ours)
    return Difference(theirs[more], None) if len(theirs) > more else Difference(None, ours[len(theirs)])


def _is_stop(event: HistoryEvent) -> bool:
    return event.type.endswith("Aborted") and not event.type.startswith("Execution")


def _compared(event: HistoryEvent) -> dict[str, JSON]:
    return {name: value for name, value in event.details.items() if name not in _NOT_COMPARED}
