"""What is said of JSONata must be so: random expressions are analysed, then evaluated on the very values."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import aslrun

from .test_soundness import CERTAIN, DOCUMENTS

FIELD = st.sampled_from(("a", "b", "c"))
ROOTS = st.sampled_from(("$states.input", "$v", "$nope", "$states.context.Execution"))
PATHS = st.builds(lambda root, names: ".".join((root, *names)), ROOTS, st.lists(FIELD, max_size=2))
LITERALS = st.sampled_from(("1", "0", "-2", "'x'", "'1'", "true", "null", "[]", "[1, 2]", "{'a': 1}", "[{'a': 1}]"))


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(("+", "-", "*", "<", ">=", "=", "!=", "&", "and", "or", "in"))
    functions = st.sampled_from(
        ("exists", "not", "boolean", "count", "string", "number", "sum", "max", "length", "uppercase", "type", "abs")
    )
    of_two = st.sampled_from(
        ("append", "contains", "join", "map", "merge", "power", "round", "split", "substring", "zip")
    )
    return st.one_of(
        st.builds(lambda one, operator, other: f"({one} {operator} {other})", inner, operators, inner),
        st.builds(lambda name, one: f"${name}({one})", functions, inner),
        st.builds(lambda name, one, two: f"${name}({one}, {two})", of_two, inner, inner),
        st.builds(lambda one, two: f"[{one}..{two}]", inner, inner),
        st.builds(lambda one, two, three: f"({one} ? {two} : {three})", inner, inner, inner),
        st.builds(lambda one, two: f"[{one}, {two}]", inner, inner),
        st.builds(lambda name, one: f"{{'{name}': {one}}}", FIELD, inner),
        st.builds(lambda one, two: f"($x := {one}; $x = {two})", inner, inner),
        st.builds(lambda one, name: f"({one}).{name}", inner, FIELD),
    )


EXPRESSIONS = st.recursive(PATHS | LITERALS, _grown, max_leaves=5)


@given(DOCUMENTS, DOCUMENTS, EXPRESSIONS, EXPRESSIONS)
@settings(max_examples=250, deadline=None)
def test_an_expression_that_is_said_to_fail_fails(value: Any, variable: Any, first: str, second: str) -> None:
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "S0",
        "States": {
            "S0": {"Type": "Pass", "Output": {"a": value}, "Assign": {"v": variable}, "Next": "S1"},
            "S1": {"Type": "Pass", "Output": {"b": "{% " + first + " %}"}, "Next": "S2"},
            "S2": {"Type": "Pass", "Output": "{% " + second + " %}", "End": True},
        },
    }
    try:
        machine = aslrun.load(definition)
    except aslrun.InvalidDefinition:
        return
    suspects = {
        finding.location.split("/")[2]
        for finding in aslrun.validate(definition)
        if finding.rule in CERTAIN and not finding.rule.startswith("variable")
    }
    history = aslrun.simulate(machine, {}).history
    left = {event["stateExitedEventDetails"]["name"] for event in history if "stateExitedEventDetails" in event}
    assert not suspects & left
