"""The portability report: what AWS refuses or does otherwise, how long an execution becomes, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

import aslrun
from aslrun.export import Assumptions, report
from aslrun.export.cost import express, standard
from aslrun.export.roads import events, loops, transitions
from aslrun.resources.registry import Resources

from .conftest import fleet, machine, task

PASS = {"Type": "Pass", "End": True}


def mapping(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemProcessor": {"StartAt": "I", "States": {"I": PASS}, **fields.pop("processor", {})},
        **fields,
    }


def findings(loaded: aslrun.Machine, **assumed: Any) -> list[tuple[str, str, str]]:
    return [tuple(found) for found in report(loaded, Assumptions(**assumed)).findings]


@pytest.mark.parametrize(("name", "least", "most"), [("emergency", 6, 8), ("business", 10, 11)])
def test_transitions_of_the_example_are_those_that_its_runs_counted(name: str, least: int, most: int) -> None:
    assert transitions(fleet(name).document, items=10) == (least, most)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_events_are_as_many_as_a_history_has(count: int) -> None:
    resources = Resources()
    resources.task("arn:aws:states:::sns:publish")(lambda given: {})
    walked = machine(task("sns:publish", ResultPath=None), mapping(), {"Type": "Wait", "Seconds": 1}, {
        "Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": PASS}}]})  # fmt: skip
    result = aslrun.simulate(walked, [0] * count, resources)

    assert result.succeeded
    assert events(walked.document, count).most == len(result.history)


def test_a_loop_is_told_with_its_rounds_until_the_history_is_full() -> None:
    poll = {
        "Ask": {**task("sns:publish"), "Next": "Done?"},
        "Done?": {"Type": "Choice", "Default": "Wait", "Choices": [
            {"Variable": "$.d", "IsPresent": True, "Next": "End"}]},
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Ask"},
        "End": {"Type": "Succeed"},
    }  # fmt: skip
    polling = aslrun.load({"StartAt": "Ask", "States": poll, "TimeoutSeconds": 99})

    assert [*loops(polling.document, 10)] == [(("Ask", "Done?", "Wait"), 9, 60.0)]
    assert ("quota", "Ask", ("a loop of 3 states and 9 history events: fails after 2,776 rounds, 46 hours if each only "
            "waits")) in findings(polling)  # fmt: skip


def test_many_items_of_an_inline_map_do_not_fit_into_a_history() -> None:
    told = [sentence for kind, _, sentence in findings(machine(mapping()), items=10_000) if kind == "quota"]
    assert told == [
        (
            "up to 40,006 history events with 10,000 items; an execution fails at 25,000: "
            "use a distributed Map, or start executions for parts"
        ),
        "collects all results: with 10,000 items each may have 26 bytes",
    ]


def test_children_of_a_distributed_map_have_their_own_history_and_cost_transitions() -> None:
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    spread = machine(mapping(processor=config))

    assert events(spread.document, 10_000).most == 8
    assert transitions(spread.document, 10_000).most == 10_001


def test_express_children_are_told_because_they_are_not_in_the_estimate() -> None:
    spread = machine(mapping(processor={"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}))

    assert transitions(spread.document, 10_000).most == 1
    assert ("differs", "S0") in [(kind, state) for kind, state, _ in findings(spread)]


def test_a_task_that_nothing_times_out_is_told() -> None:
    assert ("differs", "S0", "has no TimeoutSeconds, nor has the machine: it may hang up to a year") in findings(
        machine(task("sns:publish"))
    )
    assert findings(machine(task("sns:publish", TimeoutSeconds=5))) == []


def test_accounts_of_documentation_and_local_regions_are_told_once() -> None:
    local = "arn:aws:lambda:local:000000000000:function"
    calls = [{"Type": "Task", "Resource": f"{local}:{name}", "TimeoutSeconds": 5} for name in "abcd"]
    assert [
        (state, sentence.partition(":")[0]) for kind, state, sentence in findings(machine(*calls)) if kind == "differs"
    ] == [
        ("S0, S1 and 2 others", "the account 000000000000 stands for another"),
        ("S0, S1 and 2 others", "the region local stands for another"),
    ]


def test_placeholders_that_nothing_fills_are_told_with_their_places() -> None:
    publish = {"TopicArn": "${Topic}", "Message": "${Topic}"}
    opened = machine(task("sns:publish", Parameters=publish, TimeoutSeconds=5), mapping(processor={
        "States": {"I": {**PASS, "Result": "${Word}"}}}))  # fmt: skip
    give = "give it with --substitutions {0}=VALUE, or deploy a template"
    assert [found for found in findings(opened) if "fills" in found[2]] == [
        (
            "differs",
            "S0",
            f"nothing fills ${{Topic}} at States.S0.Parameters.TopicArn and 1 more: {give.format('Topic')}",
        ),
        (
            "differs",
            "I",
            f"nothing fills ${{Word}} at States.S1.ItemProcessor.States.I.Result: {give.format('Word')}",
        ),
    ]


def test_a_name_that_aws_refuses_is_refused_here() -> None:
    named = aslrun.load({"StartAt": "A", "States": {"A": PASS}}, name="two words")
    assert [kind for kind, _, _ in findings(named)] == ["refused"]


def test_what_an_express_machine_cannot_do_is_the_reason_for_standard() -> None:
    found = report(fleet("business"))

    assert found.express is None
    assert found.cheaper == "STANDARD"
    assert "waitForTaskToken" in found.why_not


def test_an_express_machine_that_waits_too_long_is_refused() -> None:
    long = aslrun.load({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 600, "End": True}}}, type="EXPRESS")
    assert ("refused", "A", "waits 600 s, and an Express execution ends after 300 s") in findings(long)


# The second is the estimate of the document that the fleet comes from, which ignores what is free.
@pytest.mark.parametrize(
    ("usd", "expected"),
    [
        (standard(4_000), 0.0),
        (standard(80_000 + 4_000), 2.00),
        (express(1_000_000, 30, 64), 1.00 + 1_000_000 * 30 * 64 / 1024 * 0.00001667),
        (express(1, 0.01, 1), 1e-6 + 0.1 * 64 / 1024 * 0.00001667),
        (express(1_000_000, 100, 1024), 1.00 + 3.6e6 * 0.00001667 + 14.4e6 * 0.00000833 + 82e6 * 0.00000456),
    ],
)
def test_prices_are_the_published_ones(usd: float, expected: float) -> None:
    assert usd == pytest.approx(expected)


def test_gb_hours_cost_what_infracost_makes_of_the_price_list_of_aws() -> None:
    requests = (
        1_068_750  # of 100 GB-seconds: 29,687.5 GB-hours; infracost gives dollars for the first 1,000, 4,000, rest
    )
    assert express(requests, 100, 1024) - requests * 1e-6 == pytest.approx(60.01 + 119.95 + 405.27, abs=0.01)


def test_the_cheaper_type_depends_on_how_long_an_execution_takes() -> None:
    short = machine({"Type": "Pass"})
    assert report(short, Assumptions(1_000_000, seconds=1)).cheaper == "EXPRESS"
    assert report(short, Assumptions(1_000_000, seconds=290, memory_mb=512)).cheaper == "STANDARD"
