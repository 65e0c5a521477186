"""What every driver does alike, without waiting for anything: executions, their deadlines, tokens and activities.

A driver tells events, calls ``turn`` and gets back the calls of handlers that are to be made; it makes them, tells
the outcome, and asks ``next_deadline`` how long it may sleep. ``simulate`` and ``Interpreter`` differ only in how
they wait and where they call.

Rules that a change must keep:

1. Events of one execution are applied in the order in which they were told, one at a time.
2. A waiting execution costs an entry in the agenda and no task.
3. What a task asks for is done by its role; what comes of it is told, and never done on the spot.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from ..definition.model import Machine
from ..engine.effects import CancelTask, Effect, Finish, ScheduleTask
from ..engine.events import (
    Aborted,
    ClockMoved,
    Event,
    News,
    Redriven,
    Started,
    TaskFailed,
    TaskStarted,
    TaskSucceeded,
    TimePassed,
)
from ..engine.execution import Execution
from ..engine.history import Record
from ..engine.identity import Identity
from ..engine.limits import DEFAULT_LIMITS, Limits, quotas
from ..errors import ActivityDoesNotExist
from ..resources.activities import Activities, ActivityWork
from ..resources.invocation import Failed, Invocation, Outcome, prepare
from ..resources.machines import Start
from ..resources.own_calls import OwnCall
from ..resources.registry import Resources
from ..resources.task_context import TaskContext, TaskDriver
from ..stores.signing import TokenSigner
from ..values import JSON
from . import children, nested, own_service, task_news
from .agenda import Agenda
from .desk import Desk
from .fresh_stack import on_fresh_stack
from .map_files import MapFiles
from .naming import Place
from .runs import Run

ENDED_CHILDREN = 1_000  # children of map runs that are over and still known: a map run may have ten million


Follower = Callable[[str, Sequence[Record]], None]
"""Is told the ARN of an execution and its new history records, as they come."""


@dataclass(slots=True)
class Job:
    """A call that is to be made: of a handler, or of the host itself; or the failure that is already certain."""

    run: Run
    scheduled: ScheduleTask
    call: Invocation | Failed | Start | OwnCall


class Host:
    """Executions, and everything about them that needs no waiting."""

    def __init__(
        self,
        resources: Resources,
        now: Callable[[], float],
        tokens: TokenSigner,
        place: Place,
        limits: Limits | None = None,
    ) -> None:
        self.resources = resources
        self.agenda = Agenda()
        self.answered: set[tuple[Run, int]] = set()  # tasks whose tokens were used and whose ends are not applied yet
        self.sign(tokens)
        self.place = place
        self.limits = limits
        self._ended_children: deque[str] = deque()
        self.runs: dict[str, Run] = {}
        self.cancelled: Callable[[Run, int], None] = _tell_nobody
        self.begun: Callable[[Run], None] = _tell_nobody  # a task has started an execution
        self.ended: Callable[[Run], None] = _tell_nobody
        self.hooks: Callable[[Host, Run, int], TaskDriver | None] = _tell_nobody
        self.applied: Callable[[Run], None] | None = None
        self.on_history: Follower | None = None
        self.now = now
        self._inbox: deque[tuple[Run, Event]] = deque()
        self._jobs: list[Job] = []

    # made when somebody asks: a simulation is short, and hardly ever needs them

    @cached_property
    def activities(self) -> Activities:
        """Work that waits for workers."""
        return Activities(map(self.place.activity_arn, self.resources.activities))

    @cached_property
    def files(self) -> MapFiles:
        """What map runs read and write."""
        return MapFiles(self.resources)

    @cached_property
    def desk(self) -> Desk:
        """Where answers from outside come in."""
        return Desk(self)

    # ------------------------------------------------------------------ executions

    def begin(
        self,
        machine: Machine,
        input: JSON,
        identity: Identity,
        seed: int = 0,
        parent: tuple[Run, int] | None = None,
    ) -> Run:
        """Start an execution; ``turn`` moves it."""
        run = self.create(machine, identity, parent)
        self.tell(run, Started(input, self.now(), seed))
        return run

    def create(self, machine: Machine, identity: Identity, parent: tuple[Run, int] | None = None) -> Run:
        """An execution that has yet to be told that it begins."""
        execution = Execution(machine, identity, quotas(machine.type, self.limits), self._mint)
        execution.fresh_stack = on_fresh_stack
        return self.adopt(execution, parent)

    def adopt(self, execution: Execution, parent: tuple[Run, int] | None = None) -> Run:
        """From now on, an execution is one of this host's."""
        run = self._new_run(execution, parent)
        self.runs[run.arn] = run
        return run

    def _new_run(self, execution: Execution, parent: tuple[Run, int] | None) -> Run:
        return Run(execution, parent)

    def known(self, arn: str) -> Run | None:
        """The execution with this ARN, running or over, or ``None``."""
        return self.runs.get(arn)

    def sign(self, tokens: TokenSigner) -> None:
        """From now on, this makes and reads the task tokens."""
        self.tokens = tokens
        self._mint = tokens.mint  # once: every execution keeps it

    def limits_of_input(self) -> Limits:
        """The quotas for the input of an execution that a task starts."""
        return self.limits or DEFAULT_LIMITS

    def is_unwinding(self, run: Run) -> bool:
        """Whether executions that are to stop with this one have yet to be told."""
        return False

    def redrive(self, run: Run) -> None:
        """Let an execution go on from its unsuccessful states, nested ones too. Raises ``ExecutionNotRedrivable``."""
        nested.check_redrivable(run, self.now())
        self._go_on(run)

    def _go_on(self, run: Run) -> None:
        nested.take_up(run)
        run.finished = False
        self.tell(run, Redriven(self.now()))

    def forget(self, run: Run) -> None:
        """Drop an execution that is over, and the children that did its tasks (they began after it)."""
        gone = {run}
        for each in self.runs.values():
            if each.parent is not None and each.parent[0] in gone:
                gone.add(each)
        for each in gone:
            self._drop(each)

    def _drop(self, run: Run) -> None:
        del self.runs[run.arn]
        for map_run in run.execution.map_runs:
            self.files.forget(map_run)

    def abort(self, run: Run, error: str | None = None, cause: str | None = None) -> None:
        """Stop an execution."""
        self.tell(run, Aborted(error, cause, self.now()))

    # ------------------------------------------------------------------ telling and turning

    def tell(self, run: Run, event: Event) -> None:
        """Something happened; ``turn`` applies it."""
        self._inbox.append((run, event))

    def tell_at(self, run: Run, event: News) -> None:
        """Something will have happened at ``event.at``; ``turn`` applies it then."""
        self.agenda.tell(run, event)

    def clock_moved(self, by: float) -> None:
        """Somebody has set the clock, which shows ``by`` seconds more than it would."""
        at = self.now() - by
        for run in list(self.runs.values()):
            if self._knows_time(run):
                self.tell(run, ClockMoved(by, at))
        self.agenda.clock_moved(by)

    def _knows_time(self, run: Run) -> bool:
        """Whether the execution waits for an instant."""
        return run.alarm is not None and not run.finished

    def turn(self) -> list[Job]:
        """Apply what was told and what is due; the calls that are to be made now.

        An execution that has used up its quantum is left due at once: call again, after others had their turn.
        """
        self.catch_up()
        return self._take_jobs()

    def apply(self) -> list[Job]:
        """Apply what was told and nothing else; the calls that are to be made now."""
        self._drain()
        return self._take_jobs()

    def _take_jobs(self) -> list[Job]:
        jobs, self._jobs = self._jobs, []
        return jobs

    def catch_up(self) -> None:
        """Apply what was told and what is due."""
        agenda = self.agenda
        self._drain()
        if agenda.later:
            for run, event in agenda.told(self.now):
                self._happen(run, event)
        if agenda.alarms:
            for run in agenda.due(self.now):
                self._happen(run, TimePassed(self.now()))
        if self._inbox:
            self._drain()

    def next_deadline(self) -> float | None:
        """The instant at which ``turn`` is to be called again if nothing happens before."""
        agenda = self.agenda
        return agenda.next() if agenda.alarms or agenda.later else None

    def _drain(self) -> None:
        inbox = self._inbox
        while inbox:
            self._apply(*inbox.popleft())

    def _happen(self, run: Run, event: Event) -> None:
        """It is time for an event."""
        self._apply(run, event)

    def _apply(self, run: Run, event: Event) -> None:
        execution = run.execution
        effects = execution.handle(event)
        if type(event) in _ENDS:
            self._close(run, event.task)  # type: ignore[union-attr]
        self.follow(run, effects)

    def follow(self, run: Run, effects: Sequence[Effect]) -> None:
        """An execution has moved: keep its history, do what it asks for, and note when it is to be told the time."""
        execution = run.execution
        records = execution.take_history()
        if records:
            run.keep(records)
        if self.applied is not None:
            self.applied(run)
            execution = run.execution
        for effect in effects:
            self.perform(run, effect)
        deadline = execution.deadline
        if deadline != run.alarm:
            self.agenda.set_alarm(run, deadline)
        if records and self.on_history is not None:  # last: it may raise, and nothing must be half done then
            self.on_history(run.arn, tuple(records))  # the list is the run's, and grows

    # ------------------------------------------------------------------ effects

    def perform(self, run: Run, effect: Effect) -> None:
        """Do what an execution asks for."""
        if isinstance(effect, ScheduleTask):
            _ROLES[effect.role](self, run, effect)
        elif isinstance(effect, CancelTask):
            self._cancel(run, effect.task)
        else:
            self._finish(run, effect)

    def _call(self, run: Run, scheduled: ScheduleTask) -> None:
        self._jobs.append(self.job(run, scheduled))

    def job(self, run: Run, scheduled: ScheduleTask) -> Job:
        """The call of a handler that does the task, or the start of the execution that does."""
        run.tasks[scheduled.task] = scheduled
        if own_service.is_of_step_functions(scheduled.resource):
            call = own_service.call_for(self, scheduled)
            if call is not None:
                return Job(run, scheduled, call)
        about = partial(self._context, run, scheduled)
        return Job(run, scheduled, prepare(self.resources, scheduled.resource, scheduled.arguments, about))

    def _use_files(self, run: Run, scheduled: ScheduleTask) -> None:
        """The driver reads items, or writes results."""
        run.tasks[scheduled.task] = scheduled
        self._jobs.append(Job(run, scheduled, self.files.call(scheduled, partial(self._context, run, scheduled))))

    def _context(self, run: Run, scheduled: ScheduleTask) -> TaskContext:
        execution = run.execution
        return TaskContext.of(execution.identity, execution.seed, scheduled, self.hooks(self, run, scheduled.task))

    def _queue(self, run: Run, scheduled: ScheduleTask) -> None:
        """A worker does the task, whenever one asks for it."""
        assert scheduled.token is not None
        if self.resources.find(scheduled.resource) is not None:  # a handler stands for the workers
            return self._call(run, scheduled)
        work = ActivityWork(run.arn, scheduled.task, scheduled.token, scheduled.arguments)
        try:
            self.activities.enqueue(scheduled.resource, work)
        except ActivityDoesNotExist:
            cause = f"The activity {scheduled.resource} does not exist."
            self.tell(run, TaskFailed(scheduled.task, "States.Runtime", cause, self.now()))
            return
        run.tasks[scheduled.task] = scheduled

    def _spawn(self, run: Run, scheduled: ScheduleTask) -> None:
        """A child execution does the task."""
        children.spawn(self, run, scheduled)

    def take_back(self, child: Run) -> bool:
        """Whether a child that is over goes on with its parent; it is not one of those that may be forgotten."""
        if child.arn in self._ended_children:
            self._ended_children.remove(child.arn)
        if not nested.is_redrivable(child, self.now()):
            return False
        self._go_on(child)
        return True

    def _close(self, run: Run, task: int) -> None:
        """A task is over by itself."""
        run.tasks.pop(task, None)
        if self.answered:
            self.answered.discard((run, task))

    def _cancel(self, run: Run, task: int) -> None:
        self.answered.discard((run, task))
        work = run.tasks.pop(task, None)
        if isinstance(work, Run):
            scheduled = _waiting(work, run, task)
            if scheduled is not None:
                self._withdraw(run, scheduled)
            self.abort(work)
        elif work is not None:
            self._withdraw(run, work)
            self.cancelled(run, task)

    def _withdraw(self, run: Run, scheduled: ScheduleTask) -> None:
        if scheduled.role == "activity":
            self.activities.withdraw(scheduled.resource, run.arn, scheduled.task)

    def _finish(self, run: Run, end: Finish) -> None:
        run.finished = True
        if run.parent is not None:
            parent, task = run.parent
            if run.place is not None and (not parent.finished or parent.execution.rest is not None):
                self.files.keep(*run.place, children.result(run.execution))
            self.over(parent, task, children.outcome(end))
            self._forget_children(run)
        for map_run in run.execution.map_runs:
            (self.files.forget if run.execution.rest is None else self.files.rest)(map_run)
        for waiter, scheduled in run.waiters:
            self.over(waiter, scheduled.task, nested.ended(run, scheduled))
        self.ended(run)

    def _forget_children(self, child: Run) -> None:
        """One more is over: the oldest of them is no longer known, unless it has begun anew."""
        self._ended_children.append(child.arn)
        if len(self._ended_children) > ENDED_CHILDREN:
            oldest = self.runs.get(self._ended_children.popleft())
            if oldest is not None and oldest.finished:
                self._drop(oldest)

    # ------------------------------------------------------------------ news of tasks

    def started(self, job: Job) -> None:
        """A handler begins with its task."""
        self.tell(job.run, TaskStarted(job.scheduled.task, self.now()))

    def returned(self, job: Job, outcome: Outcome) -> None:
        """A handler has returned or raised. The answer of a ``.waitForTaskToken`` call is only its submission."""
        self.tell(job.run, task_news.returned(job.scheduled, outcome, self.now()))

    def over(self, run: Run, task: int, outcome: Outcome) -> None:
        """A task has its result, or has failed."""
        self.tell(run, task_news.ending(task, outcome, self.now()))

    def is_waiting(self, run: Run, task: int) -> bool:
        """Whether the result of a task still matters."""
        return run.waits_for(task)


def _waiting(child: Run, run: Run, task: int) -> ScheduleTask | None:
    """The task of a run that waits for a nested execution."""
    return next((each for waiter, each in child.waiters if waiter is run and each.task == task), None)


def _tell_nobody(*of: object) -> None:
    """What a driver may be told, of one that does not want to know."""


_ENDS = (TaskSucceeded, TaskFailed)
_ROLES = {
    "task": Host._call,
    "activity": Host._queue,
    "child": Host._spawn,
    "item_reader": Host._use_files,
    "result_writer": Host._use_files,
}
