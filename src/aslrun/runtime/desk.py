"""Where those who do tasks outside hand in their answers and take their work: task tokens and activities.

Rules that a change must keep:

1. A task whose deadline has passed is over, even if nobody has looked since: what is due comes first.
2. A token that was used is used up, though its event may be written and applied only later.
3. A token and a payload never reach a log or a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..engine.effects import ScheduleTask
from ..engine.events import News, TaskHeartbeat, TaskStarted
from ..errors import InvalidToken, TaskDoesNotExist, TaskTimedOut, check_texts
from ..resources.activities import ActivityWork
from ..resources.invocation import Failed, Outcome, Succeeded
from ..values import JSON
from .runs import Run
from .task_news import ending
from .task_output import value_of

if TYPE_CHECKING:
    from .host import Host


class Poll(Protocol):
    """A task that waits for work, and takes it when it is called with some; ``False`` if its time is over."""

    @property
    def activity(self) -> str: ...

    @property
    def is_over(self) -> bool: ...

    def __call__(self, work: ActivityWork) -> bool: ...


class Desk:
    """The desk of one host."""

    __slots__ = ("_host", "_polls")

    def __init__(self, host: Host) -> None:
        self._host = host
        self._polls: list[Poll] = []

    # ------------------------------------------------------------------ task tokens

    def send_success(self, token: str, output: JSON | str) -> News:
        """End the token's task with an output, JSON text or a JSON value other than text; what was told.

        Raises ``InvalidOutput``, ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``.
        """
        return self._end(token, Succeeded(value_of(output)))

    def send_failure(self, token: str, error: str | None, cause: str | None) -> News:
        """Let the token's task fail. Raises what ``send_success`` raises, ``TypeError`` for what is no text."""
        check_texts(error, cause)
        return self._end(token, Failed(error, cause))

    def send_heartbeat(self, token: str) -> News:
        """The token's task is alive. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        run, task = self._task_of(token)
        event = TaskHeartbeat(task, self._host.now())
        self._host.tell(run, event)
        return event

    def waits_for(self, token: str) -> bool:
        """Whether the token could be sent now."""
        try:
            self._task_of(token)
        except (InvalidToken, TaskDoesNotExist, TaskTimedOut):
            return False
        return True

    def _end(self, token: str, outcome: Outcome) -> News:
        run, task = self._task_of(token)
        self._host.answered.add((run, task))
        event = ending(task, outcome, self._host.now())
        self._host.tell(run, event)
        return event

    def _task_of(self, token: str) -> tuple[Run, int]:
        """Whose token it is, now."""
        self._host.catch_up()
        execution, task = self._host.tokens.address(token)
        run = self._host.known(execution)
        if run is None:
            raise TaskDoesNotExist("Task Does Not Exist: 'Provided task does not exist anymore'")
        _, scheduled = _NO_TASK if run.finished else run.execution.tasks.get(task, _NO_TASK)
        if scheduled is None or scheduled.token != token or (run, task) in self._host.answered:
            raise TaskTimedOut
        return run, task

    # ------------------------------------------------------------------ activities

    def take_work(self, activity: str) -> ActivityWork | None:
        """The oldest work of an activity, which is then the taker's. Raises ``ActivityDoesNotExist``."""
        self._host.catch_up()
        return self._host.activities.take(activity)

    def work_taken(self, work: ActivityWork, worker: str | None) -> bool:
        """A worker begins with an activity task; whether somebody still waits for it."""
        host = self._host
        run = host.runs.get(work.execution)
        if run is None or not host.is_waiting(run, work.task):
            return False
        host.tell(run, TaskStarted(work.task, host.now(), worker))
        return True

    def wait_for_work(self, poll: Poll) -> None:
        """A task waits in the line of an activity; those whose time is over leave it."""
        for each in self._polls:
            if each.is_over:
                self._host.activities.leave(each.activity, each)
        self._polls = [*(each for each in self._polls if not each.is_over), poll]
        self._host.activities.wait(poll.activity, poll)


_NO_TASK: tuple[None, ScheduleTask | None] = (None, None)
