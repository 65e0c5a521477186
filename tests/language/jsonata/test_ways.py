"""An evaluation takes the shortest way that its expression allows; every way gives the same."""

from __future__ import annotations

import copy
from types import MappingProxyType
from typing import Any

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import UNDEFINED, JsonataError, Limits

from .support import load, same
from .test_suite import GROUPS, is_expected


def outcome(text: str, input: Any, bindings: Any, limits: Limits) -> Any:
    """The value of an expression that may not use ``$eval``, or its error."""
    try:
        return jsonata.compile(text, limits=limits)(input, bindings)
    except JsonataError as error:
        return error


@pytest.mark.parametrize("group", [group for group in GROUPS if group != "function-eval"])
def test_every_case_of_the_official_suite_without_eval(group: str) -> None:
    datasets = load("datasets.json")
    wrong = []
    for case in load(f"groups/{group}.json"):
        dataset = case.get("dataset")
        input = case["data"] if "data" in case else UNDEFINED if dataset is None else datasets[dataset]
        limits = Limits(depth=case["depth"]) if "depth" in case else Limits()
        bindings = case.get("bindings", {})
        before = copy.deepcopy(bindings)
        result = outcome(case["expr"], input, bindings, limits)
        if "$eval" not in case["expr"] and (not is_expected(case, result) or bindings != before):
            wrong.append(case["id"])
    assert wrong == []


def test_expressions_of_step_functions_without_eval() -> None:
    recorded = load("states-fuzz.json")
    bindings = recorded["bindings"]
    before = copy.deepcopy(bindings)
    wrong = [
        case["id"]
        for case in recorded["cases"]
        if not is_expected(case, outcome(case["expr"], case.get("data", UNDEFINED), bindings, Limits()))
    ]
    assert len(wrong) <= len(recorded["cases"]) * 0.001, wrong
    assert same(bindings, before)


@pytest.mark.parametrize("text", ["$x := 2", "($x := 2; $x)", "$map([1], function($x) { $x := 2 })", "$y := $x + 1"])
def test_binding_a_name_leaves_the_given_bindings_alone(text: str) -> None:
    bindings = {"x": 1}
    jsonata.compile(text)(bindings=bindings)
    assert bindings == {"x": 1}


def test_two_dollars_are_the_input_whatever_the_bindings_say() -> None:
    assert jsonata.compile("$$.a")({"a": 1}, {"$": {"a": 2}}) == 1


def test_bindings_may_be_any_mapping() -> None:
    assert jsonata.compile("$x + 1")(bindings=MappingProxyType({"x": 1})) == 2


def test_a_function_that_is_handed_out_keeps_the_names_it_was_made_with() -> None:
    bindings: dict[str, object] = {"x": 1}
    function = jsonata.compile("function($n) { $n + $x }")(bindings=bindings)
    bindings["x"] = 100
    assert jsonata.compile("$f(1)")(bindings={"f": function}) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2 * $inf", "D1001"),
        ("$nan + 1", "T2001"),
        ("1 - true", "T2002"),
        ("$big * 1.5", None),
        ("$nothing * 'a'", "T2002"),
    ],
)
def test_unlikely_operands(text: str, code: str | None) -> None:
    bindings = {"inf": float("inf"), "nan": float("nan"), "big": 10**400}
    result = outcome(text, UNDEFINED, bindings, Limits())
    assert getattr(result, "code", None) == code


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$big + 1", 10000000000000002000),
        ("9007199254740992 + 1", 9007199254740992),
        ("0.5 * 4", 2),
        ("0 * -1.5", 0),
        ("1 = 1.0 and true != 1 and $not(1 = true)", True),
        ("'a' & 1 & 2.50 & 1e21 & true & null", "a12.51e+21truenull"),
    ],
)
def test_operators_on_values_of_several_kinds(text: str, value: Any) -> None:
    assert outcome(text, UNDEFINED, {"big": 10**19 + 2001}, Limits()) == value


@pytest.mark.parametrize("text", ["'aaaaaaaaaa' & 'bbbbbbbbbb'", "[1..100]", "$map([1..2], function($v) { [1..9] })"])
def test_what_is_too_large_is_refused_on_every_way(text: str) -> None:
    assert outcome(text, UNDEFINED, {}, Limits(size=1)).code == "D2015"


def test_items_ordered_by_several_terms() -> None:
    items = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 2, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x", "c": 1}]
    found = jsonata.compile("$items^(>a, b)")(bindings={"items": items})
    assert found == [items[2], items[4], items[1], items[0], items[3]]


def test_a_later_term_counts_only_where_it_is_compared() -> None:
    items = [{"a": 1, "b": "x"}, {"a": 2, "b": True}]
    assert jsonata.compile("$items^(a, b + 1).a")(bindings={"items": items}) == [1, 2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$map([1, 2], function($a) { $a })", [1, 2]),
        ("$map([5, 6], function($a, $b) { $b })", [0, 1]),
        ("$map([5, 6], function($a, $b, $c) { $sum($c) })", [11, 11]),
        ("$map([5, 6], function($a, $b, $c, $d) { $exists($d) })", [False, False]),
        ("$map([5, 6], function() { 1 })", [1, 1]),
        ("$map([5, 6], function($a)<n:n> { $a + 1 })", [6, 7]),
        ("$map([5, 6], function($a) { $string($a) })", ["5", "6"]),
        ("$map([5, 6], function($a, $a) { $a })", [0, 1]),
        ("$map([5, 6], function($a) { function() { $a } }).($())", [5, 6]),
        ("$map([5, 6], function($a) { $x := $exists($x) ? 'kept' : 'new' })", ["new", "new"]),
        ("$map([5, 6], function($a) { $map([1, 2], function($b) { $a + $b }) ~> $sum })", [13, 15]),
        ("($f := function($n) { $n = 0 ? 0 : $sum($map([$n - 1], $f)) + $n }; $map([2, 3], $f))", [3, 6]),
        ("($f := function($n) { $n = 0 ? 'end' : $f($n - 1) }; $map([2, 3], $f))", ["end", "end"]),
        ("$reduce([1, 2, 3], function($a, $b, $i) { $a + $b * $i })", 9),
        ("$reduce([1, 2, 3], function($a, $b, $i, $all) { $a + $count($all) })", 7),
        ("$sort([3, 1, 2], function($a) { false })", [3, 1, 2]),
        ("$sort([3, 1, 2], function($a, $b, $c) { $a > $b })", [1, 2, 3]),
        ("$filter([1, 2, 0], function($v) { $v })", [1, 2]),
    ],
)
def test_a_callback_gets_what_it_has_parameters_for(text: str, value: Any) -> None:
    assert jsonata.compile(text)() == value
