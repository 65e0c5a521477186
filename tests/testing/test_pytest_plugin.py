"""The pytest plugin, in tests of its own (pytester)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aslrun import testing

from .plugins import RUNS, plugin_options

pytest_plugins = ["pytester"]

IMPORTED = [
    getattr(testing, name) for name in testing.__all__
]  # what pytester imports it forgets; the package does not

ORDER: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge",
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 5}],
            "Next": "Ship",
        },
        "Ship": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "ResultPath": "$.shipped", "End": True},
    },
}
GOOD = """
import pytest
from aslrun.testing import error

@pytest.mark.aslrun(definition="order.asl.json")
def test_pays(aslrun_run, aslrun_mocks):
    aslrun_mocks.add("Charge", error("Busy"), {"paid": 7})
    aslrun_mocks.add("Ship", {"MessageId": "1"})
    run = aslrun_run({"total": 7})
    assert run.path == ["Charge", "Ship"]
    assert run.called("charge", times=2)
    assert run.output == {"paid": 7, "shipped": {"MessageId": "1"}}
    assert run.seconds == 5
    assert "TaskSucceeded" in run.events
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.path.joinpath("order.asl.json").write_text(json.dumps(ORDER))
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    return project.runpytest_inprocess(*plugin_options(RUNS), "-p", "no:cacheprovider", *options)


def failing(project: pytest.Pytester, body: str, mocks: str = '{"Charge": 1, "Ship": 2}', *options: str) -> str:
    project.makepyfile(
        f"""
        from aslrun.testing import *

        def test_it(aslrun_run):
            run = aslrun_run({{"total": 7}}, definition="order.asl.json", mocks={mocks})
            {body}
        """
    )
    result = run(project, *options)
    result.assert_outcomes(failed=1)
    return result.stdout.str()


def test_a_run_is_asserted_on_its_path_calls_events_and_output(project: pytest.Pytester) -> None:
    project.makepyfile(GOOD)
    run(project).assert_outcomes(passed=1)


@pytest.mark.long
def test_it_works_in_the_workers_of_xdist(project: pytest.Pytester) -> None:
    project.makepyfile(GOOD)
    result = project.runpytest_subprocess(*plugin_options(RUNS), "-n2")
    result.assert_outcomes(passed=1)


def test_it_works_beside_async_tests_of_anyio(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest, aslrun

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        async def test_waits(aslrun_clock, aslrun_run):
            wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
            async with aslrun.Interpreter(aslrun.Resources(), clock=aslrun_clock) as interpreter:
                execution = await interpreter.start(aslrun.load(wait), {})
                assert (await execution.result()).succeeded
            assert aslrun_run(definition=wait).seconds == 3600
        """
    )
    run(project).assert_outcomes(passed=1)


def test_faults_break_what_mocks_answer_and_have_to_happen(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from aslrun.testing import faults

        def run(aslrun_run, where):
            mocks = {"Charge": 1, "Ship": 2}
            broken = [faults.fails(where, "Busy")]
            return aslrun_run({}, definition="order.asl.json", mocks=mocks, faults=broken)

        def test_it_is_tried_again(aslrun_run):
            assert run(aslrun_run, "charge").seconds == 5

        def test_it_is_misspelt(aslrun_run):
            run(aslrun_run, "chrage")
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    assert "AssertionError: a fault never happened: chrage was not called so often" in result.stdout.str()


@pytest.mark.parametrize("given", ["mocks='mocks.jsn'", "definition='order.asl.jsn'"])
def test_a_file_that_is_not_there_is_told_with_the_places_and_the_nearest(project: pytest.Pytester, given: str) -> None:
    project.path.joinpath("mocks.json").write_text("{}")
    given = given if "definition" in given else f"definition='order.asl.json', {given}"
    project.makepyfile(f"def test_it(aslrun_run):\n    aslrun_run({{}}, {given})")
    text = run(project).stdout.str()
    what, name = ("mock file", "mocks.jsn") if "mocks" in given else ("file", "order.asl.jsn")
    assert f"FileNotFoundError: there is no {what} {name} in {project.path}; near: {name[:-1]}on" in text


def test_a_failure_shows_the_path_as_a_tree_and_the_input_where_it_went_wrong(project: pytest.Pytester) -> None:
    text = failing(project, "assert run.succeeded", '{"Charge": 1, "Ship": error("Down", "no one there")}')
    shown = text[text.index("aslrun run") :].splitlines()[1:]
    assert shown[:5] == [
        "Charge  Task",
        "Ship  Task",
        "  ✗ Down: no one there",
        "FAILED · Down: no one there",
        "input of Ship: 1",
    ]


def test_another_path_is_shown_as_a_difference(project: pytest.Pytester) -> None:
    text = failing(project, 'assert run.path == ["Charge", "Refund"]')
    assert "(- expected, + taken)" in text
    assert "- Refund" in text
    assert "+ Ship" in text


def test_outputs_are_compared_element_by_element(project: pytest.Pytester) -> None:
    text = failing(
        project,
        "assert run.output == {'paid': [1, 3, 4], 'shipped': 2}",
        '{"Charge": {"paid": [1, 2]}, "Ship": 2}',
    )
    assert [line[1:].strip() for line in text.splitlines() if line.startswith("E")][1:] == [
        "output.paid[1]",
        "- expected  3",
        "+ observed  2",
        "output.paid[2]",
        "- expected  4",
        "+ observed  (not there)",
    ]


def test_outputs_that_differ_in_a_time_alone_are_shown_too(project: pytest.Pytester) -> None:
    other = '"2026-01-02T03:04:05Z"'
    text = failing(
        project,
        f"assert run.output == {{**run.output, 'at': {other}}}",
        '{"Charge": {"at": "2026-01-01T00:00:00Z"}, "Ship": 2}',
    )
    assert f"- expected  {other}" in text


def test_another_output_is_shown_by_the_places_where_it_differs(project: pytest.Pytester) -> None:
    text = failing(project, 'assert run.output == {"a": [1, 3]}', '{"Charge": {"a": [1, 2]}, "Ship": 2}')
    assert [line[1:].strip() for line in text.splitlines() if line.startswith("E")][1:] == [
        "output.a[1]",
        "- expected  3",
        "+ observed  2",
        "output.shipped",
        "- expected  (not there)",
        "+ observed  2",
    ]


def test_a_wrong_claim_about_calls_says_what_was_called(project: pytest.Pytester) -> None:
    assert "chrage: never called; near: " in failing(project, 'assert run.called("chrage")')


def test_a_mock_that_was_never_asked_fails_the_test(project: pytest.Pytester) -> None:
    charge = {**ORDER["States"]["Charge"], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Ship"}], "Next": "Done"}
    states = {**ORDER["States"], "Charge": charge, "Done": {"Type": "Succeed"}}
    project.path.joinpath("order.asl.json").write_text(json.dumps({**ORDER, "States": states}))
    text = failing(project, "assert run.succeeded")
    assert "\nthe mock of Ship was never asked\n" in text
    assert "traceback" not in text.lower()


def test_a_mock_that_names_nothing_is_told_with_what_comes_near(project: pytest.Pytester) -> None:
    text = failing(project, "pass", '{"Charge": 1, "Shp": 2}')
    assert "Shp is neither a state nor a resource of the machine; near: Ship" in text


def test_a_call_without_a_mock_fails_the_test_even_if_the_machine_catches_it(project: pytest.Pytester) -> None:
    ship = {**ORDER["States"]["Ship"], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}
    states = {**ORDER["States"], "Ship": ship, "Done": {"Type": "Succeed"}}
    project.path.joinpath("order.asl.json").write_text(json.dumps({**ORDER, "States": states}))
    text = failing(project, "assert run.succeeded", '{"Charge": 1}')
    assert "Ship calls arn:aws:states:::sns:publish, for which there is neither a mock nor a handler" in text


def test_a_snapshot_is_written_once_and_compared_then(project: pytest.Pytester) -> None:
    assert "--aslrun-update writes it" in failing(project, "run.history_snapshot()")
    run(project, "--aslrun-update").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=1)
    (kept,) = project.path.glob("__aslrun__/*/test_it.json")
    kept.write_text(kept.read_text().replace('\\"total\\":7', '\\"total\\":8'))
    result = run(project)
    result.assert_outcomes(failed=1)
    assert "- recorded  8" in result.stdout.str()


def test_a_run_without_a_definition_is_told_how_to_get_one(project: pytest.Pytester) -> None:
    project.makepyfile("def test_it(aslrun_run):\n    aslrun_run({})")
    result = run(project)
    result.assert_outcomes(failed=1)
    assert "aslrun_run needs a definition" in result.stdout.str()


@pytest.mark.parametrize("given", ["'order.asl.json', {'total': 7}", "aslrun.load('order.asl.json')"])
def test_a_machine_in_the_place_of_the_input_is_told(project: pytest.Pytester, given: str) -> None:
    project.makepyfile(f"import aslrun\ndef test_it(aslrun_run):\n    aslrun_run({given})")
    result = run(project)
    result.assert_outcomes(failed=1)
    assert "aslrun_run takes the input first, and the rest by name" in result.stdout.str()
