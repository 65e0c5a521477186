"""The command as a process of its own: pipes, interruptions, and what it does not import."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Folder, function

MODULE = [sys.executable, "-m", "aslrun"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return kept | {"PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"} | more


def process(*arguments: str, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*MODULE, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(),
        **options,  # type: ignore[call-overload, no-any-return]
    )


def hello(folder: Folder) -> str:
    return folder.machine({"Hello": {"Type": "Pass", "Result": "é", "End": True}})


def test_the_console_script_and_the_module_are_the_same_command(folder: Folder) -> None:
    script = Path(sys.executable).with_name("aslrun")
    if not script.exists():
        pytest.skip("aslrun is not installed beside this Python")

    outputs = [
        subprocess.run([*command, "run", hello(folder), "-q", "$"], capture_output=True, text=True, env=environment())
        for command in ([str(script)], MODULE)
    ]

    assert [(each.returncode, each.stdout) for each in outputs] == [(0, '"é"\n')] * 2


def test_a_stream_without_utf_8_gets_ascii(folder: Folder) -> None:
    command = [*MODULE, "run", hello(folder)]
    text, document = (
        subprocess.run([*command, *more], capture_output=True, env=environment(PYTHONIOENCODING="ascii")).stdout
        for more in ([], ["-f", "json"])
    )

    assert b"+ Hello  Pass" in text
    assert b'"output": "\\u00e9"' in document


def test_a_reader_that_goes_away_ends_the_command_quietly(folder: Folder) -> None:
    definition = folder.machine({"A": {"Type": "Succeed"}})

    with process("run", definition, "-i", "-", "-f", "history", stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()  # before there is anything to write
        program.stdin.write("[" + "0," * 100_000 + "0]")
        program.stdin.close()
        assert (program.wait(30), program.stderr.read()) == (141, "")


BLOCKED = """\
import threading
import aslrun

resources = aslrun.Resources()

@resources.task("arn:aws:lambda:*:*:function:wait")
def wait(input):
    print("at work", flush=True)
    threading.Event().wait(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("mode", ["--simulate", "--real-time"])
def test_ctrl_c_ends_the_command_at_once_even_in_a_handler(folder: Folder, mode: str) -> None:
    folder.write("slow.py", BLOCKED)
    definition = folder.machine({"Wait": {"Type": "Task", "Resource": function("wait"), "End": True}})

    with process("run", definition, "-H", "slow", mode) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        while "at work" not in program.stdout.readline():
            pass
        program.send_signal(signal.SIGINT)
        assert (program.wait(30), program.stderr.read().strip()) == (130, "interrupted")


def imported(folder: Folder, *arguments: str) -> set[str]:
    code = f"import sys; sys.argv = ['aslrun', 'run', 'machine.asl.json', *{list(arguments)!r}]\nimport aslrun.cli\n"
    code += "try: aslrun.cli.main()\nfinally: print(*sys.modules, file=sys.stderr)"
    hello(folder)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    return set(run.stderr.split())


UNWANTED = {"rich", "jsonpath_ng", "yaml", "asyncio", "jsonschema", "boto3", "importlib.metadata", "aslrun.cli.mocks"}


@pytest.mark.parametrize("arguments", [[], ["-f", "json"]], ids=["pretty", "json"])
def test_a_small_run_imports_nothing_that_it_does_not_need(folder: Folder, arguments: list[str]) -> None:
    assert imported(folder, *arguments) & UNWANTED == set()


def test_without_click_the_command_says_what_to_install(folder: Folder) -> None:
    code = "import sys; sys.modules['click'] = None\nfrom aslrun.cli import main; main()"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment())

    assert run.returncode == 2
    assert run.stderr.endswith("install it with: pip install 'aslrun[cli]'\n")
