"""Mocks: one vocabulary, whichever way it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aslrun import Machine, Resources, Result, TaskContext, TaskError, load, simulate
from aslrun.testing import (
    InvalidMockFile,
    InvalidMocks,
    Mocks,
    MocksNotKept,
    computed,
    error,
    read_mocks,
    result,
    silence,
)
from aslrun.values import JSON
from tests.conformance.cases import RECORDED, Case, read_cases
from tests.conformance.player import _instance

CHARGE = "arn:aws:lambda:us-east-1:123456789012:function:charge"
QUEUE = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def machine(resource: str = CHARGE, **fields: Any) -> Machine:
    return load(
        {"StartAt": "Charge", "States": {"Charge": {"Type": "Task", "Resource": resource, "End": True, **fields}}}
    )


def run(reply: Any, resource: str = CHARGE, key: str = "Charge", **fields: Any) -> Result:
    one = machine(resource, **fields)
    return simulate(one, {"total": 7}, Mocks({key: reply}).over(one))


def ended(run: Result) -> tuple[Any, ...]:
    seconds = (run.stopped_at or 0) - run.started_at
    return (run.output, seconds) if run.succeeded else (run.error, run.cause, seconds)


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        ({"paid": 7}, ({"paid": 7}, 0)),
        (result({"paid": 7}, delay=30), ({"paid": 7}, 30)),
        ({"result": 7, "delay": 2.5}, (7, 2.5)),
        (error("Busy", "later", delay=3), ("Busy", "later", 3)),
        (lambda order: order["total"] + 1, (8, 0)),
        (lambda order, task: task.state, ("Charge", 0)),
        (computed(lambda order: order["total"], delay=4), (7, 4)),
        ([1, 2], (1, 0)),
    ],
    ids=["result", "late", "document", "error", "function", "of the task", "late function", "sequence"],
)
def test_an_answer_is_a_result_an_error_or_a_function(reply: Any, end: tuple[Any, ...]) -> None:
    assert ended(run(reply)) == end


def test_a_function_may_fail_the_task() -> None:
    def decline(order: JSON) -> JSON:
        raise TaskError("Declined", "no money")

    assert ended(run(decline)) == ("Declined", "no money", 0)


def test_a_sequence_is_one_answer_for_each_retry() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 10, "BackoffRate": 1}]
    assert ended(run([error("Busy"), error("Busy"), {"paid": True}], Retry=retry)) == ({"paid": True}, 20)


def test_nobody_answers_until_the_time_out() -> None:
    assert ended(run(silence(), TimeoutSeconds=60)) == ("States.Timeout", None, 60)


def test_an_async_function_is_awaited() -> None:
    async def charge(order: JSON, task: TaskContext) -> JSON:
        await task.sleep(5)
        return {"paid": True}

    assert ended(run(charge)) == ({"paid": True}, 5)


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        (result("approved", delay=7200), ("approved", 7200)),
        (error("Refused", "no", delay=60), ("Refused", "no", 60)),
        (result("late", delay=200, heartbeats=[80, 160]), ("late", 200)),
        (result("late", delay=200, heartbeats=[80]), ("States.Timeout", None, 180)),
        (silence(heartbeats=[50]), ("States.Timeout", None, 150)),
    ],
)
def test_a_token_comes_back_later_with_success_failure_or_heartbeats(reply: Any, end: tuple[Any, ...]) -> None:
    heartbeat = {} if end[-1] == 7200 else {"HeartbeatSeconds": 100}
    assert ended(run(reply, QUEUE, **heartbeat)) == end


def test_what_the_call_of_a_token_task_gives_is_its_submission() -> None:
    history = run(result("yes", delay=5, submitted={"MessageId": "1"}), QUEUE).history
    (submitted,) = [event for event in history if event["type"] == "TaskSubmitted"]
    assert json.loads(submitted["taskSubmittedEventDetails"]["output"]) == {"MessageId": "1"}


def test_the_worker_of_an_activity_sends_heartbeats_and_answers() -> None:
    activity = "arn:aws:states:us-east-1:123456789012:activity:pack"
    mock = result("packed", delay=25, heartbeats=[9, 18])
    assert ended(run(mock, activity, TimeoutSeconds=60, HeartbeatSeconds=10)) == ("packed", 25)


def test_a_mock_of_a_resource_serves_all_its_states() -> None:
    assert ended(run({"paid": 1}, key="arn:aws:lambda:*:*:function:charge")) == ({"paid": 1}, 0)


def test_a_mock_goes_before_a_handler_which_does_the_rest() -> None:
    handlers = Resources()
    handlers.task(CHARGE, lambda order: "real")
    one = machine()
    assert simulate(one, {}, Mocks({"Charge": "mocked"}).over(one, handlers)).output == "mocked"
    assert simulate(one, {}, Mocks().over(one, handlers)).output == "real"


# --------------------------------------------------------------------------- mistakes


def test_a_key_that_names_nothing_is_told_with_what_comes_near() -> None:
    with pytest.raises(InvalidMocks, match="Chrage is neither a state nor a resource of the machine; near: Charge"):
        Mocks({"Chrage": 1}).over(machine())


def test_a_call_that_nothing_answers_fails_and_is_told() -> None:
    mocks, one = Mocks(), machine()
    assert simulate(one, {}, mocks.over(one)).error == "UnmockedCall"
    with pytest.raises(MocksNotKept, match=f"Charge calls {CHARGE}, for which there is neither a mock nor a handler"):
        mocks.verify()


def test_a_mock_that_is_never_asked_breaks_its_promise() -> None:
    mocks = Mocks({"Charge": 1, "Ship": 2})
    states = {
        "Charge": {
            "Type": "Task",
            "Resource": CHARGE,
            "Next": "Done",
            "Catch": [{"ErrorEquals": ["A"], "Next": "Ship"}],
        },
        "Ship": {"Type": "Task", "Resource": CHARGE, "End": True},
        "Done": {"Type": "Succeed"},
    }
    both = load({"StartAt": "Charge", "States": states})
    simulate(both, {}, mocks.over(both))
    with pytest.raises(MocksNotKept, match=r"^the mock of Ship was never asked$"):
        mocks.verify()


def test_a_call_beyond_an_exact_sequence_fails_and_is_told() -> None:
    one = machine(Retry=[{"ErrorEquals": ["Busy"]}])
    mocks = Mocks({"Charge": [error("Busy")]}, exact=True)
    assert simulate(one, {}, mocks.over(one)).error == "MockExhausted"
    with pytest.raises(MocksNotKept, match="Charge was called more often than its mock has answers"):
        mocks.verify()


def test_a_malformed_answer_is_refused_where_it_is_written() -> None:
    with pytest.raises(InvalidMocks, match=r"^Charge: a mock error: must be the name of an error, not number$"):
        Mocks({"Charge": {"error": 5}})


def test_calls_of_a_function_are_found_by_its_name_whichever_mock_has_answered() -> None:
    fields = {"Parameters": {"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:pay:live"}}
    one = machine("arn:aws:states:::lambda:invoke", **fields)
    for key in ("Charge", "arn:aws:lambda:*:*:function:pay*"):
        mocks = Mocks({key: {"Payload": 1}})
        simulate(one, {}, mocks.over(one)).raise_for_status()
        assert [call.state for call in mocks.calls("pay")] == ["Charge"]


def test_calls_of_one_function_are_not_those_of_another_that_the_same_mock_answers() -> None:
    invoke = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
    pay, refund = ({**invoke, "Parameters": {"FunctionName": name, "Payload": 1}} for name in ("pay", "refund"))
    both = load({"StartAt": "Pay", "States": {"Pay": {**pay, "Next": "Back"}, "Back": {**refund, "End": True}}})
    mocks = Mocks({"arn:aws:lambda:*:*:function:*": 1})
    simulate(both, {}, mocks.over(both)).raise_for_status()

    names = ("pay", "Back", "arn:aws:lambda:us-east-1:123456789012:function:refund", "nobody", "p*")
    assert [[call.state for call in mocks.calls(name)] for name in names] == [["Pay"], ["Back"], ["Back"], [], []]


@pytest.mark.parametrize("delay", [-1, float("nan"), "soon"])
def test_an_answer_cannot_come_before_the_call(delay: float) -> None:
    with pytest.raises(ValueError, match="must be a number of seconds, at least 0, not"):
        result(1, delay=delay)


def test_a_result_that_is_no_json_is_refused_before_anything_runs() -> None:
    with pytest.raises(InvalidMocks, match=r"^Charge: a mock gives no JSON: at \$\.when a set is not JSON$"):
        Mocks({"Charge": {"when": {1, 2}}})


@pytest.mark.parametrize(
    ("resource", "key", "near"),
    [
        ("arn:aws:lambda:us-east-1:123456789012:function:pay-back", "payback", "arn:aws:lambda:*:*:function:pay-back"),
        ("arn:aws:states:::sns:publish", "sns:publish", "arn:aws:states:::sns:publish"),
    ],
)
def test_the_short_name_of_a_resource_is_told_in_full(resource: str, key: str, near: str) -> None:
    one = machine(resource)
    with pytest.raises(InvalidMocks) as refused:
        Mocks({key: 1}).over(one)
    assert str(refused.value).endswith(f"; near: {near}")


def test_results_are_checked_against_the_api_of_the_service() -> None:
    sqs = machine("arn:aws:states:::sqs:sendMessage")
    with pytest.raises(InvalidMocks, match="Charge: Field 'MessageId' must be a string"):
        Mocks({"Charge": {"MessageId": 7}}, validate="STRICT").over(sqs)
    mocks = Mocks({"Charge": lambda message: {"MessageId": 7}}, validate="PRESENT")
    simulate(sqs, {}, mocks.over(sqs))
    with pytest.raises(MocksNotKept, match="Charge: Field 'MessageId' must be a string"):
        mocks.verify()


# --------------------------------------------------------------------------- files


def config(cases: JSON, responses: JSON) -> dict[str, JSON]:
    return {"StateMachines": {"StateMachine": {"TestCases": cases}}, "MockedResponses": responses}


RESPONSES: JSON = {
    "busy": {"0-1": {"Throw": {"Error": "Busy", "Cause": "later"}}, "2": {"Return": {"paid": True}}},
}


def test_the_mock_file_of_step_functions_local_is_read(tmp_path: Path) -> None:
    file = tmp_path / "MockConfigFile.json"
    file.write_text(json.dumps(config({"Happy": {"Charge": "busy"}, "Other": {}}, RESPONSES)))
    one = machine(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "BackoffRate": 1}])
    mocks = read_mocks(file, one, "Happy")
    assert ended(simulate(one, {}, mocks.over(one))) == ({"paid": True}, 2)
    mocks.verify()


@pytest.mark.parametrize(
    ("document", "case", "message"),
    [
        (config({"A": {"Charge": "bussy"}}, RESPONSES), "A", "names no mocked response: bussy; near: busy"),
        (
            config({"A": {"Chrge": "busy"}}, RESPONSES),
            "A",
            "neither a state nor a resource of the machine; near: Charge",
        ),
        (config({"A": {}, "B": {}}, RESPONSES), None, "as in MockConfigFile.json#A; there are: A, B"),
        (config({"Happy": {}, "B": {}}, RESPONSES), "Hapy", "has no test case Hapy; near: Happy"),
        (
            config({"A": {"Charge": "b"}}, {"b": {"1": {"Return": 1}}}),
            "A",
            "must number the calls without a gap from 0",
        ),
        (config({"A": {"Charge": "b"}}, {"b": {"x": {"Return": 1}}}), "A", "must be the number of a call or a range"),
        (config({"A": {"Charge": "b"}}, {"b": {"0": {"Throws": 1}}}), "A", 'must be {"Return": ...} or {"Throw"'),
    ],
)
def test_every_mistake_in_such_a_file_is_told(document: dict[str, JSON], case: str | None, message: str) -> None:
    with pytest.raises(InvalidMockFile) as refused:
        read_mocks(document, machine(), case)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("lost.json", None, "mock file: cannot be read: No such file or directory"),
        (".", None, "mock file: cannot be read: Is a directory"),
        ("a.json/b.json", None, "mock file: cannot be read: No such file or directory"),
        ("mocks.json", "[1]", "mock file: must be an object, not an array"),
        ("mocks.json", '{"Charge": ', "1:12 mock file: a value is missing here"),
        ("mocks.yaml", "Charge: [", "1:10 mock file: while parsing a flow node"),
    ],
)
def test_a_mock_file_that_cannot_be_read_is_not_called_a_definition(
    tmp_path: Path, name: str, content: str | None, told: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)

    with pytest.raises(InvalidMockFile) as refused:
        read_mocks(path, machine())

    head, line, *_ = str(refused.value).splitlines()
    assert head == f"{path}: 1 problem in the mock file"
    assert line.strip().startswith(told)


def test_what_are_no_mocks_at_all_are_not_called_a_definition() -> None:
    with pytest.raises(TypeError, match="mocks must be a path, JSON text or a mapping, not int"):
        read_mocks(7, machine())  # type: ignore[arg-type]


def test_a_recorded_history_answers_with_results_errors_and_times() -> None:
    one = machine(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 4}])
    first = simulate(one, {}, Mocks({"Charge": [error("Busy", delay=3), result(7, delay=2)]}).over(one))
    mocks = read_mocks({"events": first.history}, one)  # type: ignore[dict-item]
    again = simulate(one, {}, mocks.over(one))
    assert ended(again) == ended(first) == (7, 9)
    mocks.verify()


LOCAL = [case for case in read_cases(RECORDED) if "mock_config" in case.raw] if RECORDED.is_dir() else []


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"needs the recorded answers in {RECORDED}, which are not there")
@pytest.mark.parametrize("case", LOCAL, ids=lambda case: case.id)
def test_a_recorded_mock_file_gives_the_history_that_aws_had(case: Case) -> None:
    instance = _instance(case)
    raw, created = instance.case, instance.case["calls"][0]["request"]
    (started,) = [call["request"] for call in raw["calls"] if call["operation"] == "StartExecution"]
    text = case.comparator.definition_text(raw, created["definition"]["$ref"])
    one = load(text, name=started["stateMachineArn"].split(":")[6].partition("#")[0])
    mocks = read_mocks(raw["mock_config"], one, started["stateMachineArn"].partition("#")[2])
    run = simulate(one, json.loads(started.get("input", "{}")), mocks.over(one))
    mocks.verify()
    recorded = [event["type"] for event in case.raw["recorded"]["get_execution_history"]["events"]]
    assert sorted({event["type"] for event in run.history}) == sorted(
        {*recorded} | ({"ParallelStateSucceeded"} & {e["type"] for e in run.history})
    )
    assert run.status == ("SUCCEEDED" if "ExecutionSucceeded" in recorded else "FAILED")
