"""What an execution is at an instant, and what may be asked of it: its frames, tasks, deadlines and history.

``Execution`` is what moves it.
"""

from __future__ import annotations

import sys
from collections import deque
from random import Random

from ..definition.model import Machine
from ..language.scope import FreshStack
from ..values import JSON, exceeds
from .context_object import FrameScope, Mint
from .deadlines import Deadlines
from .effects import Effect, ScheduleTask, Status
from .frame import Frame
from .history import Record
from .identity import Identity, plain_token
from .limits import DEFAULT_LIMITS, Limits
from .map_run import MapRun

QUANTUM = 1_000  # transitions of one call of handle: an endless loop must not starve the others


class HistoryFull(Exception):
    """Only the end of the execution fits into its history; ``frame`` is where it stood."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame


class ExecutionState:
    """The state of one execution."""

    __slots__ = (
        "burst",
        "cause",
        "deadlines",
        "draws",
        "effects",
        "error",
        "event_id",
        "frames",
        "fresh_stack",
        "history",
        "identity",
        "input",
        "limits",
        "machine",
        "map_runs",
        "mint",
        "next_frame",
        "next_task",
        "now",
        "output",
        "payload",
        "quantum",
        "ready",
        "redrive_count",
        "redriven_at",
        "rest",
        "room",
        "seed",
        "started_at",
        "status",
        "stopped_at",
        "stride",
        "tasks",
        "view",
        "watch",
    )

    def __init__(
        self, machine: Machine, identity: Identity, limits: Limits = DEFAULT_LIMITS, mint: Mint = plain_token
    ) -> None:
        self.machine = machine
        self.watch = machine.watch
        self.identity = identity
        self.limits = limits
        self.mint = mint
        self.fresh_stack: FreshStack | None = None  # a driver may give one, for expressions that recurse deeply
        self.status: Status = "RUNNING"
        self.input: JSON = None
        self.output: JSON = None
        self.error: str | None = None
        self.cause: str | None = None
        self.seed = self.draws = self.event_id = self.quantum = self.redrive_count = 0
        self.now = self.started_at = 0.0
        self.stopped_at: float | None = None
        self.burst = limits.burst or sys.maxsize  # the last history event unless it waits for something before
        self.room = limits.history - 1 if limits.history else sys.maxsize  # the last event is the execution's end
        self.payload = limits.payload  # 0: whatever its size
        self.next_frame = self.next_task = 1
        self.stride = QUANTUM  # a driver that stops between states takes fewer
        self.redriven_at: float | None = None
        self.rest: dict[int, Frame] | None = None  # of an execution that ended without success: what a redrive takes up
        self.frames: dict[int, Frame] = {}
        self.tasks: dict[int, tuple[Frame, ScheduleTask]] = {}
        self.ready: deque[Frame] = deque()
        self.deadlines = Deadlines(self.frames)
        self.history: list[Record] = []
        self.effects: list[Effect] = []
        self.map_runs: dict[str, MapRun] = {}
        self.view = FrameScope(self)

    # ------------------------------------------------------------------ for drivers

    @property
    def deadline(self) -> float | None:
        """The instant at which the execution wants to be told the time; ``None`` if only news can move it."""
        if self.status != "RUNNING":
            return None
        if self.ready:
            return self.now
        first = self.deadlines.first()
        return None if first is None else first[0]

    def outstanding(self) -> list[ScheduleTask]:
        """The tasks that are scheduled and not over, by their ids."""
        return [self.tasks[task][1] for task in sorted(self.tasks)] if self.tasks else []

    def take_history(self) -> list[Record]:
        """The history records since the last call; ``engine.history.render`` shows them as AWS does."""
        history, self.history = self.history, []
        return history

    # ------------------------------------------------------------------ for states

    def record(self, frame: Frame, type: str, details: Record = ()) -> None:
        """Add a history event to a frame's chain. (To add tuples takes half the time of unpacking one.)"""
        if self.event_id >= self.room:
            raise HistoryFull(frame)
        self.history.append((type, self.now, frame.last) + details)  # noqa: RUF005
        self.event_id = frame.last = self.event_id + 1

    def remark(self, frame: Frame, type: str, details: Record = ()) -> None:
        """Add a history event beside a frame's chain: the next one has the same previous event."""
        if self.event_id >= self.room:
            raise HistoryFull(frame)
        self.history.append((type, self.now, frame.last) + details)  # noqa: RUF005
        self.event_id += 1

    def scope(self, frame: Frame, item: int | None = None) -> FrameScope:
        """What expressions of a frame see; valid until the next call."""
        view = self.view
        view.frame = frame
        view.input = frame.input
        view.variables = frame.variables
        view.item = item
        return view

    def over_quota(self, value: JSON) -> bool:
        """Whether a payload is too large."""
        return self.payload != 0 and exceeds(value, self.payload)

    def new_task(self) -> int:
        """A task id that was never used in this execution."""
        self.next_task += 1
        return self.next_task - 1

    def random(self) -> Random:
        """A fresh source of random numbers, given by the seed and the number of draws before."""
        self.draws += 1
        return Random(f"{self.seed}/{self.draws}")
