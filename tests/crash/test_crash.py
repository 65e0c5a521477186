"""A process that is killed at random instants: nobody can tell afterwards, and the checker that says so could."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .checker import KINDS
from .world import Log

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks, and kills with SIGKILL")


def killed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own: it forks, which a process with threads must not."""
    command = [sys.executable, "-m", "tests.crash", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.timeout(180)  # 15 s on a quiet machine
def test_killed_thirty_times_with_200_executions_in_flight_a_process_loses_and_repeats_nothing() -> None:
    ended = killed("--kills", "30", "--in-flight", "200")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"^kills +30 ", ended.stdout, re.MULTILINE)
    for kind in KINDS:
        assert re.search(rf"^{kind} +0 ", ended.stdout, re.MULTILINE), ended.stdout


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_killed_a_thousand_times_it_does_not_either() -> None:
    ended = killed("--kills", "1000", "--seed", "2")

    assert ended.returncode == 0, ended.stdout + ended.stderr


def found(broken: str, shapes: str) -> dict[str, int]:
    """What the checker counts when a store is broken."""
    ended = killed("--kills", "8", "--in-flight", "40", "--only", shapes, "--broken", broken)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    counts = re.findall(rf"^({'|'.join(KINDS)}) +([\d,]+) ", ended.stdout, re.MULTILINE)
    return {kind: int(count.replace(",", "")) for kind, count in counts}


def test_a_store_that_acknowledges_before_it_writes_is_found_out() -> None:
    counts = found("AcknowledgesBeforeWriting", "chain,callback")

    assert counts["lost executions"] > 0
    assert counts["lost starts"] > 0
    assert counts["lost callbacks"] > 0
    assert counts["tasks run again"] > 0


def test_a_store_that_writes_something_else_is_found_out() -> None:
    assert found("WritesOtherOutputs", "chain")["wrong outputs"] > 0


def test_a_store_that_loses_history_is_found_out() -> None:
    assert found("LosesRecords", "loop")["wrong histories"] > 0


def test_a_line_that_was_being_written_when_the_process_was_killed_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "world.log"
    path.write_text("run a/1\ntoken chain-0-1 Ask eyJ", encoding="utf-8")

    log = Log(path)
    log.write("run", "b/1")
    log.close()

    assert path.read_text(encoding="utf-8") == "run a/1\nrun b/1\n"
