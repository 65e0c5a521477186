"""Rules of 2.0.6 that random expressions showed, by comparison with the reference itself: each test names one."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import UNDEFINED, JsonataError


def run(text: str, input: object = UNDEFINED) -> Any:
    return jsonata.compile(text)(input)


def error_of(text: str, input: object = UNDEFINED) -> JsonataError:
    with pytest.raises(JsonataError) as caught:
        run(text, input)
    return caught.value


# ------------------------------------------------------------------ paths


def test_a_variable_as_a_later_step_is_a_step_and_flattens() -> None:
    assert run("b.$", {"b": [[1, 2], [3, [4]], []]}) == [1, 2, 3, [4]]
    assert run("($v := 7; a.b.$v)", {"a": {"b": 1}}) == 7


@pytest.mark.parametrize("text", ["1#$i.a", "3^(a).b", "-2#$i.a", "[1^(a).b]"])
def test_a_number_is_no_step_of_a_path_whatever_stands_behind_it(text: str) -> None:
    assert error_of(text, {"a": 1}).code == "S0213"


def test_a_text_before_an_index_is_the_name_of_a_field() -> None:
    assert run('"a"#$i.$', {"a": 5}) == 5


def test_an_array_that_a_step_keeps_is_kept_through_bindings() -> None:
    assert run("a[]#$i.{'b': $}", {"a": 1}) == [{"b": 1}]


def test_what_a_filter_leaves_of_a_written_array_has_no_fields_if_it_is_no_array() -> None:
    assert run("[10, a][1].f", {"a": 1}) is UNDEFINED


def test_what_is_not_there_does_not_count_in_a_group() -> None:
    assert run("a{'k': $}.s[[0,0]]", {"a": {"b": 1}}) == {}


# ------------------------------------------------------------------ functions as values


def test_a_function_counts_as_true_unless_it_is_an_argument_or_a_pattern() -> None:
    assert run("[$sum ? 1 : 2, /a/ ? 1 : 2, $boolean($sum), $not($sum)]") == [1, 2, False, True]
    assert run("$filter([1, 2], function($v){ $sum })") == [1, 2]


def test_a_chain_of_functions_hands_on_nothing_if_the_first_gives_nothing() -> None:
    assert run("($keys ~> $lowercase)(a)", {}) is UNDEFINED


def test_errors_in_a_chain_of_functions_have_the_names_of_its_definition() -> None:
    assert str(error_of("($number ~> $sum ~> $uppercase)('1')")) == (
        'T0410: Argument 1 of function "g" does not match function signature'
    )
    assert error_of("($uppercase ~> $sum)(1)").token == "f"


def test_string_cannot_be_applied_partially() -> None:
    assert error_of("$string(?)(1)").code == "S0208"


def test_a_call_of_what_a_call_gave_is_named_after_its_bracket() -> None:
    assert (
        str(error_of("$map([1], ?)($length)")) == 'T0410: Argument 1 of function "(" does not match function signature'
    )


def test_and_and_or_put_their_own_name_on_the_errors_of_their_right_side() -> None:
    error = error_of("false or (1 < null)")
    assert (error.code, error.token, error.position) == ("T2010", "or", 8)
    assert str(error).startswith('T2010: The expressions either side of operator "or"')


# ------------------------------------------------------------------ texts


def test_patterns_see_utf_16_units() -> None:
    assert run("$replace('\U0001f600a', /./, '-')") == "---"
    assert run("$match('\U0001f600a', /a/).index") == 2
    assert run("$split('a\U0001f600b', /\U0001f600/)") == ["a", "b"]
    assert run("$split('\U0001f600', '')") == ["\ud83d", "\ude00"]
    assert run("$replace('x\U0001f600y', /(\U0001f600)/, '<$1>')") == "x<\U0001f600>y"


def test_a_replacement_gets_the_whole_match_with_the_way_to_the_next() -> None:
    assert run("$replace('ab', /a/, function($m){ $join($keys($m), ' ') })") == "match start end groups nextb"


def test_a_pattern_called_by_itself_reads_what_is_no_text() -> None:
    assert run("($five := /5/; $five(15).start)") == 1
    assert run("($a := /a/; $a(missing))", {}) is UNDEFINED


# ------------------------------------------------------------------ numbers and dates


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$formatBase(1e21, 36)", "5v1j4f4ds7c000"),
        ("$formatBase(123456789012345680000, 8)", "15305164770045715500000"),
        ("$formatBase(-255, 16)", "-ff"),
        ("$formatNumber(123456789012345680000, '#,###')", "123,456,789,012,345,683,968"),
        ("$formatInteger(1e100, 'A')", "HXRTPLBMWAISWOUYUKQOMICYEGCKKAMMAEKICUUSAIESUCQOESAKGYIAUSOUEUMQUEWIIUY"),
        ("$parseInteger('five thousand million', 'a')", 1.2711856026004929e29),
        ("$parseInteger('0x1F', '0')", 31),
        ("$fromMillis(1, '[FNn] [YI]', 'Z')", "undefined "),
        ("$fromMillis(0, '[01]')", "undefined"),
    ],
)
def test_numbers_and_dates_are_doubles_to_the_last_digit(text: str, result: Any) -> None:
    assert run(text) == result


def test_digits_of_another_script_are_expected_where_the_picture_has_them() -> None:
    assert run("$parseInteger('\u0663\u0664', '\u0660')") == 34
    assert str(error_of("$parseInteger('iv', '\u0660')")) == "Invalid code point -1479"


def test_the_input_array_is_cloned_as_one_value() -> None:
    assert run("$clone()", [1, 2]) == [1, 2]


# ------------------------------------------------------------------ several failures


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[(a < 3), $assert([1])]", "T2010"),
        ("{'b': (2 ~> {}), 'v': ($w := 1; $w($))}", "T2006"),
        ("[{'b': {}, 'b': 1}, $map(a)]", "D1009"),
        ("[(1 ~> a), ($error(1) ~> a)]", "T2006"),
    ],
)
def test_of_several_failures_the_quickest_is_reported(text: str, code: str) -> None:
    assert error_of(text, {"a": [1, 2]}).code == code
