"""A choice rule that is said to be dead is never taken: random rules, run on random values."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import aslrun

VARIABLES = st.sampled_from(("$.a", "$.b"))
NUMBERS = st.sampled_from((0, 1, 2, 2.5, 5))
TEXTS = st.sampled_from(("", "a", "ab", "b", "2024-01-01T00:00:00Z"))
MOMENTS = st.sampled_from(("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.5Z", "2023-12-31T23:00:00-01:00"))
ORDERS = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
VALUES = st.one_of(NUMBERS, TEXTS, MOMENTS, st.booleans(), st.none(), st.just([]), st.just({"c": 1}))
INPUTS = st.dictionaries(st.sampled_from(("a", "b")), VALUES)


def _ordered(family: str, operands: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda order, operand: {f"{family}{order}": operand}, st.sampled_from(ORDERS), operands)


TESTS = st.builds(
    lambda variable, test: {"Variable": variable, **test},
    VARIABLES,
    st.one_of(
        _ordered("Numeric", NUMBERS),
        _ordered("String", TEXTS),
        _ordered("Timestamp", MOMENTS),
        st.builds(lambda value: {"BooleanEquals": value}, st.booleans()),
        st.builds(lambda pattern: {"StringMatches": pattern}, st.sampled_from(("*", "a*", "*b", "a"))),
        st.builds(
            lambda name, value: {name: value},
            st.sampled_from(("IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp")),
            st.booleans(),
        ),
    ),
)
RULES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(lambda each: {"Not": each}, inner),
        st.builds(
            lambda joiner, both: {joiner: both},
            st.sampled_from(("And", "Or")),
            st.lists(inner, min_size=1, max_size=2),
        ),
    ),
    max_leaves=3,
)
SUBJECTS = st.sampled_from(("$states.input.a", "$states.input.b"))
LITERALS = st.sampled_from(("0", "1", "2.5", "-1", "'a'", "'b'", "true", "false", "null"))
CONDITIONS = st.recursive(
    st.one_of(
        st.builds(
            lambda subject, operator, literal: f"({subject} {operator} {literal})",
            SUBJECTS,
            st.sampled_from(("=", "!=", "<", ">=")),
            LITERALS,
        ),
        st.builds(lambda subject: f"$exists({subject})", SUBJECTS),
        st.builds(lambda literal, subject: f"({literal} > {subject})", LITERALS, SUBJECTS),
        st.builds(lambda subject, one, two: f"({subject} in [{one}, {two}])", SUBJECTS, LITERALS, LITERALS),
        st.builds(lambda subject: f"$not({subject})", SUBJECTS),
    ),
    lambda inner: st.builds(
        lambda one, joiner, other: f"({one} {joiner} {other})", inner, st.sampled_from(("and", "or")), inner
    ),
    max_leaves=3,
).map(lambda text: {"Condition": "{% " + text + " %}"})


@given(st.lists(RULES, min_size=1, max_size=4) | st.lists(CONDITIONS, min_size=1, max_size=4), INPUTS)
@settings(max_examples=400, deadline=None)
def test_a_rule_that_is_said_to_be_dead_is_never_taken(rules: list[dict[str, Any]], input: Any) -> None:
    names = [f"T{index}" for index in range(len(rules))]
    choices = [{**rule, "Next": name} for rule, name in zip(rules, names, strict=True)]
    definition = {
        "QueryLanguage": "JSONata" if "Condition" in rules[0] else "JSONPath",
        "StartAt": "C",
        "States": {
            "C": {"Type": "Choice", "Choices": choices, "Default": "Z"},
            **{name: {"Type": "Succeed"} for name in (*names, "Z")},
        },
    }
    dead = {
        f"T{finding.location.rsplit('[', 1)[1][:-1]}"
        for finding in aslrun.validate(definition)
        if finding.rule == "choice-rule-dead"
    }
    history = aslrun.simulate(definition, input).history
    entered = {event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event}
    assert not dead & entered
