"""What is done with executions while no interpreter runs them, and what the next one finds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from aslrun import Interpreter, Resources, Result, TaskContext, TaskTimedOut, VirtualClock
from aslrun.errors import ExecutionDoesNotExist, ExecutionNotRedrivable, StoreInUse
from aslrun.runtime.offline import owned
from aslrun.runtime.stored_executions import StoredExecutions
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore
from aslrun.values import JSON

from .machines import ACTIVITY, CALLBACK, callback, machine, task, wait

ARN = "arn:aws:states:us-east-1:123456789012:execution:StateMachine:one"
START = 1_000_000.0
Use = Callable[[Interpreter], Awaitable[None]]


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    return SQLiteStore(tmp_path / "runs.db")


class Shop:
    """Handlers that remember their calls and the last token."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.token = ""
        self.broken = True

    def resources(self) -> Resources:
        resources = Resources()
        resources.task("arn:aws:lambda:*", self.handle)
        resources.task(CALLBACK, self.handle)
        resources.activity("approve")
        resources.machine(machine(callback(), task()), name="inner")
        return resources

    async def handle(self, input: JSON, task: TaskContext) -> JSON:
        self.calls.append(task.state)
        self.token = task.token or self.token
        if task.state == "Broken" and self.broken:
            raise ValueError("out of order")
        return {"done": True}


def run(shop: Shop, store: SQLiteStore, use: Use, at: float = START) -> None:
    """One life of a process, until nothing is at work."""

    async def main() -> None:
        clock = VirtualClock(start=at, auto=False)
        async with Interpreter(shop.resources(), store=store, clock=clock) as interpreter:
            await use(interpreter)
            await interpreter.settled()

    anyio.run(main)


def starting(*states: dict[str, object]) -> Use:
    async def start(interpreter: Interpreter) -> None:
        await interpreter.start(machine(*states), {"n": 1}, name="one")

    return start


async def nothing(interpreter: Interpreter) -> None:
    """Only recover."""


def found(store: SQLiteStore, arn: str = ARN) -> Result:
    try:
        return StoredExecutions(store).describe(arn)
    finally:
        store.close()


def test_an_answer_counts_and_the_next_state_is_left_to_the_next_interpreter(store: SQLiteStore) -> None:
    shop = Shop()
    run(shop, store, starting(callback(), task()))

    with owned(store, now=lambda: START + 5) as offline:
        offline.callbacks().send_task_success({"ok": 1}, token=shop.token)
        with pytest.raises(TaskTimedOut):
            offline.callbacks().send_task_failure("Late", token=shop.token)
    assert shop.calls == ["A"]
    assert found(store).path == ["A", "B"]

    run(shop, store, nothing, START + 10)
    assert shop.calls == ["A", "B"]
    assert found(store).status == "SUCCEEDED"


def test_an_answer_that_comes_after_the_time_out_is_refused(store: SQLiteStore) -> None:
    shop = Shop()
    run(shop, store, starting(callback(TimeoutSeconds=60)))

    with owned(store, now=lambda: START + 61) as offline, pytest.raises(TaskTimedOut):
        offline.callbacks().send_task_success({}, token=shop.token)

    assert (found(store).status, found(store).error) == ("FAILED", "States.Timeout")


def test_a_heartbeat_moves_the_time_out(store: SQLiteStore) -> None:
    shop = Shop()
    run(shop, store, starting(callback(HeartbeatSeconds=60)))

    with owned(store, now=lambda: START + 50) as offline:
        offline.callbacks().send_task_heartbeat(token=shop.token)
    with owned(store, now=lambda: START + 100):
        pass

    assert found(store).status == "RUNNING"


def test_an_activity_that_is_scheduled_meanwhile_waits_for_its_worker(store: SQLiteStore) -> None:
    shop = Shop()
    run(shop, store, starting(callback(), task(ACTIVITY)))

    with owned(store, now=lambda: START) as offline:
        offline.callbacks().send_task_success({}, token=shop.token)
    assert found(store).status == "RUNNING"

    async def work(interpreter: Interpreter) -> None:
        given = await interpreter.get_activity_task(ACTIVITY)
        assert given is not None
        await interpreter.send_task_success(given.task_token, {"worked": True})

    run(shop, store, work)
    assert found(store).output == {"worked": True}


def test_who_is_stopped_takes_along_what_it_had_started(store: SQLiteStore) -> None:
    shop = Shop()
    parameters = {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:inner", "Name": "below"}
    run(shop, store, starting(task("arn:aws:states:::states:startExecution.sync:2", Parameters=parameters)))

    with owned(store, now=lambda: START + 5) as offline:
        assert offline.stop(ARN, "NoNeed", "sold out")
        assert not offline.stop(ARN)

    below = ARN.replace("StateMachine:one", "inner:below")
    assert [found(store, arn).status for arn in (ARN, below)] == ["ABORTED", "ABORTED"]
    assert found(store).error == "NoNeed"
    run(shop, store, nothing)
    assert shop.calls == ["A"]


def test_who_is_redriven_goes_on_with_the_next_interpreter(store: SQLiteStore) -> None:
    shop = Shop()
    document = {"StartAt": "Broken", "States": {"Broken": {**task(), "End": True}}}

    async def start(interpreter: Interpreter) -> None:
        await interpreter.start(document, {}, name="one")

    run(shop, store, start)
    shop.broken = False

    with owned(store, now=lambda: START + 5) as offline:
        offline.redrive(ARN)
        with pytest.raises(ExecutionNotRedrivable):
            offline.redrive(ARN)
    assert found(store).status == "RUNNING"
    assert shop.calls == ["Broken"]

    run(shop, store, nothing, START + 10)
    assert found(store).status == "SUCCEEDED"


def test_owning_a_store_leaves_those_alone_who_wait(store: SQLiteStore) -> None:
    shop = Shop()
    run(shop, store, starting(wait(100), task()))
    before = found(store).history

    with owned(store, now=lambda: START + 5) as offline, pytest.raises(ExecutionDoesNotExist):
        offline.stop(ARN + "-other")

    assert found(store).history == before
    assert [each.asleep for each in store.list(Query())] == [True]


def test_a_store_that_somebody_owns_cannot_be_owned(store: SQLiteStore) -> None:
    with store.opened(), pytest.raises(StoreInUse), owned(SQLiteStore(store.path)):
        pass
