"""Measures beginnings: a process from its start to the result of a small machine, and what ``import aslrun`` costs.

Processes are started as of an installed package: with bytecode in a cache, whatever the environment says here.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

UNWANTED = ("boto3", "botocore", "jsonschema", "jsonpath_ng", "yaml", "click")
REPEATS = 9

HELLO = '{"StartAt": "Hello", "States": {"Hello": {"Type": "Pass", "Result": "Hello World!", "End": true}}}'
SIMULATE_HELLO = f"import aslrun; print(aslrun.simulate({HELLO!r}).output)"


def starts() -> dict[str, float]:
    """CPU milliseconds of whole processes, by what they do; medians of alternating samples."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder)
        definition = Path(folder, "hello.asl.json")
        definition.write_text(HELLO, encoding="utf-8")
        commands = {
            "python -c pass": ["-c", "pass"],
            "import anyio": ["-c", "import anyio"],
            "import anyio, aslrun": ["-c", "import anyio, aslrun"],
            "simulate a HelloWorld": ["-c", SIMULATE_HELLO],
        }
        if _has_cli():
            commands["aslrun run hello.asl.json"] = ["-c", _CLI, "run", str(definition)]
        samples: dict[str, list[float]] = {name: [] for name in commands}
        for arguments in commands.values():
            _cpu(arguments, environment)
        for _ in range(REPEATS):
            for name, arguments in commands.items():
                samples[name].append(_cpu(arguments, environment))
    return {name: 1000 * median(sample) for name, sample in samples.items()}


_CLI = "import sys; from aslrun.cli import main; sys.exit(main())"  # what the console script does


def _has_cli() -> bool:
    package = importlib.util.find_spec("aslrun.cli")
    return package is not None and package.has_location


def _environment(cache: str) -> dict[str, str]:
    """This one, with bytecode written, to a place of its own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": cache}


def _cpu(arguments: list[str], environment: dict[str, str]) -> float:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return used.ru_utime + used.ru_stime


def import_times() -> list[tuple[str, int]]:
    """Every module that ``import aslrun`` imports, with its own microseconds, longest first."""
    command = [sys.executable, "-X", "importtime", "-c", "import aslrun"]
    with tempfile.TemporaryDirectory() as folder:
        environment = _environment(folder)
        for _ in range(2):  # the first one fills the cache
            run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    lines = run.stderr.splitlines()
    rows = [line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:")]
    modules = [(name.strip(), int(own)) for own, _, name in rows if own.strip().isdigit()]
    return sorted(modules, key=lambda module: -module[1])


def unwanted_imports() -> list[str]:
    """What ``import aslrun`` should leave alone, and does not."""
    imported = {name.partition(".")[0] for name, _ in import_times()}
    return [name for name in UNWANTED if name in imported]
