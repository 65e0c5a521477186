"""What a person sees of an execution."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import StringIO

import pytest

import aslrun
from aslrun import Machine
from aslrun.cli.pretty import Pretty
from aslrun.cli.terminal import Terminal
from aslrun.engine.history import Record
from aslrun.values import JSON

from .conftest import Call, Folder, function, timeless


def task(name: str, next: str | None = None, **fields: JSON) -> dict[str, JSON]:
    target: dict[str, JSON] = {"End": True} if next is None else {"Next": next}
    return {"Type": "Task", "Resource": function(name)} | target | fields


def shown(call: Call, folder: Folder, machine: dict[str, JSON], mocks: JSON, *more: str) -> str:
    arguments = ["run", folder.machine(machine), "--mock", folder.write("mocks.json", mocks), *more]
    return timeless(call(*arguments).stdout)


def test_shows_the_path_the_output_and_the_verdict(call: Call, folder: Folder) -> None:
    definition = folder.machine(
        {
            "Check": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.total", "NumericGreaterThan": 0, "Next": "Cool down"}],
                "Default": "Done",
            },
            "Cool down": {"Type": "Wait", "Seconds": 86400, "Next": "Done"},
            "Done": {"Type": "Succeed"},
        }
    )

    result = call("run", definition, "--input", '{"total": 7}')

    assert (
        timeless(result.stdout)
        == """\
machine · simulated

     0s  ✓ Check      Choice    → Cool down
     0s  ✓ Cool down  Wait      24h, skipped
    24h  ✓ Done       Succeed

{
  "total": 7
}

✓ succeeded · 24h of virtual time in (real) · 3 transitions
"""
    )
    assert result.exit_code == 0


def test_shows_each_failed_attempt_below_its_task(call: Call, folder: Folder) -> None:
    retry: JSON = [{"ErrorEquals": ["CardBusy"], "IntervalSeconds": 2}]
    answers: JSON = [{"error": "CardBusy", "cause": "try later"}, {"error": "CardBusy"}, {"result": 1, "delay": 0.5}]

    text = shown(call, folder, {"Charge": task("charge", Retry=retry)}, {"Charge": answers})

    assert (
        text
        == """\
machine · simulated · mocks.json

     0s  ✓ Charge  Task      lambda charge · 6.5s
     0s    ↻ CardBusy: try later · retry 1 after 2s
     2s    ↻ CardBusy · retry 2 after 4s

1

✓ succeeded · 6.5s of virtual time in (real) · 3 transitions
"""
    )


def test_shows_where_a_caught_error_leads(call: Call, folder: Folder) -> None:
    catch: JSON = [{"ErrorEquals": ["States.ALL"], "Next": "Apologise"}]
    machine: dict[str, JSON] = {"Charge": task("charge", Catch=catch), "Apologise": {"Type": "Succeed"}}

    text = shown(call, folder, machine, {"Charge": {"error": "CardDeclined", "cause": "over the limit"}})

    assert "     0s  ✗ Charge     Task      lambda charge · caught → Apologise\n" in text
    assert "     0s    ✗ CardDeclined: over the limit\n" in text


def test_shows_the_error_with_its_cause_wrapped(call: Call, folder: Folder) -> None:
    cause = "this is a cause that is so long that it cannot stand on one line of a terminal with 80 columns"
    definition = folder.machine({"Stop": {"Type": "Fail", "Error": "Stopped", "Cause": cause}})

    result = call("run", definition)

    assert (
        timeless(result.stdout)
        == """\
machine · simulated

     0s  ✗ Stop  Fail      Stopped

Stopped
  this is a cause that is so long that it cannot stand on one line of a terminal
  with 80 columns

✗ failed · 0s of virtual time in (real) · 1 transition
"""
    )
    assert result.exit_code == 1


def test_shows_the_traceback_of_a_handler_in_place_of_its_json(call: Call, folder: Folder) -> None:
    definition = folder.machine({"Divide": task("divide")})
    folder.write(
        "shop.py",
        "import aslrun\nresources = aslrun.Resources()\n"
        '@resources.task("arn:aws:lambda:*:*:function:divide")\ndef divide(input):\n    return 1 / 0\n',
    )

    lines = call("run", definition, "--handlers", "shop").stdout.splitlines()

    start = lines.index("ZeroDivisionError")
    assert lines[start + 1] == "  division by zero"
    assert lines[start + 2].endswith("line 5, in divide")
    assert lines[start + 3].strip() == "return 1 / 0"


PARALLEL: dict[str, JSON] = {
    "Fulfil": {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Pack", "States": {"Pack": task("pack", "Label"), "Label": task("label")}},
            {"StartAt": "Tell", "States": {"Tell": task("tell")}},
        ],
        "Next": "Done",
    },
    "Done": {"Type": "Succeed"},
}


def test_shows_branches_as_a_tree_whatever_their_order_in_time(call: Call, folder: Folder) -> None:
    mocks: JSON = {"Pack": {"result": 1, "delay": 10}, "Label": 2, "Tell": {"result": 3, "delay": 1}}

    text = shown(call, folder, PARALLEL, mocks)

    assert (
        text
        == """\
machine · simulated · mocks.json

     0s  ▾ Fulfil   Parallel  2 branches
     0s  ├ ✓ Pack   Task      lambda pack · 10s
    10s  │ ✓ Label  Task      lambda label
     0s  ├ ✓ Tell   Task      lambda tell · 1s
    10s  ╰ ✓ done · 10s
    10s  ✓ Done     Succeed

[
  2,
  3
]

✓ succeeded · 10s of virtual time in (real) · 5 transitions
"""
    )


def test_shows_which_branch_failed_and_what_was_stopped(call: Call, folder: Folder) -> None:
    mocks: JSON = {"Pack": {"result": 1, "delay": 10}, "Label": 2, "Tell": {"error": "Down", "delay": 1}}

    text = shown(call, folder, PARALLEL, mocks)

    assert (
        text
        == """\
machine · simulated · mocks.json

     0s  ▾ Fulfil   Parallel  2 branches
     0s  ├ – Pack   Task      lambda pack · 1s · stopped
     0s  ├ ✗ Tell   Task      lambda tell · 1s
     1s  │   ✗ Down
     1s  ╰ ✗ failed · Down · 1s

Down

✗ failed · 1s of virtual time in (real) · 3 transitions
"""
    )


def test_shows_each_try_of_a_parallel_state(call: Call, folder: Folder) -> None:
    machine = json.loads(json.dumps(PARALLEL))
    machine["Fulfil"]["Retry"] = [{"ErrorEquals": ["Down"], "IntervalSeconds": 3}]

    text = shown(call, folder, machine, {"Pack": 1, "Label": 2, "Tell": [{"error": "Down"}, {"result": 3}]})

    assert (
        """\
     0s  ▾ Fulfil   Parallel  2 branches
     0s  ├ ✓ Pack   Task      lambda pack
     0s  │ – Label  Task      lambda label · stopped
     0s  ├ ✗ Tell   Task      lambda tell
     0s  │   ✗ Down
     3s  ├ ↻ Down · retry 1 after 3s
     3s  ├ ✓ Pack   Task      lambda pack
     3s  │ ✓ Label  Task      lambda label
     3s  ├ ✓ Tell   Task      lambda tell
     3s  ╰ ✓ done · 3s
"""
        in text
    )


def told(machine: Machine, records: Sequence[Record], size: int) -> str:
    """What is written when the records come in portions of a size."""
    stream = StringIO()
    pretty = Pretty(Terminal(stream, {"COLUMNS": "80"}), machine)
    for start in range(0, len(records), size):
        pretty.feed(records[start : start + size])
    pretty.finish()
    return stream.getvalue()


@pytest.mark.parametrize("tell", [{"error": "Down"}, {"error": "Up"}, 3], ids=["retried", "caught", "sound"])
@pytest.mark.parametrize("delay", [0, 5])
def test_the_same_execution_gives_the_same_text_however_it_is_watched(tell: JSON, delay: float) -> None:
    machine = json.loads(json.dumps(PARALLEL))
    machine["Fulfil"]["Branches"].append({"StartAt": "Each", "States": mapping(Price=task("price"))})
    machine["Fulfil"]["Retry"] = [{"ErrorEquals": ["Down"], "MaxAttempts": 2}]
    machine["Fulfil"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]
    loaded = aslrun.load({"StartAt": "Fulfil", "States": machine})
    resources = aslrun.Resources()

    @resources.task("*")
    def handler(input: JSON, task: aslrun.TaskContext) -> JSON:
        if task.state == "Tell" and isinstance(tell, dict):
            raise aslrun.TaskError(str(tell["error"]))
        task.sleep(delay if task.state == "Pack" else 1)
        return [0] * 8

    records = aslrun.simulate(loaded, [0] * 8, resources).records

    assert told(loaded, records, 1) == told(loaded, records, 7) == told(loaded, records, len(records))


def mapping(**states: JSON) -> dict[str, JSON]:
    processor: JSON = {"StartAt": next(iter(states)), "States": dict(states)}
    return {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}


def test_shows_the_iterations_of_a_map_with_their_index(call: Call, folder: Folder) -> None:
    machine = mapping(Price={"Type": "Pass", "Next": "Tax"}, Tax={"Type": "Pass", "End": True})

    text = timeless(call("run", folder.machine(machine), "--input", "[1, 2]").stdout)

    assert (
        """\
     0s  ▾ Each         Map       2 items
     0s  ├ [0] ✓ Price  Pass
     0s  │     ✓ Tax    Pass
     0s  ├ [1] ✓ Price  Pass
     0s  │     ✓ Tax    Pass
     0s  ╰ ✓ done
"""
        in text
    )


def test_shortens_a_long_map_to_its_first_iterations(call: Call, folder: Folder) -> None:
    machine = mapping(Price={"Type": "Pass", "End": True})

    text = call("run", folder.machine(machine), "--input", json.dumps(list(range(1200)))).stdout

    assert (
        """\
     0s  ▾ Each         Map       1,200 items
     0s  ├ [0]    ✓ Price  Pass
     0s  ├ [1]    ✓ Price  Pass
     0s  ├ [2]    ✓ Price  Pass
         ├ … 1,197 more
     0s  ╰ ✓ done
"""
        in text
    )


def test_full_shows_every_iteration_and_all_of_the_output(call: Call, folder: Folder) -> None:
    machine = mapping(Price={"Type": "Pass", "End": True})

    text = call("run", folder.machine(machine), "--input", json.dumps(list(range(60))), "--full").stdout

    assert "├ [59] ✓ Price" in text
    assert "more" not in text


def test_cuts_a_huge_output_and_says_how_to_see_it(call: Call, folder: Folder) -> None:
    definition = folder.machine({"Done": {"Type": "Succeed"}})

    text = call("run", definition, "--input", json.dumps(list(range(1000)))).stdout

    assert "… 962 more lines (--full shows all of it, --format json is for programs)\n" in text


def test_shows_an_iteration_that_failed_however_far_back_it_is(call: Call, folder: Folder) -> None:
    answers: JSON = [{"result": 0}] * 100 + [{"error": "Bad"}]

    text = shown(call, folder, mapping(Price=task("price")), {"Price": answers}, "--input", json.dumps([0] * 200))

    assert (
        """\
     0s  ├ [2]   ✓ Price  Task      lambda price
     0s  ├ [100] ✗ Price  Task      lambda price
     0s  │         ✗ Bad
"""
        in text
    )
    assert "not started" in text


def test_says_what_an_unfinished_execution_waits_for(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {"Approve": task("x", Resource="arn:aws:states:us-east-1:123456789012:activity:approve")}
    folder.write("shop.py", 'import aslrun\nresources = aslrun.Resources()\nresources.activity("approve")\n')

    result = call("run", folder.machine(machine), "--handlers", "shop")

    assert (
        timeless(result.stdout)
        == """\
machine · simulated

     0s  … Approve  Task      activity approve · waits for a worker

Approve waits for a worker, and in a simulation nobody gives it.
A mock can: see --mock in aslrun run --help.

… not finished · 0s of virtual time in (real) · 1 transition
"""
    )
    assert result.exit_code == 1


def test_marks_mocked_states_only_where_others_are_not(call: Call, folder: Folder) -> None:
    machine: dict[str, JSON] = {"A": task("a", "B"), "B": task("b")}
    folder.write(
        "shop.py",
        "import aslrun\nresources = aslrun.Resources()\n"
        'resources.task("arn:aws:lambda:*:*:function:*", lambda input: input)\n',
    )

    text = shown(call, folder, machine, {"B": 1}, "--handlers", "shop")

    assert "✓ A  Task      lambda a\n" in text
    assert "✓ B  Task      lambda b · mocked\n" in text


@pytest.mark.parametrize(
    ("env", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_follow_the_environment(call: Call, folder: Folder, env: dict[str, str | None], coloured: bool) -> None:
    text = call("run", folder.machine({"Done": {"Type": "Succeed"}}), env=env).stdout

    assert ("\x1b[32m✓\x1b[0m" in text) is coloured


def test_what_comes_from_outside_cannot_move_the_cursor(call: Call, folder: Folder) -> None:
    definition = folder.machine({"Stop": {"Type": "Fail", "Error": "E\x1b[2J", "Cause": "a\rb\x07"}})

    text = call("run", definition).stdout

    assert "\x1b" not in text
    assert "E\\x1b[2J\n  a b\\x07\n" in text


def test_in_a_narrow_terminal_what_there_is_to_say_stands_below_a_state(call: Call, folder: Folder) -> None:
    send: dict[str, JSON] = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}
    each: dict[str, JSON] = {"StartAt": "Tell the customer", "States": {"Tell the customer": {**send, "End": True}}}
    states: dict[str, JSON] = {
        "Note the order": {**send, "ResultPath": None, "Next": "Each"},
        "Each": {"Type": "Map", "ItemProcessor": each, "End": True},
    }
    mocks = folder.write("mocks.json", {"Note the order": {}, "Tell the customer": {"result": 1, "delay": 5}})
    told = call("run", folder.machine(states), "-i", "[1, 2]", "-m", mocks, env={"COLUMNS": "40"}).stdout

    path, _, _ = told.partition("✓ succeeded")
    assert "✓ Note the order  Task\n             sqs:sendMessage\n" in path
    assert max(map(len, path.splitlines())) <= 40
