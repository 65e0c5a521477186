"""Dump, load and fork: what they promise besides surviving a crash (test_crash_anywhere)."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from aslrun import values
from aslrun.engine.dump import DumpVersionError, dump, load
from aslrun.engine.effects import ScheduleTask
from aslrun.engine.events import Started, TaskSucceeded, TimePassed
from aslrun.engine.execution_state import ExecutionState
from aslrun.engine.fork import fork
from aslrun.engine.frame import Frame, Join

from .drive import ME, START, by_dump, drive, execution_of, machine_of
from .shapes import counting, mapping, parallel, passing, task, wait


def test_a_dump_of_another_version_is_refused() -> None:
    execution = execution_of(machine_of({"A": passing()}))
    with pytest.raises(DumpVersionError, match="version 0"):
        load(execution.machine, {**dump(execution), "version": 0}, ME)


def test_a_dump_is_not_changed_by_load_nor_by_what_happens_after_it() -> None:
    execution = execution_of(machine_of({"A": task(ResultPath="$.a.r", Next="B"), "B": passing()}))
    execution.handle(Started(values.parse('{"a":  {}}'), START))
    dumped: Any = json.loads(json.dumps(dump(execution)))
    kept = copy.deepcopy(dumped)
    loaded = load(execution.machine, dumped, ME)
    loaded.handle(TaskSucceeded(1, values.parse("[ 1 ]"), START + 1))
    assert dumped == kept


def test_a_fork_goes_its_own_way() -> None:
    execution = execution_of(machine_of({"A": task(ResultPath="$.r")}))
    execution.handle(Started({"x": [1]}, START))
    other = fork(execution)
    execution.handle(TaskSucceeded(1, "one", START + 1))
    other.handle(TaskSucceeded(1, "other", START + 2))
    assert execution.output == {"x": [1], "r": "one"}
    assert other.output == {"x": [1], "r": "other"}


def test_history_that_was_not_taken_is_part_of_the_dump() -> None:
    execution = execution_of(machine_of({"A": wait(5)}))
    execution.handle(Started({}, START))
    loaded = by_dump(execution)
    loaded.handle(TimePassed(START + 5))
    types = [record[0] for record in loaded.take_history()]
    assert types == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_a_finished_execution_can_be_dumped_and_stays_finished() -> None:
    loaded = by_dump(drive(machine_of({"A": passing(Result=[1])})).execution)
    assert (loaded.status, loaded.output, loaded.deadline, loaded.outstanding()) == ("SUCCEEDED", [1], None, [])
    assert loaded.handle(TimePassed(START + 9)) == []


NOT_DUMPED = {
    ExecutionState: {"machine", "identity", "limits", "mint", "room", "quantum", "view", "effects", "fresh_stack"}
    | {"payload", "stride", "watch"},
    Frame: set[str](),
    Join: {"children"},
    ScheduleTask: set[str](),
}


@pytest.mark.parametrize("kind", NOT_DUMPED)
def test_every_field_is_dumped_but_those_that_load_is_given_or_makes(kind: type) -> None:
    execution = execution_of(machine_of({"M": mapping({"T": task()})}))
    execution.handle(Started([1], START))
    dumped: Any = dump(execution)
    found = {
        ExecutionState: dumped,
        Frame: dumped["frames"][0],
        Join: dumped["frames"][0]["join"],
        ScheduleTask: dumped["tasks"][0],
    }
    slots = set(kind.__slots__)  # type: ignore[attr-defined]
    assert slots - found[kind].keys() == NOT_DUMPED[kind]


def test_the_texts_of_values_inside_values_are_kept() -> None:
    inner = values.parse("[ 1 ]")
    execution = execution_of(machine_of({"A": wait(5)}))
    execution.handle(Started({"deep": [{"v": inner}], "joined": values.joined([inner, 2])}, START))
    loaded: Any = by_dump(execution).input
    assert values.to_text(loaded["deep"][0]["v"]) == "[ 1 ]"
    assert values.to_text(loaded["joined"]) == "[[ 1 ],2]"
    assert values.to_text(loaded["joined"][0]) == "[ 1 ]"


def test_work_that_the_quantum_left_over_is_entered_after_load_as_it_would_have_been() -> None:
    execution = execution_of(machine_of({"P": parallel(counting(600), {"A": passing(Next="B"), "B": passing()})}))
    execution.handle(Started({}, START))
    loaded = by_dump(execution)
    assert (execution.deadline, loaded.deadline) == (START, START)
    for each in (execution, loaded):
        each.handle(TimePassed(START))
    assert loaded.take_history() == execution.take_history()
    assert loaded.output == execution.output is not None
