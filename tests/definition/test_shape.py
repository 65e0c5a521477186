"""The shape of a definition: all walks over ``schema.json`` agree, and none of them needs jsonschema."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aslrun.definition.rules.outline import LANGUAGES, STATE_TYPES, outline
from aslrun.definition.shape import accepts, definitions, fields_of, refusals
from aslrun.definition.shape_errors import refused
from aslrun.values import JSON
from tests.definition.jsonschema_walk import complaints
from tests.definition.machines import machine

NAMES = sorted({field for name in definitions() for field in fields_of(name)} | {"RoleArn.$", "NoSuch"})
WORDS = st.sampled_from(NAMES)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.sampled_from([99_999_999, 100_000_000, 1.0, 0.5, 101, 100.0, float(2**80), "", "{% 1 %}", "JSONata", "CSV"])
    | st.sampled_from(["arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject\n", "2030-01-31"])
)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=8
)
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": st.sampled_from(["$.a", "{% 1 %}", "2030-01-31T12:00:00Z"]),
    "boolean": st.booleans(),
    "null": st.none(),
    "array": st.lists(SCALARS, min_size=1, max_size=2),
    "object": st.dictionaries(WORDS, SCALARS, min_size=1, max_size=2),
}
ARNS = st.sampled_from(["arn:aws:states:::s3:getObject", "arn:aws:states:::s3:putObject"])


def fitting(schema: Any) -> st.SearchStrategy[Any]:
    """Values that mostly have the shape which a schema describes."""
    if "$ref" in schema:
        return fitting(definitions()[schema["$ref"].rpartition("/")[2]])
    if "orExpression" in schema:
        return st.just("{% 1 %}") | fitting(schema["orExpression"])
    if "byLanguage" in schema:
        return st.one_of([fitting(inner) for inner in schema["byLanguage"].values()])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        return ARNS
    if "minimum" in schema:
        return st.sampled_from([schema["minimum"], schema.get("maximum", 7), 5])
    if "items" in schema:
        return st.lists(fitting(schema["items"]), min_size=1, max_size=2)
    if "properties" in schema:
        fields = {name: fitting(inner) for name, inner in schema["properties"].items()}
        required = {name: fields.pop(name) for name in schema.get("required", [])}
        return st.fixed_dictionaries(required, optional=fields)
    types = schema.get("type", "string")
    return st.one_of([OF_TYPE[name] for name in ([types] if isinstance(types, str) else types)])


def damaged(draw: st.DrawFn, value: JSON) -> JSON:
    """The value with something put in, taken out or replaced, somewhere within."""
    if isinstance(value, dict):
        name = draw(st.sampled_from([*value, "NoSuch"]) | WORDS)
        if name in value and draw(st.booleans()):
            return {**value, name: damaged(draw, value[name])}
        rest = {other: value[other] for other in value if other != name}
        return rest if draw(st.booleans()) else {**rest, name: draw(ANYTHING)}
    if isinstance(value, list) and value and draw(st.booleans()):
        return [damaged(draw, value[0]), *value[1:]]
    return draw(ANYTHING)


@st.composite
def held(draw: st.DrawFn) -> tuple[str, JSON, str | None]:
    """A value, the definition that it is held to, and a query language."""
    name = draw(st.sampled_from(sorted(definitions())))
    value = draw(fitting(definitions()[name]))
    for _ in range(draw(st.integers(0, 2))):
        value = damaged(draw, value)
    return name, value, draw(st.sampled_from([None, *LANGUAGES]))


@given(held())
@example(("Task", {"Resource": "arn:a:b:::c", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1.0}]}, "JSONPath"))
@example(("Wait", {"Timestamp": 5, "Seconds": "{% 1 %}"}, "JSONPath"))
def test_our_complaints_are_those_of_jsonschema(case: tuple[str, JSON, str | None]) -> None:
    definition, value, language = case
    found = [(each.location, each.keyword, each.names) for each in refused(value, definition, (), language)]
    assert found == complaints(value, definition, language)


@given(held())
def test_the_closures_refuse_what_there_are_complaints_about(case: tuple[str, JSON, str | None]) -> None:
    definition, value, language = case
    assert accepts(definition, language)(value) == (not list(refused(value, definition, (), language)))


@pytest.mark.parametrize("definition", sorted(definitions()))
@pytest.mark.parametrize("language", [None, *LANGUAGES])
def test_every_definition_compiles(definition: str, language: str | None) -> None:
    assert isinstance(accepts(definition, language)(None), bool)


def test_the_schema_is_a_json_schema() -> None:
    from jsonschema import Draft202012Validator

    for definition in definitions().values():
        Draft202012Validator.check_schema(definition)


def test_every_type_of_state_has_a_definition() -> None:
    assert set(STATE_TYPES) <= set(definitions())


def test_a_definition_needs_no_jsonschema() -> None:
    code = (
        "import sys, aslrun\n"
        "definition = {'StartAt': 'A', 'States': {'A': {'Type': 'Pass', 'End': True}}}\n"
        "assert aslrun.validate(definition) == []\n"
        "del definition['States']['A']['End']\n"
        "assert aslrun.validate({**definition, 'Comment': 1})\n"
        "assert 'jsonschema' not in sys.modules and 'botocore' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


def test_a_value_is_refused_once() -> None:
    """``QueryLanguage: 5`` is neither text nor one of the languages."""
    found = list(refusals(outline(machine({"Type": "Succeed", "QueryLanguage": 5}))))
    assert [(refusal.location[-1], refusal.keyword) for refusal in found] == [("QueryLanguage", "type")]
