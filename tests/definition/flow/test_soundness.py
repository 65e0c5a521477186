"""What is said to fail must fail: random small machines are analysed, then run on random inputs."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import aslrun

CERTAIN = frozenset(("path-never-produced", "type-mismatch", "variable-never-assigned", "variable-not-yet-assigned"))
SHORT = aslrun.Limits(history=200)

NAMES = st.sampled_from(("a", "b", "c"))
SCALARS = st.sampled_from((None, True, 0, 1, -1, 2.5, "", "x", "1"))
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
STEPS = st.lists(NAMES.map(lambda name: f".{name}") | st.sampled_from(("[0]", "[1]")), max_size=2)
PATHS = STEPS.map(lambda steps: "$" + "".join(steps))
PLACES = st.lists(NAMES.map(lambda name: f".{name}"), max_size=2).map(lambda steps: "$" + "".join(steps))
READ = PATHS | st.builds(lambda name, path: f"${name}{path[1:]}", NAMES, PATHS) | st.just("$$.Execution.Input")
CALLS = st.builds(
    lambda name, one, other: f"States.{name}({one}, {other})",
    st.sampled_from(("MathAdd", "ArrayContains", "ArrayGetItem", "Array", "StringSplit")),
    READ | st.sampled_from(("1", "'x'")),
    READ | st.sampled_from(("2", "'x'")),
)
EXPRESSIONS = READ | CALLS
TEMPLATES = st.dictionaries(NAMES.map(lambda name: f"{name}.$"), EXPRESSIONS, max_size=2) | st.dictionaries(
    NAMES, DOCUMENTS, max_size=2
)


@st.composite
def passes(draw: st.DrawFn) -> dict[str, Any]:
    """A Pass state without its transition."""
    state: dict[str, Any] = {"Type": "Pass"}
    for field, values in (
        ("InputPath", PATHS | st.none()),
        ("Parameters", TEMPLATES),
        ("Result", DOCUMENTS),
        ("ResultPath", PLACES | st.none()),
        ("OutputPath", PATHS | st.none()),
        ("Assign", TEMPLATES),
    ):
        if draw(st.integers(0, 3)) == 0:
            state[field] = draw(values)
    return state


TESTS = st.builds(
    lambda path, test: {"Variable": path, **test},
    PLACES | st.just("$a"),
    st.sampled_from(({"IsPresent": True}, {"IsPresent": False}, {"NumericGreaterThan": 0}, {"StringEquals": "x"})),
)
RULES = (
    TESTS
    | st.builds(lambda inner: {"Not": inner}, TESTS)
    | st.builds(
        lambda joiner, inner: {joiner: inner}, st.sampled_from(("And", "Or")), st.lists(TESTS, min_size=1, max_size=2)
    )
)


@st.composite
def machines(draw: st.DrawFn, nested: bool = True, prefix: str = "S") -> dict[str, Any]:
    """States in a row, some of which may jump back or forth, with a Choice or a nested machine among them."""
    count = draw(st.integers(2, 4))
    names = [f"{prefix}{index}" for index in range(count)]
    states: dict[str, Any] = {}
    for index, name in enumerate(names):
        following = names[index + 1] if index + 1 < count else None
        kind = draw(st.sampled_from(("Pass", "Pass", "Pass", "Choice", "Nested"))) if following else "Pass"
        if kind == "Choice":
            target = draw(st.sampled_from(names))
            states[name] = {"Type": "Choice", "Choices": [{**draw(RULES), "Next": target}], "Default": following}
            continue
        state = draw(passes())
        if kind == "Nested" and nested:
            inner = draw(machines(nested=False, prefix=f"{name}N"))
            state = {"Type": "Parallel", "Branches": [inner]}
            if draw(st.booleans()):
                state = {"Type": "Map", "ItemProcessor": inner}
        states[name] = {**state, **({"Next": following} if following else {"End": True})}
    return {"StartAt": names[0], "States": states}


@given(machines(), DOCUMENTS)
@settings(max_examples=150, deadline=None)
def test_a_state_that_is_said_to_fail_is_never_left(definition: dict[str, Any], input: Any) -> None:
    try:
        machine = aslrun.load(definition)
    except aslrun.InvalidDefinition:
        return
    suspects = {
        finding.location.split("/States/")[-1].split("/")[0]
        for finding in aslrun.validate(definition)
        if finding.rule in CERTAIN and "/Or[" not in finding.location and "[1]" not in finding.location
    }
    result = aslrun.simulate(machine, input, limits=SHORT)
    left = {event["stateExitedEventDetails"]["name"] for event in result.history if "stateExitedEventDetails" in event}
    assert not suspects & left
