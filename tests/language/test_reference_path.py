"""Reference paths: what they accept, and how a ResultPath writes."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.errors import ExpressionSyntaxError, PathNotFound, ResultPathMatchFailure
from aslrun.language.reference_path import compile_reference_path
from aslrun.language.scope import Scope
from aslrun.values import JSON, copy, parse


def assign(text: str, document: JSON, value: JSON) -> JSON:
    return compile_reference_path(text).assign(document, value)


# --------------------------------------------------------------------------- what is a reference path


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$.a",
        "$.a.b['c d'][0].e",
        "$['@']",
        r"$.foo\@bar.baz\[\[.\?pretty",
        "$.&Ж中.𐍆",
        r"$.store\.book",
        "$$.a",
        "$v.a",
    ],
)
def test_names_and_indexes_make_a_reference_path(text: str) -> None:
    assert compile_reference_path(text).text == text


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("$.a[*]", "[*]"),
        ("$.*", "[*]"),
        ("$..a", ".."),
        ("$.a[0:1]", "[0:1]"),
        ("$.a[0,1]", "[0,1]"),
        ("$['a','b']", "['a', 'b']"),
        ("$.a[?(@.b)]", "[?]"),
        ("$.a[-1]", "[-1]"),
        ("$.a[(@.length-1)]", "[@.size()-1]"),
        ("$.foo@.bar", "'@'"),
    ],
)
def test_what_may_lead_to_several_places_is_refused_by_name(text: str, part: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as refusal:
        compile_reference_path(text)
    assert part in refusal.value.message


@pytest.mark.parametrize("text", ["", "a", ".a", "$.a[", "States.Array(1)"])
def test_what_is_no_path_is_no_reference_path(text: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_reference_path(text)


def test_a_reference_path_reads_like_a_path() -> None:
    path = compile_reference_path("$total.sum")
    assert (path.root, path.variable) == ("variable", "total")
    assert path.evaluate(Scope(None, dict, {"total": {"sum": 7}}, Random)) == 7
    with pytest.raises(PathNotFound):
        path.evaluate(Scope(None, dict, {"total": {}}, Random))


# --------------------------------------------------------------------------- writing


@pytest.mark.parametrize("document", [{"a": 1}, [1], "text", None])
def test_the_root_is_replaced_as_a_whole(document: JSON) -> None:
    assert assign("$", document, {"new": True}) == {"new": True}


@pytest.mark.parametrize(
    ("text", "document", "expected"),
    [
        ("$.r", {"a": 1}, {"a": 1, "r": "R"}),
        ("$.a", {"a": 1, "b": 2}, {"a": "R", "b": 2}),
        ("$['a b']", {}, {"a b": "R"}),
        ("$.a.b.c", {}, {"a": {"b": {"c": "R"}}}),
        ("$.a.b", {"a": {"x": 1}}, {"a": {"x": 1, "b": "R"}}),
        ("$.l[1]", {"l": [1, 2, 3]}, {"l": [1, "R", 3]}),
        ("$[0]", [1, 2], ["R", 2]),
        ("$.l[0].x.y", {"l": [{}, 5]}, {"l": [{"x": {"y": "R"}}, 5]}),
        ("$.m[1][0]", {"m": [[1], [2]]}, {"m": [[1], ["R"]]}),
    ],
)
def test_a_value_is_put_in_its_place_and_missing_objects_are_made(text: str, document: JSON, expected: JSON) -> None:
    assert assign(text, document, "R") == expected


def test_a_field_that_exists_keeps_its_position() -> None:
    assert list(assign("$.a", {"a": 1, "b": 2}, 3)) == ["a", "b"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("$.r", "input1"),
        ("$.r", [1]),
        ("$.r", None),
        ("$.a.b", {"a": 1}),
        ("$.a.b", {"a": None}),
        ("$.a.b", {"a": [{}]}),
        ("$.l[3]", {"l": [1, 2, 3]}),
        ("$.l[0]", {"l": []}),
        ("$.l[0]", {}),
        ("$.l[0]", {"l": {"0": 1}}),
        ("$.l[0]", {"l": "text"}),
        ("$[0]", {}),
    ],
)
def test_an_array_does_not_grow_and_what_is_no_object_takes_no_field(text: str, document: JSON) -> None:
    with pytest.raises(ResultPathMatchFailure) as failure:
        assign(text, document, 7)
    assert failure.value.error == "States.ResultPathMatchFailure"


def test_the_failure_speaks_as_aws_does() -> None:
    with pytest.raises(ResultPathMatchFailure) as failure:
        assign("$.someTaskResult", "input1", 7)
    assert failure.value.message == 'Unable to apply ReferencePath $.someTaskResult to input "input1"'


def test_only_the_containers_along_the_path_are_copied() -> None:
    document: Any = {"a": {"b": {"c": 1}, "beside": []}, "aside": {}}
    written: Any = assign("$.a.b.c", document, 2)
    assert document == {"a": {"b": {"c": 1}, "beside": []}, "aside": {}}
    assert written["aside"] is document["aside"]
    assert written["a"]["beside"] is document["a"]["beside"]


@pytest.mark.parametrize("text", ["$.r", "$.a.r", "$.l[0]"])
def test_a_copy_forgets_the_text_it_was_read_from(text: str) -> None:
    written: Any = assign(text, parse('{ "a": {}, "l": [ 1 ] }'), 7)
    assert type(written) is dict


KEYS = st.sampled_from(["a", "b", "c"])
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(0, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@given(st.lists(KEYS.map(".{}".format) | st.integers(0, 2).map("[{}]".format), max_size=4), DOCUMENTS)
def test_what_was_written_is_read_back_and_nothing_else_has_changed(steps: list[str], document: Any) -> None:
    path, before = compile_reference_path("$" + "".join(steps)), copy(document)
    try:
        written = path.assign(document, "new")
    except ResultPathMatchFailure:
        return
    finally:
        assert document == before
    assert path.evaluate(Scope(written, dict, {}, Random)) == "new"
