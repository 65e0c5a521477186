"""A world that outlives the processes of an interpreter: what handlers answer, who holds tokens, what was durable.

A shape of ``tests.engine.shapes`` says what becomes of a task, as news with delays. Here a handler brings them about.
It is an idempotent service: called again after a crash, it answers at the instant at which it would have answered, so
an execution that was interrupted must have the same history as one that was not. Whoever holds a token is outside, and
goes on after a crash. ``DyingStore`` ends the process at a write; the world checks what was done after it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from aslrun import Interpreter, Resources, Result, TaskContext, TaskError, VirtualClock
from aslrun.engine.events import (
    Aborted,
    Event,
    Redriven,
    TaskFailed,
    TaskHeartbeat,
    TaskSubmitted,
    TaskSucceeded,
)
from aslrun.errors import ExecutionAlreadyExists, ExecutionNotRedrivable, StoreUnavailable, TaskTimedOut
from aslrun.stores.objects import MemoryObjectStore
from aslrun.stores.protocols import Change, ExecutionStore, Listed, Query, StoredExecution
from aslrun.stores.tokens import PlainTokenStore
from aslrun.values import JSON, to_text
from tests.engine.drive import START, always, ok
from tests.engine.shapes import Shape

NEVER = 10**9
ROUNDS = 10  # of the event loop


class Died(StoreUnavailable):
    """The process is gone."""


class DyingStore:
    """A store that dies before or after its nth write; the one behind it stays."""

    def __init__(self, behind: ExecutionStore, world: World, dies_at: int = NEVER, after: bool = False) -> None:
        self.behind, self.world, self.dies_at, self.after = behind, world, dies_at, after
        self.writes = 0
        self.clock: VirtualClock | None = None

    def opened(self) -> AbstractContextManager[None]:
        return self.behind.opened()

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        self.writes += 1
        if self.writes == self.dies_at and not self.after:
            self._die()
        self.behind.write(changes, wait=wait)
        self.world.note(changes)
        if self.writes == self.dies_at:
            self._die()

    def _die(self) -> None:
        assert self.clock is not None
        self.world.at = self.clock.now()
        raise Died("the store", "the process has died")

    def load(self, arn: str) -> StoredExecution | None:
        return self.behind.load(arn)

    def list(self, query: Query) -> list[Listed]:
        return self.behind.list(query)


@dataclass
class World:
    """What one execution of a shape meets, and what is known of it outside."""

    shape: Shape
    at: float = START
    answers: dict[tuple[str, int], list[Event]] = field(default_factory=dict)
    outside: list[tuple[str, Event]] = field(default_factory=list)  # token, and what is to be said with it
    over: set[tuple[str, int]] = field(default_factory=set)  # tasks whose end is durable
    repeated: list[tuple[str, int]] = field(default_factory=list)
    calls: int = 0
    untold: list[Event] = field(default_factory=list)  # stops and redrives that were not acknowledged
    handed_out: anyio.Event = field(default_factory=anyio.Event)

    def __post_init__(self) -> None:
        self.untold = list(self.shape.told)

    def note(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for event in map(json.loads, change.events):
                if event["event"] in ("TaskSucceeded", "TaskFailed"):
                    self.over.add((change.arn, event["task"]))

    def resources(self) -> Resources:
        objects = MemoryObjectStore({"b": {"k": b"[1, 2, 3, 4, 5, 6, 7]"}})
        resources = Resources(objects=objects)
        resources.task("*", self.handle)
        return resources

    async def handle(self, input: JSON, task: TaskContext) -> JSON:
        number = int(task.idempotency_key.rpartition("/")[2])
        key = task.execution, number
        if key in self.over:
            self.repeated.append(key)
        self.calls += 1
        known = self.answers.get(key)
        if known is None:
            known = self.answers[key] = self._answers(input, task, number)
            if task.resource.endswith("waitForTaskToken"):
                self._hand_out(task, known)
                await _noticed()
        for event in known:
            await task.sleep(max(0.0, event.at - task.time))
            match event:
                case TaskSubmitted(output=output):
                    if task.resource.endswith("waitForTaskToken"):
                        return output
                    task.submitted(output)
                case TaskHeartbeat():
                    task.heartbeat()
                case TaskSucceeded(output=output):
                    return output
                case TaskFailed(error=error, cause=cause):
                    raise TaskError(error or "", cause)
        return await self._forever(task)

    def _answers(self, input: JSON, task: TaskContext, number: int) -> list[Event]:
        world = self.shape.world.get(task.state, always(ok(1)))
        scheduled = SimpleNamespace(attempt=task.attempt, arguments=input, task=number, index=0, role="task")
        return [saying(number, task.time) for saying in world(scheduled)]  # type: ignore[arg-type]

    def _hand_out(self, task: TaskContext, known: list[Event]) -> None:
        """What is said after the submission is said from outside."""
        at = next((index for index, event in enumerate(known) if isinstance(event, TaskSubmitted)), -1)
        assert task.token is not None
        self.outside += [(task.token, event) for event in known[at + 1 :]]
        self.handed_out.set()
        del known[at + 1 :]

    async def _forever(self, task: TaskContext) -> JSON:
        await task.sleep(NEVER)
        return None


async def _noticed() -> None:
    """Whoever gets a token has made up his mind before the handler goes on: until then no time passes."""
    for _ in range(ROUNDS):
        await checkpoint()


# --------------------------------------------------------------------------- processes


class HeldClock(VirtualClock):
    """Time that stands still until everybody outside is there."""

    def go(self) -> None:
        self._auto = True
        self._wake()


async def live(world: World, store: DyingStore, most_awake: int = 0) -> Result | None:
    """One life of a process; ``None`` if the store dies in it."""
    clock = store.clock = HeldClock(start=world.at, auto=False)
    try:
        async with Interpreter(
            world.resources(),
            store=store,
            tokens=PlainTokenStore(),
            clock=clock,
            limits=world.shape.limits,
            max_awake=most_awake,
        ) as interpreter:
            return await _to_the_end(world, interpreter, clock)
    except* Died:
        pass
    return None


async def _to_the_end(world: World, interpreter: Interpreter, clock: HeldClock) -> Result:
    shape = world.shape
    arn = f"arn:aws:states:us-east-1:123456789012:execution:{shape.machine.name}:one"
    try:
        execution = await interpreter.start(shape.machine, shape.input, name="one", seed=7)
    except ExecutionAlreadyExists:
        execution = interpreter.execution(arn)
    async with anyio.create_task_group() as group:
        group.start_soon(_say_all, world, interpreter, clock, group)
        for event in world.untold:
            group.start_soon(_at, clock, event.at, _told(world, interpreter, arn, event))
        await anyio.wait_all_tasks_blocked()
        clock.go()
        result = await execution.result()
        last = max((event.at for event in shape.told), default=0.0)
        if clock.now() <= last:
            await clock.sleep(last + 1 - clock.now())
            result = await interpreter.execution(arn).result()
        group.cancel_scope.cancel()
    return result


async def _say_all(world: World, interpreter: Interpreter, clock: VirtualClock, group: Any) -> None:
    """Whoever holds a token says what there is to say with it."""
    said: dict[int, Event] = {}  # with the events, so that their ids are not those of others one day
    while True:
        for token, event in list(world.outside):
            if id(event) not in said:
                said[id(event)] = event
                group.start_soon(_at, clock, event.at, _say(world, interpreter, token, event))
        world.handed_out = anyio.Event()
        await world.handed_out.wait()


async def _at(clock: VirtualClock, at: float, act: Callable[[], Awaitable[None]]) -> None:
    await clock.sleep(max(0.0, at - clock.now()))
    await act()


def _say(world: World, interpreter: Interpreter, token: str, event: Event) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        try:
            match event:
                case TaskSucceeded(output=output):
                    await interpreter.send_task_success(token, to_text(output))
                case TaskFailed(error=error, cause=cause):
                    await interpreter.send_task_failure(token, error, cause)
                case TaskHeartbeat():
                    await interpreter.send_task_heartbeat(token)
        except TaskTimedOut:
            pass
        world.outside.remove((token, event))

    return act


def _told(world: World, interpreter: Interpreter, arn: str, event: Event) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        match event:
            case Aborted(error=error, cause=cause):
                await interpreter.stop(arn, error, cause)
            case Redriven():
                try:
                    await interpreter.redrive(arn)
                except ExecutionNotRedrivable:
                    pass
        world.untold.remove(event)

    return act
