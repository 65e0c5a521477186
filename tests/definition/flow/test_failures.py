"""Retry and Catch: entries that nothing can reach, and those that something can."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import PASS, SUCCEED, TASK, case, end, inner, jsonata, machine, said

CASES = [
    case(
        "catch after all names",
        machine(
            A={
                **TASK,
                "Catch": [{"ErrorEquals": ["A", "B"], "Next": "Z"}, {"ErrorEquals": ["B"], "Next": "Z"}],
                "End": True,
            },
            Z=SUCCEED,
        ),
        "catch-never-matches /States/A/Catch[1]",
    ),
    case(
        "catch partially dead",
        machine(
            A={
                **TASK,
                "Catch": [{"ErrorEquals": ["A"], "Next": "Z"}, {"ErrorEquals": ["A", "B"], "Next": "Z"}],
                "End": True,
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "timeout after taskfailed",
        machine(
            A={
                **TASK,
                "Catch": [
                    {"ErrorEquals": ["States.TaskFailed"], "Next": "Z"},
                    {"ErrorEquals": ["States.Timeout"], "Next": "Z"},
                ],
                "End": True,
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "all after taskfailed",
        machine(
            A={
                **TASK,
                "Catch": [
                    {"ErrorEquals": ["States.TaskFailed"], "Next": "Z"},
                    {"ErrorEquals": ["States.ALL"], "Next": "Z"},
                ],
                "End": True,
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "retry after taskfailed",
        machine(A={**TASK, "Retry": [{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["My"]}], "End": True}),
        "retry-never-matches /States/A/Retry[1]",
    ),
    case(
        "retry heartbeat",
        machine(A={**TASK, "Retry": [{"ErrorEquals": ["States.HeartbeatTimeout"]}], "End": True}),
        "retry-never-matches /States/A/Retry[0]",
    ),
    case(
        "catch heartbeat ok",
        machine(
            A={
                **TASK,
                "HeartbeatSeconds": 5,
                "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "Z"}],
                "End": True,
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "catch timeout without",
        machine(A={**TASK, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Z"}], "End": True}, Z=SUCCEED),
    ),
    case(
        "catch branchfailed on task",
        machine(A={**TASK, "Catch": [{"ErrorEquals": ["States.BranchFailed"], "Next": "Z"}], "End": True}, Z=SUCCEED),
        "catch-never-matches /States/A/Catch[0]",
    ),
    case(
        "catch runtime",
        machine(A={**TASK, "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "Z"}], "End": True}, Z=SUCCEED),
        "catch-never-matches /States/A/Catch[0]",
    ),
    case(
        "catch nochoice",
        machine(
            A={**TASK, "Catch": [{"ErrorEquals": ["States.NoChoiceMatched"], "Next": "Z"}], "End": True}, Z=SUCCEED
        ),
        "catch-never-matches /States/A/Catch[0]",
    ),
    case(
        "catch qee jsonpath",
        machine(
            A={**TASK, "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Z"}], "End": True}, Z=SUCCEED
        ),
        "catch-never-matches /States/A/Catch[0]",
    ),
    case(
        "catch qee jsonata",
        jsonata(
            A={**TASK, "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Z"}], "End": True}, Z=SUCCEED
        ),
    ),
    case(
        "catch parallel fail",
        machine(
            Q={
                "Type": "Parallel",
                "Branches": [inner(X={"Type": "Fail", "Error": "My"})],
                "Catch": [{"ErrorEquals": ["My"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "catch parallel task",
        machine(
            Q={
                "Type": "Parallel",
                "Branches": [inner(X=end(TASK))],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "catch map cannot fail",
        machine(
            Q={
                "Type": "Map",
                "ItemProcessor": inner(X=end(PASS)),
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
        "catch-never-matches /States/Q/Catch[0]",
    ),
    case(
        "catch parallel choice",
        machine(
            Q={
                "Type": "Parallel",
                "Branches": [
                    inner(
                        X={
                            "Type": "Choice",
                            "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Y"}],
                            "Default": "Y",
                        },
                        Y=SUCCEED,
                    )
                ],
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
    ),
    case(
        "retry maxattempts 0",
        machine(
            A={
                **TASK,
                "Retry": [{"ErrorEquals": ["A"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}],
                "End": True,
            }
        ),
    ),
    case(
        "itemreader on map inline",
        machine(
            Q={
                "Type": "Map",
                "ItemProcessor": inner(X=end(TASK)),
                "Catch": [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Z"}],
                "Next": "Z",
            },
            Z=SUCCEED,
        ),
        "catch-never-matches /States/Q/Catch[0]",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
