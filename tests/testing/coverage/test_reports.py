"""Reports, data files, and what would reach that which was missed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from aslrun import load, simulate, testing
from aslrun.definition.model import Machine
from aslrun.testing.coverage.collecting import Coverage
from aslrun.testing.coverage.data import InvalidCoverageFile, read, write
from aslrun.testing.coverage.files import write_report
from aslrun.testing.coverage.html import html
from aslrun.testing.coverage.report import as_document, report_text
from aslrun.testing.coverage.ways import ways_of

ORDER = """{
  "StartAt": "Route",
  "States": {
    "Route": {
      "Type": "Choice",
      "Choices": [{"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Approve"}],
      "Default": "Done"
    },
    "Approve": {
      "Type": "Task",
      "Resource": "arn:aws:lambda:us-east-1:123456789012:function:approve",
      "Retry": [{"ErrorEquals": ["Busy"]}],
      "Next": "Done"
    },
    "Done": {"Type": "Succeed"}
  }
}"""


def small_order() -> Coverage:
    """A coverage in which one order that is small has run."""
    coverage = Coverage()
    machine = coverage.watch(load(ORDER, name="order"))
    run_small(machine)
    return coverage


def run_small(machine: Machine) -> None:
    """Run an order that needs no approval."""
    simulate(machine, {"total": 7}, testing.Mocks({"Approve": {}}).over(machine))


def test_the_report_names_what_was_missed_with_its_line() -> None:
    assert report_text(small_order()).split("\n") == [
        "machine  covered  states  arrows  rules  retries",
        "order      42.9%     2/3     0/1    1/2      0/1",
        "",
        "order: never reached",
        "  6  choice rule  Route: $.total > 50 → Approve",
        "  9  state        Approve (and 2 more of it)",
    ]


def test_several_machines_have_a_total() -> None:
    coverage = small_order()
    simulate(coverage.watch(load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, name="zero")))
    lines = report_text(coverage).split("\n")
    assert [line.split()[:2] for line in lines[1:4]] == [["order", "42.9%"], ["zero", "100%"], ["total", "50%"]]


def test_nothing_run_is_nothing_reached() -> None:
    assert (Coverage().percent, report_text(Coverage())) == (0.0, "no state machine was run")


def test_a_data_file_gives_the_same_report(tmp_path: Path) -> None:
    write(small_order(), tmp_path / "data.json")
    assert report_text(read(tmp_path / "data.json")) == report_text(small_order())


def test_data_files_are_added_up(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        write(small_order(), tmp_path / name)
    (covered,) = read(tmp_path / "a.json", tmp_path / "b.json")
    assert covered.hits["entered:0:Done"] == 2


def test_a_data_file_of_a_filled_definition_needs_its_substitutions_no_more(tmp_path: Path) -> None:
    text = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "${Name}"}}}, indent=1)
    coverage = Coverage()
    machine = coverage.watch(load(text, substitutions={"Name": "Declined"}))
    simulate(machine)
    write(coverage, tmp_path / "data.json")
    (covered,) = read(tmp_path / "data.json")
    assert (covered.percent, coverage.of(covered.machine).hits["entered:0:F"]) == (100.0, 1)


def test_a_file_that_is_no_coverage_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"format": "aslrun coverage 99"}')
    with pytest.raises(InvalidCoverageFile, match=r'x\.json is no coverage data: its "format" must be'):
        read(tmp_path / "x.json")


def test_the_json_report_has_every_item_with_place_and_hits() -> None:
    document = as_document(small_order())
    (machine,) = document["machines"]  # type: ignore[misc]
    assert machine["items"][1] == {  # type: ignore[index,call-overload]
        "kind": "choice rule",
        "state": "Route",
        "text": "Route: $.total > 50 → Approve",
        "path": "States.Route.Choices[0]",
        "line": 6,
        "hits": 0,
    }


def test_the_html_page_escapes_names() -> None:
    coverage = Coverage()
    coverage.of(load({"StartAt": "<b>", "States": {"<b>": {"Type": "Succeed"}}}, name="x<script>"))
    page = html(coverage)
    assert "<script" not in page
    assert "<b>" not in page


def test_the_graph_of_the_page_can_be_scrolled_by_keys_and_shrinks_with_it() -> None:
    page = html(small_order())
    assert re.search(
        r'<div class="graph" tabindex="0" role="region" aria-label="the graph of \w+"><svg style="max-width', page
    )
    assert "prefers-color-scheme:dark" in page


@pytest.mark.parametrize(
    ("kind", "name"), [("html", "out"), ("json", "out"), ("svg", "out/order.svg"), ("mermaid", "out/order.mmd")]
)
def test_reports_are_written_where_they_are_asked_for(tmp_path: Path, kind: str, name: str) -> None:
    assert list(write_report(small_order(), kind, str(tmp_path / "out"))) == [tmp_path / name]


def test_what_was_missed_is_told_with_the_input_that_reaches_it() -> None:
    (covered,) = small_order()
    assert ways_of(covered)["rule:0:Route"] == 'input {"total":51}'


def test_a_way_says_what_must_happen_after_the_input() -> None:
    (covered,) = small_order()
    assert ways_of(covered)["retrier:0:Approve"] == 'input {"total":51}; Approve fails with Busy'


def test_looking_for_ways_counts_nothing() -> None:
    (covered,) = coverage = small_order()
    before = dict(covered.hits)
    ways_of(covered)
    assert dict(covered.hits) == before
    run_small(covered.machine)
    assert coverage.of(covered.machine).hits["entered:0:Done"] == 2


def test_a_way_is_what_it_says() -> None:
    (covered,) = small_order()
    way = ways_of(covered)["entered:0:Approve"]
    machine = load(ORDER)
    resources = testing.Mocks({"Approve": 1}).over(machine)
    assert simulate(machine, json.loads(way.removeprefix("input ")), resources).path == ["Route", "Approve", "Done"]
