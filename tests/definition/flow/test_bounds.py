"""Large and tangled machines are analysed within bounds, and nothing in them raises."""

from __future__ import annotations

from typing import Any

import aslrun

from .machines import PASS, TASK, end, machine, to


def chain(count: int, state: Any) -> dict[str, Any]:
    """States in a row, each made from its number."""
    states = {f"S{index}": to(state(index), f"S{index + 1}") for index in range(count)}
    return machine(**states, **{f"S{count}": {"Type": "Succeed"}})


def test_values_that_wrap_each_other_do_not_grow_without_bound() -> None:
    wrapping = chain(1000, lambda index: {**PASS, "Parameters": {"x.$": "$", "y.$": "$"}})
    assert aslrun.validate(wrapping) == []


def test_a_tangle_of_catchers_ends() -> None:
    tangle = chain(
        600,
        lambda index: {
            **TASK,
            "ResultPath": f"$.r{index}",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": f"S{index * 7 % 600}", "ResultPath": "$.e"}],
        },
    )
    assert aslrun.validate(tangle) == []


def test_a_choice_with_very_many_rules_is_passed_over() -> None:
    rules = [{"Variable": "$.x", "NumericEquals": index, "Next": "Z"} for index in range(2000)]
    many = machine(C={"Type": "Choice", "Choices": rules, "Default": "Z"}, Z={"Type": "Succeed"})
    assert aslrun.validate(many) == []


def test_a_long_expression_is_passed_over() -> None:
    text = "{% " + " + ".join(["$states.input.a"] * 2000) + " %}"
    assert aslrun.validate(machine(QueryLanguage="JSONata", A=end({**PASS, "Output": text}))) == []


def test_a_finding_tells_how_it_came_about() -> None:
    text = """{"StartAt": "A", "States": {
      "A": {"Type": "Pass", "Result": {"a": 1}, "Next": "B"},
      "B": {"Type": "Pass", "InputPath": "$.b", "End": true}}}"""
    (finding,) = aslrun.validate(text)
    assert finding.because == ('$.b: A replaces the whole input (Result, ResultPath "$") at line 2',)
    assert (finding.severity, finding.line) == ("WARNING", 3)


def test_load_takes_what_validate_only_warns_of() -> None:
    suspicious = machine(A=end({**PASS, "Result": {}, "OutputPath": "$.b"}))
    assert [finding.rule for finding in aslrun.validate(suspicious)] == ["path-never-produced"]
    assert aslrun.load(suspicious).states
