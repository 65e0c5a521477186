"""The straight road of an execution in virtual time: one task after the other, each answered by its handler at once.

Most executions of a test suite never leave it. The answer to an effect is then the next event: nothing waits for its
turn, there is nobody else whose deadline might come first, and no host is needed.

Rules that a change must keep:

1. The core is told the same events at the same instants as by a host.
2. The road ends at the first effect that is not one task whose answer ends it, and after a handler that takes time.
   ``join`` tells a host how things stand there.
3. Only for an execution that is alone, and that nobody follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..engine.effects import Effect, ScheduleTask
from ..engine.events import Event, News, TaskStarted, TimePassed
from ..engine.execution import Execution
from ..resources.invocation import prepare
from ..resources.registry import Resources
from ..resources.task_context import TaskContext
from .host import Host
from .in_place import TaskInPlace, made
from .own_service import is_of_step_functions
from .runs import Run
from .task_news import returned


class Road:
    """An execution that is alone so far."""

    __slots__ = ("_later", "_resources", "execution")

    def __init__(self, execution: Execution, resources: Resources) -> None:
        self.execution = execution
        self._resources = resources
        self._later: list[News] = []  # what the last handler did, and its end, if it takes time

    def drive(self, event: Event) -> Sequence[Effect]:
        """Tell an event and what follows from it, to the end of the execution or of the road; the effects left then."""
        execution, following = self.execution, event
        while True:
            effects = execution.handle(following)
            if effects:
                task = effects[0]
                if len(effects) > 1 or type(task) is not ScheduleTask or not _is_simple(task):
                    return effects
                answer = self._answer(task)
                if answer is None:
                    return ()
                following = answer
            elif (at := execution.deadline) is None:
                return effects
            else:
                following = TimePassed(at)

    def _answer(self, task: ScheduleTask) -> News | None:
        """What the handler's return means; ``None`` if that comes later."""
        call = prepare(self._resources, task.resource, task.arguments, partial(self._context, task))
        outcome, driver = made(call)
        if driver is None:
            return returned(task, outcome, self.execution.now)
        self._later.append(returned(task, outcome, driver.now()))
        return None

    def _context(self, task: ScheduleTask) -> TaskContext:
        execution = self.execution
        return TaskContext.of(execution.identity, execution.seed, task, TaskInPlace(self, task.task))

    def join(self, host: Host, effects: Sequence[Effect]) -> Run:
        """Go on in a host, whose time is that of the execution; ``effects`` are those that ``drive`` has left."""
        execution = self.execution
        run = host.adopt(execution)
        host.follow(run, effects)
        if self._later:
            host.tell(run, TaskStarted(self._later[-1].task, execution.now))
            for event in self._later:
                host.tell_at(run, event)
        return run

    # ------------------------------------------------------------------ as the world of its handlers

    def now(self) -> float:
        """The instant of the last event."""
        return self.execution.now

    def waits_for(self, task: int) -> bool:
        """Whether the result of a task still matters."""
        return task in self.execution.tasks

    def tell_at(self, event: News) -> None:
        """Something will have happened at ``event.at``."""
        self._later.append(event)


def _is_simple(task: ScheduleTask) -> bool:
    """Whether a handler does the task, and its answer ends it."""
    return task.role == "task" and task.pattern != "waitForTaskToken" and not is_of_step_functions(task.resource)
