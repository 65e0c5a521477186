"""Effects: what the core asks a driver to do. They are never stored: what is outstanding can be asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..values import JSON

Role: TypeAlias = Literal["task", "activity", "child", "item_reader", "result_writer"]
Status: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


@dataclass(slots=True)
class ScheduleTask:
    """Have a task done and tell what comes of it.

    ``started`` and ``submitted`` are the core's own notes of what the history already says.
    ``task`` is unique in the execution, also over retries; but a child that is redriven is the same task. ``role``
    says who does it: a handler (``task``), an activity's worker, a child execution (``resource`` is then the ARN of
    the map run), or the item reader or result writer of a map run (``engine.states.distributed_map`` says what their
    arguments and answers are). ``timeout`` is in seconds; ``attempt`` counts the retries from 0 (for a child, its
    redrives); ``index`` is the place of a child among its siblings.
    """

    task: int
    role: Role
    state: str
    resource: str
    pattern: str
    arguments: JSON = field(repr=False)
    token: str | None = field(default=None, repr=False)
    attempt: int = 0
    timeout: int | None = None
    credentials: JSON = field(default=None, repr=False)
    index: int | None = None
    started: bool = field(default=False, repr=False, compare=False)
    submitted: bool = field(default=False, repr=False, compare=False)


@dataclass(slots=True)
class CancelTask:
    """The task is of no more interest: nobody waits for its result."""

    task: int


@dataclass(slots=True)
class Finish:
    """The execution is over. Exactly one of output, or error and cause, means something."""

    status: Status
    output: JSON = field(repr=False)
    error: str | None
    cause: str | None


Effect: TypeAlias = ScheduleTask | CancelTask | Finish
