"""Time-outs and waits that outlast what is around them."""

from __future__ import annotations

from typing import Any

import pytest

from .machines import TASK, case, end, inner, machine, said, to

CASES = [
    case(
        "a back-off that outlasts the machine",
        machine(TimeoutSeconds=60, A=end({**TASK, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 90}]})),
        "timeout-longer-than-parent /States/A/Retry[0]/IntervalSeconds",
    ),
    case(
        "a back-off that is cut short",
        machine(
            TimeoutSeconds=60,
            A=end({**TASK, "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 90, "MaxDelaySeconds": 100}]}),
        ),
    ),
    case(
        "to",
        machine(TimeoutSeconds=60, A=end({**TASK, "TimeoutSeconds": 61})),
        "timeout-longer-than-parent /States/A/TimeoutSeconds",
    ),
    case("to eq", machine(TimeoutSeconds=60, A=end({**TASK, "TimeoutSeconds": 60}))),
    case(
        "wait",
        machine(TimeoutSeconds=60, A=end({"Type": "Wait", "Seconds": 100})),
        "timeout-longer-than-parent /States/A/Seconds",
    ),
    case(
        "waits sum",
        machine(TimeoutSeconds=60, A=to({"Type": "Wait", "Seconds": 40}, "B"), B=end({"Type": "Wait", "Seconds": 40})),
        "timeout-longer-than-parent /States/B/Seconds",
    ),
    case(
        "express",
        machine(A=end({**TASK, "TimeoutSeconds": 600})),
        "timeout-longer-than-parent /States/A/TimeoutSeconds",
        type="EXPRESS",
    ),
    case("express ok", machine(A=end({**TASK, "TimeoutSeconds": 60})), type="EXPRESS"),
    case(
        "inner",
        machine(
            TimeoutSeconds=60, Q=end({"Type": "Parallel", "Branches": [inner(X=end({**TASK, "TimeoutSeconds": 90}))]})
        ),
        "timeout-longer-than-parent /States/Q/Branches[0]/States/X/TimeoutSeconds",
    ),
]


@pytest.mark.parametrize(("definition", "type", "expected"), CASES)
def test_what_is_said_of_a_machine_is_this_and_nothing_else(
    definition: dict[str, Any], type: str, expected: set[str]
) -> None:
    assert said(definition, type) == expected
