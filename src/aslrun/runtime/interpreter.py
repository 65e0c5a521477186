"""The interpreter: many executions in real time, on asyncio or trio, beside the application that embeds it.

One task group, one heap of deadlines. A waiting execution is a record and an entry in the heap, not a task; a task
exists only while a handler is at work, and goes on with the next handler of the work that it brought forth.

Rules that a change must keep:

1. ``_turn`` is called on the event loop only, and never waits.
2. A handler that never returns is cancelled when nobody waits for its task any more, and holds nobody up: an async
   one in its cancel scope, a sync one in its worker thread, which is abandoned.
3. Whatever goes wrong in a handler is its task's failure, never the interpreter's.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from types import TracebackType
from typing import Any
from uuid import uuid4

import anyio
import anyio.from_thread
import anyio.to_thread
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from ..engine.effects import Status
from ..engine.events import Event, TaskHeartbeat, TaskSubmitted
from ..engine.history import HistoryEvent
from ..engine.limits import Limits
from ..errors import CallerError, ExecutionAlreadyExists, ExecutionDoesNotExist, TaskTimedOut
from ..resources.activities import ActivityWork
from ..resources.invocation import Failed, Outcome, invoke, invoke_sync
from ..resources.registry import Resources
from ..resources.task_context import ACKNOWLEDGED
from ..stores.tokens import MemoryTokenStore, TokenStore
from ..values import JSON, equal
from .activity_task import ActivityTask
from .admission import admitted
from .clock import QUIET_ROUNDS, Clock, SystemClock
from .execution_handle import ExecutionHandle
from .host import Host, Job, Run
from .naming import Place, check_name
from .result import Result
from .simulate import Definition, loaded

Listener = Callable[[ExecutionHandle, Status], None]

LONGEST_POLL = 60.0  # seconds that GetActivityTask holds the line


class Interpreter:
    """Runs executions until it is left.

    >>> import anyio
    >>> async def main():
    ...     async with Interpreter() as interpreter:
    ...         execution = await interpreter.start({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, {"id": 7})
    ...         return (await execution.result()).output
    >>> anyio.run(main)
    {'id': 7}

    ``max_handlers`` bounds how many handlers are at work at a time; without ``threads`` sync handlers run on the event
    loop. ``on_status`` is called with every change of an
    execution's status. Leaving the ``async with`` block stops what still runs.
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
    ) -> None:
        if max_handlers < 1:
            raise ValueError(f"max_handlers must be at least 1, not {max_handlers}")
        self._clock = clock or SystemClock()
        self._resources = resources or Resources()
        self._place = place or Place()
        self._limits = limits
        tokens = tokens or MemoryTokenStore(secrets.token_bytes(32))
        self._host = Host(self._resources, self._clock.now, tokens, self._place, limits)
        self._host.hooks = lambda run, task: _LiveTask(self, run, task)
        self._host.cancelled = self._cancel
        self._max_handlers = max_handlers
        self._threads = threads
        self._on_status = on_status
        self._at_work = 0
        self._asleep = 0
        self._backlog: deque[Job] = deque()
        self._scopes: dict[tuple[Run, int], anyio.CancelScope] = {}
        self._changed = anyio.Event()
        self._alarm: float | None = None
        self._group: TaskGroup | None = None
        self._ends: dict[Run, anyio.Event] = {}

    async def __aenter__(self) -> Interpreter:
        self._group = await anyio.create_task_group().__aenter__()
        self._group.start_soon(self._keep_time)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        group = self._running_group()
        group.cancel_scope.cancel()
        self._group = None
        return await group.__aexit__(kind, error, trace)

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
        identity = self._place.identity(machine, check_name(name or str(uuid4())), str(uuid4()))
        known = self._host.runs.get(identity.arn)
        if known is not None:
            if known.finished or not equal(known.execution.input, value):
                raise ExecutionAlreadyExists(f"Execution Already Exists: '{identity.arn}'")
            return ExecutionHandle(self, known)
        run = self._host.begin(machine, value, identity, secrets.randbits(63) if seed is None else seed)
        handle = ExecutionHandle(self, run)
        run.on_finish.append(lambda run: self._announce(handle))
        if self._on_status is not None:
            self._on_status(handle, "RUNNING")
        self._turn()
        return handle

    def execution(self, arn: str) -> ExecutionHandle:
        """The execution with this ARN. Raises ``ExecutionDoesNotExist``."""
        run = self._host.runs.get(arn)
        if run is None:
            raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
        return ExecutionHandle(self, run)

    def executions(self) -> list[ExecutionHandle]:
        """All executions, those of distributed Map items too, oldest first."""
        return [ExecutionHandle(self, run) for run in self._host.runs.values()]

    async def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Stop an execution; one that is over stays as it is. Raises ``ExecutionDoesNotExist``."""
        self.abort(self.execution(arn).run, error, cause)

    def describe(self, arn: str) -> Result:
        """How an execution stands. Raises ``ExecutionDoesNotExist``."""
        return self.execution(arn).describe()

    def history(self, arn: str) -> list[HistoryEvent]:
        """The history so far, as GetExecutionHistory answers. Raises ``ExecutionDoesNotExist``."""
        return self.execution(arn).history()

    # ------------------------------------------------------------------ task tokens and activities

    async def send_task_success(self, token: str, output: JSON) -> None:
        """End the token's task; ``output`` is JSON text, or a JSON value other than text.

        Raises ``InvalidOutput``, ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``.
        """
        self._host.send_success(token, output)
        self._turn()

    async def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let the token's task fail. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._host.send_failure(token, error, cause)
        self._turn()

    async def send_task_heartbeat(self, token: str) -> None:
        """The token's task is alive. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._host.send_heartbeat(token)
        self._turn()

    async def get_activity_task(
        self, activity: str, worker_name: str | None = None, *, wait: float = LONGEST_POLL
    ) -> ActivityTask | None:
        """The next task of an activity, given by ARN or name; ``None`` if none came within ``wait`` seconds.

        Raises ``ActivityDoesNotExist``.
        """
        arn = self._place.activity_arn(activity)
        work = self._host.activities.take(arn)
        if work is None:
            work = await self._await_work(arn, wait)
        if work is None:
            return None
        self._host.take_work(work, worker_name)
        self._turn()
        return ActivityTask(work.token, work.input)

    async def _await_work(self, arn: str, wait: float) -> ActivityWork | None:
        taken: list[ActivityWork] = []
        arrived = anyio.Event()

        def poller(work: ActivityWork) -> bool:
            taken.append(work)
            arrived.set()
            return True

        self._host.activities.wait(arn, poller)
        try:
            with anyio.move_on_after(wait):
                await arrived.wait()
        finally:
            self._host.activities.leave(arn, poller)
        return taken[0] if taken else None

    # ------------------------------------------------------------------ turning

    def abort(self, run: Run, error: str | None, cause: str | None) -> None:
        """Stop an execution."""
        self._host.abort(run, error, cause)
        self._turn()

    async def ended(self, run: Run) -> None:
        """Wait for the end of an execution."""
        if not run.finished:
            await self._ends.setdefault(run, anyio.Event()).wait()

    async def settled(self) -> None:
        """Wait until no handler is at work: what still runs then waits for time, a token or a worker.

        Tests of callbacks use it to be sure that the token has been handed out.
        """
        quiet = 0
        while quiet < QUIET_ROUNDS:
            await checkpoint()
            quiet = quiet + 1 if self._is_idle() else 0

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

    def tell(self, run: Run, task: int, event: Callable[[float], Event]) -> None:
        """A handler has news of its task. Raises ``TaskTimedOut`` if the task is over."""
        if not self._host.is_waiting(run, task):
            raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
        self._host.tell(run, event(self._clock.now()))
        self._turn()

    def _turn(self) -> None:
        """Apply what was told, and put handlers to work."""
        self._apply()
        self._dispatch()

    def _apply(self) -> None:
        self._backlog.extend(self._host.turn())
        if self._host.next_deadline() != self._alarm or self._is_idle():
            self._changed.set()

    def _dispatch(self) -> None:
        group = self._group
        while self._backlog and self._at_work < self._max_handlers and group is not None:
            self._at_work += 1
            group.start_soon(self._work, self._backlog.popleft())

    async def _work(self, job: Job) -> None:
        """Make a call of a handler, and then those that it brings forth, one after the other."""
        try:
            while True:
                outcome = await self._call(job)
                if outcome is not None:
                    self._host.returned(job, outcome)
                self._apply()
                if not self._backlog:
                    break
                job = self._backlog.popleft()
                self._dispatch()
        finally:
            self._at_work -= 1
        if self._is_idle():
            self._changed.set()

    async def _call(self, job: Job) -> Outcome | None:
        """The outcome of one call; ``None`` if nobody waits for it any more."""
        if not self._host.is_waiting(job.run, job.scheduled.task):
            return None
        self._host.started(job)
        call = job.call
        if isinstance(call, Failed):
            return call
        if not call.handler.is_async and (call.handler.inline or not self._threads):
            return invoke_sync(call)
        key = (job.run, job.scheduled.task)
        with anyio.CancelScope() as scope:
            self._scopes[key] = scope
            try:
                if call.handler.is_async:
                    return await invoke(call)
                return await anyio.to_thread.run_sync(invoke_sync, call, abandon_on_cancel=True)
            finally:
                self._scopes.pop(key, None)
        return None

    def _cancel(self, run: Run, task: int) -> None:
        scope = self._scopes.get((run, task))
        if scope is not None:
            scope.cancel()

    # ------------------------------------------------------------------ time

    async def _keep_time(self) -> None:
        while True:
            self._changed = anyio.Event()
            self._alarm = self._host.next_deadline()
            if self._alarm is not None and self._alarm <= self._clock.now():
                await checkpoint()
            else:
                await self._clock.wait_until(self._alarm, self._changed, self._is_idle)
            self._turn()

    def _is_idle(self) -> bool:
        return self._at_work == self._asleep and not self._backlog

    def _announce(self, handle: ExecutionHandle) -> None:
        if ended := self._ends.pop(handle.run, None):
            ended.set()
        if self._on_status is not None:
            self._on_status(handle, handle.status)

    def _running_group(self) -> TaskGroup:
        if self._group is None:
            raise CallerError('the interpreter is not running: use it as "async with aslrun.Interpreter(...)"')
        return self._group


class _LiveTask:
    """A handler's view of its task; a sync handler calls it from its worker thread."""

    __slots__ = ("_interpreter", "_run", "_task")

    def __init__(self, interpreter: Interpreter, run: Run, task: int) -> None:
        self._interpreter, self._run, self._task = interpreter, run, task

    def now(self) -> float:
        return self._interpreter.now()

    def heartbeat(self) -> None:
        self._on_loop(lambda at: TaskHeartbeat(self._task, at))

    def submitted(self, output: JSON) -> None:
        self._on_loop(lambda at: TaskSubmitted(self._task, output, at))

    def sleep(self, seconds: float) -> Awaitable[None]:
        if _in_worker_thread():
            anyio.from_thread.run(self._interpreter.sleep, seconds)
            return ACKNOWLEDGED
        return _Sleep(self._interpreter, seconds)

    def _on_loop(self, event: Callable[[float], Event]) -> None:
        if _in_worker_thread():
            anyio.from_thread.run_sync(self._interpreter.tell, self._run, self._task, event)
        else:
            self._interpreter.tell(self._run, self._task, event)


class _Sleep(Awaitable[None]):
    """To be awaited by an async handler."""

    __slots__ = ("_interpreter", "_seconds")

    def __init__(self, interpreter: Interpreter, seconds: float) -> None:
        self._interpreter, self._seconds = interpreter, seconds

    def __await__(self) -> Generator[Any, Any, None]:
        return self._interpreter.sleep(self._seconds).__await__()


def _in_worker_thread() -> bool:
    try:
        anyio.from_thread.check_cancelled()
    except RuntimeError:
        return False
    return True
