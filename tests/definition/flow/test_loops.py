"""Loops without a way out or without waiting; and loops that count, page or wait."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, TASK, case, choice, data_test, jsonata, machine, query, rest, said, to

CASES = [
    case(
        "loop no exit",
        machine(A=choice(data_test("IsPresent", True)), Y=to(PASS, "X"), X=to(PASS, "Y"), Z=SUCCEED),
        "loop-without-exit /States/Y",
    ),
    case(
        "loop self",
        machine(A=choice(data_test("IsPresent", True)), Y=to(TASK, "Y"), Z=SUCCEED),
        "loop-without-exit /States/Y",
    ),
    case(
        "poll",
        machine(A=to(TASK, "C"), C=choice(data_test("StringEquals", "DONE", "$.s"), default="A"), Y=SUCCEED),
        "loop-without-wait /States/A",
    ),
    case(
        "poll wait",
        machine(
            A=to(TASK, "C"), C=choice(data_test("StringEquals", "DONE", "$.s"), default="S"), S=rest("A"), Y=SUCCEED
        ),
    ),
    case(
        "poll sync",
        machine(
            A=to(
                {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::ecs:runTask.sync",
                    "Parameters": {"TaskDefinition": "x"},
                },
                "C",
            ),
            C=choice(data_test("StringEquals", "DONE", "$.s"), default="A"),
            Y=SUCCEED,
        ),
    ),
    case(
        "counter",
        machine(
            I=to({**PASS, "Result": {"n": 0}}, "L"),
            L=to({**PASS, "Parameters": {"n.$": "States.MathAdd($.n,1)"}}, "C"),
            C=choice(data_test("NumericLessThan", 5), default="Z"),
            Y=to(PASS, "L"),
            Z=SUCCEED,
        ),
    ),
    case(
        "page",
        machine(
            A=to(TASK, "C"),
            C={
                "Type": "Choice",
                "Choices": [{"Variable": "$.NextToken", "IsPresent": True, "Next": "A"}],
                "Default": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "loop catch exit",
        machine(
            A=choice(data_test("IsPresent", True)),
            Y={**TASK, "Next": "Y", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]},
            Z=SUCCEED,
        ),
    ),
    case(
        "poll jsonata",
        jsonata(A=to(TASK, "C"), C=choice(query("$states.input.s = 'DONE'"), default="A"), Y=SUCCEED),
        "loop-without-wait /States/A",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
