"""A second execution that stands where another one stands: what exploration branches by.

Rules that a change must keep:

1. Neither knows of the other: whatever the engine changes in place is copied (frames, joins, tasks, map runs).
2. JSON values, records and compiled states are never changed in place, so they are shared. A fork costs microseconds
   and does not grow with the payload.
3. A fork behaves as the same execution after ``dump`` and ``load``; a test compares the two.
"""

from __future__ import annotations

from copy import copy, deepcopy

from .deadlines import Deadlines
from .dump import PLAIN
from .execution import Execution
from .frame import Frame, Join

_COPIED = (*PLAIN, "input", "output", "room", "fresh_stack")
_FRAME = tuple(name for name in Frame.__slots__ if name not in ("parent", "attempts", "join"))
_JOIN = tuple(name for name in Join.__slots__ if name not in ("results", "children", "tasks", "intake"))


def fork(execution: Execution) -> Execution:
    """A second execution that stands where this one stands; neither knows of the other."""
    other = Execution(execution.machine, execution.identity, execution.limits, execution.mint)
    for name in _COPIED:
        setattr(other, name, getattr(execution, name))
    _copy_frames(execution.frames, other.frames)
    if execution.rest is not None:
        other.rest = {}
        _copy_frames(execution.rest, other.rest)
    frames = other.frames
    other.ready.extend(frames[frame.id] for frame in execution.ready if frame.id in frames)
    for task, (frame, scheduled) in execution.tasks.items():
        other.tasks[task] = frames[frame.id], copy(scheduled)
    other.deadlines = Deadlines(frames, execution.deadlines.entries())
    other.history = list(execution.history)
    if execution.map_runs:
        other.map_runs = deepcopy(execution.map_runs)
    return other


def _copy_frames(frames: dict[int, Frame], copies: dict[int, Frame]) -> None:
    """Parents come before their children."""
    for frame in frames.values():
        parent = None if frame.parent is None else copies[frame.parent.id]
        twin = Frame(frame.id, frame.state, frame.input, parent, frame.index)
        for name in _FRAME:
            setattr(twin, name, getattr(frame, name))
        twin.attempts = None if frame.attempts is None else dict(frame.attempts)
        twin.join = None if frame.join is None else _join(frame.join)
        copies[twin.id] = twin
        if parent is not None and parent.join is not None:
            parent.join.children[twin.index] = twin


def _join(join: Join) -> Join:
    twin = Join(0, join.input)
    for name in _JOIN:
        setattr(twin, name, getattr(join, name))
    twin.results = list(join.results)
    twin.tasks = dict(join.tasks)
    twin.intake = None if join.intake is None else deepcopy(join.intake)
    return twin
