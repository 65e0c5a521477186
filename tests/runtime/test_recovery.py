"""An interpreter is left or killed, and another one goes on: every kind of wait is taken up as it was."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest

from aslrun import Interpreter, Resources, SQLiteStore, TaskContext, TaskTimedOut
from aslrun.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    StoreBusy,
    StoreInUse,
    StoreTooNew,
)
from aslrun.runtime import stored
from aslrun.runtime.durable_run import PATIENCE
from aslrun.stores.memory import MemoryStore
from aslrun.stores.protocols import Change, ExecutionStore, Query
from aslrun.values import JSON

from .lives import NOW, Killed, Life
from .machines import CALLBACK, DAY, LAMBDA, Desk, State, callback, machine, parallel, task, wait

pytestmark = pytest.mark.anyio

ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"
PARENT = "arn:aws:states:::states:startExecution.sync:2"


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ExecutionStore:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "runs.db")


@pytest.fixture(params=[True, False], ids=["left", "killed"])
def peace(request: pytest.FixtureRequest) -> bool:
    given: bool = request.param
    return given


# --------------------------------------------------------------------------- waits


async def test_a_wait_goes_on_for_the_rest_of_its_time(store: ExecutionStore, peace: bool) -> None:
    async with Life(store, peace=peace) as life:
        arn = await life.begin(wait(100))
        await life.clock.elapse(30)
    async with Life(store, at=NOW + 60) as life:
        await life.clock.elapse(39)
        assert life.interpreter.execution(arn).status == "RUNNING"
        await life.clock.elapse(1)
        await life.output(arn)
        assert life.stopped(arn) == 100


async def test_a_wait_that_ended_while_nobody_was_there_ended_at_its_own_instant(
    store: ExecutionStore, peace: bool
) -> None:
    async with Life(store, peace=peace) as life:
        arn = await life.begin(wait(100), wait(50), wait(100))
    async with Life(store, at=NOW + 200) as life:
        exits = [event["timestamp"] - NOW for event in life.interpreter.history(arn) if "Exited" in event["type"]]
        assert exits == [100, 150]
        await life.clock.elapse(50)
        await life.output(arn)
        assert life.stopped(arn) == 250


async def test_a_back_off_goes_on(store: ExecutionStore, peace: bool) -> None:
    desk = Desk()
    retry = [{"ErrorEquals": ["Refused"], "IntervalSeconds": 60}]
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(callback(Retry=retry))
        await life.interpreter.send_task_failure(desk.token, "Refused")
    async with Life(store, desk.resources, at=NOW + 30) as life:
        assert len(desk.tokens) == 1
        await life.clock.elapse(30)
        await life.quiet()
        await life.interpreter.send_task_success(desk.tokens[1], "7")
        assert await life.output(arn) == 7


@pytest.mark.parametrize(("field", "after"), [("TimeoutSeconds", 100), ("HeartbeatSeconds", 100)])
async def test_a_time_out_that_passed_while_nobody_was_there_comes_before_the_news(
    store: ExecutionStore, peace: bool, field: str, after: int
) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(callback(**{field: after}))
    async with Life(store, desk.resources, at=NOW + 200) as life:
        with pytest.raises(TaskTimedOut):
            await life.interpreter.send_task_success(desk.token, "1")
        await life.output(arn)
        assert life.stopped(arn) == after


async def test_a_heartbeat_counts_from_the_last_one(store: ExecutionStore, peace: bool) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(callback(HeartbeatSeconds=100))
        await life.clock.elapse(80)
        await life.interpreter.send_task_heartbeat(desk.token)
    async with Life(store, desk.resources, at=NOW + 150) as life:
        await life.clock.elapse(29)
        assert life.interpreter.execution(arn).status == "RUNNING"
        await life.clock.elapse(1)
        await life.output(arn)
        assert life.stopped(arn) == 180


async def test_a_token_is_good_after_a_restart_and_only_once(store: ExecutionStore, peace: bool) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(callback(), wait(5))
    async with Life(store, desk.resources, at=NOW + DAY) as life:
        assert len(desk.tokens) == 1  # the handler is not called again
        await life.interpreter.send_task_success(desk.token, {"approved": True})
    async with Life(store, desk.resources, at=NOW + DAY + 1) as life:
        with pytest.raises(TaskTimedOut):
            await life.interpreter.send_task_success(desk.token, {"approved": False})
        await life.clock.elapse(5)
        assert await life.output(arn) == {"approved": True}


# --------------------------------------------------------------------------- tasks


class Service:
    """A handler that does not return before it is told to; ``keys`` are the idempotency keys of its calls."""

    def __init__(self, **options: Any) -> None:
        self.keys: list[str] = []
        self.may_return = anyio.Event()
        self.resources = Resources()
        self.resources.task(LAMBDA + "*", self.call, **options)

    async def call(self, input: JSON, task: TaskContext) -> JSON:
        self.keys.append(task.idempotency_key)
        await self.may_return.wait()
        return {"calls": len(self.keys)}


async def test_a_task_that_was_at_work_is_called_again_under_the_same_key(store: ExecutionStore, peace: bool) -> None:
    service = Service()
    async with Life(store, service.resources, peace=peace) as life:
        arn = await life.begin(task())
    async with Life(store, service.resources) as life:
        service.may_return.set()
        assert await life.output(arn) == {"calls": 2}
        assert dict(life.interpreter.recovered.counts) == {"task": 1}
        assert life.interpreter.recovered.arns("task") == [arn]
    assert service.keys[0] == service.keys[1]


async def test_a_task_may_fail_instead_of_being_called_again(store: ExecutionStore, peace: bool) -> None:
    service = Service(on_recovery="fail")
    async with Life(store, service.resources, peace=peace) as life:
        arn = await life.begin(task(Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}]), {"Type": "Succeed"})
    async with Life(store, service.resources) as life:
        output = await life.output(arn)
        assert life.interpreter.recovered.arns("failed") == [arn]
    assert output == {
        "Error": "States.TaskFailed",
        "Cause": "The process ended while the task was at work, and its resource is not to be called again.",
    }
    assert len(service.keys) == 1


async def test_a_task_that_timed_out_meanwhile_is_not_called_again(store: ExecutionStore, peace: bool) -> None:
    service = Service()
    async with Life(store, service.resources, peace=peace) as life:
        arn = await life.begin(task(TimeoutSeconds=60))
    async with Life(store, service.resources, at=NOW + 61) as life:
        await life.output(arn)
        assert life.stopped(arn) == 60
    assert len(service.keys) == 1


async def test_activities_go_on_waiting_and_work_that_nobody_took_waits_again(
    store: ExecutionStore, peace: bool
) -> None:
    resources = Resources()
    resources.activity("approve")
    approve = {"Type": "Task", "Resource": ACTIVITY}
    async with Life(store, resources, peace=peace) as life:
        taken = await life.begin(approve, input=1, name="taken")
        work = await life.interpreter.get_activity_task("approve")
        assert work is not None
        waiting = await life.begin(approve, input=2, name="waiting")
    async with Life(store, resources) as life:
        await life.interpreter.send_task_success(work.task_token, "10")
        assert await life.output(taken) == 10
        other = await life.interpreter.get_activity_task("approve", wait=0)
        assert other is not None
        assert other.input == 2
        assert await life.interpreter.get_activity_task("approve", wait=0) is None
        await life.interpreter.send_task_success(other.task_token, "20")
        assert await life.output(waiting) == 20


async def test_branches_that_ended_are_not_run_again(store: ExecutionStore, peace: bool) -> None:
    service, desk = Service(), Desk()
    desk.resources.task(LAMBDA + "*", service.call)
    service.may_return.set()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(parallel(task(), wait(DAY), callback()))
    async with Life(store, desk.resources, at=NOW + 10) as life:
        await life.interpreter.send_task_success(desk.token, "7")
        await life.clock.elapse(DAY)
        assert await life.output(arn) == [{"calls": 1}, {}, 7]
    assert len(service.keys) == 1


# --------------------------------------------------------------------------- executions of executions


def having(child: State) -> Callable[[Resources], Resources]:
    def add(resources: Resources) -> Resources:
        resources.machine(machine(child), name="child")
        return resources

    return add


STARTS_CHILD: State = {
    "Type": "Task",
    "Resource": PARENT,
    "Parameters": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:child", "Input": {"a": 1}},
    "OutputPath": "$.Output",
}


async def test_a_nested_execution_and_the_task_that_waits_for_it_find_each_other(
    store: ExecutionStore, peace: bool
) -> None:
    desk = Desk()
    resources = having(callback())(desk.resources)
    async with Life(store, resources, peace=peace) as life:
        arn = await life.begin(STARTS_CHILD)
    async with Life(store, resources) as life:
        assert life.interpreter.recovered.arns("execution") == [arn]
        await life.interpreter.send_task_success(desk.token, '{"b": 2}')
        assert await life.output(arn) == {"b": 2}
        assert len(life.interpreter.list_executions()) == 2


async def test_children_of_a_distributed_map_go_on_and_those_that_ended_do_not_begin_again(
    store: ExecutionStore, peace: bool
) -> None:
    desk = Desk()
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "C",
        "States": {"C": {**callback(), "End": True}},
    }
    each: State = {"Type": "Map", "ItemProcessor": processor, "MaxConcurrency": 2}
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(each, input=[1, 2, 3])
        await life.interpreter.send_task_success(desk.tokens[0], "10")
        await life.quiet()
    async with Life(store, desk.resources) as life:
        assert len(desk.tokens) == 3
        for token, output in zip(desk.tokens[1:], ("20", "30"), strict=True):
            await life.interpreter.send_task_success(token, output)
        assert await life.output(arn) == [10, 20, 30]
        (run,) = life.interpreter.map_runs(arn)
        assert run.executions.succeeded == 3
        assert len(life.interpreter.list_executions(Query(parent=arn))) == 3


# --------------------------------------------------------------------------- names, ends, redrives


async def test_a_name_is_taken_by_what_runs_and_by_what_is_over(store: ExecutionStore, peace: bool) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(callback(), input={"id": 7})
    async with Life(store, desk.resources) as life:
        assert await life.begin(callback(), input={"id": 7}) == arn
        with pytest.raises(ExecutionAlreadyExists):
            await life.begin(callback(), input={"id": 8})
        await life.interpreter.send_task_success(desk.token, "1")
    async with Life(store, desk.resources) as life:
        with pytest.raises(ExecutionAlreadyExists):
            await life.begin(callback(), input={"id": 7})
        life.interpreter.forget(arn)
        assert await life.begin(callback(), input={"id": 8}) == arn
        assert len(desk.tokens) == 2


async def test_an_execution_that_is_over_is_described_as_before(store: ExecutionStore, peace: bool) -> None:
    async with Life(store, peace=peace) as life:
        arn = await life.begin(wait(5), input={"id": 7})
        await life.clock.elapse(5)
        before = await life.interpreter.execution(arn).result()
    async with Life(store) as life:
        after = life.interpreter.describe(arn)
        assert (after.status, after.output, after.history) == (before.status, before.output, before.history)
        with pytest.raises(ExecutionDoesNotExist):
            life.interpreter.describe(arn + "0")


async def test_a_redrive_after_a_restart_goes_on_from_the_failure(store: ExecutionStore, peace: bool) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=peace) as life:
        arn = await life.begin(wait(5), callback())
        await life.clock.elapse(5)
        await life.quiet()
        await life.interpreter.send_task_failure(desk.token, "Refused")
    async with Life(store, desk.resources) as life:
        await life.interpreter.redrive(arn)
        await life.quiet()
        await life.interpreter.send_task_success(desk.tokens[1], "7")
        assert await life.output(arn) == 7
        types = [event["type"] for event in life.interpreter.history(arn)]
        assert (types.count("WaitStateEntered"), types.count("ExecutionRedriven")) == (1, 1)


async def test_a_stop_is_kept(store: ExecutionStore) -> None:
    async with Life(store) as life:
        arn = await life.begin(wait(DAY))
        await life.interpreter.stop(arn, "Enough")
    async with Life(store) as life:
        assert life.interpreter.describe(arn).error == "Enough"


async def test_an_execution_keeps_its_definition_and_its_quotas(store: ExecutionStore, peace: bool) -> None:
    async with Life(store, peace=peace) as life:
        arn = await life.begin(wait(10), {"Type": "Pass", "Result": "old"})
    async with Life(store, at=NOW + 10) as life:
        other = await life.begin({"Type": "Pass", "Result": "new"}, name="two")
        assert (await life.output(arn), await life.output(other)) == ("old", "new")


async def test_an_execution_of_a_newer_engine_is_refused_by_name(
    store: ExecutionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(stored, "ENGINE", 2)
        async with Life(store) as life:
            arn = await life.begin(wait(DAY))
    with pytest.raises(
        StoreTooNew, match=f"{arn}: it was started by version 2 of the engine; this one knows version 1"
    ):
        async with Life(store) as life:
            pass


# --------------------------------------------------------------------------- many, long, and in the way


async def test_a_long_execution_is_not_told_again_from_its_beginning(store: ExecutionStore) -> None:
    loop = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 1, "Next": "More"},
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThanEquals": 650, "Next": "Done"}],
                "Default": "Add",
            },
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "W"},
            "Done": {"Type": "Succeed"},
        },
    }
    async with Life(store) as life:
        arn = (await life.interpreter.start(loop, {"n": 0})).arn
        for _ in range(600):
            await life.clock.elapse(1)
    kept = store.load(arn)
    assert kept is not None
    assert (kept.position, len(kept.events) <= PATIENCE + 10) == (601, True)
    async with Life(store, at=NOW + 600) as life:
        assert len(life.interpreter.history(arn)) == 1 + 600 * 6 + 1
        await life.clock.elapse(60)
        assert await life.output(arn) == {"n": 650}
        assert [event["id"] for event in life.interpreter.history(arn)] == list(range(1, 1 + 651 * 4 + 650 * 2 + 2 + 2))


async def test_those_that_wait_leave_memory_and_come_back(store: ExecutionStore) -> None:
    desk = Desk()
    async with Life(store, desk.resources, peace=True, max_awake=3) as life:
        arns = [await life.begin(callback(), input=number, name=f"e{number}") for number in range(20)]
        assert sum(not life.interpreter.execution(arn).run.asleep for arn in arns) == 3  # type: ignore[attr-defined]
        for number, token in enumerate(desk.tokens[:10]):
            await life.interpreter.send_task_success(token, str(number))
        assert [await life.output(arn) for arn in arns[:10]] == list(range(10))
    async with Life(store, desk.resources, max_awake=3) as life:
        assert dict(life.interpreter.recovered.counts) == {"asleep": 10}
        await life.interpreter.send_task_success(desk.tokens[15], '"late"')
        assert await life.output(arns[15]) == "late"


async def test_who_is_woken_by_its_token_puts_nobody_to_sleep(store: ExecutionStore) -> None:
    desk = Desk()
    async with Life(store, desk.resources, max_awake=1) as life:
        first = await life.begin(callback(), input=1, name="first")
        second = await life.begin(callback(), input=2, name="second")
        waits = life.interpreter.execution(second).run
        assert not waits.asleep  # type: ignore[attr-defined]
        await life.interpreter.send_task_success(desk.tokens[0], '"answer"')
        assert await life.output(first) == "answer"
        assert not waits.asleep  # type: ignore[attr-defined]


async def test_what_quick_handlers_answer_together_is_written_together(store: ExecutionStore) -> None:
    resources = Resources()

    async def work(input: JSON) -> JSON:
        return input

    resources.task(LAMBDA + "work", work)
    async with Life(store, resources) as life:
        batches: list[int] = []
        write = life.store.write

        def counted(changes: Sequence[Change], *, wait: bool = True) -> None:
            batches.append(sum("TaskSucceeded" in event for change in changes for event in change.events))
            write(changes, wait=wait)

        life.store.write = counted  # type: ignore[method-assign]
        arn = await life.begin(parallel(*[task() for _ in range(10)]), input=7, name="e")
        assert await life.output(arn) == [7] * 10
        assert [count for count in batches if count] == [10]


async def test_quick_handlers_of_one_execution_are_called_in_one_task(store: ExecutionStore) -> None:
    resources, tasks = Resources(), set()

    async def work(input: JSON) -> JSON:
        tasks.add(anyio.get_current_task().id)
        return input

    resources.task(LAMBDA + "work", work)
    async with Life(store, resources) as life:
        arn = await life.begin(task(), task(), task(), task(), input=7, name="e")
        assert await life.output(arn) == 7
        assert len(tasks) == 1


async def test_progress_is_told(store: ExecutionStore) -> None:
    desk, told = Desk(), []
    async with Life(store, desk.resources) as life:
        for number in range(3):
            await life.begin(callback(), name=f"e{number}")
    async with Life(store, desk.resources, on_recovery=lambda done, total: told.append((done, total))) as life:
        assert life.interpreter.recovered.executions == 3
    assert told[-1] == (3, 3)


async def test_a_store_has_one_interpreter(store: ExecutionStore) -> None:
    async with Interpreter(store=store):
        with pytest.raises(StoreInUse):
            async with Interpreter(store=store):
                pass


async def test_a_store_that_fails_ends_the_interpreter_with_its_error() -> None:
    life = Life(MemoryStore())

    async def start() -> None:
        async with life.interpreter:
            life.store.alive = False
            await life.interpreter.start(machine(wait(5)))

    with pytest.raises(Killed, match="the store: the process was killed"):
        await start()


async def test_executions_are_pruned_by_age_and_by_number(store: ExecutionStore) -> None:
    async with Life(store) as life:
        for number in range(6):
            await life.begin({"Type": "Succeed"}, name=f"e{number}")
            await life.clock.elapse(10)
        await life.begin(wait(DAY), name="running")
        assert await life.interpreter.prune(older_than=45) == 2
        assert await life.interpreter.prune(keep=1) == 3
        names = [each.name for each in life.interpreter.list_executions()]
        assert names == ["running", "e5"]
        assert store.load(life.interpreter.list_executions()[1].arn.replace("e5", "e0")) is None


def test_no_less_than_no_execution_stays_in_memory() -> None:
    with pytest.raises(ValueError, match="max_awake must be 0 or more, not -1"):
        Interpreter(store=MemoryStore(), max_awake=-1)


def test_a_change_shows_no_payload() -> None:
    assert "secret" not in repr(Change("arn", events=["secret"]))


class Slow(MemoryStore):
    """A store that takes its time, while it is held, for what is told about one execution."""

    def __init__(self) -> None:
        super().__init__()
        self.held, self.released = "", threading.Event()

    def write(self, changes: Sequence[Change], *, wait: bool = True) -> None:
        if any(change.arn == self.held for change in changes):
            if not wait:
                raise StoreBusy("the store", "it takes its time")
            assert self.released.wait(10)
        super().write(changes, wait=wait)


async def test_a_call_that_waits_for_its_turn_is_not_made_once_its_token_is_used() -> None:
    calls: list[str] = []
    tokens: list[str] = []
    free = anyio.Event()
    resources = Resources()

    @resources.task(LAMBDA + "busy")
    async def busy(input: JSON) -> JSON:
        calls.append("busy")
        await (anyio.sleep_forever() if calls.count("busy") == 1 else free.wait())
        return None

    @resources.task(CALLBACK)
    async def ask(input: JSON, task: TaskContext) -> JSON:
        calls.append("ask")
        tokens.append(str(task.token))
        await anyio.sleep_forever()
        return None

    store = Slow()
    async with Life(store, resources) as life:
        await life.begin(task("busy"), name="busy")
        arn = await life.begin(callback(), name="asks")
    async with Life(store, resources, max_handlers=1) as life, anyio.create_task_group() as group:
        store.held = arn
        group.start_soon(life.interpreter.send_task_success, tokens[0], {"yes": True})
        await anyio.wait_all_tasks_blocked()
        free.set()
        await anyio.wait_all_tasks_blocked()
        store.released.set()
        assert await life.output(arn) == {"yes": True}
    assert calls == ["busy", "ask", "busy"]
