"""The names of variables, and where they may be assigned."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.errors import Diagnostic
from tests.definition.machines import PASS, RULE, TASK, check, machine, said, said_of


@pytest.mark.parametrize("name", ["x", "X_1", "größe", "变量", "x.$", "a" * 80])
def test_an_identifier_names_a_variable(name: str) -> None:
    assert said_of({**PASS, "Assign": {name: "$"}}) == []


@pytest.mark.parametrize("name", ["", "1x", "$x", "a-b", "a.b", "_x", "states", "states.$", "a" * 81, "a b"])
def test_what_is_no_identifier_names_no_variable(name: str) -> None:
    (problem,) = check(machine({**PASS, "Assign": {name: "$"}}))
    assert (problem.rule, problem.location) == ("variable-name", "/States/A/Assign")


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Choice", "Choices": [{**RULE, "Next": "A", "Assign": {"1x": 1}}]},
        {**TASK, "Catch": [{"ErrorEquals": ["E"], "Next": "A", "Assign": {"1x": 1}}]},
    ],
)
def test_names_are_checked_in_rules_and_catchers_too(state: dict[str, Any]) -> None:
    assert any("Assign['1x']" in text for text in said(machine(state)))


def outer_and_inner(inner_assigns: str, *, distributed: bool = False) -> list[Diagnostic]:
    inner: dict[str, Any] = {
        "StartAt": "B",
        "States": {"B": {"Type": "Pass", "Assign": {inner_assigns: 2}, "End": True}},
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if distributed else {"Mode": "INLINE"},
    }
    states = {
        "A": {"Type": "Pass", "Assign": {"x": 1}, "Next": "M"},
        "M": {"Type": "Map", "ItemProcessor": inner, "End": True},
    }
    return check({"StartAt": "A", "States": states})


def test_an_iteration_may_not_assign_a_variable_of_the_outer_machine() -> None:
    (problem,) = outer_and_inner("x")
    assert (problem.rule, problem.path) == ("outer-variable", "States.M.ItemProcessor.States.B.Assign.x")


def test_an_iteration_may_assign_variables_of_its_own() -> None:
    assert outer_and_inner("y") == []


def test_a_child_of_a_distributed_map_knows_no_outer_variables() -> None:
    assert outer_and_inner("x", distributed=True) == []
