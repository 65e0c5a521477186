"""Reading a definition: what is taken, what is refused and with which words, where a value stands in its text."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.definition.documents import MAX_DEPTH, MOST_FINDS, Document, read_document, render_location
from aslrun.definition.json_text import find, positions
from aslrun.definition.loading import load
from aslrun.definition.model import Retrier
from aslrun.definition.problem import Problem
from aslrun.errors import Diagnostic, InvalidDefinition

HELLO = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}'


def refused(source: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(InvalidDefinition) as caught:
        read_document(source)
    return caught.value.diagnostics


def yaml_document(folder: Path, text: str) -> Document:
    file = folder / "machine.asl.yaml"
    file.write_text(text, encoding="utf-8")
    return read_document(file)


def yaml_refused(folder: Path, text: str) -> str:
    with pytest.raises(InvalidDefinition) as caught:
        yaml_document(folder, text)
    return str(caught.value.diagnostics[0])


# --------------------------------------------------------------------------- sources and names


def test_json_text_is_read() -> None:
    assert read_document(HELLO).value == json.loads(HELLO)


def test_json_text_keeps_its_text_and_has_no_source() -> None:
    document = read_document(HELLO)
    assert (document.text, document.source, document.name) == (HELLO, "", "StateMachine")


@pytest.mark.parametrize(
    "file",
    ["order.asl.json", "order.json", "order.asl", "order.ASL.JSON", "order"],
)
def test_the_machine_is_named_after_its_file(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text(HELLO)
    assert read_document(tmp_path / file).name == "order"


def test_a_text_that_names_a_file_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "order").write_text(HELLO)
    assert read_document(str(tmp_path / "order")).source == str(tmp_path / "order")


def test_an_explicit_name_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text(HELLO)
    assert read_document(tmp_path / "order.json", name="billing").name == "billing"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_bytes(b"\xef\xbb\xbf" + HELLO.encode())
    assert read_document(tmp_path / "order.json").text == HELLO


def test_a_mapping_is_copied() -> None:
    states: dict[str, Any] = {"A": {"Type": "Pass"}}
    document = read_document({"States": states})
    states["A"]["Type"] = "Fail"
    assert document.value == {"States": {"A": {"Type": "Pass"}}}


def test_any_mapping_will_do() -> None:
    assert read_document(MappingProxyType({"StartAt": "A"})).value == {"StartAt": "A"}


# --------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "1:2 definition: a key in double quotes must stand here"),
        ('{\n "a": 1,\n}', " must "),
        ('{"a" 1}', "1:6 definition: a colon is missing here"),
        ('{"a": 1 "b": 2}', "1:9 definition: a comma or a closing bracket is missing here"),
        ('{"a": }', "1:7 definition: a value is missing here"),
        ('{"a": 1} x', "1:10 definition: the document ends here, but more text follows"),
        ('{"a": "x}', "1:7 definition: this string has no closing quote"),
        ('{"a": "\\q"}', "definition: there is no such escape sequence"),
        ('{"a": [NaN]}', "1:8 a[0]: NaN is not JSON"),
        ('{"a": -Infinity}', "1:7 a: -Infinity is not JSON"),
        ('{"a": 1e999}', "1:7 a: 1e999 is too large a number"),
        ("[]", "must be an object, not an array"),
        ("null", "must be an object, not null"),
        ("7", "must be an object, not a number"),
        ("order.jso", "'order.jso' is neither the name of a file nor JSON text"),
        ("", "'' is neither the name of a file nor JSON text"),
    ],
)
def test_a_text_that_is_no_json_object_is_refused(text: str, said: str) -> None:
    problem = refused(text)[0]
    assert problem.code == "INVALID_JSON_DESCRIPTION"
    assert said in str(problem)


def test_every_duplicate_key_is_reported_with_its_place() -> None:
    text = '{"States": {\n  "A": {"End": true, "End": true},\n  "A": {}\n}}'
    assert [str(problem) for problem in refused(text)] == [
        '2:22 States.A.End: the key "End" stands twice in this object',
        '3:3 States.A: the key "A" stands twice in this object',
    ]


def test_a_key_may_stand_again_in_another_object() -> None:
    assert read_document('{"a": {"b": 1}, "b": [{"b": 2}, {"b": 3}]}').value["b"] == [{"b": 2}, {"b": 3}]


def test_an_integer_beyond_all_measure_is_refused() -> None:
    assert "too large" in str(refused('{"a": ' + "9" * (sys.get_int_max_str_digits() + 1) + "}")[0])


@pytest.mark.parametrize("levels", [MAX_DEPTH, 100_000])
def test_a_text_too_deep_is_refused(levels: int) -> None:
    assert "nested deeper" in str(refused('{"a":' + "[" * levels + "]" * levels + "}")[0])


def test_the_deepest_text_allowed_is_read() -> None:
    inner = MAX_DEPTH - 1
    assert read_document('{"a":' + "[" * inner + "]" * inner + "}").value


def test_a_mapping_that_contains_itself_is_refused() -> None:
    circle: dict[str, Any] = {}
    circle["a"] = circle
    assert "nested deeper" in str(refused(circle)[0])


def test_a_mapping_that_unfolds_without_end_is_refused() -> None:
    bomb: list[Any] = [1]
    for _ in range(60):
        bomb = [bomb, bomb]
    assert "more than" in str(refused({"a": bomb})[0])


@pytest.mark.parametrize(
    ("value", "said"),
    [({1: 2}, "the key 1 is not text"), ((1,), "a tuple is not JSON"), (float("nan"), "nan is not JSON")],
)
def test_a_mapping_that_is_no_json_is_refused(value: Any, said: str) -> None:
    assert said in str(refused({"a": value})[0])


@pytest.mark.parametrize("path", ["missing.json", "bad\0.json", "missing/order.yaml"])
def test_a_file_that_cannot_be_read_is_refused(path: str) -> None:
    assert refused(path)[0].code == "UNREADABLE_FILE"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path)[0].code == "UNREADABLE_FILE"


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_bytes('{"Comment": "é"}'.encode("latin-1"))
    assert "must be UTF-8" in str(refused(tmp_path / "order.json")[0])


def test_the_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "order.json").write_text("{")
    with pytest.raises(InvalidDefinition, match=r"order\.json: 1 problem in the definition"):
        read_document(tmp_path / "order.json")


# --------------------------------------------------------------------------- YAML


def test_yaml_is_read(tmp_path: Path) -> None:
    document = yaml_document(tmp_path, "StartAt: A\nStates:\n  A: {Type: Wait, Seconds: 3, End: true}\n")
    assert document.value == {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3, "End": True}}}
    assert document.name == "machine"


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("2020-01-31", "2020-01-31"),
        ("2020-01-31T12:00:00Z", "2020-01-31T12:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("No", "No"),
        ("on", "on"),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("'7'", "7"),
        ("!!str 7", "7"),
        ("7", 7),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("$.a", "$.a"),
        ("'{% $x %}'", "{% $x %}"),
    ],
)
def test_a_yaml_scalar_is_what_json_would_read_or_text(tmp_path: Path, scalar: str, value: Any) -> None:
    found = yaml_document(tmp_path, f"a: {scalar}\n").value["a"]
    assert (found, type(found)) == (value, type(value))


def test_no_and_yes_may_name_states(tmp_path: Path) -> None:
    assert list(yaml_document(tmp_path, "Yes: 1\nNo: 2\ny: 3\n").value) == ["Yes", "No", "y"]


def test_an_alias_stands_for_its_anchor(tmp_path: Path) -> None:
    assert yaml_document(tmp_path, "a: &retry [{b: 1}]\nc: *retry\n").value == {"a": [{"b": 1}], "c": [{"b": 1}]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1: x", "1:1 definition: the key 1 is not text"),
        ("null: x", "the key null is not text"),
        ("? [a]\n: x", "is not text"),
        ("a: {b: !Ref C}", "1:8 a.b: the tag !Ref is not JSON"),
        ("a: !!binary aGk=", "is not JSON"),
        ("a: .nan", ".nan is not JSON"),
        ("a: -.inf", "-.inf is not JSON"),
        ("a: !!int x", '"x" does not fit its tag'),
        ("a: !!map [1]", "is not JSON here"),
        ("a: 1\na: 2", '2:1 definition: the key "a" stands twice in this mapping'),
        ("a: &x {b: 1}\nc: {<<: *x}", 'the merge key "<<" is not supported'),
        ("a: &x [*x]", "nested deeper"),
        ("- 1", "must be an object, not an array"),
        ("", "the document is empty"),
        ("a: b: c", "1:5 definition: mapping values are not allowed here"),
        ("--- {a: 1}\n--- {b: 1}", "found another document"),
        ('a: "\x01"', "special characters are not allowed"),
        ("a: " + "[" * 3000, "nested deeper"),
    ],
)
def test_yaml_that_is_no_json_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert said in yaml_refused(tmp_path, text)


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [1]"] + [f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 20)}]" for i in range(8)]
    assert "aliases unfold to more than" in yaml_refused(tmp_path, "\n".join(lines))


def test_without_pyyaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError, match=r"pip install 'aslrun\[yaml\]'"):
        yaml_document(tmp_path, "a: 1")


# --------------------------------------------------------------------------- places


def test_a_position_is_line_and_column_of_the_value() -> None:
    document = read_document('{\n  "a": [1,\n {"b, \\" {": "x"}]}')
    assert document.position(("a", 1, 'b, " {')) == (3, 14)


def test_a_position_inside_nothing_is_that_of_what_is_around() -> None:
    assert read_document('{"a":\n {}}').position(("a", "b", 3)) == (2, 2)


def test_a_position_in_yaml(tmp_path: Path) -> None:
    assert yaml_document(tmp_path, "a:\n  - b: &x [1, 2]\nc: *x\n").position(("c", 1)) == (2, 15)


def test_a_mapping_has_no_positions() -> None:
    assert read_document({"a": 1}).position(("a",)) is None


def test_a_diagnostic_has_location_line_and_column() -> None:
    found = read_document('{"a":\n  [1]}').diagnostic(Problem(("a", 0), "is odd", "ODD"))
    assert found == Diagnostic("ERROR", "ODD", "is odd", "/a[0]", 2, 4, path="a[0]")


@pytest.mark.parametrize(
    ("location", "text"),
    [
        ((), ""),
        (("States", "Ship", "Retry", 0, "MaxAttempts"), "States.Ship.Retry[0].MaxAttempts"),
        (("States", "Ship it", "Next"), "States['Ship it'].Next"),
        (("Parameters", "a.$"), "Parameters['a.$']"),
        (("it's",), '["it\'s"]'),
        (("Über-Zustand",), "Über-Zustand"),
    ],
)
def test_a_location_is_written_as_a_path(location: tuple[str | int, ...], text: str) -> None:
    assert render_location(location) == text


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), JSON_VALUES), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_value_stands_at_its_position(value: dict[str, Any], indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = read_document(text)
    lines = text.split("\n")

    def stands(item: Any, location: tuple[str | int, ...]) -> None:
        line, column = document.position(location) or (0, 0)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == item
        for key, inner in item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ():
            stands(inner, (*location, key))

    assert document.value == value
    stands(value, ())


def problems_of(source: str | Path) -> tuple[Diagnostic, ...]:
    """No problem: it was read."""
    try:
        read_document(source).position(())
    except InvalidDefinition as error:
        return error.diagnostics
    return ()


@given(st.text() | st.text(alphabet='{}[]",:\\ \n0aeE-+.NIu'))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(problem.message for problem in problems_of("{" + text))


@given(st.text() | st.text(alphabet="{}[]\"',:&*!<>|-?#%@ \n\tab01.~"))
def test_any_yaml_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    assert all(problem.message for problem in problems_of(file))


@pytest.mark.parametrize("source", [None, 7, b"{}", ["order.asl.json"]])
def test_what_is_no_document_at_all_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match="a definition must be a path, JSON text or a mapping, not "):
        read_document(source)


def test_a_number_too_large_to_be_written_is_refused_with_its_place() -> None:
    (problem,) = refused({"States": {"A": {"Result": 10**5_000}}})
    assert problem.message == "at $.States.A.Result: a number of more than 4,300 digits is not JSON"


# --------------------------------------------------------------------------- load itself


@pytest.mark.parametrize("type", ["express", "FOO", None])
def test_another_type_of_machine_is_refused(type: Any) -> None:
    with pytest.raises(ValueError, match="STANDARD, EXPRESS"):
        load({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, type=type)


def test_a_huge_backoff_rate_is_no_huge_number() -> None:
    assert Retrier(("States.ALL",), backoff_rate=10**100, max_delay=5).delay(1_000_000) == 5


def test_the_repr_of_states_that_catch_to_each_other_is_short() -> None:
    states = {
        name: {
            "Type": "Task",
            "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f",
            "Catch": [{"ErrorEquals": ["E"], "Next": other} for other in "ABCD"],
            "End": True,
        }
        for name in "ABCD"
    }
    assert len(repr(load({"StartAt": "A", "States": states}).states["A"])) < 10_000


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_a_place_found_by_itself_is_that_of_the_whole_scan(value: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    assert {location: find(text, location) for location in positions(text)} == positions(text)


@given(VALUES, st.lists(st.text(max_size=4) | st.integers(0, 5), max_size=3))
def test_what_is_not_there_is_found_at_the_nearest_place_around_it(value: Any, way: list[str | int]) -> None:
    text, location = json.dumps(value, indent=1), tuple(way)
    known = positions(text)
    nearest = next(location[:size] for size in range(len(location), -1, -1) if location[:size] in known)
    assert find(text, location) == known[nearest]


def test_many_places_of_a_document_are_as_right_as_the_first_ones() -> None:
    text = json.dumps({"States": {str(index): {"Type": "Pass"} for index in range(3 * MOST_FINDS)}}, indent=1)
    document = read_document(text)
    asked = [("States", str(index), "Type") for index in range(3 * MOST_FINDS)]
    assert [document.position(location) for location in asked] == [positions(text)[location] for location in asked]
