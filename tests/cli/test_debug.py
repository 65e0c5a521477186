"""``aslrun debug``, with its commands from a pipe."""

from __future__ import annotations

from typing import Any

from .conftest import Call, Folder, function

STATES: dict[str, Any] = {
    "Charge": {"Type": "Task", "Resource": function("charge"), "ResultPath": "$.paid", "Next": "Large?"},
    "Large?": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Approve"}],
        "Default": "Done",
    },
    "Approve": {"Type": "Pass", "Next": "Done"},
    "Done": {"Type": "Succeed"},
}


def debug(folder: Folder, call: Call, *commands: str, total: int = 7, options: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit code and output."""
    name = folder.machine(STATES)
    result = call(
        "debug", name, "-i", f'{{"total": {total}}}', *options, input="".join(f"{each}\n" for each in commands)
    )
    return result.exit_code, result.output


def test_the_help_fits_a_narrow_terminal(call: Call, folder: Folder) -> None:
    told = call("debug", folder.machine({"A": {"Type": "Succeed"}}), input="help\n", env={"COLUMNS": "40"}).stdout
    help = told.partition("help\n")[2].partition("(aslrun)")[0]
    assert max(map(len, help.splitlines())) <= 40


def test_a_session_reads_like_a_dialogue(folder: Folder, call: Call) -> None:
    code, told = debug(
        folder, call, "step", 'answer {"id": 1}', "set $.total 60", "next", "print $.paid.id", "continue"
    )
    assert code == 0
    assert told.split("\n") == [
        "machine · stepping in virtual time · help lists the commands",
        "",
        "→ before Charge (Task)   at 0s",
        '  input {"total": 7}',
        "(aslrun) step",
        "→ before the task of Charge is called   at 0s",
        '  arguments {"total": 7}',
        "  it has neither a mock nor a handler: answer JSON, or fail ERROR [CAUSE]",
        '(aslrun) answer {"id": 1}',
        "     0s  ✓ Charge   Task      lambda charge",
        "→ before Large? (Choice)   at 0s",
        '  input {"total": 7, "paid": {"id": 1}}',
        "(aslrun) set $.total 60",
        "→ before Large? (Choice)   at 0s",
        '  input {"total": 60, "paid": {"id": 1}}',
        "(aslrun) next",
        "→ before Approve (Pass)   at 0s",
        '  input {"total": 60, "paid": {"id": 1}}',
        "(aslrun) print $.paid.id",
        "  1",
        "(aslrun) continue",
        "     0s  ✓ Large?   Choice    → Approve",
        "     0s  ✓ Approve  Pass",
        "     0s  ✓ Done     Succeed",
        "",
        "{",
        '  "total": 60,',
        '  "paid": {',
        '    "id": 1',
        "  }",
        "}",
        "",
        "✓ succeeded · 0s · 4 transitions",
        "",
    ]


def test_a_failed_execution_is_exit_code_one(folder: Folder, call: Call) -> None:
    code, told = debug(folder, call, "step", "fail CardDeclined over the limit")
    assert code == 1
    assert "CardDeclined\n  over the limit\n" in told


def test_leaving_before_the_end_is_no_failure(folder: Folder, call: Call) -> None:
    code, told = debug(folder, call, "quit", "step")
    assert (code, told.split("\n")[-2]) == (0, "left before the end: before Charge")


def test_the_end_of_the_commands_leaves(folder: Folder, call: Call) -> None:
    assert debug(folder, call, "step")[0] == 0


def test_a_mistyped_command_is_told_with_the_nearest_one(folder: Folder, call: Call) -> None:
    _, told = debug(folder, call, "stpe")
    assert "✗ there is no command 'stpe'; did you mean step?" in told


def test_what_cannot_be_done_says_why_and_goes_on(folder: Folder, call: Call) -> None:
    _, told = debug(folder, call, "answer 1", "print $.nothing", "set $.total x", "break Nowhere", "where")
    refused = [line.partition(":")[0] for line in told.split("\n") if line.startswith("✗")]
    assert refused == [
        "✗ no task is to be answered here",
        "✗ $.nothing",
        "✗ x is no JSON",
        "✗ there is no state 'Nowhere'",
    ]
    assert "  → Charge (Task)" in told


def test_a_breakpoint_with_a_condition_stops_there(folder: Folder, call: Call) -> None:
    mocks = folder.write("mocks.json", {"Charge": {"id": 1}})
    commands = ("break Done if $.total > 50", "break Approve", "breaks", "delete 2", "continue", "quit")
    _, told = debug(folder, call, *commands, total=60, options=("-m", mocks))
    assert "→ before Done (Succeed)" in told
    assert "before Approve (Pass)" not in told


def test_an_empty_line_does_the_last_step_again(folder: Folder, call: Call) -> None:
    mocks = folder.write("mocks.json", {"Charge": {"id": 1}})
    _, told = debug(folder, call, "step", "", "", options=("-m", mocks))
    assert "→ before Done (Succeed)" in told


def test_breakpoints_can_be_given_on_the_command_line(folder: Folder, call: Call) -> None:
    mocks = folder.write("mocks.json", {"Charge": {"id": 1}})
    _, told = debug(folder, call, "c", options=("-m", mocks, "--break", "Large?"))
    assert "→ before Large? (Choice)" in told


def test_help_lists_every_command(folder: Folder, call: Call) -> None:
    from aslrun.cli.debug import COMMANDS

    _, told = debug(folder, call, "help")
    assert all(f"\n  {usage}" in told for usage, _ in COMMANDS.values())


def test_the_standard_input_is_for_commands(folder: Folder, call: Call) -> None:
    result = call("debug", "-", input="{}")
    assert result.exit_code == 2
    assert "the standard input has the commands" in result.output


def test_what_comes_from_outside_cannot_move_the_cursor(folder: Folder, call: Call) -> None:
    _, told = debug(folder, call, "\x1b[2Jstep")
    assert "\x1b" not in told
