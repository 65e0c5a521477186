"""Fail: an error and a cause, constant or computed, or neither."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.values import JSON

from .drive import Story, drive, machine_of


def failing(input: JSON = None, **fields: Any) -> Story:
    return drive(machine_of({"F": {"Type": "Fail", **fields}}), input)


def test_error_and_cause_are_the_executions() -> None:
    story = failing(Error="Bad", Cause="on purpose")
    assert (story.execution.status, story.execution.error, story.execution.cause) == ("FAILED", "Bad", "on purpose")
    assert story.chain[1:] == ["2<0 FailStateEntered", "3<2 ExecutionFailed"]


def test_both_may_be_absent() -> None:
    story = failing()
    assert (story.execution.error, story.execution.cause) == (None, None)
    assert story.history[-1]["executionFailedEventDetails"] == {}


def test_paths_and_intrinsic_functions_compute_them() -> None:
    story = failing({"e": "Bad", "n": 7}, ErrorPath="$.e", CausePath="States.Format('{} times', $.n)")
    assert (story.execution.error, story.execution.cause) == ("Bad", "7 times")


@pytest.mark.parametrize("field", ["ErrorPath", "CausePath"])
def test_a_path_that_leads_nowhere_is_a_runtime_error(field: str) -> None:
    story = failing({"a": 1}, **{field: "$.x"})
    assert story.execution.error == "States.Runtime"
    assert story.execution.cause == (
        "An error occurred while executing the state 'F' (entered at the event id #2). "
        f"The JSONPath '$.x' specified for the field '{field}' could not be found in the input '{{\"a\":1}}'"
    )


def test_what_is_no_text_is_a_runtime_error() -> None:
    assert failing({"x": 1}, ErrorPath="$.x").execution.error == "States.Runtime"


def test_an_empty_text_stays_one() -> None:
    assert failing(Error="", Cause="").history[-1]["executionFailedEventDetails"] == {"error": "", "cause": ""}
