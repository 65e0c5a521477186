"""Frames: one thread of control each (the root, a branch, an iteration), and what joins their children.

Plain mutable slots, changed by the engine only. A frame outlives its states: it moves from state to state, and
what belongs to one entry of a state (attempts, deadlines, the join) is reset when it moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..values import JSON

if TYPE_CHECKING:
    from ..definition.model import State
    from .intake import Intake

RUN, RETRY, BUSY, OVER = "run", "retry", "busy", "over"
"""Phases: about to enter its state, about to repeat it, waiting for something, gone."""


class Frame:
    """One thread of control.

    ``last`` is the id of its latest history event, ``entered`` that of its state's entry, ``before`` the one before
    it. ``wake`` (Wait, back-off), ``due`` (time-out) and ``heartbeat_due`` are deadlines in epoch seconds, or
    ``None``; ``heartbeat`` is a number of seconds. ``attempts`` counts the retries of each retrier by its place,
    ``retries`` all of them.
    """

    __slots__ = (
        "attempts",
        "before",
        "due",
        "entered",
        "entered_at",
        "heartbeat",
        "heartbeat_due",
        "id",
        "index",
        "input",
        "join",
        "last",
        "parent",
        "phase",
        "retries",
        "state",
        "task",
        "token",
        "variables",
        "wake",
    )

    def __init__(self, id: int, state: State, input: JSON, parent: Frame | None = None, index: int = 0) -> None:
        self.id = id
        self.parent = parent
        self.index = index
        self.state = state
        self.input = input
        self.variables: Mapping[str, JSON] = {} if parent is None else parent.variables
        self.phase = RUN
        self.last = 0
        self.before = 0
        self.entered = 0
        self.entered_at = 0.0
        self.retries = 0
        self.attempts: dict[int, int] | None = None
        self.task: int | None = None
        self.token: str | None = None
        self.wake: float | None = None
        self.due: float | None = None
        self.heartbeat: float | None = None
        self.heartbeat_due: float | None = None
        self.join: Join | None = None


class Join:
    """What a Parallel or Map state knows of its children.

    ``items`` is the item list (Map), ``keys`` the property names where it came from an object, ``input`` the effective
    input; ``cursor`` counts the items taken, ``pending`` the unfinished children. ``children`` are live frames by
    index. A distributed Map's children are tasks, by index too; ``intake`` is where its items come from. If they are
    read, ``items`` are those of the last chunk: they begin with the item ``offset`` and come from ``sources``.
    """

    __slots__ = (
        "children",
        "concurrency",
        "cursor",
        "input",
        "intake",
        "items",
        "keys",
        "offset",
        "pending",
        "results",
        "run_arn",
        "sources",
        "tasks",
    )

    def __init__(
        self, size: int, input: JSON, items: list[JSON] | None = None, keys: Sequence[str | None] | None = None
    ) -> None:
        self.results: list[JSON] = [None] * size
        self.input = input
        self.items = items
        self.keys = keys
        self.concurrency = size
        self.cursor = 0
        self.offset = 0
        self.sources: Sequence[str] | None = None
        self.pending = size
        self.run_arn: str | None = None
        self.intake: Intake | None = None
        self.children: dict[int, Frame] = {}
        self.tasks: dict[int, int] = {}

    def item_context(self, index: int) -> dict[str, JSON]:
        """``$$.Map.Item`` of an item."""
        assert self.items is not None
        place = index - self.offset
        item: dict[str, JSON] = {"Index": index, "Value": self.items[place]}
        if self.keys is not None and self.keys[place] is not None:
            item["Key"] = self.keys[place]
        item["Source"] = "STATE_DATA" if self.sources is None else self.sources[place]
        return item
