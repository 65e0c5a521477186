"""Invariants: each holds where it should, and is broken by the shortest story where it does not."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aslrun.testing import (
    Invariant,
    InvariantBroken,
    always_ends,
    at_most_once,
    check,
    check_examples,
    eventually,
    explore,
    hands_out_tokens,
    never,
    never_times_out,
    no_unhandled,
    only_after,
    play,
    reaches_every_state,
    rides_out_throttling,
    within,
)

from .machines import CALLBACK, machine, task, token

RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1}]
TRANSIENT = [{"ErrorEquals": ["SNS.ThrottledException", "SNS.InternalErrorException", "SNS.SdkClientException"]}]
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "S1"}]
END: dict[str, Any] = {"Type": "Succeed"}
LOOP = [{"Variable": "$.again", "BooleanEquals": True, "Next": "S0"}]


def choice(*rules: dict[str, Any], otherwise: str) -> dict[str, Any]:
    return {"Type": "Choice", "Choices": list(rules), "Default": otherwise}


LARGE = {"Variable": "$.total", "NumericGreaterThan": 50, "Next": "S1"}

BROKEN: dict[str, tuple[Invariant, dict[str, Any], str]] = {
    "waits for ever": (always_ends(), machine(token()), "waits for ever, in S0"),
    "nobody handles it": (no_unhandled(), machine(task()), "S0 fails with SNS.ThrottledException, which nobody"),
    "a runtime error": (
        no_unhandled("States.*"),
        machine({"Type": "Pass", "Result": {}}, {"Type": "Pass", "InputPath": "$.x"}),
        "fails with States.Runtime",
    ),
    "the machine's own time-out": (
        never_times_out(),
        machine(task(TimeoutSeconds=60), TimeoutSeconds=30),
        "TimeoutSeconds ends the execution after 30 s, in S0",
    ),
    "a circle until then": (
        never_times_out(),
        machine(task(TimeoutSeconds=5), choice(LOOP[0], otherwise="S2"), END, TimeoutSeconds=30),
        "may come back to S0 until the machine's own TimeoutSeconds",
    ),
    "takes too long": (within(5), machine(task(Retry=RETRY)), "takes 10 s, more than 5"),
    "entered after": (never("S1", after="S0"), machine(task(), END), "S1 is entered after S0"),
    "entered for an input": (
        never("S1", when=lambda order: order["total"] == 51),
        machine(choice(LARGE, otherwise="S2"), END, END),
        "S1 is entered",
    ),
    "entered without": (only_after("S1", "S0"), machine(task(Catch=CATCH), END), "S0 was not done before"),
    "never entered": (
        eventually("S1"),
        machine(choice(LARGE, otherwise="S2"), END, END),
        r"ends \(SUCCEEDED\) and S1 was never entered",
    ),
    "done twice": (
        at_most_once("S0"),
        machine(task(TimeoutSeconds=5, Retry=RETRY)),
        "S0 is called again by S0, and may have been done already",
    ),
    "throttled": (rides_out_throttling(), machine(task(Catch=CATCH), END), "passes by itself, and nobody calls again"),
    "token kept": (
        hands_out_tokens(),
        machine(task(CALLBACK, Parameters={"QueueUrl": "q"}, TimeoutSeconds=9)),
        "waits for its task token, and gives it to nobody",
    ),
}
HOLDS: dict[str, tuple[Invariant, dict[str, Any]]] = {
    "ends": (always_ends(), machine(token(TimeoutSeconds=5))),
    "a Fail state says so": (no_unhandled(), machine(task(Catch=CATCH), {"Type": "Fail", "Error": "No"})),
    "other errors": (no_unhandled("States.Runtime"), machine(task())),
    "soon enough": (within(10), machine(task(Retry=RETRY))),
    "shorter inside": (never_times_out(), machine(task(TimeoutSeconds=20), TimeoutSeconds=30)),
    "an error did nothing": (at_most_once("S0"), machine(task(Retry=RETRY))),
    "throttled and called again": (rides_out_throttling(), machine(task(Retry=TRANSIENT))),
    "token handed out": (hands_out_tokens(), machine(token(TimeoutSeconds=5))),
    "only for others": (
        never("S1", when=lambda order: order["total"] <= 50),
        machine(choice(LARGE, otherwise="S2"), END, END),
    ),
    "in the end": (eventually("S1", status="SUCCEEDED"), machine(task(), END)),
    "every state": (reaches_every_state(), machine(choice(LARGE, otherwise="S2"), END, END)),
}


@pytest.mark.parametrize(("invariant", "definition", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_invariant_is_told_as_a_story_that_breaks_it(
    invariant: Invariant, definition: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvariantBroken, match=reason) as broken:
        check(definition, invariant)
    (story,) = broken.value.stories
    again = play(definition, story.input, story.moves)
    assert not eval(
        story.assertion,
        {invariant.name.partition("(")[0]: globals()[invariant.name.partition("(")[0]]},
        {"story": again},
    )


@pytest.mark.parametrize(("invariant", "definition"), HOLDS.values(), ids=HOLDS)
def test_an_invariant_that_holds_is_not_broken(invariant: Invariant, definition: dict[str, Any]) -> None:
    assert check(definition, invariant).complete


@pytest.mark.parametrize("name", [name for name in BROKEN if name != "a circle until then"])
def test_hypothesis_breaks_what_exploration_breaks(name: str) -> None:
    invariant, definition, reason = BROKEN[name]
    with pytest.raises(InvariantBroken, match=reason):
        check_examples(definition, invariant, examples=200)


@pytest.mark.parametrize(("invariant", "definition"), HOLDS.values(), ids=HOLDS)
def test_hypothesis_breaks_nothing_that_holds(invariant: Invariant, definition: dict[str, Any]) -> None:
    check_examples(definition, invariant, examples=30)


@pytest.mark.parametrize(
    ("invariant", "told"),
    [
        (never("Chrage"), "never(state='Chrage'): the machine has no state Chrage; near: Charge"),
        (never("Ship", after="Pya"), "never(state='Ship', after='Pya'): the machine has no state Pya"),
        (only_after("Ship", "Chrge"), "only_after('Ship', 'Chrge'): the machine has no state Chrge; near: Charge"),
        (eventually("Shp"), "eventually('Shp'): the machine has no state Shp; near: Ship"),
        (at_most_once("chrage"), "at_most_once('chrage'): the machine has no task chrage; near: charge, Charge"),
    ],
)
def test_what_the_machine_has_not_cannot_hold(invariant: Invariant, told: str) -> None:
    invoke = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "charge"}}
    states = {"Charge": {**task(**invoke), "Next": "Ship"}, "Ship": {**task(), "End": True}}
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        check({"StartAt": "Charge", "States": states}, invariant)


@pytest.mark.parametrize("said", ["charge", "arn:aws:lambda:us-east-1:123456789012:function:charge"])
def test_a_function_with_a_qualifier_is_found_by_its_name_or_arn(said: str) -> None:
    name = "arn:aws:lambda:us-east-1:123456789012:function:charge:live"
    invoke = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": name}}
    retried = machine(task(**invoke, TimeoutSeconds=5, Retry=RETRY))
    with pytest.raises(InvariantBroken, match=f"{said} is called again by S0"):
        check(retried, at_most_once(said))


def test_a_function_that_is_named_by_the_input_may_be_any() -> None:
    invoke = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.f"}}
    check(
        machine(task(**invoke, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "S1"}]), {"Type": "Succeed"}),
        at_most_once("charge"),
    )


def test_shrinking_gives_the_smallest_story() -> None:
    steps = [task(Retry=RETRY, Catch=[{"ErrorEquals": ["States.ALL"], "Next": f"S{n + 1}"}]) for n in range(4)]
    with pytest.raises(InvariantBroken) as broken:
        check_examples(machine(*steps, task()), no_unhandled(), examples=300)
    (story,) = broken.value.stories
    assert len(story.moves) == 5
    assert [move.outcome.error is None for move in story.moves if move.outcome] == [True] * 4 + [False]


def test_the_message_has_a_test_that_runs_and_fails() -> None:
    with pytest.raises(InvariantBroken) as broken:
        check(machine(task()), no_unhandled())
    text = broken.value.stories[0].as_test().replace("'machine.asl.json'", repr(machine(task())))
    names: dict[str, Any] = {}
    exec(text, names)
    with pytest.raises(AssertionError):
        names["test_the_story_goes_on_like_this"]()


def test_a_state_that_no_run_enters_is_named() -> None:
    with pytest.raises(InvariantBroken, match="no run enters S1"):
        check(machine(choice(LARGE, otherwise="S2"), END, END), reaches_every_state(), inputs=[{"total": 1}])


def test_an_invariant_of_ones_own_sees_every_fact() -> None:
    class Seen(Invariant):
        def __init__(self) -> None:
            super().__init__("seen")
            self.seen: list[str] = []

        def see(self, memory: object, fact: Any) -> Any:
            self.seen.append(fact.kind)
            return memory

    seen = Seen()
    explore(machine(task()), {}, {"S0": 1}, seen, faults=0)
    assert seen.seen == ["entered", "called", "answered", "exited"]
