"""Errors: what they say, and that they survive the way between processes."""

from __future__ import annotations

import pickle

import pytest

import aslrun
from aslrun.errors import JournalConflict, StoreInUse
from aslrun.testing import InvalidMockFile


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (aslrun.TaskError("CardDeclined", "over the limit"), "CardDeclined: over the limit"),
        (aslrun.TaskError("CardDeclined"), "CardDeclined"),
        (aslrun.ExecutionFailed("FAILED", "CardDeclined", None), "FAILED: CardDeclined"),
        (aslrun.InvalidHandlerOutput("charge", "$.at", "a date is not JSON"), "no JSON: at $.at a date is not JSON"),
        (aslrun.InvalidDefinition([aslrun.Diagnostic("ERROR", "X", "bad", path="States")]), "States: bad"),
        (InvalidMockFile([aslrun.Diagnostic("ERROR", "X", "bad")], "m.json", "[]"), "mock file: bad"),
        (aslrun.MissingHandlers("1 resource without a handler", ["arn:x"]), "1 resource without a handler"),
        (aslrun.TaskTimedOut(), "Task Timed Out: 'Provided task does not exist anymore'"),
        (StoreInUse("runs.db", 7), "runs.db: the process 7 runs executions of it"),
        (JournalConflict("order-7", 3, 5), "order-7: cannot append at position 3, the journal goes on at 5"),
    ],
)
def test_an_error_is_the_same_in_another_process(error: aslrun.AslrunError, said: str) -> None:
    other = pickle.loads(pickle.dumps(error))
    assert (str(other), vars(other)) == (str(error), vars(error))
    assert said in str(error)


@pytest.mark.parametrize("arguments", [(7,), ("CardDeclined", {"limit": 5})])
def test_error_and_cause_of_a_task_error_are_text(arguments: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match="the error and the cause of a task must be text, not "):
        aslrun.TaskError(*arguments)
