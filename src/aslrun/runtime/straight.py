"""The straight road of an execution in virtual time: one task after the other, each answered by its handler at once.

Most executions of a test suite never leave it. The answer to an effect is then the next event: nothing waits for its
turn, and there is nobody else whose deadline might come first.

Rules that a change must keep:

1. The core is told the same events at the same instants as by the host. The host goes on at the first effect that is
   not one task whose answer ends it, and after a handler that takes time.
2. Only for an execution that is alone in its host, and that nobody follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..engine.effects import Effect, ScheduleTask
from ..engine.events import Event, TimePassed
from ..resources.machines import Start
from ..resources.own_calls import OwnCall
from .host import Host
from .in_place import answered
from .runs import Run


def drive(host: Host, run: Run, event: Event, pass_until: Callable[[float], None]) -> Sequence[Effect]:
    """Tell an event and what follows from it, until the host is needed; the effects that are left to it.

    ``pass_until`` is told the instant to which time passes.
    """
    execution, next_event = run.execution, event
    while True:
        effects = execution.handle(next_event)
        if effects:
            task = effects[0]
            if len(effects) > 1 or type(task) is not ScheduleTask or task.role != "task":
                return effects
            job = host.job(run, task)
            if task.pattern == "waitForTaskToken" or isinstance(job.call, (Start, OwnCall)):
                host.put(job)
                return ()
            answer = answered(host, job)
            if answer is None:
                return ()
            del run.tasks[answer.task]
            next_event = answer
        elif (at := execution.deadline) is None:
            return effects
        else:
            pass_until(at)
            next_event = TimePassed(host.now())
