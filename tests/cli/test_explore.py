"""``aslrun explore``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun.testing import play
from aslrun.values import JSON

from .conftest import Call, Folder

SNS = "arn:aws:states:::sns:publish"
CATCH: list[JSON] = [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}]
RETRY: list[JSON] = [{"ErrorEquals": ["States.TaskFailed"]}]
GOOD: dict[str, JSON] = {
    "Tell": {"Type": "Task", "Resource": SNS, "Retry": RETRY, "Catch": CATCH, "Next": "Done"},
    "Sorry": {"Type": "Fail", "Error": "NotTold"},
    "Done": {"Type": "Succeed"},
}
BAD: dict[str, JSON] = {"Tell": {"Type": "Task", "Resource": SNS, "Retry": RETRY, "Next": "Done"}, "Done": GOOD["Done"]}


def test_a_machine_in_which_nothing_goes_wrong_is_summed_up(call: Call, folder: Folder) -> None:
    result = call("explore", folder.machine(GOOD))
    assert result.exit_code == 0
    rows = [line.split("  ") for line in result.stdout.splitlines()]
    table = {cells[1]: cells[-1].strip() for cells in rows if len(cells) > 2 and not cells[0]}
    assert table["distinct ends"] == "2"
    assert (table["uncaught errors"], table["unreachable states"], table["longest time"]) == ("none", "none", "7s")
    assert "6 invariants hold in every run" in result.stdout


def test_no_line_of_the_table_is_wider_than_a_narrow_terminal(call: Call, folder: Folder) -> None:
    told = call("explore", folder.machine(BAD), env={"COLUMNS": "40"}).stdout
    table, _, _ = told.partition("✗ no_unhandled()")
    assert "  ✗ FAILED SNS.ThrottledException\n      in Tell\n" in table
    assert max(map(len, table.splitlines())) <= 40


def test_what_goes_wrong_is_told_as_a_story_and_exits_with_one(call: Call, folder: Folder) -> None:
    result = call("explore", folder.machine(BAD))
    assert result.exit_code == 1
    assert "✗ no_unhandled(): Tell fails with SNS.ThrottledException" in result.stdout
    assert "Tell fails with SNS.ThrottledException\n" in result.stdout


def test_a_story_is_saved_as_data_that_plays_again(call: Call, folder: Folder) -> None:
    definition = folder.machine(BAD)
    assert call("explore", definition, "--save", "failing.json").exit_code == 1
    (saved,) = json.loads((folder.path / "failing.json").read_text(encoding="utf-8"))
    story = play(definition, saved["input"], saved["moves"])
    assert (story.end.status, story.end.error) == (saved["end"]["status"], saved["end"]["error"])


def test_a_story_is_saved_as_a_test_that_runs_and_fails(call: Call, folder: Folder) -> None:
    call("explore", folder.machine(BAD), "--never", "Done", "--save", "test_failing.py")
    names: dict[str, Any] = {}
    exec((folder.path / "test_failing.py").read_text(encoding="utf-8"), names)
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        with pytest.raises(AssertionError):
            test()


def test_nothing_is_saved_where_nothing_is_broken(call: Call, folder: Folder) -> None:
    assert call("explore", folder.machine(GOOD), "--save", "failing.json").exit_code == 0
    assert not (folder.path / "failing.json").exists()


def test_outcomes_come_from_a_file(call: Call, folder: Folder) -> None:
    outcomes = folder.write("outcomes.json", {"Tell": [{"result": 1}, {"result": 2}]})
    found = json.loads(call("explore", folder.machine(BAD), "-o", outcomes, "-f", "json").stdout)
    assert (found["runs"], found["broken"], found["complete"]) == (2, [], True)
    assert [each["status"] for each in found["ends"]] == ["SUCCEEDED"]


def test_invariants_are_options(call: Call, folder: Folder) -> None:
    options = ("--never", "Sorry", "--eventually", "Done", "--at-most-once", "Tell", "--within", "5")
    found = json.loads(call("explore", folder.machine(GOOD), *options, "-f", "json").stdout)
    assert [each["invariant"] for each in found["broken"]] == ["never(state='Sorry')", "within(5)"]


def test_an_exploration_that_was_cut_off_says_so(call: Call, folder: Folder) -> None:
    result = call("explore", folder.machine(GOOD), "--states", "3")
    assert "explored, not all: --states was reached" in result.stdout
    assert "not known" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--never", "Son"), "machine has no state 'Son'"),
        (("-o", "outcomes.json"), "'Tel' is neither a state nor a resource of the machine"),
        (("-o", "missing.json"), "missing.json"),
        (("--input", "{"), "the input is not JSON"),
        (("--save", "no/such/folder.json", "--never", "Done"), "cannot be written to no/such/folder.json"),
    ],
)
def test_a_mistake_is_told_and_exits_with_two(
    call: Call, folder: Folder, arguments: tuple[str, ...], said: str
) -> None:
    folder.write("outcomes.json", {"Tel": 1})
    result = call("explore", folder.machine(GOOD), *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
