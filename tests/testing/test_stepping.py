"""An execution that is stepped through: where it stops, what can be changed, and that it is the same execution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from aslrun import Resources, TaskContext, simulate, testing
from aslrun.testing import Stepper, error, result, step
from aslrun.testing.stops import NotPossible, describe
from aslrun.values import JSON

PAY = "arn:aws:lambda:us-east-1:123456789012:function:pay"


def machine(**states: Mapping[str, Any]) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states}


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": PAY, **({} if "Next" in fields else {"End": True}), **fields}


def passing(next: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", **({"End": True} if next is None else {"Next": next}), **fields}


def branch(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


BOTH = machine(
    P={"Type": "Parallel", "Branches": [branch("A", task()), branch("B", passing())], "Next": "Z"}, Z=passing()
)


def stops(run: Stepper) -> list[str]:
    """Where it stops, step by step, to its end."""
    found = [describe(run.stop)]
    while not run.over:
        found.append(describe(run.step()))
    return found


def test_it_stops_before_each_state_and_each_call() -> None:
    run = step(machine(A=passing("T"), T=task()), {}, {"T": {"paid": True}})
    assert stops(run) == ["before A", "before T", "before the task of T is called", "the execution is over: SUCCEEDED"]


def test_it_stops_in_every_branch() -> None:
    run = step(BOTH, {}, {"A": 1})
    assert stops(run) == [
        "before P",
        "before A",
        "before B",
        "before the task of A is called",
        "before Z",
        "the execution is over: SUCCEEDED",
    ]


def test_the_place_of_a_stop_says_which_branch() -> None:
    run = step(BOTH, {}, {"A": 1})
    run.step()
    run.step()
    assert (run.stop.state, run.stop.place) == ("B", ("P[1]",))


def test_next_does_not_stop_inside_of_a_state() -> None:
    run = step(BOTH, {}, {"A": 1})
    assert run.next().state == "Z"


def test_next_in_the_last_state_of_a_branch_stops_after_the_parallel() -> None:
    run = step(BOTH, {}, {"A": 1})
    run.step()
    assert run.next().state == "Z"


def test_out_leaves_the_map_around_it() -> None:
    inner = {"StartAt": "A", "States": {"A": passing("B"), "B": passing()}}
    run = step(machine(M={"Type": "Map", "ItemProcessor": inner, "Next": "Z"}, Z=passing()), [1, 2, 3])
    run.step()
    assert (run.stop.state, run.out().state) == ("A", "Z")


def test_a_breakpoint_stops_where_its_condition_holds() -> None:
    inner = {"StartAt": "A", "States": {"A": passing()}}
    run = step(machine(M={"Type": "Map", "ItemProcessor": inner, "End": True}), [1, 2, 3])
    run.break_at("A", "$ > 1")
    assert (run.go_on().input, run.go_on().input, run.go_on().kind) == (2, 3, "end")


def test_a_breakpoint_may_be_a_function() -> None:
    run = step(machine(A=passing("B"), B=passing()), {"n": 1})
    run.break_at("*", when=lambda stop: stop.state == "B")
    assert run.go_on().state == "B"


def test_a_breakpoint_at_no_state_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(NotPossible, match="there is no state 'Chrage'; near: Charge"):
        step(machine(Charge=passing())).break_at("Chrage")


def test_a_changed_input_is_what_the_state_gets() -> None:
    run = step(machine(A=passing("B"), B=passing()), {"n": 1})
    run.step()
    run.input = {"n": 2}
    assert run.go_on().kind == "end"
    assert run.result.output == {"n": 2}


def test_a_place_in_the_input_can_be_changed_alone() -> None:
    run = step(machine(A=passing()), {"order": {"total": 1}, "id": 7})
    run.put("$.order.total", 9)
    run.go_on()
    assert run.result.output == {"order": {"total": 9}, "id": 7}


def test_variables_can_be_looked_at_and_changed() -> None:
    show = passing(QueryLanguage="JSONata", Output="{% $n + 1 %}")
    run = step(machine(A=passing("B", Assign={"n": 1}), B=show), {})
    run.step()
    assert run.look("$n") == 1
    run.put("$n", 41)
    run.go_on()
    assert run.result.output == 42


def test_the_context_object_can_be_looked_at_but_not_changed() -> None:
    run = step(machine(A=passing()))
    assert run.look("$$.State.Name") == "A"
    with pytest.raises(NotPossible, match="the context object cannot be changed"):
        run.put("$$.State.Name", "B")


def test_a_path_that_leads_nowhere_says_so() -> None:
    with pytest.raises(NotPossible, match=r"^\$\.b: "):
        step(machine(A=passing()), {"a": 1}).look("$.b")


def test_an_answer_takes_the_place_of_the_call() -> None:
    calls: list[JSON] = []
    resources = Resources()
    resources.task(PAY, calls.append)
    run = step(machine(T=task()), {}, resources=resources)
    run.step()
    run.answer({"mine": True})
    assert (run.result.output, calls) == ({"mine": True}, [])


def test_a_failure_goes_the_way_of_any_other() -> None:
    run = step(machine(T=task(Catch=[{"ErrorEquals": ["Busy"], "Next": "Z"}]), Z=passing()), {}, {"T": 1})
    run.step()
    assert run.fail("Busy", "why not").input == {"Error": "Busy", "Cause": "why not"}


def test_a_retry_is_a_stop_of_its_own_after_its_back_off() -> None:
    retry = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 30}]
    run = step(machine(T=task(Retry=retry)), {}, {"T": [error("Busy"), {"paid": True}]})
    run.step()
    assert (run.step().kind, run.elapsed) == ("retry", 30.0)


def test_a_task_that_nobody_answers_stops_also_when_going_on() -> None:
    run = step(machine(A=passing("T"), T=task()))
    stop = run.go_on()
    assert (stop.state, stop.kind, stop.unanswered) == ("T", "task", True)
    with pytest.raises(NotPossible, match="neither a mock nor a handler"):
        run.step()


def test_a_task_that_waits_for_its_token_can_be_answered() -> None:
    approve = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish.waitForTaskToken", "End": True}
    resources = Resources()
    resources.task("arn:aws:states:::sns:publish.waitForTaskToken", lambda input: {})
    run = step(machine(T=approve), {}, resources=resources)
    run.go_on()
    assert (run.stop.kind, run.stop.unanswered) == ("waiting", True)
    assert run.answer({"approved": True}).kind == "end"


def test_time_passes_only_when_it_is_told_to_while_a_token_is_out() -> None:
    resource = "arn:aws:states:::sns:publish.waitForTaskToken"
    approve = {"Type": "Task", "Resource": resource, "TimeoutSeconds": 60, "End": True}
    run = step(machine(T=approve), {}, {"T": result("yes", delay=10)})
    run.step()
    assert (run.step().kind, run.elapsed) == ("waiting", 0.0)
    assert (run.step().kind, run.elapsed) == ("end", 10.0)


def test_nothing_can_be_answered_where_no_task_is() -> None:
    with pytest.raises(NotPossible, match="no task is to be answered here: before A"):
        step(machine(A=passing())).answer(1)


def test_the_input_cannot_be_changed_once_the_state_is_entered() -> None:
    run = step(machine(T=task()), {}, {"T": 1})
    run.step()
    with pytest.raises(NotPossible, match="the input of T cannot be changed any more"):
        run.input = {}


def test_mocks_know_what_was_called() -> None:
    mocks = testing.Mocks({"T": 1})
    step(machine(T=task()), {"n": 7}, mocks).go_on()
    assert [call.input for call in mocks.calls("T")] == [{"n": 7}]
    mocks.verify()


def test_an_async_handler_is_called_too() -> None:
    resources = Resources()

    @resources.task(PAY)
    async def pay(input: JSON) -> JSON:
        return {"paid": True}

    run = step(machine(T=task()), {}, resources=resources)
    run.go_on()
    assert run.result.output == {"paid": True}


def slow(input: JSON, task: TaskContext) -> JSON:
    task.sleep(1.5)
    return {"state": task.state}


DIFFERENT = {
    "states one after the other": machine(
        A=passing("T"), T=task(Next="W"), W={"Type": "Wait", "Seconds": 60, "End": True}
    ),
    "branches": BOTH,
    "a retry and a catch": machine(
        T={
            **task(Retry=[{"ErrorEquals": ["States.Timeout"]}], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}]),
            "TimeoutSeconds": 1,
        },
        Z=passing(),
    ),
    "a map": machine(
        M={
            "Type": "Map",
            "Items": [1, 2, 3],
            "MaxConcurrency": 2,
            "QueryLanguage": "JSONata",
            "ItemProcessor": {
                "StartAt": "A",
                "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}},
            },
            "End": True,
        }
    ),
    "children of a distributed map": machine(
        M={
            "Type": "Map",
            "End": True,
            "ItemsPath": "$.items",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                **branch("A", passing()),
            },
        }
    ),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_an_execution_that_nobody_changes_has_the_history_of_simulate(name: str) -> None:
    resources = Resources()
    resources.task(PAY, slow)
    input: JSON = {"items": [1, 2]}
    run = step(DIFFERENT[name], input, resources=resources)
    while not run.over:
        run.step()
    expected = simulate(DIFFERENT[name], input, resources, name="stepped")
    assert [(event["type"], event["timestamp"]) for event in run.result.history] == [
        (event["type"], event["timestamp"]) for event in expected.history
    ]
    assert run.result.output == expected.output
