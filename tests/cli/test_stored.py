"""Commands over a file of executions: run --store, resume, executions, task."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .conftest import Call, Folder, function
from .test_process import process

HANDLERS = """\
import aslrun

resources = aslrun.Resources()


@resources.task("arn:aws:lambda:*:*:function:charge")
async def charge(order):
    if order.get("total", 0) > 1000:
        raise aslrun.TaskError("CardDeclined", "over the limit")
    return {**order, "charged": True}


@resources.task("arn:aws:states:::sqs:sendMessage.waitForTaskToken")
async def ask(message, task):
    with open("token.txt", "w") as file:
        file.write(task.token)
    if message.get("key"):
        from aslrun.stores.sqlite_tokens import SQLiteTokenStore
        from aslrun.stores.tokens import StoredToken

        SQLiteTokenStore("runs.db").put(message["key"], StoredToken(task.token, expires=1e12), None, now=0)
    return {}
"""
CHARGE = {"Type": "Task", "Resource": function("charge"), "End": True}
ASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"token.$": "$$.Task.Token", "key.$": "$.key"},
    "TimeoutSeconds": 86_400,
    "End": True,
}
PASS = {"Type": "Pass", "End": True}
AILING = """\
from aslrun import Resources, TaskError

resources = Resources()
calls = []


@resources.task("arn:aws:lambda:us-east-1:123456789012:function:charge")
def charge(order):
    calls.append(order)
    if len(calls) == 1:
        raise TaskError("Ill", "at first")
    return {}
"""


@pytest.fixture
def shop(folder: Folder) -> Folder:
    """A folder with a machine that charges, one that asks, and their handlers."""
    folder.write("shop.py", HANDLERS)
    folder.machine({"Charge": CHARGE}, "order.asl.json")
    folder.machine({"Ask": ASK}, "approval.asl.json")
    return folder


def kept(call: Call, name: str, total: int = 7) -> None:
    """An execution that is over."""
    arguments = ("order.asl.json", "--store", "runs.db", "-n", name, "-i", f'{{"total": {total}}}', "-H", "shop")
    assert call("run", *arguments).exit_code in (0, 1)


def waiting(folder: Folder, name: str = "story-1", key: str = "PROJ-1", state: str = "approval") -> None:
    """An execution that waits for its token, and whose process was killed."""
    with running(folder, name, key) as program:
        program.kill()


@contextmanager
def running(folder: Folder, name: str = "story-1", key: str = "PROJ-1") -> Iterator[subprocess.Popen[str]]:
    """An execution that waits for its token in another process."""
    token = folder.path / "token.txt"
    token.unlink(missing_ok=True)
    arguments = ("approval.asl.json", "--store", "runs.db", "-n", name, "-i", json.dumps({"key": key}), "-H", "shop")
    with process("run", *arguments) as program:
        try:
            while not token.exists() or "waits for its" not in described(folder, name):
                assert program.poll() is None, program.stderr and program.stderr.read()
            yield program
        finally:
            program.kill()


def described(folder: Folder, name: str) -> str:
    command = [sys.executable, "-m", "aslrun", "executions", "describe", name, "--store", "runs.db"]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False).stdout


def timeless(text: str) -> str:
    """The text without what no run repeats: times of day, and how long something took."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "(a time of the day)", text)
    return re.sub(r" *(<1ms|\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms|s|m)\b)", " (real)", text)


# --------------------------------------------------------------------------- run --store, resume


def test_an_execution_is_kept_in_the_file(call: Call, shop: Folder) -> None:
    result = call("run", "order.asl.json", "--store", "runs.db", "-n", "order-7", "-i", '{"total": 7}', "-H", "shop")

    assert result.exit_code == 0
    assert result.stdout.startswith("order · order-7 · in real time · kept in runs.db\n")
    assert json.loads(call("executions", "describe", "order-7", "--store", "runs.db", "--json").stdout)["output"] == {
        "total": 7,
        "charged": True,
    }


def test_a_name_that_is_over_is_not_run_again(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    result = call("run", "order.asl.json", "--store", "runs.db", "-n", "order-7", "-H", "shop")

    assert result.exit_code == 2
    assert result.stderr == (
        "✗ order-7 is in runs.db already, and over or with another input\n\n"
        "Look at it: aslrun executions describe order-7 --store runs.db\n"
    )


def test_what_is_simulated_is_not_kept(call: Call, shop: Folder) -> None:
    result = call("run", "order.asl.json", "--store", "runs.db", "--simulate", "-H", "shop")

    assert (result.exit_code, result.stderr) == (
        2,
        "✗ what is simulated is not kept: leave out --simulate or --store\n",
    )


def test_a_killed_run_goes_on_when_it_is_given_again(call: Call, shop: Folder) -> None:
    waiting(shop)
    call("task", "success", "--store", "runs.db", "-k", "PROJ-1", "-o", '{"ok": true}')

    again = call(
        "run", "approval.asl.json", "--store", "runs.db", "-n", "story-1", "-i", '{"key": "PROJ-1"}', "-H", "shop"
    )

    assert again.exit_code == 2  # it is over: nothing was left to do for it
    assert "succeeded" in described(shop, "story-1")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupted_run_says_how_it_goes_on(shop: Folder) -> None:
    with running(shop) as program:
        assert program.stderr is not None
        program.send_signal(signal.SIGINT)
        assert (program.wait(30), program.stderr.read()) == (
            130,
            (
                "story-1 stays in runs.db; it goes on when you run this again,\n"
                "or with: aslrun resume --store runs.db --handlers MODULE:NAME\n\ninterrupted\n"
            ),
        )


def test_resume_works_off_what_is_unfinished(call: Call, shop: Folder) -> None:
    kept(call, "order-8", 7_000)
    call("executions", "redrive", "order-8", "--store", "runs.db")

    result = call("resume", "--store", "runs.db", "-H", "shop")

    assert result.exit_code == 1
    assert timeless(result.stdout) == (
        "runs.db · 1 unfinished execution\n  1 called again\n\n"
        "✗ order-8   order · failed · (real) · CardDeclined: over the limit\n\n1 failed\n"
    )


def test_resume_leaves_what_waits_if_it_is_told_so(call: Call, shop: Folder) -> None:
    waiting(shop)

    result = call("resume", "--store", "runs.db", "-H", "shop", "--no-wait")

    assert result.exit_code == 0
    assert result.stdout.endswith("\n1 left: aslrun executions list --store runs.db --status running\n")


def test_handlers_that_lack_some_are_refused_before_anything_fails(call: Call, shop: Folder) -> None:
    waiting(shop)
    shop.write("none.py", "import aslrun\nresources = aslrun.Resources()\n")

    result = call("resume", "--store", "runs.db", "-H", "none")

    assert (result.exit_code, result.stderr) == (
        2,
        (
            "✗ unfinished executions in runs.db lack the handlers of 1 task\n\n"
            "  approval: Ask  arn:aws:states:::sqs:sendMessage.waitForTaskToken\n\n"
            "Serve them with --handlers MODULE:NAME (an aslrun.Resources).\n"
        ),
    )


# --------------------------------------------------------------------------- executions


def test_a_list_has_the_newest_first(call: Call, shop: Folder) -> None:
    kept(call, "order-7")
    kept(call, "order-8", 7_000)

    assert timeless(call("executions", "list", "--store", "runs.db").stdout) == (
        "runs.db · 2 executions\n\n"
        "    NAME     MACHINE  STATUS     STARTED (UTC)        LASTED\n"
        "  ✗ order-8  order    failed     (a time of the day) (real)\n"
        "  ✓ order-7  order    succeeded  (a time of the day) (real)\n"
    )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["--status", "failed"], ["order-8"]),
        (["--machine", "order", "--limit", "1"], ["order-8"]),
        (["--machine", "other"], []),
        (["--since", "1h"], ["order-8", "order-7"]),
        (["--before", "1h"], []),
        (["--since", "2020-01-01", "--before", "2020-01-02T10:30"], []),
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_list_can_be_narrowed(call: Call, shop: Folder, filters: list[str], names: list[str]) -> None:
    kept(call, "order-7")
    kept(call, "order-8", 7_000)

    listed = json.loads(call("executions", "list", "--store", "runs.db", "--json", *filters).stdout)

    assert [each["name"] for each in listed["executions"]] == names


def test_a_list_says_that_there_are_more(call: Call, shop: Folder) -> None:
    kept(call, "order-7")
    kept(call, "order-8")

    assert call("executions", "list", "--store", "runs.db", "--limit", "1").stdout.startswith(
        "runs.db · 1 execution and more (--limit 2)\n"
    )


def test_an_empty_list_says_so(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    assert call("executions", "list", "--store", "runs.db", "--status", "aborted").stdout == (
        "runs.db · no execution like this\n"
    )


def test_describe_shows_the_path_and_what_is_waited_for(shop: Folder) -> None:
    waiting(shop)

    assert timeless(described(shop, "story-1")) == (
        "story-1 · approval · started (a time of the day) UTC\n"
        "arn:aws:states:us-east-1:123456789012:execution:approval:story-1\n\n"
        " (real)  … Ask  Task      sqs:sendMessage.waitForTaskToken\n"
        f"{' ' * 26}waits for its task token\n\n"
        "Ask waits for its task token.\n\n"
        "… not finished · (real) · 1 transition\n"
    )


def test_history_shows_the_events(call: Call, shop: Folder) -> None:
    kept(call, "order-8", 7_000)

    lines = timeless(call("executions", "history", "order-8", "--store", "runs.db").stdout).splitlines()
    document = json.loads(call("executions", "history", "order-8", "--store", "runs.db", "--json").stdout)

    assert lines[0] == "order-8 · failed · 6 history events"
    assert lines[-1].endswith("ExecutionFailed          CardDeclined: over the limit")
    assert [event["id"] for event in document["events"]] == [1, 2, 3, 4, 5, 6]


def test_an_unknown_execution_is_told_with_near_names(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    for command in ("describe", "history", "stop", "redrive"):
        result = call("executions", command, "order-77", "--store", "runs.db")
        assert (result.exit_code, result.stderr) == (
            2,
            "✗ there is no execution order-77 in runs.db\n\nnear: order-7\n",
        )


def test_a_name_that_two_machines_have_wants_an_arn(call: Call, shop: Folder) -> None:
    kept(call, "order-7")
    shop.machine({"Charge": CHARGE}, "other.asl.json")
    call("run", "other.asl.json", "--store", "runs.db", "-n", "order-7", "-H", "shop")
    arn = "arn:aws:states:us-east-1:123456789012:execution:other:order-7"

    refused = call("executions", "describe", "order-7", "--store", "runs.db")

    assert refused.stderr.startswith("✗ 2 executions of runs.db have the name order-7: give an ARN\n")
    assert f"  {arn}\n" in refused.stderr
    assert call("executions", "describe", arn, "--store", "runs.db").exit_code == 0


def test_stop_ends_what_nobody_runs(call: Call, shop: Folder) -> None:
    waiting(shop)

    stopped = call("executions", "stop", "story-1", "--store", "runs.db", "--error", "NoNeed", "--cause", "sold out")
    again = call("executions", "stop", "story-1", "--store", "runs.db")

    assert (stopped.exit_code, stopped.stdout) == (0, "– aborted · story-1\n")
    assert (again.exit_code, again.stdout) == (1, "story-1 was over already: aborted\n")
    document = json.loads(call("executions", "describe", "story-1", "--store", "runs.db", "--json").stdout)
    assert (document["status"], document["error"], document["cause"]) == ("ABORTED", "NoNeed", "sold out")


def test_what_succeeded_cannot_be_redriven(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    result = call("executions", "redrive", "order-7", "--store", "runs.db")

    assert (result.exit_code, result.stderr) == (
        2,
        "✗ order-7 cannot be redriven: Execution is SUCCEEDED and cannot be redriven\n",
    )


# --------------------------------------------------------------------------- task


def test_a_task_is_answered_by_token_while_nobody_runs_it(call: Call, shop: Folder) -> None:
    waiting(shop)
    token = (shop.path / "token.txt").read_text(encoding="utf-8")

    first = call("task", "success", "--store", "runs.db", "--token", "-", "-o", '{"ok": true}', input=token + "\n")
    second = call("task", "failure", "--store", "runs.db", "--token", token)

    assert (first.exit_code, first.stdout) == (0, "✓ acknowledged\n")
    assert (second.exit_code, second.stdout) == (1, "")
    assert second.stderr == "✗ refused: Task Timed Out: 'Provided task does not exist anymore'\n"
    assert token not in first.output + second.output
    document = json.loads(call("executions", "describe", "story-1", "--store", "runs.db", "--json").stdout)
    assert (document["status"], document["output"]) == ("SUCCEEDED", {"ok": True})


def test_a_task_is_answered_by_key_once(call: Call, shop: Folder) -> None:
    waiting(shop)

    alive = call("task", "heartbeat", "--store", "runs.db", "--key", "PROJ-1")
    failed = call("task", "failure", "--store", "runs.db", "--key", "PROJ-1", "--error", "Rejected", "--cause", "no")
    again = call("task", "success", "--store", "runs.db", "--key", "PROJ-1")
    unknown = call("task", "success", "--store", "runs.db", "--key", "PROJ-2")

    assert [each.exit_code for each in (alive, failed, again, unknown)] == [0, 0, 1, 1]
    assert "PROJ-1" in again.stderr
    assert "there is no task token under the key 'PROJ-2'" in unknown.stderr


def test_a_task_of_another_process_is_answered_there(call: Call, shop: Folder) -> None:
    with running(shop) as program:
        answered = call("task", "success", "--store", "runs.db", "--key", "PROJ-1", "-o", '{"ok": true}')
        assert program.stdout is not None
        assert (answered.exit_code, program.wait(30)) == (0, 0)
        assert '"ok": true' in program.stdout.read()


def test_a_task_wants_a_token_or_a_key(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    assert "Give either --token or --key." in call("task", "success", "--store", "runs.db").stderr
    assert "refused: Invalid Token" in call("task", "success", "--store", "runs.db", "-t", "garbage").stderr


# --------------------------------------------------------------------------- the file


def test_who_wants_to_own_a_file_hears_whose_it_is(call: Call, shop: Folder) -> None:
    commands = (
        ["resume", "-H", "shop"],
        ["run", "order.asl.json", "-H", "shop"],
        ["executions", "stop", "story-1"],
        ["executions", "redrive", "story-1"],
    )
    with running(shop) as program:
        answers = [call(*command, "--store", "runs.db") for command in commands]
        for each in answers:
            assert (each.exit_code, each.stdout) == (2, "")
            assert each.stderr.startswith(f"✗ runs.db is in use: process {program.pid} runs its executions\n\n")


def test_a_file_that_is_not_there_is_told_with_near_names(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    for command in (["resume", "-H", "shop"], ["executions", "list"], ["task", "success", "-k", "x"]):
        result = call(*command, "--store", "run.db")
        assert (result.exit_code, result.stderr) == (2, "✗ there is no file run.db\n\nnear: runs.db\n")
    assert not Path("run.db").exists()


def test_a_file_that_is_no_database_is_named(call: Call, shop: Folder) -> None:
    shop.write("notes.txt", "not a database at all, only a few words" * 100)

    for command in (["resume", "-H", "shop"], ["executions", "list"], ["run", "order.asl.json", "-H", "shop"]):
        result = call(*command, "--store", "notes.txt")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "✗ notes.txt: file is not a database\n"


def test_a_time_that_is_none_is_told(call: Call, shop: Folder) -> None:
    kept(call, "order-7")

    result = call("executions", "list", "--store", "runs.db", "--since", "yesterday")

    assert result.stderr.startswith("✗ 'yesterday' is no time: give so long ago, as 30m, 2h or 7d, or a time")


def test_an_execution_that_was_redriven_shows_where_it_went_on_and_no_retry(folder: Folder, call: Call) -> None:
    folder.write("shop.py", AILING)
    branches = [{"StartAt": "Charge", "States": {"Charge": CHARGE}}, {"StartAt": "B", "States": {"B": PASS}}]
    folder.machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}}, "order.asl.json")
    call("run", "order.asl.json", "--store", "runs.db", "--name", "order-7", "-H", "shop:resources")
    call("executions", "redrive", "order-7", "--store", "runs.db")
    call("resume", "--store", "runs.db", "-H", "shop:resources")

    shown = call("executions", "describe", "order-7", "--store", "runs.db").stdout

    assert "✓ Charge" in shown
    assert "Ill: at first · redriven after" in shown
    assert "failed" not in shown
    assert "retry" not in shown
