"""What an interpreter does between the calls of its users: it turns, keeps the time, and tells what has happened.

Rules that a change must keep:

1. ``_turn`` is called on the event loop only, never waits and never calls code of the application: listeners are
   called between turns, so they may start, stop and answer executions themselves.
2. What is due waits for ``_keep_time``; so does everything that happens at an instant.
3. Over a store nothing is applied in a turn: the journal writes what was told, has it applied, and calls back.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from random import Random
from types import TracebackType

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..engine.effects import Status
from ..engine.history import PackedRecords
from ..engine.limits import Limits
from ..errors import CallerError
from ..resources.registry import Resources
from ..stores.protocols import ExecutionStore
from ..stores.tokens import KeepsTokens, MemoryTokenStore, TokenStore
from .activity_polls import ActivityPolls
from .clock import QUIET_ROUNDS, Clock, SystemClock
from .durable_host import DurableHost
from .execution_handle import ExecutionHandle
from .handler_calls import HandlerCalls
from .host import Follower, Host
from .journal import Journal
from .live_task import LiveTask
from .naming import Place
from .recovery import Progress, Recovered
from .runs import Run
from .workers import Workers

Listener = Callable[[ExecutionHandle, Status], None]
FEW_RECORDS = 100  # of an execution that is over: not worth packing if there are few executions


class InterpreterLoop:
    """An interpreter without its users' calls."""

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
        if max_awake < 0:
            raise ValueError(f"max_awake must be 0 or more, not {max_awake}")
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
            self._journal = Journal(self._host, self._turn, threads=threads)
        self._host.begun = lambda run: self._note(run, "RUNNING")
        self._host.ended = self._on_ended
        self._host.on_history = on_history
        self._seeds = Random(secrets.randbits(128))
        self._workers = Workers(self._host, max_handlers, self._apply, self._rest, stays=store is not None)
        self._threads = threads
        self._calls: HandlerCalls | None = None
        self._on_status = on_status
        self._news: deque[tuple[ExecutionHandle, Status]] = deque()
        self._polls = ActivityPolls(self._host, self._clock, self._turn, lambda: self._changed.set())
        self._changed = anyio.Event()
        self._alarm: float | None = None
        self._group: TaskGroup | None = None
        self._ends: dict[Run, anyio.Event] = {}

    async def _enter(self) -> TaskGroup:
        """Begin to turn; what is in the store is taken up."""
        if self._calls is not None:
            raise CallerError("an interpreter is entered once: make another one")
        calls = HandlerCalls(self._host, self._clock.now, self.sleep, self._turn, threads=self._threads)
        self._host.hooks = lambda host, run, task: LiveTask(calls, run, task)
        self._host.cancelled = calls.cancel
        self._calls = calls
        self._group = await anyio.create_task_group().__aenter__()
        self._workers.open(calls, self._group)
        if self._journal is not None:
            await self._open(self._journal)
        self._group.start_soon(self._keep_time)
        return self._group

    async def _open(self, journal: Journal) -> None:
        """Take up what is in the store; the tokens are signed as before."""
        try:
            store = journal.own()
            if self._own_tokens and isinstance(store, KeepsTokens):
                self.tokens = store.tokens()
                self._host.sign(self.tokens.signer(secrets.token_bytes(32)))
            self.recovered = await journal.open(self._running_group(), self._on_recovery)
        except BaseException as error:
            await self._leave(type(error), error, error.__traceback__)
            raise
        self._turn()

    async def _leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Stop to turn; an exception of the block comes out as it is."""
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
        workers = self._workers
        if jobs := self._host.apply():
            workers.accept(jobs)
        if self._news or workers.quick or self._host.next_deadline() != self._alarm or self.is_idle():
            self._changed.set()

    def _rest(self) -> None:
        """Workers have nothing left to do; perhaps there is nothing left at all."""
        if self._journal is None or self._journal.is_idle:
            self._changed.set()
        else:
            self._journal.write_now()  # what is written brings work

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
        if self._journal is None or len(run.records) > FEW_RECORDS:  # with a store there are few: the others are in it
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


def _is_same(left: BaseException, right: BaseException | None) -> bool:
    """Whether it is the exception itself; trio makes groups anew."""
    if isinstance(left, BaseExceptionGroup) and isinstance(right, BaseExceptionGroup):
        return left.exceptions == right.exceptions
    return left is right
