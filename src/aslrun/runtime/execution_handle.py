"""A running execution, in the hands of whoever started it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.effects import Status
from ..engine.history import HistoryEvent
from .result import Result
from .runs import Run

if TYPE_CHECKING:
    from .interpreter_loop import InterpreterLoop


class ExecutionHandle:
    """An execution of an interpreter. Two handles of the same execution are equal."""

    __slots__ = ("_interpreter", "run")

    def __init__(self, interpreter: InterpreterLoop, run: Run) -> None:
        self._interpreter = interpreter
        self.run = run

    @property
    def arn(self) -> str:
        return self.run.arn

    @property
    def name(self) -> str:
        return self.run.execution.identity.name

    @property
    def status(self) -> Status:
        """RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED."""
        return self.run.execution.status

    async def result(self) -> Result:
        """Wait for the end."""
        await self._interpreter.ended(self.run)
        return self.run.result()

    async def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """Stop the execution; one that is over stays as it is."""
        self._interpreter.abort(self.run, error, cause)
        await self._interpreter.stored()

    def describe(self) -> Result:
        """How the execution stands now."""
        return self.run.result()

    def history(self) -> list[HistoryEvent]:
        """The history so far, as GetExecutionHistory answers."""
        return self.run.result().history

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ExecutionHandle) and other.run is self.run

    def __hash__(self) -> int:
        return hash(self.run.arn)

    def __repr__(self) -> str:
        return f"<ExecutionHandle {self.arn} {self.status}>"
