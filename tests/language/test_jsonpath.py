"""JSONPath: the behaviours by name. Recorded answers are in test_jsonpath_recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from aslrun.language.errors import ExpressionSyntaxError, PathNotFound
from aslrun.language.jsonpath import compile_path
from aslrun.language.jsonpath_segments import Descent, Filter, Index, Name, Names, Slice, Wildcard
from aslrun.language.scope import Scope
from aslrun.values import JSON, copy, parse

SHOP: JSON = {
    "name": "Corner",
    "none": None,
    "jars": [{"of": "figs", "grams": 250, "open": True}, {"of": "plums", "grams": 400}, {"of": "figs", "grams": 90}],
    "tags": ["b", "a", "c"],
    "address": {"city": "Zürich", "zip": "08001"},
}


def scope(document: JSON = SHOP, *, context: JSON = None, variables: dict[str, JSON] | None = None) -> Scope:
    return Scope(document, lambda: context, variables or {}, Random)


def find(text: str, document: JSON = SHOP) -> JSON:
    return compile_path(text).evaluate(scope(document))


def reason(text: str, document: JSON = SHOP) -> str:
    with pytest.raises(PathNotFound) as failure:
        find(text, document)
    assert failure.value.path == text
    return failure.value.reason


# --------------------------------------------------------------------------- roots


@pytest.mark.parametrize("text", ["$", "$ ", "$\n"])
def test_the_root_is_the_input_itself(text: str) -> None:
    assert find(text) is SHOP


def test_two_dollars_are_the_context_object() -> None:
    context: JSON = {"Execution": {"Id": "e-1"}}
    assert compile_path("$$").evaluate(scope(context=context)) is context
    assert compile_path("$$.Execution.Id").evaluate(scope(context=context)) == "e-1"
    assert compile_path("$$.Execution[*]").evaluate(scope(context=context)) == ["e-1"]


def test_a_name_after_the_dollar_is_a_variable() -> None:
    jars: JSON = [{"of": "figs"}]
    known = scope(variables={"jars": jars, "größe": 3})
    assert compile_path("$jars").evaluate(known) is jars
    assert compile_path("$größe").evaluate(known) == 3
    assert compile_path("$jars[0].of").evaluate(known) == "figs"
    assert compile_path("$jars[*].of").evaluate(known) == ["figs"]


@pytest.mark.parametrize(
    ("text", "root", "variable"),
    [("$.a", "input", None), ("$$.a", "context", None), ("$a", "variable", "a"), ("$a_1[0]", "variable", "a_1")],
)
def test_a_path_tells_its_root(text: str, root: str, variable: str | None) -> None:
    path = compile_path(text)
    assert (path.text, path.root, path.variable) == (text, root, variable)


@pytest.mark.parametrize("text", ["$nothing", "$nothing.a.b", "$nothing[*]", "$nothing[-1]"])
def test_a_missing_variable_is_not_found(text: str) -> None:
    assert reason(text) == "No results for path: $['nothing']"


# --------------------------------------------------------------------------- kinds and segments


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("$", "reference"),
        ("$.a['b c'][0].d", "reference"),
        ("$.a[-1]", "definite"),
        ("$.a[(@.length-1)]", "definite"),
        ("$['a','b']", "definite"),
        ("$.a[*]", "indefinite"),
        ("$.a[0,1]", "indefinite"),
        ("$.a[0:1]", "indefinite"),
        ("$..a", "indefinite"),
        ("$.a[?(@.b)]", "indefinite"),
    ],
)
def test_a_path_tells_its_kind(text: str, kind: str) -> None:
    assert compile_path(text).kind == kind


def test_the_segments_can_be_walked() -> None:
    segments = compile_path("$.a['b c']['d','e'][2][1:].*..f[?(@.g)]").segments
    assert segments[:8] == (
        Name("a"),
        Name("b c"),
        Names(("d", "e")),
        Index(2),
        Slice(1, None),
        Wildcard(),
        Descent(),
        Name("f"),
    )
    assert isinstance(segments[8], Filter)
    assert [segment.quoted for segment in segments[:2] if isinstance(segment, Name)] == [False, True]


def test_a_path_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        compile_path("$.a").text = "$.b"  # type: ignore[misc]


# --------------------------------------------------------------------------- names and indexes


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("$.a-b", "a-b"),
        ("$.größe", "größe"),
        ("$.a:b", "a:b"),
        ("$.0", "0"),
        ("$.length()", "length()"),
        ("$['a b']", "a b"),
        ("$['a.b']", "a.b"),
        ("$['']", ""),
        ("$[ 'a' ]", "a"),
        ("$.['a']", "a"),
        (r"$['a\"b']", r"a\"b"),
        (r"$.a\b", r"a\b"),
    ],
)
def test_a_name_is_taken_as_it_stands(text: str, name: str) -> None:
    assert find(text, {name: 1}) == 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (r"$.store\.book", ["store\\", "book"]),
        (r"$.\stor\e.boo\k", [r"\stor\e", r"boo\k"]),
        (r"$.foo\@bar.baz\[\[.\?pretty", [r"foo\@bar", r"baz\[\[", r"\?pretty"]),
        ("$.&Ж中.𐍆", ["&Ж中", "𐍆"]),
    ],
)
def test_the_escaped_paths_of_the_states_language_are_valid(text: str, names: list[str]) -> None:
    assert compile_path(text).segments == tuple(map(Name, names))


def test_names_in_one_bracket_give_one_object_of_those_that_exist() -> None:
    assert find("$.address['zip','nope','city']") == {"zip": "08001", "city": "Zürich"}
    assert find("$.jars[*]['of','nope']") == [{"of": "figs"}, {"of": "plums"}, {"of": "figs"}]


def test_a_negative_index_counts_from_the_end() -> None:
    assert find("$.tags[-1]") == "c"
    assert find("$.tags[0,-1]") == ["b", "c"]
    assert find("$.tags[(@.length-1)]") == "c"
    assert find("$.tags[(@.size() - 2)]") == "a"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.tags[1:]", ["a", "c"]),
        ("$.tags[:2]", ["b", "a"]),
        ("$.tags[-2:]", ["a", "c"]),
        ("$.tags[:-1]", ["b", "a"]),
        ("$.tags[0:9]", ["b", "a", "c"]),
        ("$.tags[2:1]", []),
        ("$.tags[0:3:2]", ["b", "a", "c"]),
        ("$.tags[9:]", []),
    ],
)
def test_a_slice_has_two_ends_and_no_step(text: str, expected: JSON) -> None:
    assert find(text) == expected


def test_an_index_does_not_take_a_character_out_of_a_text() -> None:
    assert reason("$.name[0]") == "Filter: [0] can only be applied to arrays. Current context is: Corner"
    assert reason("$.name[0].x") == "Filter: [0]['x'] can only be applied to arrays. Current context is: Corner"


def test_text_is_no_object_even_where_a_name_looks_like_an_index() -> None:
    assert reason("$.tags['0']") == "Property ['0'] not found in path $['tags']"


@pytest.mark.parametrize("read", [json.loads, parse], ids=["plain", "verbatim"])
def test_containers_that_remember_their_text_are_walked_like_others(read: Callable[[str], JSON]) -> None:
    document = read('{"a": {"b": [1, {"c": 2}]}}')
    assert find("$.a.b[1].c", document) == 2
    assert find("$..c", document) == [2]
    assert find("$.a[*][?(@.c == 2)]", document) == [{"c": 2}]


# --------------------------------------------------------------------------- what is missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$.x", "No results for path: $['x']"),
        ("$.no.such", "Missing property in path $['no']"),
        ("$.no.such.thing.here", "Missing property in path $['no']"),
        ("$.address.x", "No results for path: $['address']['x']"),
        ("$.jars[9]", "Index out of bounds when evaluating path $['jars'][9]"),
        ("$.jars[9].of", "Index out of bounds when evaluating path $['jars'][9]"),
        ("$.jars[-4]", "Index out of bounds when evaluating path $['jars'][-4]"),
        ("$.name.x", "Property ['x'] not found in path $['name']"),
        ("$.none.x", "Property ['x'] not found in path $['none']"),
        ("$.none[0]", "The path $['none'] is null"),
        ("$.jars[1].of.x", "Property ['x'] not found in path $['jars'][1]['of']"),
        (
            "$.jars[1][0]",
            "Filter: [0] can only be applied to arrays. Current context is: {of=plums, grams=400}",
        ),
        ("$['name','tags'].x", "Multi properties can only be used as path leafs: $['name', 'tags']"),
    ],
)
def test_a_definite_path_that_leads_nowhere_says_why_in_jayways_words(text: str, expected: str) -> None:
    assert reason(text) == expected


def test_the_failure_names_the_path_and_the_reason() -> None:
    with pytest.raises(PathNotFound, match=r"^Invalid path '\$\.x' : No results for path: \$\['x'\]$"):
        find("$.x")


def test_a_path_into_the_context_object_keeps_its_text_in_the_failure() -> None:
    with pytest.raises(PathNotFound) as failure:
        compile_path("$$.Execution.no").evaluate(scope(context={"Execution": {}}))
    assert (failure.value.path, failure.value.reason) == (
        "$$.Execution.no",
        "No results for path: $['Execution']['no']",
    )


@pytest.mark.parametrize("text", ["$.no[*]", "$.no.such[1:]", "$.no[*].x", "$.no[1:5].x", "$..no", "$.no[?(@.x)]"])
def test_an_indefinite_path_with_a_missing_parent_is_empty(text: str) -> None:
    assert find(text) == []


def test_a_wildcard_passes_over_elements_without_the_field() -> None:
    assert find("$.jars[*].open") == [True]


def test_a_field_that_is_missing_behind_a_slice_or_a_filter_fails_the_path() -> None:
    assert reason("$.jars[0:2].open") == "No results for path: $['jars'][1]['open']"
    assert reason("$.jars[?(@.grams > 300)].open") == "No results for path: $['jars'][1]['open']"


@pytest.mark.parametrize("text", ["$[1:]", "$[:1]", "$[0]", "$.address[0,1]"])
def test_an_array_is_wanted_and_an_object_is_there(text: str) -> None:
    assert "can only be applied to arrays" in reason(text)


def test_null_is_a_value() -> None:
    assert find("$.none") is None
    assert find("$[?(@.name)].none") == [None]


# --------------------------------------------------------------------------- descent


def test_a_descent_finds_parents_before_children_in_document_order() -> None:
    document: JSON = {"a": {"x": {"x": 1}}, "l": [{"x": 2}], "x": 3}
    assert find("$..x", document) == [3, {"x": 1}, 1, 2]
    assert find("$..['x']", document) == find("$..x", document)
    assert find("$.l..x", document) == [2]


@pytest.mark.parametrize("inner", ["object", "array"])
def test_a_descent_does_not_mind_how_deep_a_document_is(inner: str) -> None:
    document: JSON = {"x": "bottom"}
    for _ in range(20_000):
        document = {"y": document} if inner == "object" else [document]
    found = find("$..x", document)
    _take_apart(document)
    assert found == ["bottom"]


def test_the_complaint_about_a_deep_document_is_short() -> None:
    document: JSON = {"x": 1}
    for _ in range(20_000):
        document = {"y": document}
    complaint = reason("$[0]", document)
    _take_apart(document)
    assert complaint == "Filter: [0] can only be applied to arrays. Current context is: ..."


def _take_apart(document: Any) -> None:
    """Empties a deep document from outside, so that nothing deep is left to be destroyed or printed."""
    while isinstance(document, (dict, list)) and document:
        item = document.popitem()[1] if isinstance(document, dict) else document.pop()
        document = item


# --------------------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("condition", "grams"),
    [
        ("@.grams > 100", [250, 400]),
        ("@.grams >= 250", [250, 400]),
        ("@.grams < 250", [90]),
        ("@.grams <= '250'", [250, 90]),
        ("@.grams == 250.0", [250]),
        ("@.grams != 250", [400, 90]),
        ("@.of == 'figs'", [250, 90]),
        ("@.of == figs", [250, 90]),
        ("@.of != plums", [250, 90]),
        ("@.of > 'figs'", [400]),
        ("@.open", [250]),
        ("!@.open", [400, 90]),
        ("@.open == true", [250]),
        ("@.open == 'true'", [250]),
        ("@.nope == 1", []),
        ("@.nope != 1", []),
        ("@.of == figs && @.grams < 100", [90]),
        ("@.open || @.of == plums", [250, 400]),
        ("@.of == plums || @.of == figs && @.grams > 100", [250, 400]),
        ("@.grams == $.jars[1].grams", [400]),
        ("$.name == Corner", [250, 400, 90]),
        ("@['of'] == 'plums'", [400]),
        ("@.of =~ /pl.*/", [400]),
        ("@.of =~ /FIGS/i", [250, 90]),
        ("@.of =~ /fig/", []),
        ("@.of == \"figs\"", []),
    ],
)  # fmt: skip
def test_a_filter_keeps_the_elements_for_which_it_holds(condition: str, grams: JSON) -> None:
    assert find(f"$.jars[?({condition})].grams") == grams


def test_a_filter_on_an_object_tests_the_object_itself() -> None:
    assert find("$.address[?(@.zip == '08001')].city") == ["Zürich"]
    assert find("$.address[?(@.city == Bern)]") == []


def test_a_filter_tests_scalars() -> None:
    assert find("$[?(@ > 2)]", [1, 2, 3]) == [3]
    assert find("$[?(@ == null)]", [None, 1, "null"]) == [None, "null"]
    assert find("$[?(@)]", [None, 0, False, ""]) == [0, False, ""]


def test_a_boolean_is_no_number_in_a_filter() -> None:
    assert find("$[?(@ == 1)]", [True, False, 1]) == [False, 1]  # against a boolean, text is either "true" or false


def test_containers_do_not_compare() -> None:
    assert find("$[?(@ == 1)]", [[1], {"a": 1}]) == []
    assert find("$[?(@ != 1)]", [[1], {"a": 1}]) == []


def test_text_that_is_no_number_cannot_be_compared_with_one() -> None:
    assert reason("$.jars[?(@.grams == much)]") == "a filter compares a number with 'much', which is no number"


def test_text_is_ordered_as_java_orders_it() -> None:
    assert find("$[?(@ < '\ufb01')]", ["\U0001d11e"]) == ["\U0001d11e"]


def test_a_filter_cannot_be_put_to_a_scalar() -> None:
    assert reason("$.name[?(@.x)]") == "Filter: [?] can not be applied to primitives. Current context is: Corner"


def test_a_pattern_is_tried_on_numbers_as_text_and_on_null_not_at_all() -> None:
    assert find("$[?(@ =~ /[0-9]*|null/)]", [17, "x", None]) == [17]


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|b)*", "((a+)b)+", "(a{2,}){3}", "(", "a" * 600, "[a&&[b]]"])
def test_a_pattern_that_could_run_for_ever_or_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        compile_path(f"$[?(@ =~ /{pattern}/)]")


def test_a_pattern_with_many_repeats_is_not_tried_on_long_text() -> None:
    assert find("$[?(@ =~ /a*a*a*a*b/)]", ["a" * 200]) == []
    assert "can be tried on 221 characters, not on 300" in reason("$[?(@ =~ /a*a*a*a*b/)]", ["a" * 300])


# --------------------------------------------------------------------------- syntax


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "a path starts with '$'"),
        ("a.b", 0, "a path starts with '$'"),
        (" $.a", 0, "a path starts with '$'"),
        ("$ .a", 1, "the name of a variable"),
        ("$$x", 2, "expected '.' or '['"),
        ("$1a", 1, "the name of a variable"),
        ("$.", 2, "expected a name"),
        ("$.a.", 4, "expected a name"),
        ("$..", 3, "after '..'"),
        ("$...", 4, "expected a name"),
        ("$.a b", 3, "a blank"),
        ("$.a]", 3, "']' closes nothing"),
        ("$.a[0", 3, "never closed"),
        ("$.a[", 3, "never closed"),
        ("$.a[]", 4, "expected '*'"),
        ("$.a[b]", 4, "single quotes"),
        ('$["a"]', 2, "single quotes"),
        ("$.a[--1]", 4, "an index"),
        ("$.a[::2]", 4, "a slice"),
        ("$.a[:]", 4, "a slice"),
        ("$.a[99999999999]", 4, "at most 2147483647"),
        ("$.a[" + "9" * 5000 + "]", 4, "at most 2147483647"),
        ("$[(@.nope-1)]", 3, "length-1"),
        ("$[?@.a]", 1, "a filter is written"),
        ("$[?()]", 4, "a comparison"),
        ("$[?(true)]", 4, "expected a path"),
        ("$[?(@.a >)]", 4, "both sides of '>'"),
        ("$[?(@.a && )]", 10, "a comparison"),
        ("$[?(@.a in ['x'])]", 4, "a blank"),
        ("$[?(@.a == 'x)]", 1, "never closed"),
        ("$[?(@.a))]", 1, "not balanced"),
        ("$[?(@[*] == 1)]", 4, "one place"),
        ("$[?(@.a == !@.b)]", 4, "test of existence"),
        ("$[?(@.a =~ 'x')]", 4, "one /pattern/"),
        ("$[?(@.a == /x/)]", 4, "one /pattern/"),
        ("$" + ".a" * 201, 403, "at most 200 segments"),
    ],
)
def test_what_is_no_path_is_refused_with_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as refusal:
        compile_path(text)
    assert message in refusal.value.message
    assert refusal.value.position == position


# --------------------------------------------------------------------------- sharing


@pytest.mark.parametrize(
    "text",
    [
        "$",
        "$.address",
        "$.jars[*]",
        "$.jars[0:2]",
        "$..of",
        "$.address['city','zip']",
        "$.jars[?(@.open)]",
        "$.*",
        "$..*",
    ],
)
def test_evaluation_leaves_the_document_alone(text: str) -> None:
    before = copy(SHOP)
    find(text)
    assert before == SHOP


def test_results_share_the_documents_containers() -> None:
    document: JSON = {"jars": [{"of": "figs"}]}
    (jar,) = find("$.jars[*]", document)  # type: ignore[misc]
    assert jar is document["jars"][0]


@pytest.mark.parametrize("depth", [1, 500])
def test_a_filter_inside_a_filter_is_refused_however_deep(depth: int) -> None:
    with pytest.raises(ExpressionSyntaxError, match="a filter has no filter inside"):
        compile_path("$[?(@" + "[?(@" * depth + ")]" * depth + ".a == 1)]")
