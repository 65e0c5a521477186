"""The interpreter: many executions in real time, on asyncio or trio, beside the application that embeds it.

One task group, one heap of deadlines. A waiting execution is a record and an entry in the heap, not a task; a task
exists only while a handler is at work, and goes on with the next handler of the work that it brought forth.

Rules that a change must keep:

1. ``_turn`` is called on the event loop only, never waits and never calls code of the application: listeners are
   called between turns, so they may start, stop and answer executions themselves.
2. A handler that never returns is cancelled when nobody waits for its task any more, and holds nobody up: an async
   one in its cancel scope, a sync one in its worker thread, which is abandoned.
3. Whatever goes wrong in a handler is its task's failure, never the interpreter's.
4. Nobody is starved: executions have a quantum, and a chain of handlers that never wait gives way now and then.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from copy import deepcopy
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..engine.effects import Status
from ..engine.history import HistoryEvent, PackedRecords
from ..engine.limits import Limits
from ..engine.map_run import MapRun
from ..errors import (
    CallerError,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    MapRunDoesNotExist,
    StateMachineTypeNotSupported,
)
from ..resources.activities import ActivityWork
from ..resources.invocation import Outcome
from ..resources.registry import Resources
from ..stores.tokens import MemoryTokenStore, TokenStore
from ..values import JSON
from .activity_task import ActivityTask
from .admission import admitted
from .callback_file import serve_other_processes
from .clock import QUIET_ROUNDS, Clock, SystemClock
from .execution_handle import ExecutionHandle
from .handler_calls import Awaits, HandlerCalls, Suspended
from .host import Follower, Host, Job, Run
from .in_place import announced
from .live_task import LiveTask
from .naming import Place, check_name
from .nested import is_start_of
from .result import Result
from .simulate import Definition, loaded

if TYPE_CHECKING:
    from anyio.lowlevel import EventLoopToken

Listener = Callable[[ExecutionHandle, Status], None]

LONGEST_POLL = 60.0  # seconds that GetActivityTask holds the line
CALLS_IN_A_ROW = 100  # calls of handlers that never wait, before others have their turn


class Interpreter:
    """Runs executions until it is left.

    >>> import anyio
    >>> async def main():
    ...     async with Interpreter() as interpreter:
    ...         execution = await interpreter.start({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"id": 7})
    ...         return (await execution.result()).output
    >>> anyio.run(main)
    {'id': 7}

    ``max_handlers`` bounds how many handlers are at work at a time, in threads or not, sleeping ones too; without
    ``threads`` sync handlers run on the event loop.

    ``on_status`` is called on the event loop, between turns, with every change of an execution's status; ``result``
    returns after it has been told of the end. If it raises, the block ends with its exception.

    Leaving the ``async with`` block cancels the handlers at work and waits for them (abandoned threads aside).
    Executions stay as they are: one that had not ended is still RUNNING, and can be looked at, but not moved.
    An exception of the block comes out as it is, not in a group.
    """

    def __init__(
        self,
        resources: Resources | None = None,
        *,
        clock: Clock | None = None,
        tokens: TokenStore | None = None,
        limits: Limits | None = None,
        place: Place | None = None,
        max_handlers: int = 1_000,
        threads: bool = True,
        on_status: Listener | None = None,
        on_history: Follower | None = None,
    ) -> None:
        if max_handlers < 1:
            raise ValueError(f"max_handlers must be at least 1, not {max_handlers}")
        self._clock = SystemClock() if clock is None else clock
        self._resources = Resources() if resources is None else resources
        self._place = Place() if place is None else place
        self._limits = limits
        self.tokens: TokenStore = MemoryTokenStore() if tokens is None else tokens  # an empty one is false
        signer = self.tokens.signer(secrets.token_bytes(32))
        self._host = Host(self._resources, self._clock.now, signer, self._place, limits)
        self._host.begun = lambda run: self._note(run, "RUNNING")
        self._host.ended = self._on_ended
        self._host.on_history = on_history
        self._seeds = Random(secrets.randbits(128))
        self._max_handlers = max_handlers
        self._threads = threads
        self._calls: HandlerCalls | None = None
        self._on_status = on_status
        self._at_work = 0
        self._asleep = 0
        self._in_charge: anyio.CancelScope | None = None  # the worker that takes the jobs
        self._backlog: deque[tuple[Job, Awaits | None]] = deque()
        self._quick: list[Job] = []
        self._news: deque[tuple[ExecutionHandle, Status]] = deque()
        self._polls: set[anyio.CancelScope] = set()
        self._changed = anyio.Event()
        self._alarm: float | None = None
        self._group: TaskGroup | None = None
        self._ends: dict[Run, anyio.Event] = {}

    async def __aenter__(self) -> Interpreter:
        if self._calls is not None:
            raise CallerError("an interpreter is entered once: make another one")
        calls = HandlerCalls(self._host, self._clock.now, self.sleep, self._turn, threads=self._threads)
        self._host.hooks = lambda run, task: LiveTask(calls, run, task)
        self._host.cancelled = calls.cancel
        self._calls = calls
        self._group = await anyio.create_task_group().__aenter__()
        self._group.start_soon(self._keep_time)
        serve_other_processes(self, self._group)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        group = self._running_group()
        self._group = None
        self._close()
        group.cancel_scope.cancel()
        try:
            suppressed = await group.__aexit__(kind, error, trace)
        except BaseExceptionGroup as problems:
            if len(problems.exceptions) > 1:
                raise
            alone = problems.exceptions[0]
        else:
            self._announce()
            return suppressed
        if _is_same(alone, error):
            return False
        raise alone

    def _close(self) -> None:
        """Whoever waits for something that will not happen any more goes on."""
        if self._calls is not None:
            self._calls.close()
        self._host.files.close()
        for poll in self._polls:
            poll.cancel()
        for ended in self._ends.values():
            ended.set()
        self._ends.clear()

    # ------------------------------------------------------------------ executions

    async def start(
        self, machine: Definition, input: JSON = None, *, name: str | None = None, seed: int | None = None
    ) -> ExecutionHandle:
        """Start an execution; ``name`` is made up if it is not given.

        As with StartExecution, the same name and input while that execution runs gives the same execution again.
        Raises ``InvalidDefinition``, ``InvalidExecutionInput``, ``InvalidName``, ``MissingHandlers`` or
        ``ExecutionAlreadyExists``.
        """
        self._running_group()
        machine, value, _ = admitted(loaded(machine), input, self._resources, self._limits)
        identity = self._place.identity(machine, str(uuid4()) if name is None else check_name(name), _unique)
        known = self._host.runs.get(identity.arn)
        if known is not None:
            if known.finished or not is_start_of(known.execution, machine, value):
                raise ExecutionAlreadyExists(f"Execution Already Exists: '{identity.arn}'")
            return ExecutionHandle(self, known)
        run = self._host.begin(machine, value, identity, self._seeds.getrandbits(63) if seed is None else seed)
        self._note(run, "RUNNING")
        self._turn()
        return ExecutionHandle(self, run)

    async def start_sync(
        self, machine: Definition, input: JSON = None, *, name: str | None = None, seed: int | None = None
    ) -> Result:
        """Run an Express machine to its end, as StartSyncExecution; a failure is a result too.

        The execution is stopped if whoever waits is cancelled. Raises what ``start`` raises, and
        ``StateMachineTypeNotSupported`` for a Standard machine.
        """
        machine = loaded(machine)
        if machine.type != "EXPRESS":
            raise StateMachineTypeNotSupported(
                f"the state machine {machine.name} is {machine.type}: only Express ones can be started synchronously"
            )
        execution = await self.start(machine, input, name=name, seed=seed)
        try:
            return await execution.result()
        finally:
            if execution.status == "RUNNING" and self._group is not None:
                await execution.stop()

    def execution(self, arn: str) -> ExecutionHandle:
        """The execution with this ARN. Raises ``ExecutionDoesNotExist``."""
        run = self._host.runs.get(arn)
        if run is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return ExecutionHandle(self, run)

    def executions(self) -> list[ExecutionHandle]:
        """All executions, oldest first; of children of distributed Maps that are over, the last 1,000."""
        return [ExecutionHandle(self, run) for run in self._host.runs.values()]

    def forget(self, arn: str) -> None:
        """Drop an execution that is over, with its history; its name may then be used again.

        An interpreter that runs for long keeps all its executions until they are forgotten. Raises
        ``ExecutionDoesNotExist``, and ``CallerError`` for one that is still running.
        """
        run = self.execution(arn).run
        if not run.finished:
            raise CallerError(f"the execution is still running and cannot be forgotten: {arn}")
        self._host.forget(run)

    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Stop an execution; one that is over stays as it is. Raises ``ExecutionDoesNotExist``."""
        self.abort(self.execution(arn).run, error, cause)

    async def redrive(self, arn: str) -> ExecutionHandle:
        """Let an execution that failed, timed out or was stopped go on from its unsuccessful states.

        Raises ``ExecutionDoesNotExist`` or ``ExecutionNotRedrivable``.
        """
        self._running_group()
        execution = self.execution(arn)
        self._host.redrive(execution.run)
        self._note(execution.run, "RUNNING")
        self._turn()
        return execution

    def describe(self, arn: str) -> Result:
        """How an execution stands. Raises ``ExecutionDoesNotExist``."""
        return self.execution(arn).describe()

    def history(self, arn: str) -> list[HistoryEvent]:
        """The history so far, as GetExecutionHistory answers. Raises ``ExecutionDoesNotExist``."""
        return self.execution(arn).history()

    def map_runs(self, arn: str) -> list[MapRun]:
        """The map runs of an execution as they stand, oldest first. Raises ``ExecutionDoesNotExist``."""
        return list(self.execution(arn).describe().map_runs)

    def map_run(self, arn: str) -> MapRun:
        """The map run with this ARN as it stands. Raises ``MapRunDoesNotExist``."""
        for run in self._host.runs.values():
            if found := run.execution.map_runs.get(arn):
                return deepcopy(found)
        raise MapRunDoesNotExist(f"Map Run Does Not Exist: '{arn}'")

    # ------------------------------------------------------------------ task tokens and activities

    async def send_task_success(self, token: str, output: JSON) -> None:
        """End the token's task; ``output`` is JSON text, or a JSON value other than text.

        Raises ``InvalidOutput``, ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``.
        """
        self._running_group()
        self._host.send_success(token, output)
        self._turn()

    async def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let the token's task fail. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        self._host.send_failure(token, error, cause)
        self._turn()

    async def send_task_heartbeat(self, token: str) -> None:
        """The token's task is alive. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        self._host.send_heartbeat(token)
        self._turn()

    async def waits_for_token(self, token: str) -> bool:
        """Whether a task waits for this token."""
        self._running_group()
        return self._host.waits_for(token)

    def event_loop(self) -> EventLoopToken:
        """anyio's token of the event loop on which this interpreter runs. Raises ``CallerError`` if it does not."""
        self._running_group()
        assert self._calls is not None
        return self._calls.loop

    async def get_activity_task(
        self, activity: str, worker_name: str | None = None, *, wait: float = LONGEST_POLL
    ) -> ActivityTask | None:
        """The next task of an activity, given by ARN or name; ``None`` if none came within ``wait`` seconds.

        Raises ``ActivityDoesNotExist``.
        """
        self._running_group()
        arn = self._place.activity_arn(activity)
        await checkpoint()  # a worker that never runs out of work must not starve the others
        while (work := self._host.take_work(arn) or await self._await_work(arn, wait)) is not None:
            if self._host.work_taken(work, worker_name):
                self._turn()
                return ActivityTask(work.token, work.input)
        return None

    async def _await_work(self, arn: str, wait: float) -> ActivityWork | None:
        taken: list[ActivityWork] = []

        def poller(work: ActivityWork) -> bool:
            taken.append(work)
            poll.cancel()
            return True

        try:
            with anyio.CancelScope() as poll:
                self._polls.add(poll)
                self._host.activities.wait(arn, poller)
                self._changed.set()
                await self._clock.sleep(wait)
        except BaseException:  # whoever asked is gone: the next one gets the work
            if taken:
                self._host.activities.put_back(arn, taken[0])
            raise
        finally:
            self._polls.discard(poll)
            self._host.activities.leave(arn, poller)
        return taken[0] if taken else None

    # ------------------------------------------------------------------ turning

    def abort(self, run: Run, error: str | None, cause: str | None) -> None:
        """Stop an execution."""
        self._running_group()
        self._host.abort(run, error, cause)
        self._turn()

    async def ended(self, run: Run) -> None:
        """Wait for the end of an execution. Raises ``CallerError`` if the interpreter is left before."""
        while not run.finished or run in self._ends:  # it may have been redriven meanwhile
            self._running_group()
            await self._ends.setdefault(run, anyio.Event()).wait()
            if self._group is None:
                break
        if not run.finished:
            raise CallerError(f"the interpreter was left before the end of {run.arn}")

    async def settled(self) -> None:
        """Wait until no handler is at work: what still runs then waits for time, a token or a worker.

        Tests of callbacks use it to be sure that the token has been handed out.
        """
        quiet = 0
        while quiet < QUIET_ROUNDS:
            await checkpoint()
            quiet = quiet + 1 if self.is_idle() else 0

    def now(self) -> float:
        """What time it is, by the interpreter's clock."""
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        """A handler lets time pass; meanwhile it is not at work."""
        self._asleep += 1
        self._changed.set()
        try:
            await self._clock.sleep(seconds)
        finally:
            self._asleep -= 1

    def _turn(self) -> None:
        """Apply what was told, and put handlers to work."""
        self._apply()
        self._dispatch()

    def _apply(self) -> None:
        # What is due waits for _keep_time: an endless loop gets one quantum for a round of the event loop, not for
        # every piece of news about other executions.
        self._accept(self._host.apply())
        if self._news or self._quick or self._host.next_deadline() != self._alarm or self.is_idle():
            self._changed.set()

    def _accept(self, jobs: list[Job]) -> None:
        assert self._calls is not None
        room = self._at_work + len(self._backlog) + len(jobs) <= self._max_handlers
        for job in jobs:
            if self._calls.is_quick(job):
                self._quick.append(job)
                continue
            self._backlog.append((job, None))
            if len(jobs) > 1 and room:  # they begin together
                self._host.started(job)

    def _dispatch(self) -> None:
        """See to it that somebody takes the jobs: one worker, which sends for the next when its handler waits."""
        if self._backlog and self._in_charge is None and self._at_work < self._max_handlers and self._group is not None:
            self._in_charge = scope = anyio.CancelScope()
            self._group.start_soon(self._work, scope)

    async def _work(self, scope: anyio.CancelScope) -> None:
        """Make calls of handlers, and those that they bring forth, one after the other."""
        calls = 0
        with scope:
            while self._takes_a_job(scope):
                await self._call(scope, *self._backlog.popleft())
                calls += 1
                if calls % CALLS_IN_A_ROW == 0:
                    await checkpoint()
        if self._in_charge is scope:
            self._in_charge = None
        self._dispatch()
        if self.is_idle():
            self._changed.set()

    def _takes_a_job(self, worker: anyio.CancelScope) -> bool:
        """Whether this worker is the one to take the next job, and there is one that may be taken."""
        if not self._backlog or self._at_work >= self._max_handlers or self._group is None:
            return False
        if self._in_charge is None:
            self._in_charge = worker
        return self._in_charge is worker

    async def _call(self, worker: anyio.CancelScope, job: Job, begun: Awaits | None) -> None:
        assert self._calls is not None
        outcome = self._calls.begin(job, begun)
        if isinstance(outcome, Suspended):
            outcome = await self._finished(worker, job, outcome)
        if outcome is not None:
            self._host.returned(job, outcome)
        self._apply()

    async def _finished(self, worker: anyio.CancelScope, job: Job, call: Suspended) -> Outcome:
        """Wait for a call; meanwhile another worker takes the jobs."""
        assert self._calls is not None
        self._host.started(job)
        self._in_charge = None
        self._at_work += 1
        self._dispatch()
        try:
            return await self._calls.finish(job, call, worker)
        finally:
            self._at_work -= 1

    # ------------------------------------------------------------------ time

    async def _keep_time(self) -> None:
        while True:
            self._announce()
            await self._work_in_place()
            if self._news:  # quick calls have ended something
                await checkpoint()
                continue
            self._changed = anyio.Event()
            self._alarm = self._host.next_deadline()
            if self._alarm is not None and self._alarm <= self._clock.now():
                await checkpoint()
            else:
                await self._clock.wait_until(self._alarm, self._changed, self.is_idle)
            self._turn_by_the_clock()

    def _turn_by_the_clock(self) -> None:
        self._accept(self._host.turn())
        self._dispatch()

    async def _work_in_place(self) -> None:
        """Make the quick calls, round by round: the same histories as in ``simulate``."""
        calls = 0
        while self._quick:
            jobs, self._quick = self._quick, []
            together = announced(self._host, jobs)
            for job in jobs:
                self._call_in_place(job, together)
                calls += 1
                if calls % CALLS_IN_A_ROW == 0:
                    await checkpoint()
            self._turn_by_the_clock()

    def _call_in_place(self, job: Job, started: bool) -> None:
        assert self._calls is not None
        begun = self._calls.make_in_place(job, started)
        if begun is not None:
            self._backlog.appendleft((job, begun))
            self._dispatch()

    def is_idle(self) -> bool:
        """Whether no handler is at work; one that sleeps is not."""
        return self._at_work == self._asleep and not (self._backlog or self._quick or self._news)

    # ------------------------------------------------------------------ news of executions

    def _on_ended(self, run: Run) -> None:
        run.records = PackedRecords(run.records)
        if self._on_status is None:
            self._wake(run)
        else:
            self._ends.setdefault(run, anyio.Event())
            self._note(run, run.execution.status)

    def _note(self, run: Run, status: Status) -> None:
        """Remember to tell the listener."""
        if self._on_status is not None:
            self._news.append((ExecutionHandle(self, run), status))

    def _announce(self) -> None:
        """Tell the listener what it has not heard yet."""
        while self._news:
            handle, status = self._news.popleft()
            try:
                if self._on_status is not None and handle.run.parent is None:
                    self._on_status(handle, status)
            finally:
                if status != "RUNNING":
                    self._wake(handle.run)

    def _wake(self, run: Run) -> None:
        """Let those go on who wait for the end of an execution."""
        if ended := self._ends.pop(run, None):
            ended.set()

    def _running_group(self) -> TaskGroup:
        if self._group is None:
            raise CallerError('the interpreter is not running: use it as "async with aslrun.Interpreter(...)"')
        return self._group


def _unique() -> str:
    return str(uuid4())


def _is_same(left: BaseException, right: BaseException | None) -> bool:
    """Whether it is the exception itself; trio makes groups anew."""
    if isinstance(left, BaseExceptionGroup) and isinstance(right, BaseExceptionGroup):
        return left.exceptions == right.exceptions
    return left is right
