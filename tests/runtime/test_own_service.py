"""Tasks that call Step Functions by the AWS SDK about executions of the same interpreter: tokens, looks, stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aslrun import Interpreter, Machine, Resources, Result, SQLiteStore, TaskError, VirtualClock, simulate
from aslrun.runtime.naming import DEFAULT_PLACE
from aslrun.runtime.runs import Run as Driven
from aslrun.runtime.simulation import Simulation
from aslrun.stores.tokens import PlainTokenStore

from .machines import State, machine, task, wait

SDK = "arn:aws:states:::aws-sdk:sfn:"
HERE = "arn:aws:states:us-east-1:123456789012"
GIVES = "The Parameters '{}' could not be used to start the Task: [The field '{}' {}]"
OVER = "Task Timed Out: 'Provided task does not exist anymore' (Service: Sfn, Status Code: 400, Request ID: "

Run = Callable[[Machine, Resources], Awaitable[Result]]


async def simulated(asking: Machine, resources: Resources) -> Result:
    return simulate(asking, {}, resources)


async def interpreted(asking: Machine, resources: Resources) -> Result:
    async with Interpreter(resources, clock=VirtualClock(), tokens=PlainTokenStore()) as interpreter:
        return await (await interpreter.start(asking, {})).result()


@pytest.fixture(params=[simulated, interpreted])
def run(request: pytest.FixtureRequest) -> Run:
    return request.param  # type: ignore[no-any-return]


def sdk(action: str, **fields: Any) -> State:
    """A call of Step Functions."""
    return task(SDK + action, **fields)


def asking(**fields: Any) -> Machine:
    """A machine that starts another, hands it a token and waits for it."""
    parameters = {"StateMachineArn": f"{HERE}:stateMachine:child", "Input": {"token.$": "$$.Task.Token"}}
    resource = "arn:aws:states:::states:startExecution.waitForTaskToken"
    return machine(task(resource, Parameters=parameters, **fields))


def child(*states: State, resources: Resources | None = None) -> Resources:
    """Resources with the machine that is started."""
    resources = resources or Resources()
    resources.machine(machine(*states, name="child"))
    return resources


TOKEN = {"TaskToken.$": "$.token"}


@pytest.mark.anyio
async def test_a_task_of_one_execution_completes_that_of_another(run: Run) -> None:
    result = await run(asking(), child(wait(60), sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": {"ok": True}})))

    assert (result.status, result.output) == ("SUCCEEDED", {"ok": True})
    assert result.stopped_at - result.started_at == 60


@pytest.mark.anyio
async def test_a_task_of_one_execution_fails_that_of_another(run: Run) -> None:
    sends = sdk("sendTaskFailure", Parameters={**TOKEN, "Error": "Refused", "Cause": "too late"})
    result = await run(asking(), child(sends))

    assert (result.status, result.error, result.cause) == ("FAILED", "Refused", "too late")


@pytest.mark.anyio
async def test_a_heartbeat_of_one_execution_keeps_the_task_of_another_alive(run: Run) -> None:
    beat = sdk("sendTaskHeartbeat", Parameters=TOKEN, ResultPath=None)
    done = sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": "1"})
    alive = await run(asking(HeartbeatSeconds=50), child(wait(40), beat, wait(40), done))
    dead = await run(asking(HeartbeatSeconds=50), child(wait(80), done))

    assert (alive.status, dead.status, dead.error) == ("SUCCEEDED", "FAILED", "States.Timeout")


@pytest.mark.anyio
async def test_a_token_serves_once(run: Run) -> None:
    again = sdk("sendTaskSuccess", Parameters={"TaskToken.$": "$.sent.token", "Output": "2"})
    waits = task("arn:aws:states:::states:startExecution.waitForTaskToken", Parameters={
        "StateMachineArn": f"{HERE}:stateMachine:child", "Input": {"token.$": "$$.Task.Token"}})  # fmt: skip
    sends = sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": {"sent.$": "$"}})
    result = await run(machine(waits, again), child(sends))

    assert result.error == "Sfn.TaskTimedOutException"
    assert (result.cause or "").startswith(OVER)


@pytest.mark.parametrize(
    ("action", "arguments", "error", "cause"),
    [
        ("sendTaskSuccess", {"TaskToken": "x", "Output": "1"}, "Sfn.InvalidTokenException",
         "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: "),
        ("sendTaskHeartbeat", {"TaskToken": "x"}, "Sfn.InvalidTokenException", "Invalid Token: 'Invalid token'"),
        ("sendTaskFailure", {"TaskToken": f"token-1-{HERE}:execution:gone:1"}, "Sfn.TaskDoesNotExistException",
         "Task Does Not Exist: 'Provided task does not exist anymore'"),
        ("sendTaskSuccess", {"TaskToken": f"token-9-{HERE}:execution:StateMachine:one", "Output": "1"},
         "Sfn.TaskTimedOutException", OVER),
        ("sendTaskSuccess", {"TaskToken": "x", "Output": "no JSON"}, "Sfn.InvalidOutputException", "Invalid Output: "),
        ("sendTaskSuccess", {"TaskToken": "x"}, "States.Runtime",
         GIVES.format('{"TaskToken":"x"}', "Output", "is required but was missing")),
        ("sendTaskFailure", {"TaskToken": "x", "Reason": "y"}, "States.Runtime",
         GIVES.format('{"TaskToken":"x","Reason":"y"}', "Reason", "is not supported by Step Functions")),
        ("describeExecution", {"ExecutionArn": f"{HERE}:execution:gone:1"}, "Sfn.ExecutionDoesNotExistException",
         f"Execution Does Not Exist: '{HERE}:execution:gone:1' (Service: Sfn, Status Code: 400, Request ID: "),
        ("stopExecution", {"ExecutionArn": "one"}, "Sfn.InvalidArnException",
         "Invalid Arn: 'Invalid ARN prefix: one' (Service: Sfn"),
        ("getActivityTask", {"ActivityArn": f"{HERE}:activity:gone"}, "Sfn.ActivityDoesNotExistException",
         f"Activity Does Not Exist: '{HERE}:activity:gone' (Service: Sfn"),
    ],
)  # fmt: skip
def test_a_call_that_is_refused_fails_its_task_as_on_aws(
    action: str, arguments: dict[str, str], error: str, cause: str
) -> None:
    result = simulate(machine(sdk(action, Parameters=arguments)), {}, name="one")

    assert (result.status, result.error) == ("FAILED", error)
    assert (result.cause or "").startswith(cause)


@pytest.mark.anyio
async def test_an_execution_is_described_while_it_runs_and_when_it_is_over(run: Run) -> None:
    starts = sdk("startExecution", Parameters={"StateMachineArn": f"{HERE}:stateMachine:child", "Input": {"a": 1}})
    look = {"Parameters": {"ExecutionArn.$": "$.ExecutionArn"}}
    steps = machine(
        starts,
        sdk("describeExecution", **look, ResultPath="$.early"),
        wait(60),
        sdk("describeExecution", **look, ResultPath="$.late"),
    )
    result = await run(steps, child(wait(30), {"Type": "Pass", "Result": [1]}))
    assert isinstance(result.output, dict)
    early, late = result.output["early"], result.output["late"]
    assert isinstance(early, dict)
    assert isinstance(late, dict)

    assert (early["Status"], late["Status"]) == ("RUNNING", "SUCCEEDED")
    assert (early["Input"], late["Output"]) == ('{"a":1}', "[1]")
    assert early["RedriveStatusReason"] == "Execution is RUNNING and cannot be redriven"
    assert "StopDate" not in early and str(late["StopDate"]) > str(late["StartDate"])  # noqa: PT018


@pytest.mark.anyio
async def test_an_execution_is_stopped_by_another(run: Run) -> None:
    starts = sdk("startExecution", Parameters={"StateMachineArn": f"{HERE}:stateMachine:child", "Name": "slow"})
    stops = sdk("stopExecution", Parameters={"ExecutionArn.$": "$.ExecutionArn", "Error": "Enough", "Cause": "of it"},
                ResultPath="$.stopped")  # fmt: skip
    look = sdk("describeExecution", Parameters={"ExecutionArn.$": "$.ExecutionArn"})
    result = await run(machine(starts, wait(1), stops, wait(1), look), child(wait(999)))
    assert isinstance(result.output, dict)

    assert [result.output[name] for name in ("Status", "Error", "Cause")] == ["ABORTED", "Enough", "of it"]


def test_an_execution_may_stop_itself() -> None:
    stops = sdk("stopExecution", Parameters={"ExecutionArn.$": "$$.Execution.Id", "Error": "Enough"})
    result = simulate(machine(stops, wait(1)))

    assert (result.status, result.error) == ("ABORTED", "Enough")


# --------------------------------------------------------------------------- work of activities

PAINT = f"{HERE}:activity:paint"


def polls(**more: Any) -> State:
    return sdk("getActivityTask", Parameters={"ActivityArn": PAINT, "WorkerName": "ann"}, **more)


@pytest.mark.anyio
@pytest.mark.parametrize("late", [0, 30])
async def test_a_machine_does_the_work_of_an_activity(run: Run, late: int) -> None:
    done = sdk("sendTaskSuccess", Parameters={"TaskToken.$": "$.TaskToken", "Output.$": "$.Input"})
    resources = child(polls(), done)
    resources.activity("paint")
    starts = sdk("startExecution", Parameters={"StateMachineArn": f"{HERE}:stateMachine:child"})
    result = await run(machine(starts, wait(late), task(PAINT, Parameters={"wall": 3})), resources)

    assert (result.status, result.output) == ("SUCCEEDED", {"wall": 3})
    started = next(event for event in result.history if event["type"] == "ActivityStarted")
    assert started["activityStartedEventDetails"] == {"workerName": "ann"}
    assert result.stopped_at - result.started_at == late


@pytest.mark.anyio
async def test_a_poll_without_work_is_answered_with_nothing_after_a_minute(run: Run) -> None:
    resources = Resources()
    resources.activity("paint")
    result = await run(machine(polls()), resources)

    assert result.output == {}
    assert result.stopped_at - result.started_at == 60


@pytest.mark.anyio
async def test_work_does_not_go_to_a_poll_whose_time_is_over(run: Run) -> None:
    resources = child(polls(TimeoutSeconds=5))
    resources.activity("paint")
    starts = sdk("startExecution", Parameters={"StateMachineArn": f"{HERE}:stateMachine:child"})
    result = await run(machine(starts, wait(10), task(PAINT), TimeoutSeconds=100), resources)

    assert result.status == "TIMED_OUT"
    assert "ActivityStarted" not in [event["type"] for event in result.history]


def polling(simulation: Simulation, count: int) -> Driven:
    """An execution that polls one time after the other."""
    asks = machine(*[polls()] * count)
    run = simulation.host.begin(asks, {}, DEFAULT_PLACE.identity(asks, "asks", lambda: "1"))
    simulation.settle()
    return run


def painting() -> Simulation:
    resources = Resources()
    resources.activity("paint")
    return Simulation(resources)


def test_polls_that_are_over_leave_the_line() -> None:
    simulation = painting()
    assert simulation.finish(polling(simulation, 5))
    polling(simulation, 1)
    assert simulation.host.activities.waiting(PAINT) == (0, 1)


def test_work_that_comes_when_a_poll_is_over_stays_in_the_line() -> None:
    simulation = painting()
    asks = polling(simulation, 1)
    simulation.time.pass_until(simulation.now + 60)
    paints = machine(task(PAINT))
    simulation.host.begin(paints, {}, DEFAULT_PLACE.identity(paints, "paints", lambda: "2"))
    simulation.settle()
    assert asks.result().output == {}
    assert simulation.host.activities.waiting(PAINT) == (1, 0)


# --------------------------------------------------------------------------- beside handlers


def elsewhere(pattern: str) -> Resources:
    """Resources whose handler stands for Step Functions on AWS."""
    resources = Resources()

    @resources.task(pattern)
    def call(arguments: dict[str, Any]) -> None:
        raise TaskError("Sfn.Elsewhere")

    return resources


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("sendTaskSuccess", {"TaskToken": "AAAAKgAAAAIAAAAAAAAAAQ", "Output": "1"}),
        ("describeExecution", {"ExecutionArn": f"{HERE}:execution:theirs:1"}),
    ],
)
def test_what_is_not_known_here_is_asked_of_a_general_handler(action: str, arguments: dict[str, str]) -> None:
    result = simulate(machine(sdk(action, Parameters=arguments)), {}, elsewhere("arn:*:states:::aws-sdk:*"))
    assert result.error == "Sfn.Elsewhere"


def test_what_is_known_here_is_not_asked_of_a_general_handler() -> None:
    sends = sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": "{}"})
    result = simulate(asking(), {}, child(sends, resources=elsewhere("arn:*:states:::aws-sdk:*")))
    assert (result.status, result.output) == ("SUCCEEDED", {})


def test_a_handler_for_the_very_call_goes_first() -> None:
    sends = sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": "{}"})
    result = simulate(asking(TimeoutSeconds=5), {}, child(sends, resources=elsewhere(f"{SDK}sendTaskSuccess")))
    assert result.error == "States.Timeout"


@pytest.mark.anyio
async def test_a_token_of_a_stored_execution_is_sent_by_another(tmp_path: Path) -> None:
    sends = child(wait(60), sdk("sendTaskSuccess", Parameters={**TOKEN, "Output": {"ok": True}}))
    async with Interpreter(sends, clock=VirtualClock(), store=SQLiteStore(tmp_path / "runs.db")) as interpreter:
        result = await (await interpreter.start(asking(), {})).result()

    assert (result.status, result.output) == ("SUCCEEDED", {"ok": True})


@pytest.mark.anyio
async def test_a_poll_for_work_goes_on_after_a_crash(tmp_path: Path) -> None:
    resources = child(polls(), sdk("sendTaskSuccess", Parameters={"TaskToken.$": "$.TaskToken", "Output.$": "$.Input"}))
    resources.activity("paint")
    starts = sdk("startExecution", Parameters={"StateMachineArn": f"{HERE}:stateMachine:child"})
    steps = machine(starts, wait(30), task(PAINT, Parameters={"wall": 3}))
    async with Interpreter(
        resources, clock=VirtualClock(auto=False), store=SQLiteStore(tmp_path / "runs.db")
    ) as interpreter:
        execution = await interpreter.start(steps, {})
        await interpreter.settled()
    async with Interpreter(resources, clock=VirtualClock(), store=SQLiteStore(tmp_path / "runs.db")) as interpreter:
        result = await interpreter.execution(execution.arn).result()

    assert (result.status, result.output) == ("SUCCEEDED", {"wall": 3})
