"""JSONata states: each field that takes an expression, what ``$states`` holds, and how failures are worded."""

from __future__ import annotations

from typing import Any

import pytest

import aslrun
from aslrun import Resources, Result, simulate

ECHO = "arn:aws:lambda:us-east-1:123456789012:function:echo"


def state(type: str = "Pass", **fields: Any) -> dict[str, Any]:
    return {
        "Type": type,
        **({"End": True} if "Next" not in fields and type not in ("Choice", "Fail", "Succeed") else {}),
        **fields,
    }


def machine(**states: dict[str, Any]) -> dict[str, Any]:
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def run(document: dict[str, Any], input: Any = None) -> Result:
    resources = Resources()
    resources.task(ECHO, lambda value: value, inline=True)
    return simulate(document, input, resources)


def failure_of(result: Result) -> str:
    assert result.error == "States.QueryEvaluationError"
    assert result.cause is not None
    return result.cause.partition("). ")[2]


# --------------------------------------------------------------------------- fields


def test_output_is_a_template_of_any_depth() -> None:
    result = run(machine(A=state(Output={"a": [1, {"b": "{% $states.input.x + 1 %}"}], "c": "plain"})), {"x": 4})
    assert result.output == {"a": [1, {"b": 5}], "c": "plain"}


def test_without_output_the_input_goes_on() -> None:
    assert run(machine(A=state()), {"x": 4}).output == {"x": 4}


def test_arguments_go_to_the_task_and_its_result_to_the_output() -> None:
    document = machine(
        A=state(
            "Task", Resource=ECHO, Arguments={"n": "{% $states.input.n * 2 %}"}, Output="{% $states.result.n + 1 %}"
        )
    )
    assert run(document, {"n": 4}).output == 9


def test_a_task_without_arguments_gets_the_input_and_without_output_gives_the_result() -> None:
    assert run(machine(A=state("Task", Resource=ECHO)), {"n": 4}).output == {"n": 4}


def test_conditions_are_booleans_or_expressions_that_give_one() -> None:
    document = machine(
        A=state(
            "Choice",
            Choices=[
                {"Condition": "{% $states.input.n > 10 %}", "Next": "Big", "Output": "big"},
                {"Condition": True, "Next": "Small", "Assign": {"seen": "{% $states.input.n %}"}},
            ],
        ),
        Big=state(),
        Small=state(Output="{% $seen %}"),
    )
    assert run(document, {"n": 11}).output == "big"
    assert run(document, {"n": 7}).output == 7


def test_assign_and_output_see_the_variables_of_the_entry() -> None:
    document = machine(
        A=state(Assign={"x": 1, "y": 2}, Next="B"),
        B=state(Assign={"x": "{% $y %}", "y": "{% $x %}"}, Output="{% [$x, $y] %}", Next="C"),
        C=state(Output={"before": "{% $states.input %}", "after": "{% [$x, $y] %}"}),
    )
    assert run(document).output == {"before": [1, 2], "after": [2, 1]}


def test_a_map_takes_items_and_an_item_selector() -> None:
    document = machine(
        A=state(
            "Map",
            Items="{% $states.input.list[$ > 1] %}",
            ItemSelector={"n": "{% $states.context.Map.Item.Value %}", "at": "{% $states.context.Map.Item.Index %}"},
            ItemProcessor={
                "StartAt": "B",
                "States": {"B": state(Output="{% $states.input.n * 10 + $states.input.at %}")},
            },
        )
    )
    assert run(document, {"list": [1, 2, 3]}).output == [20, 31]


def test_items_may_be_an_array_that_holds_expressions() -> None:
    processor = {"StartAt": "B", "States": {"B": state()}}
    assert run(machine(A=state("Map", Items=[1, "{% 1 + 1 %}"], ItemProcessor=processor))).output == [1, 2]


def test_items_may_be_an_object_that_holds_expressions() -> None:
    processor = {"StartAt": "B", "States": {"B": state()}}
    named = {"key": "{% $states.context.Map.Item.Key %}", "value": "{% $states.context.Map.Item.Value %}"}
    items = state("Map", Items={"a": "{% 1 + 1 %}", "b": 3}, ItemSelector=named, ItemProcessor=processor)
    assert run(machine(A=items)).output == [{"key": "a", "value": 2}, {"key": "b", "value": 3}]


def test_wait_takes_seconds_and_timestamps() -> None:
    document = machine(
        A=state("Wait", Seconds="{% $states.input.s %}", Next="B"), B=state("Wait", Timestamp="{% $states.input.t %}")
    )
    result = run(document, {"s": 3, "t": "2024-01-01T00:00:10Z"})
    assert result.stopped_at is not None
    assert result.stopped_at - result.started_at == 10


def test_fail_takes_error_and_cause() -> None:
    result = run(machine(A=state("Fail", Error="{% 'E' & $states.input %}", Cause="plain")), 7)
    assert (result.error, result.cause) == ("E7", "plain")


def test_a_catcher_sees_the_error_output() -> None:
    document = machine(
        A=state(
            "Task",
            Resource=ECHO,
            Arguments="{% $states.input.missing.more %}",
            Catch=[
                {
                    "ErrorEquals": ["States.QueryEvaluationError"],
                    "Next": "B",
                    "Assign": {"error": "{% $states.errorOutput.Error %}"},
                    "Output": "{% $states.input %}",
                }
            ],
        ),
        B=state(Output="{% [$error, $states.input.a] %}"),
    )
    assert run(document, {"a": 1}).output == ["States.QueryEvaluationError", 1]


def test_a_time_out_may_be_an_expression() -> None:
    resources = Resources()
    resources.task(ECHO, lambda value, task: task.sleep(60) and None, inline=True)
    document = machine(A=state("Task", Resource=ECHO, TimeoutSeconds="{% $states.input.limit %}"))
    assert simulate(document, {"limit": 5}, resources).error == "States.Timeout"


# --------------------------------------------------------------------------- languages side by side


def test_a_jsonpath_machine_may_hold_jsonata_states() -> None:
    document = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Pass", "Assign": {"x.$": "$.n"}, "Next": "B"},
            "B": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"twice": "{% $x * 2 %}"}, "Next": "C"},
            "C": {"Type": "Pass", "Parameters": {"same.$": "$.twice", "x.$": "$x"}, "End": True},
        },
    }
    assert run(document, {"n": 4}).output == {"same": 8, "x": 4}


def test_branches_read_outer_variables_and_their_own_end_with_them() -> None:
    branch = {"StartAt": "B", "States": {"B": state(Assign={"own": 1}, Output="{% $outer %}")}}
    document = machine(
        A=state(Assign={"outer": "seen"}, Next="P"),
        P=state("Parallel", Branches=[branch], Next="C"),
        C=state(Output="{% $own %}"),
    )
    result = run(document)
    assert "returned nothing (undefined)" in failure_of(result)


# --------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("$nothing", "returned nothing (undefined)."),
        ("$states.input.nothing", "returned nothing (undefined)."),
        ("function($x) { $x }", "returned an unsupported result type."),
        ("[1, $sum]", "returned an unsupported result type."),
        ("1 / 0", "returned an unsupported result type."),
        ("$no()", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
    ],
)
def test_the_cause_names_the_expression_and_its_field(expression: str, sentence: str) -> None:
    said = failure_of(run(machine(A=state(Output={"x": [f"{{% {expression} %}}"]}))))
    assert said == f"The JSONata expression '{expression}' specified for the field 'Output/x[0]' {sentence}"


@pytest.mark.parametrize(
    ("fields", "expected", "was"),
    [
        ({"Type": "Wait", "Seconds": "{% 'x' %}"}, "number", "string"),
        ({"Type": "Choice", "Choices": [{"Condition": "{% 1 %}", "Next": "End"}]}, "boolean", "number"),
        ({"Type": "Fail", "Error": "{% 1 %}"}, "string", "number"),
    ],
)
def test_a_field_says_what_type_it_takes(fields: dict[str, Any], expected: str, was: str) -> None:
    kind = fields["Type"]
    rest = {"End": state("Succeed")} if kind == "Choice" else {}
    tested = state(kind, **{name: value for name, value in fields.items() if name != "Type"})
    said = failure_of(run(machine(A=tested, **rest)))
    assert f"Expected '{expected}', but was '{was}'" in said


def test_a_failed_evaluation_has_a_history_event() -> None:
    result = run(machine(A=state(Next="B"), B=state(Output="{% $nothing %}")))
    event = result.history[4]
    assert (event["type"], event["id"], event["previousEventId"]) == ("EvaluationFailed", 5, 3)
    assert event["evaluationFailedEventDetails"]["location"] == "Output"


def test_a_malformed_expression_is_refused_at_load() -> None:
    with pytest.raises(aslrun.InvalidDefinition) as refused:
        aslrun.load(machine(A=state(Output={"x": "{% 1 + %}"})))
    (problem,) = refused.value.diagnostics
    assert problem.path == "States.A.Output.x"


# --------------------------------------------------------------------------- the same in every run


def test_two_runs_with_one_seed_are_the_same_to_the_letter() -> None:
    document = machine(
        A=state(
            Output=["{% $random() %}", "{% $uuid() %}", "{% $now() %}", "{% $millis() %}", "{% $shuffle([1..20]) %}"]
        )
    )
    assert run(document).history == run(document).history


def test_now_is_the_time_of_the_execution() -> None:
    document = machine(A=state("Wait", Seconds=60, Next="B"), B=state(Output="{% $now() %}"))
    assert run(document).output == "2024-01-01T00:01:00.000Z"


def test_functions_may_call_themselves_a_thousand_levels_deep() -> None:
    expression = "{% ($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(1000)) %}"
    assert run(machine(A=state(Output=expression))).output == 1000
