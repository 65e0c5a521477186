"""What each intrinsic function gives, and what it refuses.

What is marked "measured" was seen in answers of the service; the rest is the States Language and AWS's documentation.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.intrinsics import compile_intrinsic
from aslrun.values import parse

from .calls import call, evaluate, refusal, scope_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
WHOLE = st.integers(-(2**31), 2**31 - 1)


# --------------------------------------------------------------------------- States.Format


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ("", ""),
        (None, "null"),
        (True, "true"),
        (1, "1"),
        (1.1, "1.1"),
        (1.0, "1.0"),
        (-0.001, "-0.001"),
        (0.0005, "5.0E-4"),
        (12345678.5, "1.23456785E7"),
        (1e21, "1.0E21"),
        (9007199254740991, "9007199254740991"),
        ([1, "a", None], "[1, a, null]"),
        ({"Arg1": 1, "Arg2": []}, "{Arg1=1, Arg2=[]}"),
        ({"a": {"b": [True]}}, "{a={b=[true]}}"),
    ],
)
def test_format_writes_values_as_java_does(value: Any, expected: str) -> None:
    assert evaluate("States.Format('<{}>', $.value)", {"value": value}) == f"<{expected}>"


def test_format_takes_its_template_from_a_path() -> None:
    assert evaluate("States.Format($.template, $.name)", {"template": "Hello {}", "name": "Ada"}) == "Hello Ada"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (r"\{{}\}", "{x}"),
        (r"\{\}{}", "{}x"),
        (r"\\{}", "\\x"),
        (r"\'{}\'", "'x'"),
        ('"{}"', '"x"'),
        ("\n{}\n", "\nx\n"),
    ],
)
def test_escapes_in_a_template_are_resolved_once(template: str, expected: str) -> None:
    assert evaluate(f"States.Format('{template}', 'x')") == expected
    assert evaluate("States.Format($.template, 'x')", {"template": template}) == expected


def test_braces_in_an_argument_are_not_looked_at() -> None:
    assert evaluate("States.Format('{}{}', $.a, 'b')", {"a": "{}{"}) == "{}{b"


@pytest.mark.parametrize("arguments", ["'{} {}', $.a", "'{}', $.a, $.a", "'none', $.a", "'{}'", "$.number, $.a"])
def test_format_wants_as_many_arguments_as_placeholders(arguments: str) -> None:
    assert refusal(f"States.Format({arguments})", {"a": 1, "number": 7}) == (
        "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."
    )


@pytest.mark.parametrize(
    ("template", "missing", "found"),
    [("Hello {", "}", "{"), ("Hello {{}}", "}", "{"), ("}", "{", "}"), ("{0}", "}", "{"), (r"\{}", "{", "}")],
)
def test_a_single_brace_in_a_template_is_refused(template: str, missing: str, found: str) -> None:
    expected = f"Invalid template in States.Format: matching '{missing}' not found for '{found}'."
    assert refusal(f"States.Format('{template}', 'x')") == expected
    assert refusal("States.Format($.template, 'x')", {"template": template}) == expected


@given(st.text(), st.text())
def test_format_puts_texts_in_their_places(before: str, value: str) -> None:
    template = re.sub(r"[{}\\]", "", before) + "{}"
    assert call("States.Format", template, value) == template[:-2] + value


# --------------------------------------------------------------------------- strings and JSON


@pytest.mark.parametrize(
    ("text", "delimiters", "expected"),
    [
        ("a,b,c", ",", ["a", "b", "c"]),
        ("1+2,3.4", ".+,", ["1", "2", "3", "4"]),
        (",a,,b,", ",", ["a", "b"]),
        ("1a2b3ab4", "ab", ["1", "2", "3", "4"]),
        ("", ",", []),
        (",", ",", []),
        ("abc", "", ["abc"]),
        ("", "", []),
        ("a.b", ".", ["a", "b"]),
        ("a\nb", "\n", ["a", "b"]),
    ],
)
def test_a_string_is_split_at_any_of_the_characters(text: str, delimiters: str, expected: list[str]) -> None:
    assert call("States.StringSplit", text, delimiters) == expected


@given(st.text(), st.text(min_size=1))
def test_the_pieces_of_a_split_string_hold_no_delimiter(text: str, delimiters: str) -> None:
    pieces = call("States.StringSplit", text, delimiters)
    assert "".join(pieces) == "".join(character for character in text if character not in delimiters)
    assert all(pieces)


@pytest.mark.parametrize("arguments", [(123, ","), (None, ","), (False, ","), ("a", 1), ("a", None), ("a", [","])])
def test_only_strings_are_split(arguments: tuple[Any, Any]) -> None:
    text = "States.StringSplit($[0], $[1])"
    assert refusal(text, list(arguments)) == "Invalid arguments in States.StringSplit"


@given(JSON)
def test_json_text_reads_back_as_the_value(value: Any) -> None:
    assert evaluate("States.StringToJson(States.JsonToString($))", value) == value


def test_json_text_is_compact_even_if_the_input_was_not() -> None:
    assert evaluate("States.JsonToString($)", parse('{ "a" : [ 1 ] }')) == '{"a":[1]}'
    assert evaluate("States.JsonToString($)", parse("[ 1,  2 ]")) == "[1,2]"


def test_json_text_keeps_the_order_of_keys_and_every_character() -> None:
    assert evaluate("States.JsonToString($)", {"b": "ü🚀", "a": "\n"}) == '{"b":"ü🚀","a":"\\n"}'


def test_a_parsed_value_does_not_remember_its_text() -> None:
    assert evaluate("States.JsonToString(States.StringToJson($.t))", {"t": '{ "a":  1 }'}) == '{"a":1}'


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_a_blank_text_is_null(text: str) -> None:
    assert call("States.StringToJson", text) is None


PLACE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"
TOKENS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("{bad json}", "Unexpected character ('b' (code 98)): was expecting double-quote to start field name", 1, 2),
        ("undefined", f"Unrecognized token 'undefined': was expecting {TOKENS}", 1, 10),
        ("[1, nul]", f"Unrecognized token 'nul': was expecting {TOKENS}", 1, 8),
        (
            '{"a":1',
            f"Unexpected end-of-input: expected close marker for Object (start marker at {PLACE.format(1, 1)})",
            1,
            7,
        ),
        (
            '{"a":\n[1,',
            f"Unexpected end-of-input: expected close marker for Array (start marker at {PLACE.format(2, 1)})",
            2,
            4,
        ),
        ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 4),
        ('{"a":1 "b"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 1, 8),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            1,
            6,
        ),
        ("[}", f"Unexpected character ('}}' (code 125)): expected a valid value {TOKENS}", 1, 2),
    ],
)
def test_a_text_that_is_no_json_is_refused_in_the_words_of_jackson(
    text: str, reason: str, line: int, column: int
) -> None:
    assert refusal("States.StringToJson($.text)", {"text": text}) == (
        f"Cannot convert String to Json in States.StringToJson, caused by: {reason}\n at {PLACE.format(line, column)}"
    )


@pytest.mark.parametrize("text", ["NaN", "1e999", "[Infinity]", '"open', '{"a":1}x', "'a'", "[1,2]]", "\\", "{"])
def test_nothing_but_json_is_read(text: str) -> None:
    message = refusal("States.StringToJson($.text)", {"text": text})
    assert message.startswith("Cannot convert String to Json in States.StringToJson, caused by: ")


@pytest.mark.parametrize("value", [123, None, {"a": 1}, [1, 2], True])
def test_only_a_string_is_read_as_json(value: Any) -> None:
    assert refusal("States.StringToJson($.v)", {"v": value}) == "Invalid arguments in States.StringToJson"


def test_objects_are_merged_at_their_top_and_the_second_wins() -> None:
    first, second = {"a": {"a1": 1}, "b": 2, "d": 3}, {"a": {"a3": 1}, "c": 3, "d": None}
    merged = call("States.JsonMerge", first, second, False)
    assert list(merged.items()) == [("a", {"a3": 1}), ("b", 2), ("d", None), ("c", 3)]
    assert first == {"a": {"a1": 1}, "b": 2, "d": 3}


def test_whatever_is_not_true_asks_for_a_shallow_merge() -> None:
    assert call("States.JsonMerge", {}, {}, "false") == {}  # measured


@pytest.mark.parametrize("arguments", [(None, {}, False), ({}, [], False), ({}, "x", False), ({}, {}, True)])
def test_only_objects_are_merged_and_never_deeply(arguments: tuple[Any, ...]) -> None:
    text = "States.JsonMerge($[0], $[1], $[2])"
    assert refusal(text, list(arguments)) == "Invalid arguments in States.JsonMerge"


# --------------------------------------------------------------------------- arrays


@given(st.lists(JSON, max_size=30), st.integers(1, 40))
def test_chunks_join_back_to_the_array(values: list[Any], size: int) -> None:
    chunks = call("States.ArrayPartition", values, size)
    assert [value for chunk in chunks for value in chunk] == values
    assert all(len(chunk) == size for chunk in chunks[:-1])
    assert all(chunks)


def test_the_size_of_a_chunk_loses_its_fraction() -> None:
    assert call("States.ArrayPartition", [1, 2, 3, 4, 5], 2.6) == [[1, 2], [3, 4], [5]]  # measured


@pytest.mark.parametrize("size", [0, 0.6, -1, -0.4, "2", None, True, 2**31])
def test_the_size_of_a_chunk_is_a_positive_number(size: Any) -> None:
    assert refusal("States.ArrayPartition($[0], $[1])", [[1], size]) == "Invalid arguments in States.ArrayPartition"


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ((1, 9, 2), [1, 3, 5, 7, 9]),
        ((-2, 2, 2), [-2, 0, 2]),
        ((3, 3, -1), [3]),
        ((5, 1, -2), [5, 3, 1]),
        ((5, 1, 1), []),
        ((1, 5, -1), []),
        ((1.4, 5.6, 2.2), [1, 3, 5]),
        ((1.6, 1.4, 1), [1]),  # measured: the fraction is cut off
        ((5.4, -0.6, -2.4), [5, 3, 1]),  # measured
    ],
)
def test_a_range_includes_both_ends(bounds: tuple[float, float, float], expected: list[int]) -> None:
    assert call("States.ArrayRange", *bounds) == expected


@pytest.mark.parametrize("bounds", [(1, 1000, 1), (1000, 1, -1), (0, 1998, 2)])
def test_a_range_may_have_a_thousand_numbers(bounds: tuple[int, int, int]) -> None:
    assert len(call("States.ArrayRange", *bounds)) == 1000


@pytest.mark.parametrize(
    "bounds",
    [
        (1, 1001, 1),
        (1001, 1, -1),
        (1, 10, 0),
        (1, 10, 0.49),
        ("a", 5, 1),
        (1, None, 1),
        (1, 5, True),
        (0, 2**31, 2**30),
    ],
)
def test_a_range_that_cannot_be_is_refused(bounds: tuple[Any, ...]) -> None:
    assert refusal("States.ArrayRange($[0], $[1], $[2])", list(bounds)) == "Invalid arguments in States.ArrayRange"


@given(st.integers(-500, 500), st.integers(-500, 500), st.integers(-50, 50).filter(bool))
def test_the_numbers_of_a_range_lie_between_its_ends_a_step_apart(first: int, last: int, step: int) -> None:
    result = call("States.ArrayRange", first, last, step) if abs(last - first) < 900 else []
    assert all((value - first) % step == 0 and min(first, last) <= value <= max(first, last) for value in result)


@pytest.mark.parametrize(
    ("values", "searched", "found"),
    [
        ([1, 2, 3], 2, True),
        ([1, 2, 3], 5, False),
        ([1.0], 1, True),
        ([1, None], None, True),
        ([[1, 2], [3]], [1, 2], True),
        ([[1, 2]], [2, 1], False),
        ([{"a": 1}], {"a": 1}, True),
        ([{"a": 1}], {"a": 1, "extra": None}, False),
        ([0, 1, -1], False, False),
        ([], [], False),
        ([{"a": 1, "b": 2}], {"b": 2, "a": 1}, False),  # measured: by text
        (["9007199254740991"], 9007199254740991, True),  # measured
        (["true"], True, True),  # measured
    ],
)
def test_an_array_contains_what_has_the_same_text(values: list[Any], searched: Any, found: bool) -> None:
    assert call("States.ArrayContains", values, searched) is found


@given(st.lists(JSON, min_size=1), st.data())
def test_an_array_contains_its_elements(values: list[Any], data: st.DataObject) -> None:
    assert call("States.ArrayContains", values, data.draw(st.sampled_from(values))) is True


def test_an_item_is_taken_by_its_index_from_zero() -> None:
    assert call("States.ArrayGetItem", [10, None, {"b": 2}], 0) == 10
    assert call("States.ArrayGetItem", [10, None, {"b": 2}], 1) is None
    assert call("States.ArrayGetItem", [10, None, {"b": 2}], 2.9) == {"b": 2}  # measured: the fraction is cut off


@pytest.mark.parametrize("index", [3, -1, "1", None, True])
def test_an_index_outside_the_array_is_refused(index: Any) -> None:
    assert refusal("States.ArrayGetItem($[0], $[1])", [[1, 2, 3], index]) == "Invalid arguments in States.ArrayGetItem"


def test_an_empty_array_gives_null_for_any_index() -> None:
    assert call("States.ArrayGetItem", [], 999) is None  # measured


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3, 3, 3, 4], [1, 2, 3, 4]),
        (["a", "b", "a", "c", "b"], ["a", "b", "c"]),
        ([], []),
        ([None, None, 1, None], [None, 1]),
        ([1, "1", 1, "01"], [1, "1", "01"]),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}]),
        ([{"nested": {"x": 1}}, {"nested": {"x": 1}}], [{"nested": {"x": 1}}]),
        ([True, False, True, False], [False, True]),
        ([[1, 2], [1, 2], [2, 1]], [[2, 1], [1, 2]]),
    ],
)
def test_unique_elements_come_in_the_order_measured_on_aws(values: list[Any], expected: list[Any]) -> None:
    assert call("States.ArrayUnique", values) == expected


@given(st.lists(JSON))
def test_unique_elements_are_those_of_the_array_each_once(values: list[Any]) -> None:
    unique = call("States.ArrayUnique", values)
    texts = [json.dumps(value, sort_keys=True) for value in unique]
    assert sorted(texts) == sorted({json.dumps(value, sort_keys=True) for value in values})


@pytest.mark.parametrize("function", ["States.ArrayLength", "States.ArrayUnique"])
@pytest.mark.parametrize("value", ["text", {"k": 1}, None, 7])
def test_only_arrays_have_a_length_and_unique_elements(function: str, value: Any) -> None:
    assert refusal(f"{function}($.v)", {"v": value}) == f"Invalid arguments in {function}"


# --------------------------------------------------------------------------- encodings


@given(st.text(max_size=200))
def test_base64_decodes_what_it_encodes(text: str) -> None:
    encoded = call("States.Base64Encode", text)
    assert encoded == base64.b64encode(text.encode()).decode()
    assert call("States.Base64Decode", encoded) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "i\ufffd"),
        ("ab==cd", "i"),
        (" YWJjZA== ", "abcd"),
        ("YWJj\nZA", "abcd"),
        ("!!!YWJj!!!", "abc"),
        ("A", ""),
        ("_-__", "\ufffd\ufffd\ufffd"),
        ("44GT", "こ"),
    ],
)
def test_base64_is_read_leniently(text: str, expected: str) -> None:
    assert call("States.Base64Decode", text) == expected


@pytest.mark.parametrize("name", ["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"])
def test_a_hash_is_written_in_hexadecimal_digits(name: str) -> None:
    expected = hashlib.new(name.replace("-", "").lower(), "✓".encode()).hexdigest()
    assert call("States.Hash", "✓", name) == expected


@pytest.mark.parametrize("algorithm", ["sha-256", "SHA256", "MD-5", "", None, 123])
def test_only_the_five_algorithms_are_known(algorithm: Any) -> None:
    assert refusal("States.Hash('data', $.a)", {"a": algorithm}) == "Invalid arguments in States.Hash"


def test_a_number_is_hashed_as_its_text() -> None:
    assert call("States.Hash", 123, "MD5") == call("States.Hash", "123", "MD5")  # measured


@pytest.mark.parametrize("call_text", ["States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"])
@pytest.mark.parametrize(("text", "fits"), [("A" * 10_000, True), ("A" * 10_001, False), ("🚀" * 5001, False)])
def test_ten_thousand_characters_are_the_most(call_text: str, text: str, fits: bool) -> None:
    if fits:
        assert evaluate(call_text, text) is not None
    else:
        name = call_text.partition("(")[0]
        assert refusal(call_text, text) == f"Invalid arguments in {name}"


@pytest.mark.parametrize("function", ["States.Base64Encode", "States.Base64Decode"])
@pytest.mark.parametrize("value", [123, {}, ["x"], None])
def test_only_strings_are_encoded(function: str, value: Any) -> None:
    assert refusal(f"{function}($.v)", {"v": value}) == f"Invalid arguments in {function}"


# --------------------------------------------------------------------------- numbers


@given(WHOLE, WHOLE)
def test_numbers_are_added_within_32_bits(first: int, second: int) -> None:
    if -(2**31) <= first + second < 2**31:
        assert call("States.MathAdd", first, second) == first + second
    else:
        expected = "Invalid arguments in States.MathAdd"
        assert refusal("States.MathAdd($[0], $[1])", [first, second]) == expected


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(2.5, 3), (-2.5, -2), (-0.5, 0), (0.5, 1), (0.49999999999999994, 0), (1.49, 1), (-1.51, -2), (7.0, 7)],
)
def test_a_summand_is_rounded_half_up(number: float, rounded: int) -> None:
    result = call("States.MathAdd", number, 0)
    assert (result, type(result)) == (rounded, int)


@pytest.mark.parametrize("value", ["1", None, True, [1], 3_000_000_000, -3_000_000_000, 1e300])
def test_a_summand_is_a_number_of_32_bits(value: Any) -> None:
    assert refusal("States.MathAdd($.v, -1)", {"v": value}) == "Invalid arguments in States.MathAdd"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((1, 100, 42), 63),
        ((1, 1000, 1), 106),
        ((1, 1000, 2), 806),
        ((1, 10, -10), 1),
        ((1, 10, 0), 7),
        ((1, 5, 42), 3),
        ((-5, 5, 42), -5),
        ((2147483640, 2147483647, 1), 2147483644),
    ],
)
def test_a_seeded_number_is_the_one_measured_on_aws(arguments: tuple[int, int, int], expected: int) -> None:
    assert call("States.MathRandom", *arguments) == expected


@given(WHOLE, WHOLE, st.none() | st.integers(-(2**63), 2**63 - 1))
def test_a_random_number_lies_between_its_bounds(first: int, second: int, seed: int | None) -> None:
    start, end = sorted((first, second))
    if start < end:
        number = call("States.MathRandom", start, end, *([] if seed is None else [seed]))
        assert start <= number < end


@pytest.mark.parametrize(
    "arguments", [(1, 1), (10, 5), (1.4, 1.6), ("a", 10), (1, None), (1, 10, "seed"), (1, 10, None), (1, 2**31)]
)
def test_bounds_that_leave_no_number_are_refused(arguments: tuple[Any, ...]) -> None:
    text = f"States.MathRandom({', '.join(f'$[{index}]' for index in range(len(arguments)))})"
    assert refusal(text, list(arguments)) == "Invalid arguments in States.MathRandom"


def test_what_is_drawn_comes_from_the_source_of_the_scope() -> None:
    text = "States.Array(States.UUID(), States.MathRandom(0, 1000000), States.UUID())"
    drawn = compile_intrinsic(text).evaluate(scope_of(seed=1))
    assert drawn == compile_intrinsic(text).evaluate(scope_of(seed=1))
    assert drawn != compile_intrinsic(text).evaluate(scope_of(seed=2))


def test_a_uuid_is_one_of_version_4() -> None:
    pattern = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    source = scope_of()
    intrinsic = compile_intrinsic("States.UUID()")
    drawn = {str(intrinsic.evaluate(source)) for _ in range(50)}
    assert len(drawn) == 50
    assert all(re.fullmatch(pattern, uuid) for uuid in drawn)


def test_a_uuid_ignores_arguments() -> None:
    assert len(evaluate("States.UUID('x', 1)")) == 36  # measured
