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
from ..engine.events import News
from ..engine.history import HistoryEvent, PackedRecords
from ..engine.limits import Limits
from ..engine.map_run import MapRun
from ..errors import (
    CallerError,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    MapRunDoesNotExist,
    StateMachineTypeNotSupported,
    TaskTimedOut,
)
from ..resources.registry import Resources
from ..stores.protocols import ExecutionStore, Listed, Query
from ..stores.tokens import KeepsTokens, MemoryTokenStore, TokenStore
from ..values import JSON
from .activity_polls import LONGEST_POLL, ActivityPolls
from .activity_task import ActivityTask
from .admission import admitted
from .callback_file import serve_other_processes
from .clock import QUIET_ROUNDS, Clock, SystemClock
from .durable_host import DurableHost
from .execution_handle import ExecutionHandle
from .handler_calls import HandlerCalls
from .host import Follower, Host, Run
from .journal import Journal
from .live_task import LiveTask
from .naming import Place, check_name
from .nested import is_start_of
from .recovery import Progress, Recovered
from .result import Result
from .simulate import Definition, loaded
from .workers import Workers

if TYPE_CHECKING:
    from anyio.lowlevel import EventLoopToken

Listener = Callable[[ExecutionHandle, Status], None]


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

    With a ``store`` executions survive the process: what is told to one is written before it is applied, and entering
    the block takes up all that were not over (``recovered`` says what, ``on_recovery`` is told how far it is). Of those
    that wait, ``max_awake`` stay in memory; the others come back when something happens to them. If the store fails,
    the block ends with its ``StoreError``.

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
        store: ExecutionStore | None = None,
        max_awake: int = 1_000,
        max_handlers: int = 1_000,
        threads: bool = True,
        on_status: Listener | None = None,
        on_history: Follower | None = None,
        on_recovery: Progress | None = None,
    ) -> None:
        if max_handlers < 1:
            raise ValueError(f"max_handlers must be at least 1, not {max_handlers}")
        self._clock = SystemClock() if clock is None else clock
        self._resources = Resources() if resources is None else resources
        self._place = Place() if place is None else place
        self._limits = limits
        self.tokens: TokenStore = MemoryTokenStore() if tokens is None else tokens  # an empty one is false
        signer = self.tokens.signer(secrets.token_bytes(32))
        about = (self._resources, self._clock.now, signer, self._place, limits)
        self._host = Host(*about) if store is None else DurableHost(*about, store, max_awake)
        self._own_tokens = tokens is None
        self._on_recovery = on_recovery
        self.recovered = Recovered()
        self._journal: Journal | None = None
        if isinstance(self._host, DurableHost):
            self._journal = Journal(self._host, self._turn_after_writing, threads=threads)
        self._host.begun = lambda run: self._note(run, "RUNNING")
        self._host.ended = self._on_ended
        self._host.on_history = on_history
        self._seeds = Random(secrets.randbits(128))
        self._workers = Workers(self._host, max_handlers, self._apply, lambda: self._changed.set())
        self._threads = threads
        self._calls: HandlerCalls | None = None
        self._on_status = on_status
        self._news: deque[tuple[ExecutionHandle, Status]] = deque()
        self._polls = ActivityPolls(self._host, self._clock, self._turn, lambda: self._changed.set())
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
        self._workers.open(calls, self._group)
        if self._journal is not None:
            await self._open(self._journal)
        self._group.start_soon(self._keep_time)
        serve_other_processes(self, self._group)
        return self

    async def _open(self, journal: Journal) -> None:
        """Take up what is in the store; the tokens are signed as before."""
        try:
            store = journal.own()
            if self._own_tokens and isinstance(store, KeepsTokens):
                self.tokens = store.tokens()
                self._host.sign(self.tokens.signer(secrets.token_bytes(32)))
            self.recovered = await journal.open(self._running_group(), self._on_recovery)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        self._turn()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        group = self._running_group()
        self._group = None
        self._workers.close()
        self._close()
        group.cancel_scope.cancel()
        try:
            try:
                suppressed = await group.__aexit__(kind, error, trace)
            finally:
                self._close_store()
        except BaseExceptionGroup as problems:
            if self._journal is not None and self._journal.problem is not None:
                raise self._journal.problem from None  # whoever waited for the store has raised it as well
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
        self._polls.close()
        for ended in self._ends.values():
            ended.set()
        self._ends.clear()

    def _close_store(self) -> None:
        if self._journal is not None:
            self._journal.close()

    async def stored(self) -> None:
        """Wait until what was told until now would survive the process."""
        if self._journal is not None:
            await self._journal.stored()

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
        known = self._host.known(identity.arn)
        if known is not None:
            await self.stored()
            if known.finished or not is_start_of(known.execution, machine, value):
                raise ExecutionAlreadyExists(f"Execution Already Exists: '{identity.arn}'")
            return ExecutionHandle(self, known)
        run = self._host.begin(machine, value, identity, self._seeds.getrandbits(63) if seed is None else seed)
        self._note(run, "RUNNING")
        self._turn()
        await self.stored()
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
        run = self._host.known(arn)
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

    def list_executions(self, query: Query | None = None) -> list[Listed]:
        """One page of the executions in the store, newest first unless the query says otherwise.

        Raises ``StoreError``, and ``CallerError`` without a store.
        """
        return self._kept().executions.list(query)

    async def prune(self, *, older_than: float | None = None, keep: int | None = None) -> int:
        """Forget executions that ended more than so many seconds ago, and all but the newest ones; how many.

        Children of distributed Maps go with their parents and are not counted. Raises ``StoreError``, and
        ``CallerError`` without a store.
        """
        journal = self._kept()
        self._running_group()
        return await journal.prune(None if older_than is None else self.now() - older_than, keep)

    def _kept(self) -> Journal:
        if self._journal is None:
            raise CallerError("the interpreter has no store: give it one, as in Interpreter(store=...)")
        return self._journal

    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Stop an execution; one that is over stays as it is. Raises ``ExecutionDoesNotExist``."""
        await self.execution(arn).stop(error, cause)

    async def redrive(self, arn: str) -> ExecutionHandle:
        """Let an execution that failed, timed out or was stopped go on from its unsuccessful states.

        Raises ``ExecutionDoesNotExist`` or ``ExecutionNotRedrivable``.
        """
        self._running_group()
        execution = self.execution(arn)
        while self._host.is_unwinding(execution.run):
            await self.stored()
        self._host.redrive(execution.run)
        self._note(execution.run, "RUNNING")
        self._turn()
        await self.stored()
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
        await self._told(self._host.send_success(token, output))

    async def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let the token's task fail. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        await self._told(self._host.send_failure(token, error, cause))

    async def send_task_heartbeat(self, token: str) -> None:
        """The token's task is alive. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        await self._told(self._host.send_heartbeat(token))

    async def _told(self, event: News) -> None:
        """Something was told with a token. Raises ``TaskTimedOut`` if its task was over before it was stored."""
        if self._journal is None:
            return self._turn()
        with self._journal.watching(event) as was_taken:
            self._turn()
            await self.stored()
            if not was_taken():
                raise TaskTimedOut
        return None

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
        task = await self._polls.next_task(self._place.activity_arn(activity), worker_name, wait)
        await self.stored()
        return task

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
        await self._workers.sleep(self._clock.sleep(seconds))

    def _turn(self) -> None:
        """Apply what was told, and put handlers to work."""
        self._apply()
        self._workers.dispatch()

    def _apply(self) -> None:
        # What is due waits for _keep_time: an endless loop gets one quantum for a round of the event loop, not for
        # every piece of news about other executions.
        self._workers.accept(self._host.apply())
        if self._news or self._workers.has_quick or self._host.next_deadline() != self._alarm or self.is_idle():
            self._changed.set()

    def _turn_after_writing(self) -> None:
        """What was written is applied: put handlers to work."""
        self._workers.accept(self._host.apply())
        self._workers.dispatch()
        self._changed.set()

    # ------------------------------------------------------------------ time

    async def _keep_time(self) -> None:
        while True:
            if by := self._clock.moved():
                self._host.clock_moved(by)
                self._turn()
            self._announce()
            await self._workers.work_in_place(self._turn_by_the_clock)
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
        self._workers.accept(self._host.turn())
        self._workers.dispatch()

    def is_idle(self) -> bool:
        """Whether no handler is at work; one that sleeps is not."""
        return self._workers.is_idle and not self._news and (self._journal is None or self._journal.is_idle)

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
