"""One execution in the hands of a driver: the core's state, the history so far, and what does its tasks."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from ..engine.effects import ScheduleTask
from ..engine.execution import Execution
from ..engine.history import Record
from ..engine.identity import request_id
from .result import Result


class Run:
    """One execution in a driver, with the history so far.

    ``parent`` is the task that it is the work of; ``place`` is its map run and its place there, if its result is to be
    written. ``waiters`` are the tasks that started it as an execution of its own and wait for its end; ``generation``
    counts the executions that started one another at the same instant, up to this one.
    """

    __slots__ = (
        "alarm",
        "execution",
        "finished",
        "generation",
        "nested",
        "parent",
        "place",
        "records",
        "resumable",
        "tasks",
        "waiters",
    )

    def __init__(self, execution: Execution, parent: tuple[Run, int] | None = None) -> None:
        self.execution = execution
        self.parent = parent
        self.place: tuple[str, int] | None = None
        self.records: Sequence[Record] = []
        self.tasks: dict[int, ScheduleTask | Run] = {}
        self.alarm: float | None = None
        self.finished = False
        self.waiters: tuple[tuple[Run, ScheduleTask], ...] = ()
        self.generation = 1
        self.nested: dict[tuple[int, str], str] | None = None  # by frame and state: what it waited for there
        self.resumable: dict[tuple[int, str], str] | None = None  # those that are to be redriven with it

    def request_id(self, task: int) -> str:
        """The id of the call of a task."""
        return request_id(self.execution.seed, task)

    def waits_for(self, task: int) -> bool:
        """Whether the result of a task still matters."""
        return not self.finished and task in self.execution.tasks

    def keep(self, records: list[Record]) -> None:
        """Add history records; what comes after the end brings none, and leaves them packed."""
        if not records:
            return
        if not self.records:
            self.records = records
        elif isinstance(self.records, list):
            self.records += records
        else:
            self.records = [*self.records, *records]

    @property
    def arn(self) -> str:
        return self.execution.identity.arn

    def result(self) -> Result:
        """How the execution stands."""
        return result_of(self.execution, self.records)


def result_of(execution: Execution, records: Sequence[Record]) -> Result:
    """How an execution stands that has had these records."""
    identity = execution.identity
    return Result(
        execution.status,
        execution.output,
        execution.error,
        execution.cause,
        identity.arn,
        identity.name,
        execution.machine,
        execution.input,
        execution.started_at,
        execution.stopped_at,
        records,
        tuple(execution.outstanding()) if execution.tasks else (),
        tuple(map(deepcopy, execution.map_runs.values())) if execution.map_runs else (),
    )
