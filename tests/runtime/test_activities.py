"""Activities: workers ask for work, oldest first, and answer with the task token."""

from __future__ import annotations

import anyio
import pytest

import aslrun
from aslrun import Interpreter, Resources, TaskTimedOut, VirtualClock
from aslrun.runtime.activity_task import ActivityTask
from aslrun.values import JSON

from .machines import ACTIVITY, DAY, machine, parallel, task

pytestmark = pytest.mark.anyio


def approvals() -> Resources:
    resources = Resources()
    resources.activity("approve")
    return resources


APPROVE = machine(task(ACTIVITY))


async def test_work_waits_for_a_worker() -> None:
    async with Interpreter(approvals()) as interpreter:
        execution = await interpreter.start(APPROVE, {"id": 7})
        work = await interpreter.get_activity_task("approve", "worker-1")
        assert work is not None
        assert work.input == {"id": 7}
        await interpreter.send_task_success(work.task_token, {"approved": True})
        result = await execution.result()
    assert result.output == {"approved": True}
    types = [event["type"] for event in result.history][2:5]
    assert types == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert result.history[3]["activityStartedEventDetails"] == {"workerName": "worker-1"}


async def test_a_worker_waits_for_work() -> None:
    got: list[ActivityTask | None] = []

    async def worker() -> None:
        got.append(await interpreter.get_activity_task("approve"))

    async with Interpreter(approvals()) as interpreter, anyio.create_task_group() as group:
        group.start_soon(worker)
        await anyio.wait_all_tasks_blocked()
        await interpreter.start(APPROVE, 7)
        await anyio.wait_all_tasks_blocked()
        assert [each and each.input for each in got] == [7]


@pytest.mark.parametrize("name", ["approve", ACTIVITY])
async def test_an_activity_is_known_by_name_and_by_arn(name: str) -> None:
    async with Interpreter(approvals()) as interpreter:
        await interpreter.start(APPROVE)
        assert await interpreter.get_activity_task(name) is not None


async def test_without_work_the_worker_gets_nothing_after_a_minute() -> None:
    clock = VirtualClock(0.0)
    async with Interpreter(approvals(), clock=clock) as interpreter:
        assert await interpreter.get_activity_task("approve") is None
        assert clock.now() == 60


async def test_a_worker_may_wait_for_another_time_or_not_at_all() -> None:
    clock = VirtualClock(0.0)
    async with Interpreter(approvals(), clock=clock) as interpreter:
        assert await interpreter.get_activity_task("approve", wait=5) is None
        assert await interpreter.get_activity_task("approve", wait=0) is None
        assert clock.now() == 5


async def test_workers_are_served_in_the_order_in_which_they_came() -> None:
    got: list[tuple[str, JSON]] = []

    async def worker(name: str) -> None:
        work = await interpreter.get_activity_task("approve", name)
        assert work is not None
        got.append((name, work.input))

    async with Interpreter(approvals()) as interpreter, anyio.create_task_group() as group:
        for name in "abc":
            group.start_soon(worker, name)
            await anyio.wait_all_tasks_blocked()
        for number in range(3):
            await interpreter.start(APPROVE, number)
            await anyio.wait_all_tasks_blocked()
    assert got == [("a", 0), ("b", 1), ("c", 2)]


async def test_work_is_served_in_the_order_in_which_it_came() -> None:
    async with Interpreter(approvals()) as interpreter:
        for number in range(3):
            await interpreter.start(APPROVE, number)
        works = [await interpreter.get_activity_task("approve") for _ in range(3)]
    assert [work and work.input for work in works] == [0, 1, 2]


async def test_a_worker_that_gave_up_gets_no_work() -> None:
    async with Interpreter(approvals()) as interpreter:
        with anyio.move_on_after(0.001):
            await interpreter.get_activity_task("approve")
        await interpreter.start(APPROVE, 7)
        work = await interpreter.get_activity_task("approve")
        assert work is not None
        assert work.input == 7


async def test_work_of_a_worker_that_went_with_it_in_hand_goes_to_the_next() -> None:
    got: list[JSON] = []

    async def impatient() -> None:
        with scope:
            await interpreter.get_activity_task("approve")
            got.append("impatient")

    scope = anyio.CancelScope()
    async with Interpreter(approvals()) as interpreter, anyio.create_task_group() as group:
        group.start_soon(impatient)
        await anyio.wait_all_tasks_blocked()
        for number in range(2):
            await interpreter.start(APPROVE, number)
        scope.cancel()  # in the same round of the event loop in which the work was handed over
        await anyio.wait_all_tasks_blocked()
        works = [await interpreter.get_activity_task("approve", wait=0) for _ in range(2)]
    assert got == []
    assert [work and work.input for work in works] == [0, 1]


async def test_withdrawn_work_reaches_no_worker() -> None:
    async with Interpreter(approvals()) as interpreter:
        execution = await interpreter.start(APPROVE)
        await execution.stop()
        assert await interpreter.get_activity_task("approve", wait=0) is None


async def test_work_waits_for_a_worker_as_long_as_it_takes() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(approvals(), clock=clock) as interpreter:
        await interpreter.start(machine(task(ACTIVITY, TimeoutSeconds=60)))
        clock.advance(3600)
        assert await interpreter.get_activity_task("approve", wait=0) is not None


async def test_work_times_out_from_when_a_worker_has_taken_it() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(approvals(), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(ACTIVITY, TimeoutSeconds=60)))
        await interpreter.get_activity_task("approve")
        clock.advance(60)
        assert (await execution.result()).error == "States.Timeout"


async def test_work_of_a_stopped_execution_reaches_no_worker() -> None:
    async with Interpreter(approvals()) as interpreter:
        execution = await interpreter.start(machine(task(ACTIVITY)))
        await execution.stop()
        assert await interpreter.get_activity_task("approve", wait=0) is None


async def test_a_failed_branch_withdraws_the_work_of_the_others() -> None:
    async with Interpreter(approvals()) as interpreter:
        await interpreter.start(machine(parallel(task(ACTIVITY), task(ACTIVITY), task(ACTIVITY))))
        first = await interpreter.get_activity_task("approve")
        second = await interpreter.get_activity_task("approve")
        assert first is not None
        assert second is not None
        await interpreter.send_task_failure(first.task_token, "Refused")
        assert await interpreter.get_activity_task("approve", wait=0) is None
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_success(second.task_token, "1")


async def test_a_worker_fails_its_task() -> None:
    async with Interpreter(approvals()) as interpreter:
        execution = await interpreter.start(APPROVE)
        work = await interpreter.get_activity_task("approve")
        assert work is not None
        await interpreter.send_task_failure(work.task_token, "Refused", "too dear")
        assert (await execution.result()).error == "Refused"


async def test_a_worker_keeps_its_task_alive() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(approvals(), clock=clock) as interpreter:
        execution = await interpreter.start(machine(task(ACTIVITY, TimeoutSeconds=DAY, HeartbeatSeconds=60)))
        work = await interpreter.get_activity_task("approve")
        assert work is not None
        for _ in range(3):
            clock.advance(59)
            await interpreter.send_task_heartbeat(work.task_token)
        clock.advance(60)
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_success(work.task_token, "1")
        assert (await execution.result()).error == "States.Timeout"


async def test_an_unknown_activity_does_not_exist() -> None:
    async with Interpreter(approvals()) as interpreter:
        arn = "arn:aws:states:us-east-1:123456789012:activity:other"
        for name in ("other", arn):
            with pytest.raises(aslrun.ActivityDoesNotExist, match=f"Activity Does Not Exist: '{arn}'"):
                await interpreter.get_activity_task(name)


async def test_leaving_sends_workers_home() -> None:
    got: list[ActivityTask | None] = []

    async def worker() -> None:
        got.append(await interpreter.get_activity_task("approve"))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as group, Interpreter(approvals()) as interpreter:
            group.start_soon(worker)
            await anyio.wait_all_tasks_blocked()
    assert got == [None]


async def test_a_worker_that_never_runs_out_of_work_lets_others_work() -> None:
    async def worker() -> None:
        while True:
            work = await interpreter.get_activity_task("approve")
            assert work is not None
            await interpreter.send_task_success(work.task_token, work.input)
            await interpreter.start(APPROVE)

    async with Interpreter(approvals()) as interpreter, anyio.create_task_group() as group:
        await interpreter.start(APPROVE)
        group.start_soon(worker)
        with anyio.move_on_after(0.01) as scope:
            await anyio.sleep_forever()
        group.cancel_scope.cancel()
    assert scope.cancelled_caught


async def test_the_example_of_a_worker_loop() -> None:
    async def worker(name: str) -> None:
        while (work := await interpreter.get_activity_task("approve", name)) is not None:
            await interpreter.send_task_success(work.task_token, {"by": name})

    async with Interpreter(approvals(), clock=VirtualClock()) as interpreter, anyio.create_task_group() as group:
        for name in ("ann", "bob"):
            group.start_soon(worker, name)
        executions = [await interpreter.start(APPROVE) for _ in range(10)]
        results = [await execution.result() for execution in executions]
    assert all(result.succeeded for result in results)
