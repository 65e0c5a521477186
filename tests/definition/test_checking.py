"""How a document is held to all rules at once: order, bounds, whatever JSON is given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import aslrun
from aslrun.definition.checking import MAX_FINDINGS, check_document
from aslrun.definition.documents import MAX_DEPTH, read_document
from aslrun.definition.rules.definition_size import MAX_DEFINITION
from aslrun.definition.rules.outline import STATE_TYPES
from aslrun.definition.shape import fields_of
from aslrun.errors import Diagnostic
from tests.definition.machines import BRANCH, PASS, check, machine, said


def test_a_definition_has_at_most_a_mebibyte() -> None:
    (problem,) = check(machine(PASS, Comment="x" * MAX_DEFINITION))
    assert (problem.rule, problem.location) == ("definition-size", "/")


def test_line_and_column_are_those_of_the_value() -> None:
    text = '{"StartAt": "A",\n "States": {"A": {"Type": "Wait",\n  "Seconds": "three", "End": true}}}'
    assert check_document(read_document(text)) == [
        Diagnostic(
            "ERROR",
            "SCHEMA_VALIDATION_FAILED",
            "Expected value of type Integer",
            "/States/A/Seconds",
            3,
            14,
            rule="wrong-type",
            path="States.A.Seconds",
            hint='"three" is a string',
        )
    ]


def test_problems_come_in_the_order_of_the_text() -> None:
    text = '{"Comment": 1, "States": {"A": {"Type": "Wait", "End": 1}}, "StartAt": "B"}'
    lines = [(problem.line, problem.column) for problem in check_document(read_document(text))]
    assert len(lines) == 4
    assert lines == sorted(lines)


def test_very_many_findings_are_bounded() -> None:
    states = {f"S{index}": {"Type": "Pass", "Ed": True} for index in range(20_000)}
    assert len(check({"StartAt": "S0", "States": states})) == MAX_FINDINGS


@pytest.mark.parametrize("damage", [{"Comment": 1}, {"StartAt": "X"}, {"States": {}}])
def test_load_refuses_what_validate_tells(damage: dict[str, Any]) -> None:
    definition = machine(PASS, **damage)
    with pytest.raises(aslrun.InvalidDefinition) as refused:
        aslrun.load(definition)
    assert list(refused.value.diagnostics) == aslrun.validate(definition)


def test_the_message_is_that_of_create_state_machine() -> None:
    with pytest.raises(aslrun.InvalidDefinition) as refused:
        aslrun.load(machine({"Type": "Pass", "Next": "NOPE"}))
    assert refused.value.aws_message == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/A/Next, "
        "MISSING_END_STATE: Workflow has no terminal state at null'"
    )


# --------------------------------------------------------------------------- whatever is given

PARTS = [
    "StartAt",
    "States",
    "A",
    "B",
    "ErrorEquals",
    "And",
    "Or",
    "Not",
    "Condition",
    "ProcessorConfig",
    "ReaderConfig",
]
WORDS = st.sampled_from(sorted({field for type in STATE_TYPES for field in fields_of(type)}) + PARTS)
NAMES = st.sampled_from(
    [*STATE_TYPES, "A", "B", "JSONata", "JSONPath", "States.ALL", "DISTRIBUTED", "GIVEN", "{% 1 %}", ""]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES
    | st.text(max_size=3)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
STATE_LIKE = st.fixed_dictionaries(
    {"Type": st.sampled_from([*STATE_TYPES])},
    optional=dict.fromkeys(("Next", "Retry", "Catch", "Choices", "Branches", "ItemProcessor", "Assign"), ANYTHING),
)
MACHINE_LIKE = st.fixed_dictionaries(
    {"StartAt": st.just("A") | ANYTHING, "States": st.dictionaries(WORDS, STATE_LIKE | ANYTHING, max_size=3)},
    optional={"QueryLanguage": NAMES},
)


@given(st.dictionaries(WORDS, ANYTHING, max_size=5) | MACHINE_LIKE, st.sampled_from(["STANDARD", "EXPRESS"]))
@example({"States": {"A": {"Type": ["Pass"], "QueryLanguage": []}}}, "EXPRESS")
@example({"States": {"A": {"Type": {}, "Next": {}}}}, "STANDARD")
def test_whatever_json_is_given_it_is_checked(document: dict[str, Any], type: str) -> None:
    problems = check(document, type)
    assert all(problem.message and problem.code and problem.rule for problem in problems)


def test_the_deepest_document_is_checked() -> None:
    deep: dict[str, Any] = BRANCH
    for level in range(MAX_DEPTH // 4 - 1):
        parallel = {"Type": "Parallel", "Branches": [deep], "End": True}
        deep = {"StartAt": f"S{level}", "States": {f"S{level}": parallel}}
    assert said(deep) == []
