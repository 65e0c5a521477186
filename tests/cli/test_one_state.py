"""``aslrun test-state``: one state in the terminal."""

from __future__ import annotations

import json

import pytest

from aslrun.values import JSON

from .conftest import Call, Folder

CHARGE: dict[str, JSON] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sns:publish",
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 3, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "Refund"}],
    "Next": "Ship",
}
MACHINE: dict[str, JSON] = {"Charge": CHARGE, "Refund": {"Type": "Fail"}, "Ship": {"Type": "Succeed"}}


def test_the_data_after_each_step_is_shown_and_where_it_goes(call: Call, folder: Folder) -> None:
    definition = folder.machine(MACHINE)
    result = call("test-state", definition, "-s", "Charge", "-i", '{"n": 1}', "-m", '{"MessageId": "1"}')
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        '  input                {"n": 1}',
        '  afterInputPath       {"n": 1}',
        '  afterParameters      {"n": 1}',
        '  result               {"MessageId": "1"}',
        '  afterResultSelector  {"MessageId": "1"}',
        '  afterResultPath      {"MessageId": "1"}',
        '  output               {"MessageId": "1"}',
        "",
        "✓ Charge SUCCEEDED → Ship",
    ]


@pytest.mark.parametrize(
    ("retries", "code", "last"),
    [
        ("1", 1, ["  Busy: later", "  Retry[0] runs it again after 6 s", "", "↻ Charge RETRIABLE"]),
        (
            "2",
            0,
            [
                "  Busy: later",
                "  Retry[0] has used up its attempts",
                "  Catch[0] takes it",
                "",
                "▾ Charge CAUGHT_ERROR → Refund",
            ],
        ),
    ],
)
@pytest.mark.parametrize(
    "mock", ['{"error": "Busy", "cause": "later"}', '{"errorOutput": {"error": "Busy", "cause": "later"}}']
)
def test_an_error_says_which_retrier_or_catcher_takes_it(
    call: Call, folder: Folder, mock: str, retries: str, code: int, last: list[str]
) -> None:
    result = call("test-state", folder.machine(MACHINE), "-s", "Charge", "-m", mock, "--retries", retries)
    assert result.exit_code == code
    assert result.stdout.splitlines()[-len(last) :] == last


def test_a_state_alone_is_run_and_answered_as_the_api_does(call: Call, folder: Folder) -> None:
    file = folder.write("state.json", {"Type": "Pass", "Assign": {"n.$": "$.n"}, "Next": "B"})
    result = call("test-state", file, "-i", '{"n": 1}', "-v", '{"m": 2}', "-f", "json")
    answer = json.loads(result.stdout)
    assert (answer["status"], answer["nextState"], answer["output"]) == ("SUCCEEDED", "B", '{"n": 1}')
    assert json.loads(answer["inspectionData"]["variables"]) == {"m": 2, "n": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["-s", "Chrage"], ["✗ State not found in definition", "", "near: Charge"]),
        (["-s", "Charge"], ["✗ Charge calls arn:aws:states:::sns:publish: give a mock, or resources that do it"]),
        (["-s", "Ship", "-m", "@lost"], ["✗ the mock file lost cannot be read: No such file or directory"]),
        (["-s", "Ship", "-m", "1"], ["✗ State type 'Succeed' is not supported when a mock is specified"]),
    ],
)
def test_a_mistake_is_told_and_ends_with_2(call: Call, folder: Folder, arguments: list[str], told: list[str]) -> None:
    result = call("test-state", folder.machine(MACHINE), *arguments)
    assert (result.exit_code, result.stderr.splitlines()) == (2, told)


@pytest.mark.parametrize("option", ["input", "mock", "context", "variables", "configuration"])
def test_the_option_that_is_no_json_is_named(call: Call, folder: Folder, option: str) -> None:
    told = call("test-state", folder.machine(MACHINE), "-s", "Charge", f"--{option}", "{").stderr
    assert told.startswith(f"✗ the {option} is not JSON: ")
