"""The interpreter: many executions in real time, on asyncio or trio, beside the application that embeds it.

One task group, one heap of deadlines. A waiting execution is a record and an entry in the heap, not a task; a task
exists only while a handler is at work, and goes on with the next handler of the work that it brought forth.

Rules that a change must keep:

1. What a call says is applied when it returns; over a store it is on the disk, too. ``interpreter_loop`` does the rest.
2. A handler that never returns is cancelled when nobody waits for its task any more, and holds nobody up: an async
   one in its cancel scope, a sync one in its worker thread, which is abandoned.
3. Whatever goes wrong in a handler is its task's failure, never the interpreter's.
4. Nobody is starved: executions have a quantum, and a chain of handlers that never wait gives way now and then.
"""

from __future__ import annotations

from copy import deepcopy
from types import TracebackType
from typing import TYPE_CHECKING
from uuid import uuid4

from ..engine.history import HistoryEvent
from ..engine.map_run import MapRun
from ..errors import (
    CallerError,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    MapRunDoesNotExist,
    StateMachineTypeNotSupported,
)
from ..stores.protocols import Listed, Query
from ..values import JSON
from .activity_polls import LONGEST_POLL
from .activity_task import ActivityTask
from .admission import admitted
from .callback_file import serve_other_processes
from .execution_handle import ExecutionHandle
from .interpreter_loop import InterpreterLoop
from .journal import Journal
from .naming import check_name
from .nested import is_start_of
from .result import Result
from .simulate import Definition, loaded

if TYPE_CHECKING:
    from anyio.lowlevel import EventLoopToken


class Interpreter(InterpreterLoop):
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

    async def __aenter__(self) -> Interpreter:
        serve_other_processes(self, await self._enter())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._leave(kind, error, trace)

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
        known = None if name is None else self._host.known(identity.arn)
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
        event = self._host.desk.send_success(token, output)
        if self._journal is None:
            self._turn()
        else:
            await self._journal.taken(event)

    async def send_task_failure(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let the token's task fail. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        event = self._host.desk.send_failure(token, error, cause)
        if self._journal is None:
            self._turn()
        else:
            await self._journal.taken(event)

    async def send_task_heartbeat(self, token: str) -> None:
        """The token's task is alive. Raises ``InvalidToken``, ``TaskDoesNotExist`` or ``TaskTimedOut``."""
        self._running_group()
        event = self._host.desk.send_heartbeat(token)
        if self._journal is None:
            self._turn()
        else:
            await self._journal.taken(event)

    async def waits_for_token(self, token: str) -> bool:
        """Whether a task waits for this token."""
        self._running_group()
        return self._host.desk.waits_for(token)

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


def _unique() -> str:
    return str(uuid4())
