"""Strategies from a definition, and what they are made of."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import anyio
import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from jsonschema import validate

from aslrun import Interpreter, Resources, TaskContext, TaskError, VirtualClock, load, simulate
from aslrun.stores.tokens import PlainTokenStore
from aslrun.testing import strategies
from aslrun.testing.demands import demands_of
from tests.conftest import REPOSITORY

from .machines import chain, machine, task

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
END: dict[str, Any] = {"Type": "Succeed"}


def choice(*rules: dict[str, Any]) -> dict[str, Any]:
    ends = {f"S{number}": END for number in range(1, len(rules) + 1)}
    aimed = [rule | {"Next": name} for rule, name in zip(rules, ends, strict=True)]
    states = {"S0": {"Type": "Choice", "Choices": aimed, "Default": "Else"}, **ends, "Else": END}
    return {"StartAt": "S0", "States": states}


RULES: dict[str, dict[str, Any]] = {
    "a number": {"Variable": "$.total", "NumericGreaterThanEquals": 10.5},
    "a text": {"Variable": "$.order.kind", "StringEquals": "gift"},
    "order of texts": {"Variable": "$.name", "StringGreaterThan": "m"},
    "a pattern": {"Variable": "$.file", "StringMatches": "log-*.txt"},
    "a boolean": {"Variable": "$.ok", "BooleanEquals": False},
    "an instant": {"Variable": "$.at", "TimestampLessThan": "2024-05-01T00:00:00Z"},
    "presence": {"Variable": "$.maybe", "IsPresent": True},
    "null": {"Variable": "$.maybe", "IsNull": True},
    "a type": {"Variable": "$.maybe", "IsNumeric": True},
    "two paths": {"Variable": "$.a", "NumericLessThanPath": "$.b"},
    "joined": {"And": [{"Variable": "$.a", "NumericEquals": 3}, {"Not": {"Variable": "$.b", "StringEquals": "x"}}]},
    "the input of the execution": {"Variable": "$$.Execution.Input.total", "NumericEquals": 3},
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_inputs_reach_both_sides_of_every_rule(rule: dict[str, Any]) -> None:
    definition = load(choice(rule))
    for path in (["S0", "S1"], ["S0", "Else"]):
        document = find(strategies.inputs(definition), lambda each, path=path: simulate(definition, each).path == path)
        assert simulate(definition, document).path == path


def test_inputs_of_jsonata_rules_reach_both_sides() -> None:
    states = {
        "C": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.total > 50 %}", "Next": "L"}],
            "Default": "S",
        },
        "L": END,
        "S": END,
    }
    definition = load({"StartAt": "C", "States": states, "QueryLanguage": "JSONata"})
    assert {simulate(definition, each).path[1] for each in demands_of(definition).inputs()} == {"L", "S"}


def test_what_a_state_provides_is_not_asked_of_the_input() -> None:
    first = task(ResultPath="$.paid", ResultSelector={"ok.$": "$.Payload.ok"}, Parameters={"Id.$": "$.id"})
    rule = {"Variable": "$.paid.ok", "BooleanEquals": True, "Next": "S2"}
    definition = load(machine(first, {"Type": "Choice", "Choices": [rule], "Default": "S2"}, END))
    assert demands_of(definition).inputs() == [{"id": "text"}]
    assert demands_of(definition).results("S0") == [{"Payload": {"ok": True}}, {"Payload": {"ok": False}}]


def test_what_a_map_reads_of_its_items_is_asked_of_an_array() -> None:
    items = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": chain(task(Parameters={"s.$": "$.sku"}), prefix="I"),
    }
    assert demands_of(load(machine(items))).inputs() == [
        {"items": [{"sku": "text"}, {"sku": "text"}]},
        {"items": [{"sku": "text"}]},
        {"items": []},
    ]


def test_what_branches_give_is_asked_of_their_tasks() -> None:
    both = {
        "Type": "Parallel",
        "Branches": [chain(task(), prefix="A"), chain(task(), prefix="B")],
        "ResultPath": "$.both",
    }
    rule = {"Variable": "$.both[1].ok", "BooleanEquals": True, "Next": "S2"}
    definition = load(machine(both, {"Type": "Choice", "Choices": [rule], "Default": "S2"}, END))
    assert demands_of(definition).results("A0") == [{}]
    assert demands_of(definition).results("B0") == [{"ok": True}, {"ok": False}]


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "total": {"type": "integer", "minimum": 0, "maximum": 60},
        "id": {"type": "string", "pattern": "[A-Z]{3}"},
    },
    "required": ["total", "id"],
}


@SOME
@given(strategies.inputs(choice({"Variable": "$.total", "NumericGreaterThan": 50}), SCHEMA))
def test_inputs_keep_to_a_schema(document: Any) -> None:
    validate(document, SCHEMA)


def test_inputs_of_a_schema_reach_both_sides_too() -> None:
    definition = load(choice({"Variable": "$.total", "NumericGreaterThan": 50}))
    given_by = strategies.inputs(definition, SCHEMA)
    assert find(given_by, lambda each: simulate(definition, each).path[1] == "S1")["total"] == 51  # type: ignore[index,call-overload]


def test_answers_are_results_errors_that_are_named_time_outs_and_surprises() -> None:
    retry = [{"ErrorEquals": ["Busy"]}, {"ErrorEquals": ["Full"], "MaxAttempts": 1}]
    answers = strategies.task_outcomes(machine(task(Retry=retry)), "S0")
    for error in ("Busy", "Full", "States.Timeout", "Surprise"):
        assert find(answers, lambda each, error=error: each.get("error") == error)
    assert find(answers, lambda each: "result" in each) == {"result": {}}


def test_only_tasks_have_answers() -> None:
    with pytest.raises(ValueError, match="'S0' is no Task of the machine"):
        strategies.task_outcomes(machine(END), "S0")


def test_a_front_that_is_imported_needs_neither_hypothesis_nor_pytest() -> None:
    used = "import sys, aslrun.testing as t; t.explore, t.check, t.play"
    code = f"{used}; print({{'hypothesis', 'pytest'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "set()"


# --------------------------------------------------------------------------- two interpreters, any machine


def answer(input: Any, task: TaskContext) -> Any:
    """Something of its own for every call, the same on every driver."""
    number = sum(map(ord, f"{task.state}/{task.attempt}/{json.dumps(input, sort_keys=True)}")) % 6
    if task.resource.endswith(".waitForTaskToken"):
        task.call_back([number], error="Bad" if number == 1 else None, after=number)
        return {}
    if number in (1, 2):
        raise TaskError("Boom" if number == 1 else "Bad", "on purpose")
    if number == 3:
        task.sleep(12)
    return [None, 7, {}, {"a": [1]}, [2, {"b": {"c": 3}}], {"a": 1, "b": {"c": 2}}][number]


def served() -> Resources:
    resources = Resources()
    resources.task("*", answer, inline=True)
    return resources


@SOME
@given(strategies.state_machines(), strategies.machine_inputs())
def test_any_machine_has_the_same_history_on_simulate_and_on_the_interpreter(definition: Any, input: Any) -> None:
    loaded = load(definition)
    simulated = simulate(loaded, input, served(), name="same", seed=7)
    assume(simulated.status != "RUNNING")

    async def interpreted() -> Any:
        async with Interpreter(served(), clock=VirtualClock(), tokens=PlainTokenStore()) as interpreter:
            execution = await interpreter.start(loaded, input, name="same", seed=7)
            with anyio.fail_after(20):
                return await execution.result()

    result = anyio.run(interpreted)
    assert (result.status, result.output, result.error, result.cause) == (
        simulated.status,
        simulated.output,
        simulated.error,
        simulated.cause,
    )
    assert [event["type"] for event in result.history] == [event["type"] for event in simulated.history]
