"""What the outcome of a call means for its task, as the core is told it."""

from __future__ import annotations

from ..engine.effects import ScheduleTask
from ..engine.events import News, TaskFailed, TaskSubmitted, TaskSucceeded
from ..errors import check_texts
from ..resources.invocation import Outcome, Succeeded
from ..values import JSON


def ending(task: int, outcome: Outcome, at: float) -> News:
    """The end of a task."""
    if isinstance(outcome, Succeeded):
        return TaskSucceeded(task, outcome.output, at)
    return TaskFailed(task, outcome.error, outcome.cause, at)


def returned(scheduled: ScheduleTask, outcome: Outcome, at: float) -> News:
    """What a handler's answer is: for a ``.waitForTaskToken`` call only its submission, else the end of the task."""
    if not isinstance(outcome, Succeeded):
        return ending(scheduled.task, outcome, at)
    kind = TaskSubmitted if scheduled.pattern == "waitForTaskToken" else TaskSucceeded
    return kind(scheduled.task, outcome.output, at)


def called_back(task: int, output: JSON, error: str | None, cause: str | None, at: float) -> News:
    """The event that a task token is which comes back with this."""
    check_texts(error, cause)
    return TaskSucceeded(task, output, at) if error is None else TaskFailed(task, error, cause, at)
