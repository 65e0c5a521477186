"""``pytest --aslrun-cov``, in a pytest of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.testing.plugins import COVERAGE, plugin_options

pytest_plugins = ["pytester"]

MACHINE = """{"StartAt": "C", "States": {
  "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "One"}], "Default": "Two"},
  "One": {"Type": "Succeed"},
  "Two": {"Type": "Succeed"}}}"""
ONE_TEST = """
import aslrun
def test_one(): assert aslrun.simulate("order.asl.json", {"n": 1}).succeeded
"""
TWO_TESTS = (
    ONE_TEST
    + """
def test_two(): assert aslrun.simulate("order.asl.json", {"n": 2}).succeeded
"""
)


def covered(pytester: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    """Run a suite of one file in a folder with a definition."""
    pytester.path.joinpath("order.asl.json").write_text(MACHINE)
    pytester.path.joinpath("test_order.py").write_text(test)
    return pytester.runpytest_inprocess(*plugin_options(COVERAGE), "-p", "no:cacheprovider", *options)


def test_the_report_says_what_the_suite_has_missed(pytester: pytest.Pytester) -> None:
    result = covered(pytester, ONE_TEST, "--aslrun-cov")
    result.stdout.fnmatch_lines(
        ["order  *60%*2/3*1/2", "*choice rule*C: Default → Two", '*↳ input {"n":0}*', "*state*Two"]
    )


def test_a_suite_that_reaches_everything_passes_the_limit(pytester: pytest.Pytester) -> None:
    result = covered(pytester, TWO_TESTS, "--aslrun-cov-fail-under=100")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["100% of the state machines was reached, at least 100% is asked for"])


def test_too_little_fails_the_session_though_every_test_passed(pytester: pytest.Pytester) -> None:
    result = covered(pytester, ONE_TEST, "--aslrun-cov-fail-under=90")
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["FAILED: 60% of the state machines was reached, less than 90%"])


def test_without_the_option_nothing_is_written(pytester: pytest.Pytester) -> None:
    result = covered(pytester, ONE_TEST)
    assert result.ret == 0
    assert not list(pytester.path.glob(".aslrun*"))


def test_a_definition_that_no_test_has_loaded_is_reported(pytester: pytest.Pytester) -> None:
    result = covered(pytester, "def test_nothing(): pass\n", "--aslrun-cov=order.asl.json")
    result.stdout.fnmatch_lines(["order  *0%*0/3*"])


def test_a_suite_that_runs_no_machine_has_reached_nothing(pytester: pytest.Pytester) -> None:
    assert covered(pytester, "def test_nothing(): pass\n", "--aslrun-cov-fail-under=1").ret == 1


def test_runs_can_be_added_up(pytester: pytest.Pytester) -> None:
    covered(pytester, ONE_TEST, "--aslrun-cov")
    result = covered(pytester, TWO_TESTS, "-k", "two", "--aslrun-cov", "--aslrun-cov-append")
    result.stdout.fnmatch_lines(["order  *100%*"])


def test_reports_of_every_type_are_written(pytester: pytest.Pytester) -> None:
    reports = [f"--aslrun-cov-report={kind}" for kind in ("json:a.json", "html:b.html", "svg:graphs")]
    covered(pytester, ONE_TEST, "--aslrun-cov", *reports)
    assert json.loads(Path(pytester.path, "a.json").read_text())["percent"] == 60
    assert Path(pytester.path, "graphs", "order.svg").read_text().startswith("<svg")


def test_an_unknown_report_is_refused(pytester: pytest.Pytester) -> None:
    result = covered(pytester, ONE_TEST, "--aslrun-cov", "--aslrun-cov-report=pdf")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*'pdf' is none of term, json, html, svg, mermaid*"])


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("test_order.py", "*took 'test_order.py' for the name of a machine*"),
        ("ordr.asl.json", "*there is no file ordr.asl.json*"),
    ],
)
def test_a_name_that_would_measure_nothing_is_refused(pytester: pytest.Pytester, option: str, told: str) -> None:
    result = covered(pytester, ONE_TEST, "--aslrun-cov", option)
    assert result.ret == 4
    result.stderr.fnmatch_lines([told])


def test_workers_of_xdist_are_added_up(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # in three processes the others take their time
    pytester.path.joinpath("order.asl.json").write_text(MACHINE)
    pytester.path.joinpath("test_order.py").write_text(TWO_TESTS)
    options = ("-p", COVERAGE, "-p", "xdist.plugin", "-p", "no:cacheprovider", "-n2", "--aslrun-cov-fail-under=100")
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["order  *100%*"])
    assert [each.name for each in pytester.path.glob(".aslrun*")] == [".aslrun-coverage.json"]
