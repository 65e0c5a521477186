"""Executions that tasks start: every pattern of startExecution, in ``simulate`` and in the interpreter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun import Interpreter, InvalidDefinition, Machine, MissingHandlers, Resources, Result, VirtualClock, simulate
from aslrun.stores.tokens import PlainTokenStore
from aslrun.values import JSON

from .machines import DAY, Desk, State, callback, machine, parallel, task, wait

STARTS = "arn:aws:states:::states:startExecution"
SDK = "arn:aws:states:::aws-sdk:sfn:startExecution"
SDK_SYNC = "arn:aws:states:::aws-sdk:sfn:startSyncExecution"
HERE = "arn:aws:states:us-east-1:123456789012"
CHILD = f"{HERE}:stateMachine:child"
PASS: State = {"Type": "Pass", "Result": {"done": True}}
FAIL: State = {"Type": "Fail", "Error": "Broken", "Cause": "it broke"}


def starting(resource: str = STARTS, arn: str = CHILD, given: dict[str, Any] | None = None, **fields: Any) -> State:
    """A task that starts an execution."""
    parameters = {"StateMachineArn": arn, "Name": "one", "Input": {"id": 7}, **(given or {})}
    parameters = {name: value for name, value in parameters.items() if value is not ...}
    return task(resource, Parameters=parameters, **fields)


def having(*states: State, type: str = "STANDARD", resources: Resources | None = None) -> Resources:
    """Resources with a machine of these states that is called "child"."""
    resources = resources or Resources()
    resources.machine(machine(*states, name="child", type=type))
    return resources


def types(result: Result) -> list[str]:
    return [event["type"] for event in result.history]


def output(result: Result) -> dict[str, Any]:
    assert isinstance(result.output, dict), (result.error, result.cause)
    return result.output


# --------------------------------------------------------------------------- patterns


def test_a_request_is_answered_without_waiting_for_the_child() -> None:
    result = simulate(machine(starting()), {}, having(wait(DAY)))
    assert result.stopped_at == result.started_at
    assert output(result)["ExecutionArn"] == f"{HERE}:execution:child:one"
    assert output(result)["StartDate"] == result.started_at * 1000
    assert output(result)["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert "TaskSubmitted" not in types(result)


def test_sync_gives_the_description_with_input_and_output_as_text() -> None:
    result = simulate(machine(starting(f"{STARTS}.sync")), {}, having(wait(60), PASS))
    described = output(result)
    assert types(result)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert (described["Input"], described["Output"]) == ('{"id":7}', '{"done":true}')
    assert (described["Status"], described["Name"]) == ("SUCCEEDED", "one")
    assert described["StopDate"] - described["StartDate"] == 60_000
    assert list(described) == sorted(described)


def test_sync_2_gives_input_and_output_parsed() -> None:
    described = output(simulate(machine(starting(f"{STARTS}.sync:2")), {}, having(PASS)))
    assert (described["Input"], described["Output"]) == ({"id": 7}, {"done": True})


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_a_child_that_fails_fails_the_sync_task_with_its_description(pattern: str) -> None:
    result = simulate(machine(starting(STARTS + pattern)), {}, having(FAIL))
    described = json.loads(result.cause or "")
    assert (result.status, result.error) == ("FAILED", "States.TaskFailed")
    assert (described["Status"], described["Error"], described["Cause"]) == ("FAILED", "Broken", "it broke")
    assert (described["Input"], described["RedriveStatus"]) == ('{"id":7}', "REDRIVABLE")


def test_the_failure_of_a_child_can_be_caught() -> None:
    catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}]
    result = simulate(machine(starting(f"{STARTS}.sync", Catch=catch), {"Type": "Succeed"}), {}, having(FAIL))
    assert (result.status, output(result)["Error"]) == ("SUCCEEDED", "States.TaskFailed")


def test_a_child_that_times_out_shows_neither_error_nor_cause() -> None:
    resources = Resources()
    resources.machine(machine(wait(DAY), name="child", TimeoutSeconds=60))
    described = json.loads(simulate(machine(starting(f"{STARTS}.sync")), {}, resources).cause or "")
    assert described["Status"] == "TIMED_OUT"
    assert not {"Error", "Cause"} & described.keys()


def test_a_callback_goes_on_with_the_token_and_not_with_the_child() -> None:
    given = {"Input": {"token.$": "$$.Task.Token"}}
    resources = Resources()
    resources.task("arn:aws:states:::sns:publish", lambda message, task: task.call_back(60, {"by": "child"}))
    publish = task("arn:aws:states:::sns:publish.waitForTaskToken", Parameters={"Message.$": "$.token"})
    having(publish, resources=resources)
    result = simulate(machine(starting(f"{STARTS}.waitForTaskToken", given=given)), {}, resources)
    assert result.status == "RUNNING"
    assert "TaskSubmitted" in types(result)


def test_the_aws_sdk_answers_with_the_date_as_text() -> None:
    result = simulate(machine(starting(SDK)), {}, having(PASS))
    assert output(result) == {"ExecutionArn": f"{HERE}:execution:child:one", "StartDate": "2024-01-01T00:00:00.000Z"}


def test_a_handler_that_was_registered_for_it_goes_first() -> None:
    resources = having(FAIL)
    resources.task(f"{STARTS}.sync", lambda arguments: {"asked": arguments["Name"]})
    assert output(simulate(machine(starting(f"{STARTS}.sync")), {}, resources)) == {"asked": "one"}


def test_children_start_children() -> None:
    resources = having(PASS)
    resources.machine(machine(starting(f"{STARTS}.sync:2")), name="middle")
    middle = starting(f"{STARTS}.sync:2", f"{HERE}:stateMachine:middle")
    assert output(simulate(machine(middle), {}, resources))["Output"]["Output"] == {"done": True}


def test_children_run_side_by_side() -> None:
    both = [starting(f"{STARTS}.sync", given={"Name": name}) for name in ("one", "two")]
    result = simulate(machine(parallel(*both)), {}, having(wait(60)))
    assert (result.stopped_at or 0) - result.started_at == 60


# --------------------------------------------------------------------------- what the child is given


@pytest.mark.parametrize(
    ("given", "seen"),
    [({"a": [1]}, {"a": [1]}), ('{"a": [1]}', {"a": [1]}), ('"text"', "text"), (None, {}), (..., {}), ([1], [1])],
)
def test_the_input_may_be_json_text_or_any_other_value(given: JSON, seen: JSON) -> None:
    resources = having({"Type": "Pass"})
    result = simulate(machine(starting(f"{STARTS}.sync:2", given={"Input": given})), {}, resources)
    assert output(result)["Output"] == seen


def test_the_execution_that_started_it_is_passed_on() -> None:
    given = {"Input": {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"}}
    result = simulate(machine(starting(f"{STARTS}.sync:2", given=given)), {}, having({"Type": "Pass"}))
    assert output(result)["Output"] == {"AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": result.arn}


def test_a_name_that_is_left_open_is_the_same_in_every_run() -> None:
    names = [
        output(simulate(machine(starting(f"{STARTS}.sync", given={"Name": ...})), {}, having(PASS)))["Name"]
        for _ in range(2)
    ]
    assert names[0] == names[1]
    assert len(names[0]) == 36


def test_region_and_account_of_the_child_are_those_of_the_arn() -> None:
    abroad = "arn:aws:states:eu-west-1:222222222222:stateMachine:child"
    result = simulate(machine(starting(arn=abroad)), {}, having(PASS))
    assert output(result)["ExecutionArn"] == "arn:aws:states:eu-west-1:222222222222:execution:child:one"


def test_a_version_or_an_alias_leads_to_the_machine() -> None:
    described = output(simulate(machine(starting(f"{STARTS}.sync", f"{CHILD}:PROD")), {}, having(PASS)))
    assert (described["StateMachineArn"], described["StateMachineAliasArn"]) == (CHILD, f"{CHILD}:PROD")


# --------------------------------------------------------------------------- what the service refuses

REFUSED = [
    ({"StateMachineArn": f"{HERE}:stateMachine:other"}, "StateMachineDoesNotExist", "State Machine Does Not Exist: "),
    ({"StateMachineArn": "child"}, "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: child'"),
    (
        {"StateMachineArn": f"{HERE}:activity:a"},
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: ",
    ),
    ({"Name": "a b"}, "InvalidName", "Invalid Name: 'a b'"),
    ({"Input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input: '"),
]


@pytest.mark.parametrize(("given", "name", "message"), REFUSED)
def test_what_the_service_refuses_fails_the_task_under_its_name(given: Any, name: str, message: str) -> None:
    dynamic = {("StateMachineArn.$" if key == "StateMachineArn" else key): value for key, value in given.items()}
    if "StateMachineArn" in given:
        dynamic = {"StateMachineArn": ..., "StateMachineArn.$": "$.arn"}
    result = simulate(machine(starting(given=dynamic)), {"arn": given.get("StateMachineArn")}, having(PASS))
    assert result.error == f"StepFunctions.{name}Exception"
    assert (result.cause or "").startswith(message)
    assert f"(Service: AWSStepFunctions; Status Code: 400; Error Code: {name}; Request ID: " in (result.cause or "")


def test_the_aws_sdk_has_names_and_causes_of_its_own() -> None:
    result = simulate(machine(starting(SDK, given={"Name": "a b"})), {}, having(PASS))
    assert result.error == "Sfn.InvalidNameException"
    assert (result.cause or "").endswith("(SDK Attempt Count: 1)")


def test_a_name_that_is_taken_is_refused() -> None:
    result = simulate(machine(starting(f"{STARTS}.sync"), starting()), {}, having(PASS))
    assert result.error == "StepFunctions.ExecutionAlreadyExistsException"
    assert (result.cause or "").startswith(f"Execution Already Exists: '{HERE}:execution:child:one' (Service:")


def test_the_same_call_while_the_child_runs_waits_for_the_same_child() -> None:
    result = simulate(machine(starting(), starting(f"{STARTS}.sync")), {}, having(wait(60), PASS))
    assert (result.status, (result.stopped_at or 0) - result.started_at) == ("SUCCEEDED", 60)


def test_machines_that_start_each_other_without_end_are_stopped() -> None:
    resources = Resources()
    again = starting(f"{STARTS}.sync", given={"Name": ...})
    child = resources.machine(machine(again, name="child"))
    assert simulate(child, {}, resources).error == "States.TaskFailed"


def test_a_machine_that_goes_on_in_a_new_execution_may_do_so_for_ever() -> None:
    resources = Resources()
    again = starting(given={"Name": ...})
    child = resources.machine(machine(wait(1), again, name="child"))
    assert simulate(child, {}, resources).status == "SUCCEEDED"


# --------------------------------------------------------------------------- in the interpreter


@pytest.mark.anyio
async def test_a_task_that_times_out_stops_its_child() -> None:
    parent = machine(starting(f"{STARTS}.sync", TimeoutSeconds=60))
    async with Interpreter(having(wait(DAY)), clock=VirtualClock()) as interpreter:
        result = await (await interpreter.start(parent)).result()
        child = interpreter.execution(f"{HERE}:execution:child:one")
        assert (result.error, child.status) == ("States.Timeout", "ABORTED")


@pytest.mark.anyio
async def test_an_execution_that_is_stopped_stops_its_child() -> None:
    async with Interpreter(having(wait(DAY))) as interpreter:
        parent = await interpreter.start(machine(starting(f"{STARTS}.sync")))
        await interpreter.settled()
        await parent.stop()
        assert interpreter.execution(f"{HERE}:execution:child:one").status == "ABORTED"


@pytest.mark.anyio
async def test_a_child_that_nobody_waits_for_goes_on() -> None:
    async with Interpreter(having(wait(DAY))) as interpreter:
        parent = await interpreter.start(machine(starting(), wait(DAY)))
        await interpreter.settled()
        await parent.stop()
        assert interpreter.execution(f"{HERE}:execution:child:one").status == "RUNNING"


@pytest.mark.anyio
async def test_listeners_hear_of_children_too() -> None:
    heard: list[tuple[str, str]] = []
    resources = having(PASS)
    async with Interpreter(resources, on_status=lambda one, status: heard.append((one.name, status))) as interpreter:
        await (await interpreter.start(machine(starting(f"{STARTS}.sync")), name="parent")).result()
    assert heard == [("parent", "RUNNING"), ("one", "RUNNING"), ("one", "SUCCEEDED"), ("parent", "SUCCEEDED")]


@pytest.mark.anyio
async def test_whoever_holds_the_token_ends_a_sync_task_before_its_child() -> None:
    desk = Desk()
    having(callback(), resources=desk.resources)
    given = {"Input": {"token.$": "$$.Task.Token"}}
    tokens = PlainTokenStore()
    async with Interpreter(desk.resources, tokens=tokens) as interpreter:
        parent = await interpreter.start(machine(starting(f"{STARTS}.sync", given=given)))
        await interpreter.settled()
        child = interpreter.execution(f"{HERE}:execution:child:one")
        given_input = child.describe().input
        assert isinstance(given_input, dict)
        await interpreter.send_task_success(str(given_input["token"]), {"by": "token"})
        assert (await parent.result()).output == {"by": "token"}
        assert child.status == "RUNNING"


@pytest.mark.anyio
async def test_both_drivers_write_the_same_history() -> None:
    both = [starting(f"{STARTS}.sync", given={"Name": name}) for name in ("one", "two")]
    parent = machine(parallel(*both))
    simulated = simulate(parent, {}, having(PASS), name="x")
    async with Interpreter(having(PASS)) as interpreter:
        live = await (await interpreter.start(parent, name="x")).result()
    told = [[(event["id"], event["previousEventId"], event["type"]) for event in r.history] for r in (simulated, live)]
    assert told[0] == told[1]


# --------------------------------------------------------------------------- registering


def served(resources: Resources, arn: str) -> Machine | None:
    return resources.find_machine(arn)


def test_a_machine_that_is_registered_by_its_arn_is_known_by_that_alone() -> None:
    resources = Resources()
    child = resources.machine(machine(PASS), name=CHILD)
    assert child.name == "child"
    assert served(resources, CHILD) is child
    assert served(resources, CHILD.replace("us-east-1", "eu-west-1")) is None


def test_a_name_is_registered_once() -> None:
    resources = having(PASS)
    with pytest.raises(ValueError, match="a state machine child is already registered"):
        resources.machine(machine(FAIL), name="child")


def test_a_definition_is_checked_when_it_is_registered() -> None:
    with pytest.raises(InvalidDefinition):
        Resources().machine({"StartAt": "A", "States": {}}, name="child")


def test_what_is_no_arn_of_a_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="is not the ARN of a state machine"):
        Resources().machine(machine(PASS), name=f"{HERE}:activity:child")


def test_a_machine_that_is_not_there_is_missing_from_the_start() -> None:
    parent = machine(starting(arn=f"{HERE}:stateMachine:chidl"))
    with pytest.raises(MissingHandlers, match=r"stateMachine:chidl; near: child"):
        simulate(parent, {}, having(PASS))


def test_a_machine_that_is_named_at_run_time_may_be_any_of_those_there_are() -> None:
    parent = machine(starting(given={"StateMachineArn": ..., "StateMachineArn.$": "$.arn"}))
    assert having(PASS).missing(parent) == []
    assert [each.location for each in Resources().missing(parent)] == ["States.A"]


def test_the_tasks_of_a_child_are_required_with_those_of_its_parent() -> None:
    missing = having(task("charge")).missing(machine(starting()))
    assert [each.location for each in missing] == ["machine child: States.A"]


def test_combined_resources_know_the_machines_of_both() -> None:
    other = Resources()
    other.machine(machine(PASS), name="other")
    assert served(having(PASS) | other, CHILD)
    assert served(other.copy(), f"{HERE}:stateMachine:other")


# --------------------------------------------------------------------------- Express children


def test_an_express_child_is_started_and_left() -> None:
    arn = output(simulate(machine(starting()), {}, having(PASS, type="EXPRESS")))["ExecutionArn"]
    assert arn.startswith(f"{HERE}:express:child:one:")


def test_sync_cannot_wait_for_an_express_child() -> None:
    result = simulate(machine(starting(f"{STARTS}.sync")), {}, having(PASS, type="EXPRESS"))
    assert result.error == "StepFunctions.InvalidArnException"


@pytest.mark.parametrize(("child", "status"), [(PASS, "SUCCEEDED"), (FAIL, "FAILED")])
def test_start_sync_execution_waits_for_an_express_child_whatever_becomes_of_it(child: State, status: str) -> None:
    result = simulate(machine(starting(SDK_SYNC)), {}, having(child, type="EXPRESS"))
    assert (result.status, output(result)["Status"]) == ("SUCCEEDED", status)
    assert output(result)["BillingDetails"] == {"BilledDurationInMilliseconds": 100, "BilledMemoryUsedInMB": 64}
    assert types(result)[2:5] == ["TaskScheduled", "TaskStarted", "TaskSucceeded"]


def test_start_sync_execution_refuses_a_standard_child() -> None:
    result = simulate(machine(starting(SDK_SYNC)), {}, having(PASS))
    assert result.error == "Sfn.StateMachineTypeNotSupportedException"
