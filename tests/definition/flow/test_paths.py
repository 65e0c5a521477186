"""Paths: what no state before can have produced, and what may well be there."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, TASK, case, end, inner, jsonata, machine, said, to

BOTH = {"Type": "Parallel", "Branches": [inner(X=end({**PASS, "Result": {"a": 1}})), inner(Y=end(PASS))]}

CASES = [
    case(
        "catch output",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
            B=end({**PASS, "Parameters": {"x.$": "$.order"}}),
        ),
        "path-never-produced /States/B/Parameters/x.$",
    ),
    case(
        "catch output ok",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]},
            B=end({**PASS, "Parameters": {"x.$": "$.Cause"}}),
        ),
    ),
    case(
        "catch resultpath keeps",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}]},
            B=end({**PASS, "Parameters": {"x.$": "$.order", "y.$": "$.error.Error"}}),
        ),
    ),
    case(
        "catch resultpath inner",
        machine(
            A={**TASK, "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "B"}]},
            B=end({**PASS, "Parameters": {"y.$": "$.error.message"}}),
        ),
        "path-never-produced /States/B/Parameters/y.$",
    ),
    case(
        "result path merge ok",
        machine(A=to({**PASS, "Result": {"a": 1}, "ResultPath": "$.x"}, "B"), B=end({**PASS, "InputPath": "$.y"})),
    ),
    case(
        "result path merge known",
        machine(A=to({**PASS, "Result": {"a": 1}, "ResultPath": "$.x"}, "B"), B=end({**PASS, "InputPath": "$.x.b"})),
        "path-never-produced /States/B/InputPath",
    ),
    case(
        "parameters",
        machine(A=to({**PASS, "Parameters": {"a": 1}}, "B"), B=end({**PASS, "InputPath": "$.b"})),
        "path-never-produced /States/B/InputPath",
    ),
    case(
        "nested template",
        machine(
            A=to({**PASS, "Parameters": {"a": {"c.$": "$.z"}}}, "B"),
            B=end({**TASK, "Parameters": {"p": {"q.$": "$.a.d"}}}),
        ),
        "path-never-produced /States/B/Parameters/p/q.$",
    ),
    case(
        "two preds one ok",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.k", "IsPresent": True, "Next": "A"}], "Default": "B"},
            A=to({**PASS, "Result": {"a": 1}}, "D"),
            B=to({**PASS, "Result": {"b": 1}}, "D"),
            D=end({**PASS, "InputPath": "$.b"}),
        ),
    ),
    case(
        "two preds none",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.k", "IsPresent": True, "Next": "A"}], "Default": "B"},
            A=to({**PASS, "Result": {"a": 1}}, "D"),
            B=to({**PASS, "Result": {"b": 1}}, "D"),
            D=end({**PASS, "InputPath": "$.c"}),
        ),
        "path-never-produced /States/D/InputPath",
    ),
    case(
        "outputpath",
        machine(A=end({**PASS, "Result": {"a": 1}, "OutputPath": "$.b"})),
        "path-never-produced /States/A/OutputPath",
    ),
    case(
        "inputpath null",
        machine(A=end({**PASS, "InputPath": None, "Parameters": {"x.$": "$.a"}})),
        "path-never-produced /States/A/Parameters/x.$",
    ),
    case(
        "outputpath null",
        machine(A=to({**PASS, "OutputPath": None}, "B"), B=end({**PASS, "InputPath": "$.a"})),
        "path-never-produced /States/B/InputPath",
    ),
    case("resultpath null ok", machine(A=to({**TASK, "ResultPath": None}, "B"), B=end({**PASS, "InputPath": "$.a"}))),
    case(
        "context unknown",
        machine(A=end({**PASS, "Parameters": {"x.$": "$$.Execution.Foo"}})),
        "path-never-produced /States/A/Parameters/x.$",
    ),
    case(
        "context unknown in intrinsic",
        machine(A=end({**PASS, "Parameters": {"x.$": "States.Format('{}', $$.Execution.Foo)"}})),
        "path-never-produced /States/A/Parameters/x.$",
    ),
    case(
        "context input ok",
        machine(
            A=end(
                {
                    **PASS,
                    "Parameters": {
                        "x.$": "$$.Execution.Input.foo",
                        "y.$": "$$.State.Name",
                        "z.$": "$$.StateMachine.Id",
                    },
                }
            )
        ),
    ),
    case(
        "map ctx outside",
        machine(A=end({**PASS, "Parameters": {"x.$": "$$.Map.Item.Value"}})),
        "path-never-produced /States/A/Parameters/x.$",
    ),
    case(
        "map ctx inside ok",
        machine(
            M=end({"Type": "Map", "ItemProcessor": inner(I=end({**PASS, "Parameters": {"i.$": "$$.Map.Item.Index"}}))})
        ),
    ),
    case(
        "token ctx outside",
        machine(A=end({**TASK, "Parameters": {"x.$": "$$.Task.Token"}})),
        "path-never-produced /States/A/Parameters/x.$",
    ),
    case(
        "iteration element",
        machine(
            A=to({**PASS, "Result": [{"a": 1}, {"a": 2}]}, "M"),
            M=end({"Type": "Map", "ItemProcessor": inner(I=end({**PASS, "InputPath": "$.b"}))}),
        ),
        "path-never-produced /States/M/ItemProcessor/States/I/InputPath",
    ),
    case(
        "iteration element ok",
        machine(
            A=to({**PASS, "Result": [{"a": 1}, {"b": 2}]}, "M"),
            M=end({"Type": "Map", "ItemProcessor": inner(I=end({**PASS, "InputPath": "$.b"}))}),
        ),
    ),
    case(
        "batcher",
        machine(
            M=end(
                {
                    "Type": "Map",
                    "ItemBatcher": {"MaxItemsPerBatch": 2},
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        **inner(I=end({**PASS, "InputPath": "$.id"})),
                    },
                }
            )
        ),
        "path-never-produced /States/M/ItemProcessor/States/I/InputPath",
    ),
    case(
        "batcher ok",
        machine(
            M=end(
                {
                    "Type": "Map",
                    "ItemBatcher": {"MaxItemsPerBatch": 2},
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        **inner(I=end({**PASS, "InputPath": "$.Items[0].id"})),
                    },
                }
            )
        ),
    ),
    case(
        "parallel idx",
        machine(A=to(BOTH, "B"), B=end({**PASS, "Parameters": {"x.$": "$[2]"}})),
        "path-never-produced /States/B/Parameters/x.$",
    ),
    case(
        "parallel idx field",
        machine(A=to(BOTH, "B"), B=end({**PASS, "Parameters": {"x.$": "$[0].b"}})),
        "path-never-produced /States/B/Parameters/x.$",
    ),
    case(
        "parallel ok",
        machine(A=to(BOTH, "B"), B=end({**PASS, "Parameters": {"x.$": "$[0].a", "y.$": "$[1].b"}})),
    ),
    case(
        "parallel resultpath",
        machine(
            A=to({"Type": "Parallel", "ResultPath": "$.r", "Branches": [inner(X=end(PASS))]}, "B"),
            B=end({**PASS, "InputPath": "$.order"}),
        ),
    ),
    case(
        "parallel selector",
        machine(
            A=to({"Type": "Parallel", "ResultSelector": {"one.$": "$[0]"}, "Branches": [inner(X=end(PASS))]}, "B"),
            B=end({**PASS, "InputPath": "$.two"}),
        ),
        "path-never-produced /States/B/InputPath",
    ),
    case(
        "choice guarded",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "C"),
            C={
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [{"Variable": "$.b", "IsPresent": True}, {"Variable": "$.b", "NumericEquals": 1}],
                        "Next": "Z",
                    }
                ],
                "Default": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "choice guarded not",
        machine(
            A=to({**PASS, "Result": {"a": 1}}, "C"),
            C={
                "Type": "Choice",
                "Choices": [
                    {"Not": {"Variable": "$.b", "IsPresent": True}, "Next": "Z"},
                    {"Variable": "$.b", "NumericEquals": 1, "Next": "Y"},
                ],
                "Default": "Z",
            },
            Y=end(PASS),
            Z=SUCCEED,
        ),
    ),
    case(
        "choice is present then use",
        machine(
            C={"Type": "Choice", "Choices": [{"Variable": "$.b", "IsPresent": True, "Next": "U"}], "Default": "N"},
            U=end({**PASS, "InputPath": "$.b"}),
            N=end({**PASS, "InputPath": "$.b"}),
        ),
        "path-never-produced /States/N/InputPath",
    ),
    case(
        "wildcard silent",
        machine(A=to({**PASS, "Result": {"a": 1}}, "B"), B=end({**PASS, "Parameters": {"x.$": "$.b[*].c"}})),
    ),
    case(
        "jsonata input",
        jsonata(A=to({**PASS, "Output": {"a": 1}}, "B"), B=end({**PASS, "Output": "{% $states.input.b %}"})),
        "path-never-produced /States/B/Output",
    ),
    case(
        "jsonata input nested",
        jsonata(A=to({**PASS, "Output": {"a": 1}}, "B"), B=end({**PASS, "Output": {"x": "{% $states.input.b %}"}})),
        "path-never-produced /States/B/Output/x",
    ),
    case(
        "jsonata exists",
        jsonata(
            A=to({**PASS, "Output": {"a": 1}}, "B"),
            B=end({**PASS, "Output": "{% $exists($states.input.b) ? $states.input.b : 0 %}"}),
        ),
    ),
    case(
        "jsonata default",
        jsonata(A=to({**PASS, "Output": {"a": 1}}, "B"), B=end({**PASS, "Output": "{% {'x': $states.input.b} %}"})),
    ),
    case(
        "jsonata cond",
        jsonata(
            A=to({**PASS, "Output": {"a": 1}}, "C"),
            C={"Type": "Choice", "Choices": [{"Condition": "{% $states.input.b = 1 %}", "Next": "Z"}], "Default": "Z"},
            Z=SUCCEED,
        ),
    ),
    case(
        "jsonata ctx",
        jsonata(A=end({**PASS, "Output": "{% $states.context.Execution.Foo %}"})),
        "path-never-produced /States/A/Output",
    ),
    case("jsonata result", jsonata(A=end({**TASK, "Output": "{% $states.result.x %}"}))),
    case(
        "jsonata parallel result",
        jsonata(
            A=end(
                {
                    "Type": "Parallel",
                    "Branches": [inner(X=end({**PASS, "Output": {"a": 1}}))],
                    "Output": "{% $states.result.b %}",
                }
            )
        ),
        "path-never-produced /States/A/Output",
    ),
    case(
        "jsonata parallel result ok",
        jsonata(
            A=end(
                {
                    "Type": "Parallel",
                    "Branches": [inner(X=end({**PASS, "Output": {"a": 1}}))],
                    "Output": "{% $states.result.a %}",
                }
            )
        ),
    ),
    case(
        "jsonata error output",
        jsonata(
            A=end(
                {
                    **TASK,
                    "Catch": [
                        {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput.message %}", "Next": "Z"}
                    ],
                }
            ),
            Z=SUCCEED,
        ),
        "path-never-produced /States/A/Catch[0]/Output",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
