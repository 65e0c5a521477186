"""``aslrun graph`` and ``aslrun coverage``."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun import load, simulate
from aslrun.testing.coverage.collecting import Coverage
from aslrun.testing.coverage.data import write

from .conftest import Call, Folder

STATES: dict[str, Any] = {
    "Route": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Large"}],
        "Default": "Small",
    },
    "Large": {"Type": "Succeed"},
    "Small": {"Type": "Succeed"},
}


@pytest.fixture
def covered(folder: Folder) -> str:
    """The definition's file; small orders have run."""
    name = folder.machine(STATES, "order.asl.json")
    coverage = Coverage()
    simulate(coverage.watch(load(folder.path / name)), {"total": 7})
    write(coverage, folder.path / ".aslrun-coverage.json")
    return name


def test_the_report_is_a_table_and_what_was_missed(covered: str, call: Call) -> None:
    result = call("coverage", "report")
    assert (result.exit_code, result.output.split("\n")) == (
        0,
        [
            "machine  covered  states  rules",
            "order        60%     2/3    1/2",
            "",
            "order: never reached",
            "  1  choice rule  Route: $.total > 50 → Large",
            '                  ↳ input {"total":51}',
            "  1  state        Large",
            '                  ↳ input {"total":51}',
            "",
        ],
    )


def test_a_narrow_terminal_has_no_line_that_is_too_wide(covered: str, call: Call) -> None:
    lines = call("coverage", "report", env={"COLUMNS": "40"}).output.split("\n")
    assert lines[:3] == ["machine  covered  states  rules", "order        60%     2/3    1/2", ""]
    assert lines[4:7] == ["  1  choice rule", "      Route: $.total > 50 → Large", '      ↳ input {"total":51}']


def test_a_table_that_is_too_wide_becomes_sentences(folder: Folder, call: Call) -> None:
    coverage = Coverage()
    coverage.watch(load(folder.path / folder.machine(STATES, "a-machine-with-a-long-name.asl.json")))
    write(coverage, folder.path / ".aslrun-coverage.json")
    lines = call("coverage", "report", env={"COLUMNS": "40"}).output.split("\n")
    assert lines[:2] == ["a-machine-with-a-long-name 0% covered", "    states 0/3, rules 0/2"]


def test_too_little_is_exit_code_one(covered: str, call: Call) -> None:
    assert call("coverage", "report", "--fail-under", "61").exit_code == 1
    assert call("coverage", "report", "--fail-under", "60").exit_code == 0


def test_the_json_report_is_for_programs(covered: str, call: Call) -> None:
    document = json.loads(call("coverage", "report", "-f", "json").output)
    assert document["percent"] == 60
    assert document["machines"][0]["items"][1]["way"] == 'input {"total":51}'


def test_the_html_report_is_a_file(covered: str, folder: Folder, call: Call) -> None:
    done = call("coverage", "report", "-f", "html", "-o", "out.html")
    assert (done.stdout, done.stderr) == ("", "wrote out.html\n")
    assert (folder.path / "out.html").read_text().startswith("<!doctype html>")


def test_files_can_be_added_up_into_one(covered: str, folder: Folder, call: Call) -> None:
    data = ".aslrun-coverage.json"
    done = call("coverage", "merge", data, data, "-o", "all.json")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "wrote all.json\n")
    assert json.loads((folder.path / "all.json").read_text())["machines"][0]["hits"]["entered:0:Small"] == 2


def test_missing_data_says_what_writes_it(folder: Folder, call: Call) -> None:
    result = call("coverage", "report")
    assert result.exit_code == 2
    assert "pytest --aslrun-cov" in result.output


def test_a_graph_is_mermaid_unless_the_file_is_a_picture(covered: str, folder: Folder, call: Call) -> None:
    assert call("graph", covered).output.startswith("flowchart TD\n")
    done = call("graph", covered, "-o", "order.svg")
    assert (done.stdout, done.stderr) == ("", "wrote order.svg\n")
    assert (folder.path / "order.svg").read_text().startswith("<svg")


def test_a_graph_shows_the_coverage_of_its_definition(covered: str, call: Call) -> None:
    assert "  class s1 missed" in call("graph", covered, "-c", ".aslrun-coverage.json").output


def test_coverage_of_an_older_definition_is_refused(covered: str, folder: Folder, call: Call) -> None:
    folder.machine({**STATES, "Small": {"Type": "Fail"}}, "order.asl.json")
    result = call("graph", covered, "-c", ".aslrun-coverage.json")
    assert result.exit_code == 2
    assert "order was another definition when this was counted" in result.output
