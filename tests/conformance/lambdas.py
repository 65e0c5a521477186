"""The Lambda functions of a case as handlers: their recorded sources, compiled under the paths that Lambda gives them.

Rules that a change must keep:

1. A source runs as it is. What it sees of the outside is virtual: ``time.sleep`` and ``time.time`` are the task's.
2. ``__code__`` of the handler is that of the function in the source, so that stack traces begin there.
3. Whether a function exists turns out at run time, as on AWS: ``Resources.require`` asks nothing here.
"""

from __future__ import annotations

import builtins
import json
import linecache
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePosixPath
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import unquote

from aslrun import Machine, Resources, TaskContext, TaskError
from aslrun.resources.objects import ObjectStore
from aslrun.stores.objects import MemoryObjectStore

from .cases import Document

_REQUESTS = uuid.UUID("0d5b9d2e-7c55-5d0e-9a0f-1d2f6d1c9b11")


class NotPlayable(Exception):
    """The runner cannot do what the case asks for; the message says what."""


class LenientResources(Resources):
    """Resources that let an execution begin whose tasks nothing serves.

    ``wanted`` are calls of S3 that it made. ``deployed`` are the machines of the service, by ARN: what is there when a
    task starts an execution.
    """

    __slots__ = ("deployed", "wanted")

    def __init__(self, *, objects: ObjectStore) -> None:
        super().__init__(objects=objects)
        self.deployed: Callable[[str], Machine | None] = lambda arn: None
        self.wanted: list[str] = []
        self.task("arn:aws:states:::aws-sdk:s3:*", self._not_here)

    def find_machine(self, arn: str) -> Machine | None:
        return self.deployed(arn)

    def _not_here(self, arguments: object, task: TaskContext) -> None:
        self.wanted.append(task.resource)

    def require(self, machine: object) -> None:
        return None


def resources_of(functions: list[Document], objects: ObjectStore, *, asynchronous: bool) -> LenientResources:
    """Handlers for the functions of a case, and its objects; ``asynchronous`` ones really await their sleep."""
    resources = LenientResources(objects=objects)
    kind = AsyncFunction if asynchronous else Function
    for described in functions:
        resources.task(f"arn:aws:lambda:*:*:function:{described['name']}", kind(described), name=described["name"])
    return resources


def objects_of(calls: list[Document]) -> MemoryObjectStore:
    """The buckets that the recorder's calls of other services made, with what they put there."""
    store = MemoryObjectStore()
    for call in calls:
        if (call["service"], call.get("method")) != ("s3", "PUT") or "?" in call["path"]:
            continue
        bucket, _, key = unquote(call["path"]).strip("/").partition("/")
        store.create_bucket(bucket)
        if key:
            store.put(bucket, key, call.get("request", "").encode())
    return store


class Function:
    """One Lambda function. A cold start compiles the sources; each call runs the handler."""

    def __init__(self, described: Document) -> None:
        if not described["runtime"].startswith("python"):
            raise NotPlayable(f"function {described['name']}: no runtime {described['runtime']}")
        self.described = described
        self.slept = 0.0
        self.task: TaskContext | None = None
        self._modules: dict[str, ModuleType] = {"time": self._virtual_time()}
        module, _, name = described["handler"].rpartition(".")
        self.entry: Callable[[Any, Any], Any] = getattr(self._import(module.replace("/", ".")), name)
        self.__code__: CodeType = self.entry.__code__

    def __call__(self, event: Any, task: TaskContext) -> Any:
        try:
            return self.run(event, task)
        finally:
            task.sleep(self.seconds())

    def run(self, event: Any, task: TaskContext) -> Any:
        """Run the source; ``slept`` tells how long it wanted to sleep."""
        self.task, self.slept = task, 0.0
        result = self.entry(event, self._context(task))
        if self.slept > self.described["timeout_seconds"]:
            raise self._timed_out(task)
        return result

    def seconds(self) -> float:
        """How long the call took: Lambda ends it after the function's time-out."""
        return min(self.slept, self.described["timeout_seconds"])

    # ----------------------------------------------------------------------- what the source sees

    def _context(self, task: TaskContext) -> SimpleNamespace:
        name = self.described["name"]
        return SimpleNamespace(
            function_name=name,
            function_version="$LATEST",
            invoked_function_arn=self.described["arn"],
            memory_limit_in_mb="128",
            aws_request_id=_request_id(task),
            log_group_name=f"/aws/lambda/{name}",
            log_stream_name="log-stream",
            get_remaining_time_in_millis=lambda: int((self.described["timeout_seconds"] - self.slept) * 1000),
        )

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds

    def _time(self) -> float:
        assert self.task is not None
        return self.task.time + self.slept

    def _timed_out(self, task: TaskContext) -> TaskError:
        seconds = self.described["timeout_seconds"]
        message = f"RequestId: {_request_id(task)} Error: Task timed out after {seconds:.2f} seconds"
        cause = {"errorType": "Sandbox.Timedout", "errorMessage": message}
        return TaskError("Sandbox.Timedout", json.dumps(cause, separators=(",", ":")))

    # ----------------------------------------------------------------------- the sources as modules

    def _virtual_time(self) -> ModuleType:
        module = ModuleType("time")
        vars(module).update(vars(time) | {"sleep": self._sleep, "time": self._time})
        return module

    def _import(self, name: str, *rest: Any) -> ModuleType:
        sources: Mapping[str, str] = self.described["sources"]
        if name in self._modules:
            return self._modules[name]
        file = f"{name.replace('.', '/')}.py"
        if file not in sources:
            return builtins.__import__(name, *rest)
        module = self._modules[name] = ModuleType(name)
        vars(module)["__builtins__"] = vars(builtins) | {"__import__": self._import}
        path = str(PurePosixPath("/var/task") / file)
        linecache.cache[path] = (len(sources[file]), None, sources[file].splitlines(keepends=True), path)
        exec(compile(sources[file], path, "exec"), vars(module))
        return module


class AsyncFunction(Function):
    """The same function for an event loop: the time that the source slept is awaited after it."""

    async def __call__(self, event: Any, task: TaskContext) -> Any:
        try:
            result = self.run(event, task)
        except Exception:
            await self._pass_time(task)
            raise
        await self._pass_time(task)
        return result

    def _pass_time(self, task: TaskContext) -> Awaitable[None]:
        return task.sleep(self.seconds())


def _request_id(task: TaskContext) -> str:
    return str(uuid.uuid5(_REQUESTS, task.idempotency_key))
