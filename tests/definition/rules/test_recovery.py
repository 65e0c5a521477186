"""Retriers, catchers and the time-outs of tasks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.definition.machines import TASK, check, machine, said_of


@pytest.mark.parametrize(
    ("retrier", "problem"),
    [
        ({}, "required-field : These fields are required: [ErrorEquals]"),
        ({"ErrorEquals": []}, "error-equals .ErrorEquals: Value cannot be empty"),
        ({"ErrorEquals": "E"}, "error-equals .ErrorEquals: Expected value of type Array"),
        ({"ErrorEquals": [5]}, "error-equals .ErrorEquals[0]: Expected value of type String"),
        ({"IntervalSeconds": 0}, "number-range .IntervalSeconds: Minimum value is 1"),
        ({"MaxAttempts": "three"}, "wrong-type .MaxAttempts: Expected value of type Integer"),
        ({"MaxAttempts": -1}, "number-range .MaxAttempts: Minimum value is 0"),
        ({"BackoffRate": 0.5}, "number-range .BackoffRate: Minimum value is 1.0"),
        ({"BackoffRate": True}, "wrong-type .BackoffRate: Expected value of type Number"),
        ({"MaxDelaySeconds": 31_622_400}, "number-range .MaxDelaySeconds: Maximum value is 31622399"),
        (
            {"IntervalSeconds": 5, "MaxDelaySeconds": 5},
            "delay-above-interval .MaxDelaySeconds: MaxDelaySeconds must be above IntervalSeconds",
        ),
        ({"JitterStrategy": "HALF"}, 'enum .JitterStrategy: Value must be one of [NONE, FULL], not "HALF"'),
        ({"Next": "A"}, "unknown-field .Next: Field 'Next' is not supported"),
    ],
)
def test_a_retrier_keeps_to_its_fields(retrier: dict[str, Any], problem: str) -> None:
    names = {} if retrier == {} else {"ErrorEquals": ["E"]}
    found = said_of({**TASK, "Retry": [{**names, **retrier}]})
    assert [text.replace("Retry[0]", "", 1) for text in found] == [problem]


def test_a_retrier_with_every_field_is_no_problem() -> None:
    retrier = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1,
        "MaxAttempts": 0,
        "BackoffRate": 1,
        "MaxDelaySeconds": 2,
        "JitterStrategy": "FULL",
        "Comment": "c",
    }
    assert said_of({**TASK, "Retry": [retrier]}) == []


def test_a_catcher_has_a_next() -> None:
    assert said_of({**TASK, "Catch": [{"ErrorEquals": ["E"]}]}) == [
        "required-field Catch[0]: These fields are required: [Next]"
    ]


@pytest.mark.parametrize("field", ["Retry", "Catch"])
@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ([["E", "States.ALL"]], "it stands beside other names"),
        ([["States.ALL"], ["E"]], "entries after it are never looked at"),
        ([["States.ALL", "E"], ["E"]], "it stands beside other names, and entries after it are never looked at"),
    ],
)
def test_states_all_stands_alone_and_last(field: str, names: list[list[str]], hint: str) -> None:
    more = {"Next": "A"} if field == "Catch" else {}
    (problem,) = check(machine({**TASK, field: [{"ErrorEquals": errors, **more} for errors in names]}))
    assert (problem.message, problem.hint) == ("States.ALL must appear alone and at end of list", hint)
    assert problem.location == f"/States/A/{field}[0]/ErrorEquals[{names[0].index('States.ALL')}]"


def test_a_heartbeat_is_below_the_timeout() -> None:
    state = {**TASK, "TimeoutSeconds": 10, "HeartbeatSeconds": 10}
    assert said_of(state) == ["timeouts HeartbeatSeconds: HeartbeatSeconds must be below TimeoutSeconds"]
