"""The engine by itself: values in and out, errors, time and randomness, what AWS adds and leaves out."""

from __future__ import annotations

import copy
import json
import math
from random import Random
from typing import Any

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import UNDEFINED, Environment, JsonataError, JsonataSyntaxError


def run(text: str, input: object = UNDEFINED, **bindings: object) -> Any:
    return jsonata.compile(text)(input, bindings)


def error_of(text: str, input: object = UNDEFINED, **bindings: object) -> JsonataError:
    with pytest.raises(JsonataError) as caught:
        run(text, input, **bindings)
    return caught.value


# ------------------------------------------------------------------ values


def test_nothing_null_and_functions_are_told_apart() -> None:
    assert run("missing") is UNDEFINED
    assert run("$missing.deep[0]") is UNDEFINED
    assert run("null") is None
    assert run("a", {"a": None}) is None
    assert jsonata.is_function(run("$uppercase"))
    assert jsonata.is_function(run("function($x){$x}"))
    assert jsonata.is_function(run("/a/"))
    assert not UNDEFINED
    assert copy.deepcopy(UNDEFINED) is UNDEFINED


@pytest.mark.parametrize("number", [2**53 + 1, 12345678901234567890123, -(2**80)])
def test_whole_numbers_of_any_size_pass_through(number: int) -> None:
    assert run("$x.n", x={"n": number}) == number
    assert run("[$x, $x]", x=number) == [number, number]
    assert run("$map([$x], function($v){$v})", x=number) == number
    assert run("$x = $y", x=number, y=number) is True
    assert run("$max([1, $x])", x=abs(number)) == abs(number)


def test_calculated_numbers_are_doubles_written_as_javascript_writes_them() -> None:
    assert run("9007199254740993") == 9007199254740992
    assert json.dumps(run("[10 / 4 * 2, 0.1 + 0.2, 1e20, 2 * 3.5, 9007199254740993 - 1e20]")) == (
        "[5, 0.30000000000000004, 100000000000000000000, 7, -99990992800745260000]"
    )
    assert run("$string([1e21, 1e-7, 0.1 + 0.2, 5890840712243076])") == "[1e+21,1e-7,0.3,5890840712243080]"
    assert (run("7 % -3"), run("-7 % 3"), run("5.5 % 2")) == (1, -1, 1.5)
    assert run("1/0") == math.inf
    assert error_of("1/0 + 1").code == "D1001"


def test_results_are_plain_lists_and_dicts() -> None:
    result = run("{'a': items.x, 'b': [items[x > 1].x, [items.x]], 'c': items[0].x[]}", {"items": [{"x": 1}, {"x": 2}]})

    def types(value: Any) -> set[type]:
        below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return {type(value)}.union(*map(types, below))

    assert result == {"a": [1, 2], "b": [2, [1, 2]], "c": [1]}
    assert types(result) == {dict, list, int}


def test_a_result_of_one_evaluation_is_an_array_to_the_next() -> None:
    kept = run("items.x[]", {"items": [{"x": 5}]})
    assert run("$kept", kept=kept) == [5]
    assert run("$o.kept", o={"kept": kept}) == [5]


def test_neither_input_nor_bindings_are_changed() -> None:
    data = {"a": [{"b": 1}], "empty": []}
    bindings: dict[str, object] = {"x": {"y": [1]}}
    before = copy.deepcopy((data, bindings))
    jsonata.compile("($x := 5; $z := 1; a ~> |$|{'b': 2}|; empty{'k': $}; $append(a, 1); $sort(a.b))")(data, bindings)
    assert (data, bindings) == before


def test_data_is_handed_out_and_not_copied() -> None:
    data = {"big": [{"x": [1]}]}
    assert run("$d.big", d=data) is data["big"]
    assert run("{'a': $d.big}", d=data)["a"] is data["big"]


def test_subclasses_of_dict_and_list_are_objects_and_arrays() -> None:
    class Object(dict[str, Any]):
        pass

    class Array(list[Any]):
        pass

    data = Object(items=Array([Object(n=1), Object(n=2)]))
    assert run("$d.items.n", d=data) == [1, 2]
    assert run("$sum($d.items.n) & $string($d)", d=data) == '3{"items":[{"n":1},{"n":2}]}'
    assert run("[$type($d), $type($d.items), $count($d.items), $keys($d.items)]", d=data) == ["object", "array", 2, "n"]
    assert run("$d = {'items': [{'n': 1}, {'n': 2}]}", d=data) is True
    assert run("$d", d=data) is data


def test_one_expression_serves_many_evaluations() -> None:
    expression = jsonata.compile("($n := $n + 1; $n)")
    assert [expression(bindings={"n": n}) for n in (1, 2, 1)] == [2, 3, 2]


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize("text", ["a ?? b", "a ?: b", "$x ?? 1", "(a ?: b)"])
def test_syntax_of_later_versions_is_an_error(text: str) -> None:
    with pytest.raises(JsonataSyntaxError) as caught:
        jsonata.compile(text)
    assert caught.value.code == "S0211"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$nope()", "T1006: Attempted to invoke a non-function"),
        ("sum(1)", "T1005: Attempted to invoke a non-function. Did you mean $sum?"),
        ("1 + 'a'", 'T2002: The right side of the "+" operator must evaluate to a number'),
        ("1 < 'a'", 'T2009: The values 1 and "a" either side of operator "<" must be of the same data type'),
        ("$number('x')", 'D3030: Unable to cast value to a number: "x"'),
        ("$substring('a', 'b')", 'T0410: Argument 2 of function "substring" does not match function signature'),
        ("$sum(['a'])", 'T0412: Argument 1 of function "sum" must be an array of "numbers"'),
        ("{1: 2}", "T1003: Key in object structure must evaluate to a string; got: 1"),
        ("$error('no good')", "D3137: no good"),
        ("$assert(false)", "D3141: $assert() statement failed"),
        ("$decodeUrl('%')", 'D3140: Malformed URL passed to $decodeUrl(): "%"'),
        ("-[1]", "D1002: Cannot negate a non-numeric value: [1]"),
    ],
)
def test_messages_are_those_of_the_reference(text: str, message: str) -> None:
    assert str(error_of(text)) == message


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("1 +", "S0207", 3),
        ("[1, 2)", "S0202", 6),
        ("'abc", "S0101", 4),
        ("a := 1", "S0212", 1),
        ("/abc", "S0302", 4),
        ("{'a': 1", "S0203", 7),
        ("a.1", "S0213", 3),
        ("%", "S0217", 1),
    ],
)
def test_syntax_errors_tell_their_place(text: str, code: str, position: int) -> None:
    with pytest.raises(JsonataSyntaxError) as caught:
        jsonata.compile(text)
    assert (caught.value.code, caught.value.position) == (code, position)


def test_evaluation_errors_tell_their_place() -> None:
    assert error_of("[1, 2 + 'x']").position == 7
    assert error_of("$map([1], function($x){ $x + 'a' })").token == "+"


@pytest.mark.parametrize(
    "pattern", ["(", "a)", "[a", "*", "a**", "a{2}{3}", "(?<n", "(?#c)", "(?i)a", "a++", "b{3,1}", "[b-a]"]
)
def test_a_pattern_that_is_no_regular_expression_is_a_syntax_error(pattern: str) -> None:
    with pytest.raises(JsonataSyntaxError):
        jsonata.compile(f"/{pattern}/")


# ------------------------------------------------------------------ the world


def test_time_and_randomness_come_from_outside() -> None:
    expression = jsonata.compile("[$millis(), $now(), $now('[Y]'), $random(), $uuid(), $shuffle([1..9])]")
    at = 1_709_210_096_789
    first = expression(environment=Environment(at, Random(7)))
    assert first == expression(environment=Environment(at, Random(7)))
    assert first != expression(environment=Environment(at, Random(8)))
    assert isinstance(first, list)
    assert first[:3] == [at, "2024-02-29T12:34:56.789Z", "2024"]


def test_a_source_of_randomness_is_made_only_if_it_is_needed() -> None:
    made: list[Random] = []

    def make() -> Random:
        made.append(Random(5))
        return made[-1]

    assert jsonata.compile("1 + 1")(environment=Environment(random=make)) == 2
    assert made == []
    assert jsonata.compile("$random() != $random()")(environment=Environment(random=make)) is True
    assert len(made) == 1


def test_without_an_environment_an_evaluation_is_the_same_each_time() -> None:
    expression = jsonata.compile("[$now(), $random(), $uuid()]")
    assert expression() == expression()
    assert run("$now()") == "1970-01-01T00:00:00.000Z"


# ------------------------------------------------------------------ AWS


def test_eval_exists_only_on_demand() -> None:
    assert error_of("$eval('1 + 1')").code == "T1006"
    assert jsonata.compile("$eval('1 + 1')", eval=True)() == 2
    assert jsonata.compile("$eval('a.b', {'a': {'b': 3}})", eval=True)() == 3


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([], 2)", []),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(5, 1, -2)", [5, 3, 1]),
        ("$range(1, 0, 1)", []),
        ("$hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("$hash('', 'MD5')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("$length($hash('a', 'SHA-512'))", 128),
        ("$random(1) = $random(1)", True),
        ("$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)", True),
        ("$parse('{\"a\": [1, 2.5, null]}')", {"a": [1, 2.5, None]}),
        ("$parse('12345678901234567890')", 12345678901234567890),
        ("$parse($missing)", UNDEFINED),
    ],
)
def test_functions_that_step_functions_adds(text: str, result: Any) -> None:
    assert run(text) == result


@pytest.mark.parametrize(
    "text", ["$parse('{')", "$parse('NaN')", "$hash('a', 'SHA-3')", "$range(1, 2, 0)", "$partition([1], 0)"]
)
def test_functions_of_step_functions_refuse_what_makes_no_sense(text: str) -> None:
    assert error_of(text).code is None
    assert str(error_of(text))


# ------------------------------------------------------------------ the language, where it is peculiar


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$x.items.name", ["a", "b"]),
        ("$x.items[0].name", "a"),
        ("$x.items[-1].name", "b"),
        ("$x.items[n=2].name", "b"),
        ("$x.items[n=2].name[]", ["b"]),
        ("$x.items^(>n).name", ["b", "a"]),
        ("$x.items{name: n}", {"a": 1, "b": 2}),
        ("$x.items#$i.($i & name)", ["0a", "1b"]),
        ("$x.items@$v.($v.name)", ["a", "b"]),
        ("$x.items.tags.%.name", ["a", "b"]),
        ("$sum($x.items.(n * 2))", 6),
        ("$x.items.n ~> $sum() ~> $string()", "3"),
        ("($double := function($v){ $v * 2 }; $map($x.items.n, $double))", [2, 4]),
        ("($add := function($a, $b){ $a + $b }; $add(?, 10)(5))", 15),
        ("($trim ~> $uppercase)(' a ')", "A"),
        ("$x ~> |items[n=1]|{'n': 9}, 'tags'|", {"items": [{"name": "a", "n": 9}, {"name": "b", "n": 2, "tags": [2]}]}),
        ("$replace('John Smith', /(\\w+)\\s(\\w+)/, '$2, $1')", "Smith, John"),
        ("$match('ababbabbcc', /a(b+)/)[1]", {"match": "abb", "index": 2, "groups": ["bb"]}),
        ("$match('a', /a(b)?/)", {"match": "a", "index": 0, "groups": [None]}),
        ("$split('a1b22c', /[0-9]+/)", ["a", "b", "c"]),
        ("$string({'f': $sum, 'u': 'ü', 's': '\\u2028'})", '{"f":"","u":"ü","s":"\u2028"}'),
        ("'\\uD83D\\uDE00' = '😀'", True),
        ("$length('😀')", 1),
        ("$formatNumber(-12345.678, '#,##0.00;(#,##0.00)')", "(12,345.68)"),
        ("$formatInteger(12345, 'w')", "twelve thousand, three hundred and forty-five"),
        ("$parseInteger('MCMXCIV', 'I')", 1994),
        (
            "$fromMillis(1510067557121, '[FNn], [D1o] [MNn] [Y] [h]:[m01] [PN]', '+0100')",
            "Tuesday, 7th November 2017 4:12 PM",
        ),
        ("$toMillis('7th November 2017', '[D1o] [MNn] [Y]')", 1510012800000),
        ("$fromMillis($toMillis('2018-02-29T00:00:00Z'))", "2018-03-01T00:00:00.000Z"),
    ],
)
def test_what_the_language_gives(text: str, result: Any) -> None:
    items = [{"name": "a", "n": 1, "tags": [1]}, {"name": "b", "n": 2, "tags": [2]}]
    assert run(text, x={"items": items}) == result


def test_an_array_as_input_is_one_value() -> None:
    assert run("$", [1, 2]) == [1, 2]
    assert run("$count($)", [1, 2]) == 2
    assert run("$string()", [1, 2]) == "[1,2]"
    assert run("$[0]", [[1], [2]]) == [1]
