"""Canonical ASL: what is exported is what was loaded, and looks the same whoever wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings

import aslrun
from aslrun.export import export
from aslrun.testing import strategies

from .conftest import fleet, machine, task

Corpus = Callable[..., list[tuple[str, aslrun.Machine]]]


def shuffled(value: Any) -> Any:
    """The same JSON with the keys of every object the other way round."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(strategies.state_machines())
@settings(max_examples=50)
def test_any_machine_comes_back_from_its_export(document: dict[str, Any]) -> None:
    exported = export(aslrun.load(document))

    assert aslrun.load(exported).document == document
    assert export(aslrun.load(exported)) == exported


def test_every_definition_of_the_corpus_comes_back_from_its_export(corpus: Corpus) -> None:
    for case, loaded in corpus():
        exported = export(loaded)
        again = aslrun.load(exported, type=loaded.type)
        assert (case, again.document) == (case, loaded.document)
        assert export(again) == exported


def test_the_order_in_which_fields_and_states_were_written_does_not_count() -> None:
    states = {
        "Last": {"Type": "Succeed"},
        "Ask": {"Next": "Last", "Catch": [{"Next": "Lost", "ErrorEquals": ["States.ALL"]}], "Type": "Task",
                "Resource": "arn:aws:states:::sns:publish"},
        "Lost": {"Type": "Fail"},
    }  # fmt: skip
    document = {"States": states, "StartAt": "Ask", "Comment": "two ways"}

    assert export(aslrun.load(document)) == export(aslrun.load(shuffled(document)))


def test_states_stand_in_the_order_in_which_they_are_reached() -> None:
    assert list(json.loads(export(fleet("emergency")))["States"]) == [
        "RecordIncident", "DetermineResponseType", "HighPriorityResponse", "UpdateIncidentStatus", "LogCompletion",
        "CompletedWithoutLog", "RecordFailureForReview", "IncidentFailed", "StandardResponse",
    ]  # fmt: skip


def test_a_payload_keeps_its_own_order() -> None:
    exported = export(machine({"Type": "Pass", "Parameters": {"z": 1, "a": {"y": 2, "b": 3}}}))
    assert list(json.loads(exported)["States"]["S0"]["Parameters"]) == ["z", "a"]


@pytest.mark.parametrize("number", ["1.50", "1E3", "-0", "0.1e-7", "12345678901234567890123"])
def test_a_number_keeps_the_digits_it_was_written_with(number: str) -> None:
    text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": [@], "End": true}}}'.replace("@", number)
    assert f"        {number}\n" in export(aslrun.load(text))


def test_a_text_keeps_every_character() -> None:
    text = 'é ✓ \u2028 \x7f " \\ / ${a} %{b} \ud83d'
    exported = export(machine({"Type": "Pass", "Result": text}))

    assert exported.encode()
    assert json.loads(exported)["States"]["S0"]["Result"] == text


def test_names_put_arns_and_parameters_in_the_place_of_local_handlers() -> None:
    local = machine(
        {"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"},
        task("sns:publish", Parameters={"TopicArn": "arn:aws:sns:local:000000000000:news", "Message": "hi"}),
    )
    names = {"charge": "${ChargeArn}", "arn:aws:sns:local:000000000000:news": "arn:aws:sns:eu-west-1:123456789012:n"}

    states = json.loads(export(local, names=names))["States"]

    assert states["S0"]["Resource"] == "${ChargeArn}"
    assert states["S1"]["Parameters"]["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:n"


def test_a_name_that_the_definition_does_not_have_is_refused_with_the_nearest_one() -> None:
    local = machine({"Type": "Task", "Resource": "arn:aws:lambda:local:000000000000:function:charge"})
    with pytest.raises(ValueError, match=r"no resource or function 'chrage'; did you mean charge\?"):
        export(local, names={"chrage": "x"})


def test_an_unknown_target_is_refused() -> None:
    with pytest.raises(ValueError, match="to must be one of asl, cloudformation, sam, terraform, not 'cdk'"):
        export(machine({"Type": "Pass"}), "cdk")
