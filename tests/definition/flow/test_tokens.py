"""Tasks that wait for a token that nobody gets, or for ever."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import CALLBACK, case, jsonata, machine, said, waiting

CASES = [
    case("token none", machine(A=waiting({"QueueUrl": "u", "MessageBody": "x"})), "token-never-handed-out /States/A"),
    case("token ok", machine(A=waiting({"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}}))),
    case("token task whole", machine(A=waiting({"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task"}}))),
    case(
        "token intrinsic", machine(A=waiting({"QueueUrl": "u", "MessageBody.$": "States.Format('{}', $$.Task.Token)"}))
    ),
    case(
        "token notimeout",
        machine(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "Parameters": {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}},
                "End": True,
            }
        ),
        "token-without-timeout /States/A",
    ),
    case(
        "token hb",
        machine(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "HeartbeatSeconds": 9,
                "Parameters": {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}},
                "End": True,
            }
        ),
    ),
    case(
        "token machine to",
        machine(
            TimeoutSeconds=99,
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "Parameters": {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}},
                "End": True,
            },
        ),
    ),
    case(
        "token jsonata",
        jsonata(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "TimeoutSeconds": 9,
                "Arguments": {"QueueUrl": "u", "MessageBody": "{% {'t': $states.context.Task.Token} %}"},
                "End": True,
            }
        ),
    ),
    case(
        "token jsonata whole",
        jsonata(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "TimeoutSeconds": 9,
                "Arguments": {"QueueUrl": "u", "MessageBody": "{% $states.context %}"},
                "End": True,
            }
        ),
    ),
    case(
        "token jsonata none",
        jsonata(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "TimeoutSeconds": 9,
                "Arguments": {"QueueUrl": "u", "MessageBody": "{% $states.input %}"},
                "End": True,
            }
        ),
        "token-never-handed-out /States/A",
    ),
    case(
        "token jsonata ctx other",
        jsonata(
            A={
                "Type": "Task",
                "Resource": CALLBACK,
                "TimeoutSeconds": 9,
                "Arguments": {"QueueUrl": "u", "MessageBody": "{% $states.context.Execution.Id %}"},
                "End": True,
            }
        ),
        "token-never-handed-out /States/A",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
