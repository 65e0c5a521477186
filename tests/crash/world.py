"""What the crash test's process writes down beside its store, and the handlers that do so.

One file, appended to by a single ``write`` for each line, so its lines have one order: that in which things happened.
(A process that is killed loses nothing that it has written to a file; only a power cut would.) A line that it was
writing may be there in part: the kernel stops between two pages. Whoever opens the file next cuts it off.

- ``run KEY``: a handler begins. KEY is the idempotency key of the task, ``ARN/number``.
- ``end KEY``: it is about to answer.
- ``over KEY``: the store has acknowledged that the task's end is written. From here on it must never run again.
- ``token NAME STATE TOKEN``: somebody outside has got a token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from aslrun import Resources, TaskContext, TaskError
from aslrun.stores.protocols import Change, ExecutionStore, Listed, Query, StoredExecution
from aslrun.values import JSON

from .machines import CALLBACK, FUNCTION, inner

ENDS = ("TaskSucceeded", "TaskFailed")
LONGEST = 0.15  # seconds that a handler works
LONGEST_LINE = 4_096  # bytes


class Log:
    """Lines in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        whole = _whole_lines(self._file)
        if whole < os.fstat(self._file).st_size:
            os.ftruncate(self._file, whole)

    def write(self, *words: str) -> None:
        """One line."""
        os.write(self._file, (" ".join(words) + "\n").encode())

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _whole_lines(file: int) -> int:
    """How many bytes of a file are whole lines; none of them is longer than ``LONGEST_LINE``."""
    size = os.fstat(file).st_size
    start = max(0, size - LONGEST_LINE)
    return start + os.pread(file, LONGEST_LINE, start).rfind(b"\n") + 1


class Wrapped:
    """A store behind another one, which says how it writes."""

    def __init__(self, behind: ExecutionStore) -> None:
        self.behind = behind

    def opened(self) -> AbstractContextManager[None]:
        return self.behind.opened()

    def load(self, arn: str) -> StoredExecution | None:
        return self.behind.load(arn)

    def list(self, query: Query) -> list[Listed]:
        return self.behind.list(query)

    def tokens(self) -> Any:
        return self.behind.tokens()  # type: ignore[attr-defined]


class NotingStore(Wrapped):
    """A store that writes down which tasks are over, as soon as that is acknowledged."""

    def __init__(self, behind: ExecutionStore, log: Log) -> None:
        super().__init__(behind)
        self._log = log

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        self.behind.write(changes, wait=wait)
        for change in changes:
            for key in ended_tasks(change.arn, change.events):
                self._log.write("over", key)


def ended_tasks(arn: str, events: Sequence[str]) -> list[str]:
    """The keys of the tasks whose ends are among the events."""
    told = [json.loads(event) for event in events]
    return [f"{arn}/{event['task']}" for event in told if event["event"] in ENDS]


class Handlers:
    """What the tasks of the machines call."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def resources(self) -> Resources:
        """All of them."""
        resources = Resources()
        for name in ("work", "thread", "flaky", "silent", "broken", "second"):
            resources.task(FUNCTION + name, getattr(self, name))
        resources.task(FUNCTION + "quick", self.quick, inline=True)
        resources.task(FUNCTION + "once", self.once, on_recovery="fail")
        resources.task(CALLBACK, self.ask)
        resources.activity("approve")
        resources.machine(inner(), name="inner")
        return resources

    async def work(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        await task.sleep(pause(task))
        return self._done(input, task)

    def thread(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        return self._done(input, task)

    def quick(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        return self._done(input, task)

    async def once(self, input: JSON, task: TaskContext) -> JSON:
        return await self.work(input, task)

    async def flaky(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        await task.sleep(pause(task))
        if task.attempt < 2:
            raise TaskError("Flaky", f"attempt {task.attempt}")
        return self._done(input, task)

    async def silent(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        await task.sleep(1_000_000)
        return None

    async def broken(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        raise TaskError("Broken", "always")

    async def second(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        await task.sleep(pause(task))
        if input["driven"] == 0:  # type: ignore[index,call-overload]
            raise TaskError("NotYet", "wait for the redrive")
        return self._done(input, task)

    async def ask(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("run", task.idempotency_key)
        assert task.token is not None
        self._log.write("token", task.execution_name, task.state, task.token)
        return None

    def _done(self, input: JSON, task: TaskContext) -> JSON:
        self._log.write("end", task.idempotency_key)
        known = input if isinstance(input, dict) else {"was": input}
        return {**known, "path": f"{known.get('path', '')}{task.state}"}


def pause(task: TaskContext) -> float:
    """How long a handler works: the same whenever it is called again."""
    return (hash_of(task.idempotency_key) % 1_000) / 1_000 * LONGEST


def hash_of(text: str) -> int:
    """The same number in every process."""
    from zlib import crc32

    return crc32(text.encode())
