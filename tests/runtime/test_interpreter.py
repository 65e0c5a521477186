"""``Interpreter``: many executions beside an application, on asyncio and on trio."""

from __future__ import annotations

import math
import threading
import time
from contextvars import ContextVar

import anyio
import anyio.lowlevel
import pytest

import aslrun
from aslrun import Interpreter, TaskError, VirtualClock
from aslrun.errors import CallerError
from aslrun.runtime.execution_handle import ExecutionHandle
from aslrun.values import JSON

from .machines import DAY, Desk, callback, inline, machine, parallel, served, task, wait

pytestmark = pytest.mark.anyio

PASS = machine({"Type": "Pass"}, name="order")


async def echo(value: object) -> object:
    return value


def endless(type: str = "EXPRESS") -> aslrun.Machine:
    again = {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": True, "Next": "A"}], "Default": "B"}
    return machine(again, {"Type": "Succeed"}, type=type)


# --------------------------------------------------------------------------- starting


async def test_a_listener_hears_of_an_end_that_an_inline_handler_brought_about_and_the_result_comes() -> None:
    heard: list[str] = []
    resources = inline(lambda value: value)
    async with Interpreter(resources, on_status=lambda execution, status: heard.append(status)) as interpreter:
        with anyio.fail_after(5):
            await (await interpreter.start(machine(task()))).result()
    assert heard == ["RUNNING", "SUCCEEDED"]


async def test_an_execution_runs_to_its_result() -> None:
    async with Interpreter(served(echo)) as interpreter:
        execution = await interpreter.start(machine(task(), {"Type": "Succeed"}), {"id": 7})
        result = await execution.result()
    assert (result.status, result.output, execution.status) == ("SUCCEEDED", {"id": 7}, "SUCCEEDED")


async def test_the_name_is_in_the_arn() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(PASS, name="order-7")
    assert execution.name == "order-7"
    assert execution.arn == "arn:aws:states:us-east-1:123456789012:execution:order:order-7"
    assert repr(execution) == f"<ExecutionHandle {execution.arn} SUCCEEDED>"


async def test_the_same_name_and_input_while_it_runs_is_the_same_execution() -> None:
    async with Interpreter() as interpreter:
        first = await interpreter.start(machine(wait(DAY)), {"a": 1, "b": [1.0]}, name="x")
        again = await interpreter.start(machine(wait(DAY)), {"b": [1], "a": 1}, name="x")
        assert again == first
        assert hash(again) == hash(first)
        assert interpreter.executions() == [first]


async def test_the_same_name_with_another_input_is_refused() -> None:
    async with Interpreter() as interpreter:
        first = await interpreter.start(machine(wait(DAY)), {"a": 1}, name="x")
        with pytest.raises(aslrun.ExecutionAlreadyExists, match=f"Execution Already Exists: '{first.arn}'"):
            await interpreter.start(machine(wait(DAY)), {"a": True}, name="x")


async def test_the_name_of_an_execution_that_is_over_stays_taken() -> None:
    async with Interpreter() as interpreter:
        await (await interpreter.start(PASS, name="x")).result()
        with pytest.raises(aslrun.ExecutionAlreadyExists):
            await interpreter.start(PASS, name="x")


async def test_the_same_name_on_another_machine_is_another_execution() -> None:
    async with Interpreter() as interpreter:
        await interpreter.start(PASS, name="x")
        await interpreter.start(machine({"Type": "Pass"}, name="sale"), name="x")
        assert len(interpreter.executions()) == 2


async def test_express_executions_may_repeat_names() -> None:
    shape = machine({"Type": "Succeed"}, type="EXPRESS")
    async with Interpreter() as interpreter:
        arns = {(await interpreter.start(shape, name="x")).arn for _ in range(3)}
    assert len(arns) == 3


@pytest.mark.parametrize("name", ["", "x" * 81, "a b", "a:b", "a/b", "a*", "a\x00", "a\n", "a\u0085", "\ufffe", "a#b"])
async def test_a_name_that_step_functions_refuses_is_refused(name: str) -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(aslrun.InvalidName):
            await interpreter.start(PASS, name=name)
        assert interpreter.executions() == []


@pytest.mark.parametrize("name", ["x", "x" * 80, "Ünï-7_.@+=()!'", "注文"])
async def test_a_name_that_step_functions_takes_is_taken(name: str) -> None:
    async with Interpreter() as interpreter:
        assert (await interpreter.start(PASS, name=name)).name == name


async def test_nothing_is_left_of_a_start_that_was_refused() -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(aslrun.MissingHandlers):
            await interpreter.start(machine(task()))
        with pytest.raises(aslrun.InvalidExecutionInput):
            await interpreter.start(PASS, math.nan)
        with pytest.raises(aslrun.InvalidDefinition):
            await interpreter.start({"StartAt": "Nowhere", "States": {}})
        assert interpreter.executions() == []


async def test_the_input_is_copied() -> None:
    given: dict[str, JSON] = {"a": [1]}
    async with Interpreter(clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(wait(1)), given)
        given["a"] = 2
        assert (await execution.result()).output == {"a": [1]}


async def test_the_seed_makes_an_execution_repeatable() -> None:
    shape = machine({"Type": "Pass", "Parameters": {"id.$": "States.UUID()"}})
    async with Interpreter() as interpreter:
        outputs = [(await (await interpreter.start(shape, seed=seed)).result()).output for seed in (1, 1, None, None)]
    assert outputs[0] == outputs[1]
    assert len({str(output) for output in outputs}) == 3


# --------------------------------------------------------------------------- looking and stopping


async def test_a_running_execution_can_be_described() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(machine(wait(DAY)), {"id": 7})
        for result in (execution.describe(), interpreter.describe(execution.arn)):
            assert (result.status, result.output, result.stopped_at, result.input) == ("RUNNING", None, None, {"id": 7})
        assert [event["type"] for event in execution.history()] == ["ExecutionStarted", "WaitStateEntered"]
        assert interpreter.history(execution.arn) == execution.history()


async def test_the_history_grows_and_what_was_read_stays() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(wait(10), wait(10)))
        before = execution.history()
        await clock.elapse(10)
        after = execution.history()
    assert after[: len(before)] == before
    assert [event["type"] for event in after[len(before) :]] == ["WaitStateExited", "WaitStateEntered"]


async def test_stopping_aborts() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(machine(wait(DAY)))
        await execution.stop("Enough", "nobody wants it")
        result = await execution.result()
        assert (result.status, result.error, result.cause) == ("ABORTED", "Enough", "nobody wants it")
        assert execution.history()[-1]["type"] == "ExecutionAborted"


async def test_stopping_by_arn() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(machine(wait(DAY)))
        await interpreter.stop(execution.arn)
        assert (await execution.result()).status == "ABORTED"


async def test_stopping_what_is_over_changes_nothing() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(PASS)
        before = await execution.result()
        await execution.stop("Late")
        assert (execution.describe().status, execution.history()) == ("SUCCEEDED", before.history)


async def test_stopping_cancels_handlers() -> None:
    cancelled = anyio.Event()

    async def forever(order: object) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    async with Interpreter(served(forever)) as interpreter:
        execution = await interpreter.start(machine(task()))
        await anyio.wait_all_tasks_blocked()
        await execution.stop()
        with anyio.fail_after(5):
            await cancelled.wait()


async def test_what_nobody_started_does_not_exist() -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(aslrun.ExecutionDoesNotExist, match="Execution Does Not Exist: 'arn:x'"):
            interpreter.execution("arn:x")
        with pytest.raises(aslrun.ExecutionDoesNotExist):
            await interpreter.stop("arn:x")
        for look in (interpreter.describe, interpreter.history):
            with pytest.raises(aslrun.ExecutionDoesNotExist):
                look("arn:x")


async def test_executions_are_listed_oldest_first() -> None:
    async with Interpreter() as interpreter:
        started = [await interpreter.start(PASS, name=name) for name in "bca"]
        assert interpreter.executions() == started
        assert interpreter.execution(started[1].arn) == started[1]


async def test_many_may_wait_for_the_same_result() -> None:
    outputs: list[object] = []

    async def look(execution: ExecutionHandle) -> None:
        outputs.append((await execution.result()).output)

    async with Interpreter(clock=VirtualClock()) as interpreter, anyio.create_task_group() as group:
        execution = await interpreter.start(machine(wait(DAY)), 7)
        for _ in range(3):
            group.start_soon(look, execution)
        await execution.result()
    assert outputs == [7, 7, 7]


async def test_whoever_stops_waiting_for_a_result_stops_only_waiting() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(wait(DAY)))
        with anyio.move_on_after(0.001):
            await execution.result()
        assert execution.status == "RUNNING"
        clock.advance(DAY)
        assert (await execution.result()).succeeded


# --------------------------------------------------------------------------- listeners


async def test_a_listener_hears_of_every_change_of_status_in_order() -> None:
    heard: list[tuple[str, str]] = []
    async with Interpreter(on_status=lambda execution, status: heard.append((execution.name, status))) as interpreter:
        await (await interpreter.start(PASS, name="a")).result()
        await (await interpreter.start(machine({"Type": "Fail"}), name="b")).result()
        stopped = await interpreter.start(machine(wait(DAY)), name="c")
        await stopped.stop()
        await stopped.result()
    assert heard == [
        (name, status)
        for name, end in zip("abc", ("SUCCEEDED", "FAILED", "ABORTED"), strict=True)
        for status in ("RUNNING", end)
    ]


async def test_a_result_comes_after_the_listener_has_heard() -> None:
    heard: list[str] = []
    async with Interpreter(on_status=lambda execution, status: heard.append(status)) as interpreter:
        await (await interpreter.start(PASS)).result()
        assert heard == ["RUNNING", "SUCCEEDED"]


async def test_a_listener_hears_what_happened_last_before_the_block_is_left() -> None:
    heard: list[str] = []
    async with Interpreter(on_status=lambda execution, status: heard.append(status)) as interpreter:
        await interpreter.start(PASS)
    assert heard == ["RUNNING", "SUCCEEDED"]


async def test_a_listener_may_stop_executions() -> None:
    def stop_the_others(execution: ExecutionHandle, status: str) -> None:
        if status == "SUCCEEDED":
            for each in interpreter.executions():
                interpreter.abort(each.run, "Enough", None)

    async with Interpreter(clock=VirtualClock(), on_status=stop_the_others) as interpreter:
        long = await interpreter.start(machine(wait(DAY)))
        await interpreter.start(machine(wait(60)))
        assert (await long.result()).error == "Enough"


async def test_a_listener_may_have_another_execution_started() -> None:
    async with anyio.create_task_group() as group:
        follow_ups: list[ExecutionHandle] = []

        async def follow_up() -> None:
            follow_ups.append(await interpreter.start(PASS))

        def listener(execution: ExecutionHandle, status: str) -> None:
            if execution.name == "first" and status == "SUCCEEDED":
                group.start_soon(follow_up)

        async with Interpreter(on_status=listener) as interpreter:
            await (await interpreter.start(PASS, name="first")).result()
            await anyio.wait_all_tasks_blocked()
            assert (await follow_ups[0].result()).succeeded


async def test_a_listener_that_raises_ends_the_block_with_its_exception() -> None:
    def broken(execution: ExecutionHandle, status: str) -> None:
        if status == "SUCCEEDED":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with Interpreter(on_status=broken) as interpreter:
            execution = await interpreter.start(PASS)
            await anyio.sleep_forever()
    assert (await execution.result()).succeeded


async def test_a_follower_of_the_history_that_raises_leaves_nothing_half_done() -> None:
    def broken(arn: str, records: object) -> None:
        raise ZeroDivisionError

    async with Interpreter(served(echo), on_history=broken) as interpreter:
        with pytest.raises(ZeroDivisionError):
            await interpreter.start(machine(task()), name="x")
        execution = interpreter.executions()[0]
    assert [each.state for each in execution.describe().waiting] == ["A"]


async def test_a_listener_that_raises_does_not_fail_who_happened_to_turn() -> None:
    def broken(execution: ExecutionHandle, status: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with Interpreter(served(echo), on_status=broken) as interpreter:
            execution = await interpreter.start(machine(task(), wait(DAY)))
            assert execution.status == "RUNNING"
            await anyio.sleep_forever()


# --------------------------------------------------------------------------- many


async def test_a_thousand_executions_run_at_once() -> None:
    async def slow(order: int, task: aslrun.TaskContext) -> int:
        await task.sleep(60)
        return order

    shape = machine(wait(DAY), task(), wait(DAY))
    async with Interpreter(served(slow), clock=VirtualClock()) as interpreter:
        executions = [await interpreter.start(shape, number) for number in range(1000)]
        results = [await execution.result() for execution in executions]
    assert [result.output for result in results] == list(range(1000))
    assert {result.stopped_at - result.started_at for result in results if result.stopped_at} == {2 * DAY + 60}


async def test_an_endless_loop_starves_nobody() -> None:
    pauses: list[float] = []

    async def beat() -> None:
        while True:
            before = time.perf_counter()
            await anyio.sleep(0.001)
            pauses.append(time.perf_counter() - before)

    async with Interpreter(served(echo)) as interpreter, anyio.create_task_group() as group:
        await interpreter.start(endless(), "spin")
        group.start_soon(beat)
        executions = [await interpreter.start(machine(task(), task())) for _ in range(50)]
        for execution in executions:
            assert (await execution.result()).succeeded
        group.cancel_scope.cancel()
    assert max(pauses, default=0) < 0.2


@pytest.mark.parametrize("is_inline", [True, False])
async def test_an_endless_loop_of_quick_handlers_starves_nobody(is_inline: bool) -> None:
    spinning = machine(
        task(Next="A", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), {"Type": "Succeed"}, type="EXPRESS"
    )
    async with Interpreter(inline(lambda order: order) if is_inline else served(echo)) as interpreter:
        execution = await interpreter.start(spinning)
        with anyio.move_on_after(0.02):
            await anyio.sleep_forever()
        await execution.stop()
        assert (await execution.result()).status == "ABORTED"


async def test_a_real_wait_ends_in_time_beside_an_endless_loop() -> None:
    async with Interpreter() as interpreter:
        await interpreter.start(endless(), "spin")
        with anyio.fail_after(5):
            assert (await (await interpreter.start(machine(wait(0), wait(0)))).result()).succeeded


# --------------------------------------------------------------------------- leaving


async def test_leaving_leaves_executions_running() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await interpreter.start(machine(callback()))
        await interpreter.settled()
    result = execution.describe()
    assert (result.status, [each.state for each in result.waiting]) == ("RUNNING", ["A"])
    assert interpreter.executions() == [execution]


async def test_leaving_cancels_handlers_and_waits_for_what_they_clean_up() -> None:
    steps: list[str] = []

    async def careful(order: object) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.005)
                steps.append("clean")

    async with Interpreter(served(careful)) as interpreter:
        await interpreter.start(machine(task(), task()))
        await anyio.wait_all_tasks_blocked()
    assert steps == ["clean"]


async def test_nothing_is_called_after_leaving() -> None:
    calls: list[str] = []

    async def stubborn(order: object) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.005)

    resources = served(stubborn)
    resources.task("arn:aws:lambda:*:*:function:next", lambda order: calls.append("next"), inline=True)
    async with Interpreter(resources) as interpreter:
        execution = await interpreter.start(machine(task(), task("next")))
        await anyio.wait_all_tasks_blocked()
    assert (calls, execution.status) == ([], "RUNNING")


async def test_leaving_does_not_wait_for_threads() -> None:
    release = threading.Event()
    async with Interpreter(served(lambda order: release.wait())) as interpreter:
        execution = await interpreter.start(machine(task()))
        await anyio.wait_all_tasks_blocked()
    release.set()
    assert execution.status == "RUNNING"


async def test_whoever_waits_for_a_result_is_told_that_the_interpreter_was_left() -> None:
    told: list[str] = []

    async def look(execution: ExecutionHandle) -> None:
        try:
            await execution.result()
        except aslrun.AslrunError as error:
            told.append(str(error))

    async with anyio.create_task_group() as group, Interpreter() as interpreter:
        execution = await interpreter.start(machine(wait(DAY)))
        group.start_soon(look, execution)
        await anyio.wait_all_tasks_blocked()
    assert told == [f"the interpreter was left before the end of {execution.arn}"]
    with pytest.raises(aslrun.AslrunError, match="is not running"):
        await execution.result()


async def test_results_can_be_had_after_leaving() -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(PASS, 7)
    assert (await execution.result()).output == 7


async def test_an_interpreter_that_is_not_running_refuses_everything_that_moves_executions() -> None:
    desk = Desk()
    desk.resources.activity("approve")
    async with Interpreter(desk.resources) as interpreter:
        execution = await interpreter.start(machine(callback()))
        await interpreter.settled()
    for refused in (
        interpreter.start(PASS),
        execution.stop(),
        interpreter.send_task_success(desk.token, {}),
        interpreter.send_task_failure(desk.token),
        interpreter.send_task_heartbeat(desk.token),
        interpreter.get_activity_task("approve"),
        Interpreter().start(PASS),
    ):
        with pytest.raises(aslrun.AslrunError, match="is not running"):
            await refused


async def test_an_interpreter_is_entered_once() -> None:
    async with Interpreter() as interpreter:
        pass
    with pytest.raises(aslrun.AslrunError, match="once"):
        await interpreter.__aenter__()


async def test_an_exception_of_the_block_comes_out_as_it_is() -> None:
    with pytest.raises(aslrun.ExecutionFailed, match="Broken"):  # noqa: PT012
        async with Interpreter() as interpreter:
            await interpreter.start(machine(wait(DAY)))
            failed = await interpreter.start(machine({"Type": "Fail", "Error": "Broken"}))
            (await failed.result()).raise_for_status()


async def test_a_group_of_exceptions_of_the_block_comes_out_as_it_is() -> None:
    problems = ExceptionGroup("two", [ValueError(), TypeError()])
    with pytest.raises(ExceptionGroup) as caught:
        async with Interpreter():
            raise problems
    assert caught.value is problems


async def test_a_cancelled_block_is_left_cancelled() -> None:
    with anyio.move_on_after(0.005) as scope:
        async with Interpreter(served(anyio.sleep)) as interpreter:
            await interpreter.start(machine(task()), 60)
            await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_the_interpreter_may_be_entered_in_one_of_many_tasks() -> None:
    async def serve(number: int) -> None:
        async with Interpreter(served(echo), clock=VirtualClock()) as interpreter:
            outputs.append((await (await interpreter.start(machine(task(), wait(1)), number)).result()).output)

    outputs: list[object] = []
    async with anyio.create_task_group() as group:
        for number in range(5):
            group.start_soon(serve, number)
    assert sorted(map(str, outputs)) == ["0", "1", "2", "3", "4"]


# --------------------------------------------------------------------------- settled


async def test_settled_waits_for_the_handlers_at_work() -> None:
    async def work(order: object) -> int:
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        return 1

    async with Interpreter(served(work)) as interpreter:
        execution = await interpreter.start(machine(task(), task(), wait(DAY)))
        await interpreter.settled()
        assert len([event for event in execution.history() if event["type"] == "LambdaFunctionSucceeded"]) == 2


async def test_settled_waits_for_threads() -> None:
    async with Interpreter(served(lambda order: time.sleep(0.01))) as interpreter:
        execution = await interpreter.start(machine(task(), wait(DAY)))
        await interpreter.settled()
        assert execution.history()[-1]["type"] == "WaitStateEntered"


async def test_settled_does_not_wait_for_a_handler_that_sleeps() -> None:
    async def slow(order: object, task: aslrun.TaskContext) -> None:
        await task.sleep(DAY)

    async with Interpreter(served(slow), clock=VirtualClock(auto=False)) as interpreter:
        execution = await interpreter.start(machine(parallel(task(), wait(DAY))))
        await interpreter.settled()
        assert execution.status == "RUNNING"


# --------------------------------------------------------------------------- what belongs to whom


async def test_handlers_share_no_context_variables() -> None:
    seen: list[str] = []
    name: ContextVar[str] = ContextVar("name", default="nobody")

    async def coroutine(order: str) -> None:
        seen.append(name.get())
        name.set(order)
        await anyio.lowlevel.checkpoint()
        assert name.get() == order

    def plain(order: str) -> None:
        seen.append(name.get())
        name.set(order)

    name.set("application")
    resources = served(coroutine, thread=plain)
    resources.task("arn:aws:lambda:*:*:function:quick", plain, inline=True)
    shape = machine(*[task(kind, ResultPath=None) for kind in ("work", "thread", "quick", "work", "thread", "quick")])
    async with Interpreter(resources) as interpreter:
        name.set("block")
        (await (await interpreter.start(shape, "handler")).result()).raise_for_status()
    assert seen == ["application"] * 6


async def test_executions_that_ended_early_leave_few_alarms_behind() -> None:
    shape = machine(task(TimeoutSeconds=DAY), TimeoutSeconds=DAY)
    async with Interpreter(inline(lambda order: order)) as interpreter:
        for _ in range(1200):
            await (await interpreter.start(shape)).result()
        assert len(interpreter._host.agenda) <= 1000


async def test_a_failed_handler_does_not_disturb_its_neighbours() -> None:
    async def moody(order: str) -> str:
        await anyio.lowlevel.checkpoint()
        if order == "bad":
            raise TaskError("Mood")
        return order

    async with Interpreter(served(moody)) as interpreter:
        executions = [await interpreter.start(machine(task()), mood) for mood in ("good", "bad", "good")]
        assert [(await each.result()).status for each in executions] == ["SUCCEEDED", "FAILED", "SUCCEEDED"]


# --------------------------------------------------------------------------- forgetting


async def test_a_forgotten_execution_is_gone_with_its_children_and_its_name_is_free() -> None:
    processor = {
        "StartAt": "B",
        "States": {"B": {"Type": "Succeed"}},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
    }
    document = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    async with Interpreter() as interpreter:
        execution = await interpreter.start(document, [1, 2], name="one")
        await execution.result()
        assert len(interpreter.executions()) == 3
        interpreter.forget(execution.arn)
        assert interpreter.executions() == []
        assert (await (await interpreter.start(document, [3], name="one")).result()).output == [3]


async def test_a_running_execution_cannot_be_forgotten() -> None:
    document = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    async with Interpreter() as interpreter:
        execution = await interpreter.start(document)
        with pytest.raises(CallerError):
            interpreter.forget(execution.arn)
