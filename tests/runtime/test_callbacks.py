"""Task tokens: who holds one may end the task, keep it alive, or be told that it is over."""

from __future__ import annotations

import decimal
import math

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest

import aslrun
from aslrun import Interpreter, InvalidOutput, InvalidToken, Resources, TaskContext, TaskTimedOut, VirtualClock
from aslrun.runtime.execution_handle import ExecutionHandle
from aslrun.runtime.naming import DEFAULT_PLACE
from aslrun.runtime.simulation import Simulation
from aslrun.stores.tokens import MemoryTokenStore
from aslrun.values import JSON

from .machines import CALLBACK, DAY, Desk, State, callback, machine, parallel, task, wait

pytestmark = pytest.mark.anyio

OVER = "Task Timed Out: 'Provided task does not exist anymore'"


async def handed_out(interpreter: Interpreter, *states: State) -> ExecutionHandle:
    """An execution of these states whose tokens lie on the desk."""
    execution = await interpreter.start(machine(*states))
    await interpreter.settled()
    return execution


async def test_success_ends_the_task_with_its_output() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        await interpreter.send_task_success(desk.token, {"approved": True})
        result = await execution.result()
    assert result.output == {"approved": True}
    types = [event["type"] for event in result.history][2:]
    assert types == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


@pytest.mark.parametrize(
    ("output", "value"),
    [('{"a":  1}', {"a": 1}), ("7", 7), ('"text"', "text"), ("null", None), (7, 7), (None, None), ([], [])],
)
async def test_an_output_is_json_text_or_a_value(output: JSON, value: JSON) -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        await interpreter.send_task_success(desk.token, output)
        assert (await execution.result()).output == value


@pytest.mark.parametrize(
    "output", ["", "text", "{", "NaN", "{'a': 1}", math.nan, decimal.Decimal(1), {1: 2}, (1,), {"a": [{1}]}, b"{}"]
)
async def test_an_output_that_is_no_json_is_refused_and_the_task_goes_on(output: object) -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        with pytest.raises(InvalidOutput):
            await interpreter.send_task_success(desk.token, output)  # type: ignore[arg-type]
        assert execution.status == "RUNNING"
        await interpreter.send_task_success(desk.token, "1")
        assert (await execution.result()).output == 1


async def test_an_output_is_copied() -> None:
    desk = Desk()
    output: dict[str, JSON] = {"items": [1]}
    async with Interpreter(desk.resources, clock=VirtualClock()) as interpreter:
        execution = await handed_out(interpreter, callback(), wait(1))
        await interpreter.send_task_success(desk.token, output)
        output["items"] = []
        assert (await execution.result()).output == {"items": [1]}


async def test_failure_fails_the_task() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        await interpreter.send_task_failure(desk.token, "Refused", "too dear")
        result = await execution.result()
    assert (result.error, result.cause) == ("Refused", "too dear")


async def test_failure_needs_neither_error_nor_cause() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        await interpreter.send_task_failure(desk.token)
        result = await execution.result()
    assert (result.status, result.error, result.cause) == ("FAILED", None, None)


async def test_a_failure_can_be_caught() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        catch = [{"ErrorEquals": ["Refused"], "Next": "B"}]
        execution = await handed_out(interpreter, callback(Catch=catch), {"Type": "Succeed"})
        await interpreter.send_task_failure(desk.token, "Refused")
        assert (await execution.result()).find("$.Error") == ["Refused"]


async def test_every_retry_has_a_token_of_its_own() -> None:
    desk = Desk()
    retry = [{"ErrorEquals": ["Refused"], "MaxAttempts": 1}]
    clock = VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(Retry=retry))
        await interpreter.send_task_failure(desk.token, "Refused")
        await clock.elapse(1)
        await interpreter.settled()
        first, second = desk.tokens
        assert first != second
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_success(first, "1")
        await interpreter.send_task_success(second, "2")
        assert (await execution.result()).output == 2


# --------------------------------------------------------------------------- misuse


@pytest.mark.parametrize("first", ["success", "failure"])
async def test_a_token_is_good_once(first: str) -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        await handed_out(interpreter, callback(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), wait(DAY))
        if first == "success":
            await interpreter.send_task_success(desk.token, "1")
        else:
            await interpreter.send_task_failure(desk.token)
        for again in (
            interpreter.send_task_success(desk.token, "1"),
            interpreter.send_task_failure(desk.token),
            interpreter.send_task_heartbeat(desk.token),
        ):
            with pytest.raises(TaskTimedOut, match=OVER):
                await again


@pytest.mark.parametrize("token", ["", "garbage", "a.b", "AAAA.", ".", "é.ü", "x" * 2048, "\ud800.x"])
async def test_a_token_that_was_never_handed_out_is_invalid(token: str) -> None:
    async with Interpreter() as interpreter:
        for use in (
            interpreter.send_task_success(token, "1"),
            interpreter.send_task_failure(token),
            interpreter.send_task_heartbeat(token),
        ):
            with pytest.raises(InvalidToken, match="Invalid Token: 'Invalid token'"):
                await use


async def test_the_token_of_another_interpreter_is_invalid() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as here, Interpreter(Desk().resources) as there:
        execution = await handed_out(here, callback())
        with pytest.raises(InvalidToken):
            await there.send_task_success(desk.token, "1")
        await here.send_task_success(desk.token, "1")
        assert (await execution.result()).succeeded


async def test_a_token_with_another_signature_is_invalid() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        address, _, signature = desk.token.partition(".")
        with pytest.raises(InvalidToken):
            await interpreter.send_task_success(f"{address}.{signature[::-1]}", "1")
        assert execution.status == "RUNNING"


async def test_the_token_of_an_execution_that_is_unknown_here_does_not_exist() -> None:
    desk, tokens = Desk(), MemoryTokenStore(b"0123456789abcdef")
    async with Interpreter(desk.resources, tokens=tokens) as here, Interpreter(tokens=tokens) as there:
        await handed_out(here, callback())
        with pytest.raises(aslrun.TaskDoesNotExist):
            await there.send_task_success(desk.token, "1")


async def test_output_is_looked_at_before_the_token() -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(InvalidOutput):
            await interpreter.send_task_success("garbage", "no json")


async def test_the_token_of_a_stopped_execution_is_over() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())
        await execution.stop()
        with pytest.raises(TaskTimedOut, match=OVER):
            await interpreter.send_task_success(desk.token, "1")


async def test_the_token_of_a_cancelled_branch_is_over() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, parallel(callback(), callback()))
        await interpreter.send_task_failure(desk.tokens[0], "Refused")
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_success(desk.tokens[1], "1")
        assert (await execution.result()).error == "Refused"


async def test_the_token_of_a_call_that_failed_is_over() -> None:
    kept: list[str] = []

    def refuse(message: dict[str, str]) -> None:
        kept.append(message["Message"])
        raise aslrun.TaskError("Unreachable")

    resources = Resources()
    resources.task("arn:aws:states:::sns:publish", refuse, inline=True)
    async with Interpreter(resources) as interpreter:
        await handed_out(interpreter, callback(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), wait(DAY))
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_success(kept[0], "1")


def test_a_token_is_good_once_also_while_its_answer_is_not_applied_yet() -> None:
    desk = Desk()
    simulation = Simulation(desk.resources)
    waiting = machine(callback(), wait(DAY))
    run = simulation.host.begin(waiting, {}, DEFAULT_PLACE.identity(waiting, "one", lambda: "1"))
    simulation.settle()
    token = run.execution.outstanding()[0].token
    assert token is not None
    simulation.host.desk.send_success(token, "1")
    assert not simulation.host.desk.waits_for(token)
    with pytest.raises(TaskTimedOut, match=OVER):
        simulation.host.desk.send_failure(token, None, None)
    simulation.finish(run)
    assert run.result().output == 1
    assert not simulation.host.answered


# --------------------------------------------------------------------------- time


async def test_an_answer_at_the_instant_of_the_time_out_is_late() -> None:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(TimeoutSeconds=60))
        clock.advance(60)
        with pytest.raises(TaskTimedOut, match=OVER):
            await interpreter.send_task_success(desk.token, "1")
        assert (await execution.result()).error == "States.Timeout"


async def test_an_answer_just_before_the_time_out_is_in_time() -> None:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(TimeoutSeconds=60))
        clock.advance(59.999)
        await interpreter.send_task_success(desk.token, "1")
        assert (await execution.result()).succeeded


async def test_heartbeats_keep_a_task_alive() -> None:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(TimeoutSeconds=600, HeartbeatSeconds=60))
        for _ in range(5):
            clock.advance(59)
            await interpreter.send_task_heartbeat(desk.token)
        await interpreter.send_task_success(desk.token, "1")
        assert (await execution.result()).succeeded


async def test_a_missed_heartbeat_is_a_time_out() -> None:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(TimeoutSeconds=600, HeartbeatSeconds=60))
        clock.advance(60)
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_heartbeat(desk.token)
        assert (await execution.result()).error == "States.Timeout"


async def test_heartbeats_do_not_put_off_the_time_out() -> None:
    desk, clock = Desk(), VirtualClock(auto=False)
    async with Interpreter(desk.resources, clock=clock) as interpreter:
        execution = await handed_out(interpreter, callback(TimeoutSeconds=100, HeartbeatSeconds=60))
        clock.advance(50)
        await interpreter.send_task_heartbeat(desk.token)
        clock.advance(50)
        with pytest.raises(TaskTimedOut):
            await interpreter.send_task_heartbeat(desk.token)
        assert (await execution.result()).error == "States.Timeout"


# --------------------------------------------------------------------------- from anywhere


async def test_an_answer_from_another_task() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter, anyio.create_task_group() as group:
        execution = await handed_out(interpreter, callback())
        group.start_soon(interpreter.send_task_success, desk.token, "7")
        assert (await execution.result()).output == 7


async def test_an_answer_from_a_thread() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        execution = await handed_out(interpreter, callback())

        def button() -> None:
            anyio.from_thread.run(interpreter.send_task_success, desk.token, "7")

        await anyio.to_thread.run_sync(button)
        assert (await execution.result()).output == 7


async def test_an_answer_from_a_handler() -> None:
    desk = Desk()

    async def approve(order: object) -> str:
        await interpreter.send_task_success(desk.token, '"approved"')
        return "done"

    desk.resources.task("arn:aws:lambda:*:*:function:approve", approve)
    async with Interpreter(desk.resources) as interpreter:
        waiting = await handed_out(interpreter, callback())
        approving = await interpreter.start(machine(task("approve")))
        assert (await approving.result()).output == "done"
        assert (await waiting.result()).output == "approved"


async def test_an_answer_before_the_call_returned() -> None:
    async def answer_at_once(message: object, task: TaskContext) -> str:
        assert task.token is not None
        await interpreter.send_task_success(task.token, '"early"')
        return "submitted"

    resources = Resources()
    resources.task("arn:aws:states:::sns:publish", answer_at_once)
    async with Interpreter(resources) as interpreter:
        execution = await interpreter.start(machine(callback()))
        assert (await execution.result()).output == "early"


async def test_a_handler_gets_the_token_that_stands_in_its_input() -> None:
    tokens: list[bool] = []

    def publish(message: dict[str, str], task: TaskContext) -> None:
        tokens.append(message["Message"] == task.token)

    resources = Resources()
    resources.task(CALLBACK, publish)
    async with Interpreter(resources) as interpreter:
        await handed_out(interpreter, callback())
    assert tokens == [True]


async def test_a_thousand_tokens_are_answered_in_any_order() -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as interpreter:
        executions = [await interpreter.start(machine(callback())) for _ in range(200)]
        await interpreter.settled()
        for number, token in reversed(list(enumerate(desk.tokens))):
            await interpreter.send_task_success(token, number)
        outputs = [(await execution.result()).output for execution in executions]
    assert sorted(map(str, outputs)) == sorted(map(str, range(200)))
