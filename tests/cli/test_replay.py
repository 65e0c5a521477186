"""``aslrun replay``: a recorded history against a definition."""

from __future__ import annotations

import json

from aslrun.values import JSON

from .conftest import Call, Folder

MACHINE: dict[str, JSON] = {
    "Charge": {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3}],
        "Next": "Wait",
    },
    "Wait": {"Type": "Wait", "Seconds": 60, "End": True},
}


def recorded(call: Call, folder: Folder) -> str:
    mocks = folder.write("mocks.json", {"Charge": [{"error": "Busy", "delay": 2}, {"result": {"paid": 7}, "delay": 1}]})
    history = call("run", folder.machine(MACHINE), "-m", mocks, "-f", "history").stdout
    return folder.write("history.json", history)


def test_the_same_definition_does_what_was_recorded(call: Call, folder: Folder) -> None:
    result = call("replay", recorded(call, folder), "--definition", "machine.asl.json")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "machine · replayed · history.json",
        "",
        "✓ no difference · 12 events · 2 task calls · 1m6s recorded",
    ]


def test_the_first_difference_of_a_changed_definition_is_shown(call: Call, folder: Folder) -> None:
    history = recorded(call, folder)
    changed = {**MACHINE, "Charge": {**MACHINE["Charge"], "ResultPath": "$.charge"}}  # type: ignore[dict-item]
    result = call("replay", history, "-d", folder.machine(changed, "changed.asl.json"))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == [
        "the first difference is at event 9, in Charge",
        "  after     Charge",
        "  event     TaskStateExited",
        "  output.paid",
        "  - recorded  7",
        "  + observed  (not there)",
        "  output.charge",
        "  - recorded  (not there)",
        '  + observed  {"paid":7}',
        "",
        "✗ a difference · 12 events · 2 task calls · 1m6s recorded",
    ]


def test_pages_in_any_order_are_one_history_and_a_missing_one_is_told(call: Call, folder: Folder) -> None:
    events = json.loads((folder.path / recorded(call, folder)).read_text())["events"]
    pages = [folder.write(f"{n}.json", {"events": part}) for n, part in enumerate((events[6:][::-1], events[:6]))]
    assert call("replay", *pages, "-d", "machine.asl.json").exit_code == 0
    result = call("replay", pages[0], "-d", "machine.asl.json")
    assert result.exit_code == 2
    assert result.stderr.startswith("✗ the history has no event 1, and 6 of 12 in all are missing: every page")


def test_a_program_gets_the_difference_as_json(call: Call, folder: Folder) -> None:
    result = call("replay", recorded(call, folder), "-d", "machine.asl.json", "-i", '{"n": 1}', "-f", "json")
    difference = json.loads(result.stdout)["difference"]
    assert (result.exit_code, difference["event"], difference["recorded"]) == (1, 1, "ExecutionStarted")
    assert difference["values"] == [{"path": "input.n", "recorded": "(not there)", "observed": 1}]


def test_a_file_that_is_no_history_is_refused(call: Call, folder: Folder) -> None:
    result = call("replay", folder.write("x.json", {}), "-d", folder.machine(MACHINE))
    assert (result.exit_code, result.stderr.startswith('✗ the history x.json has no "events"')) == (2, True)
