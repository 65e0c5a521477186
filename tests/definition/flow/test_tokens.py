"""Tasks that wait for a token that nobody gets, or for ever."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import CALLBACK, Fields, case, jsonata, machine, said, waiting

TOKEN = {"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task.Token"}}


def asking(message: str) -> Fields:
    """A machine in JSONata that asks with this message."""
    arguments = {"QueueUrl": "u", "MessageBody": message}
    return jsonata(A={"Type": "Task", "Resource": CALLBACK, "TimeoutSeconds": 9, "Arguments": arguments, "End": True})


CASES = [
    case("token none", machine(A=waiting({"QueueUrl": "u", "MessageBody": "x"})), "token-never-handed-out /States/A"),
    case("token ok", machine(A=waiting(TOKEN))),
    case("token task whole", machine(A=waiting({"QueueUrl": "u", "MessageBody": {"t.$": "$$.Task"}}))),
    case(
        "token intrinsic", machine(A=waiting({"QueueUrl": "u", "MessageBody.$": "States.Format('{}', $$.Task.Token)"}))
    ),
    case(
        "token notimeout",
        machine(A={"Type": "Task", "Resource": CALLBACK, "Parameters": TOKEN, "End": True}),
        "token-without-timeout /States/A",
    ),
    case(
        "token hb",
        machine(A={"Type": "Task", "Resource": CALLBACK, "HeartbeatSeconds": 9, "Parameters": TOKEN, "End": True}),
    ),
    case(
        "token machine to",
        machine(TimeoutSeconds=99, A={"Type": "Task", "Resource": CALLBACK, "Parameters": TOKEN, "End": True}),
    ),
    case("token jsonata", asking("{% {'t': $states.context.Task.Token} %}")),
    case("token jsonata whole", asking("{% $states.context %}")),
    case("token jsonata none", asking("{% $states.input %}"), "token-never-handed-out /States/A"),
    case("token jsonata ctx other", asking("{% $states.context.Execution.Id %}"), "token-never-handed-out /States/A"),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
