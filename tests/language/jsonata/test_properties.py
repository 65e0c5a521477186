"""What holds for all values: round trips through text, pictures, encodings; order; equality."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language import jsonata
from aslrun.language.jsonata.numbers import number_text

from .support import same

short = st.floats(allow_nan=False, allow_infinity=False).map(lambda value: float(f"{value:.14g}"))
exact = short.filter(lambda value: not 2**53 < abs(value) < 1e21)  # those are written as, and so read as, whole numbers
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | exact | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def run(text: str, value: Any) -> Any:
    return jsonata.compile(text)(bindings={"x": value})


@given(values)
def test_text_and_parse_give_the_value_back(value: Any) -> None:
    assert same(run("$parse($string({'v': $x}))", value), {"v": value})
    assert json.loads(run("$string({'v': $x}, true)", value)) == {"v": value}


@given(values)
def test_a_value_equals_itself_and_its_copy(value: Any) -> None:
    assert run("[$x] = [$x]", value) is True
    assert same(run("$clone({'v': $x}).v", {"k": value}), {"k": value})
    assert run("$count($distinct([{'v': $x}, {'v': $x}]))", value) == 1


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_gives_the_number_back(value: float) -> None:
    assert float(number_text(value)) == value


@given(st.integers(1, 10**12))
def test_whole_numbers_survive_every_picture(value: int) -> None:
    for picture in ("0", "#,##0", "w", "Ww", "A", "a", "0;o"):
        assert run(f"$parseInteger($formatInteger($x, '{picture}'), '{picture}')", value) == value


@given(st.integers(1, 3999))
def test_roman_numerals_survive(value: int) -> None:
    assert run("$parseInteger($formatInteger($x, 'I'), 'I')", value) == value


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_times_survive_iso_text(millis: int) -> None:
    assert run("$toMillis($fromMillis($x))", millis) == millis


@given(st.integers(0, 253_402_000_000))
def test_times_survive_a_picture(seconds: int) -> None:
    picture = "[FNn] [D1o] [MNn] [Y0001], [h]:[m01]:[s01] [PN] [Z]"
    assert run(f"$toMillis($fromMillis($x, '{picture}', '+0530'), '{picture}')", seconds * 1000) == seconds * 1000


@given(st.text(st.characters(max_codepoint=255)))
def test_base64_survives(text: str) -> None:
    assert run("$base64decode($base64encode($x))", text) == text


@given(st.text())
def test_urls_survive(text: str) -> None:
    assert run("$decodeUrlComponent($encodeUrlComponent($x))", text) == text


@given(st.lists(st.integers() | short, min_size=2))
def test_numbers_are_sorted(numbers: list[float]) -> None:
    assert run("$sort($x)", numbers) == sorted(numbers)
    assert run("$sort($x, function($l, $r){ $l < $r })", numbers) == sorted(numbers, reverse=True)
    assert run("$x^($)", numbers) == sorted(numbers)


@given(st.lists(st.text(max_size=3), max_size=6), st.sampled_from([",", "--", " "]))
def test_what_is_joined_can_be_split(texts: list[str], separator: str) -> None:
    parts = [text.replace(separator, "") for text in texts]
    if parts and not any(separator[0] in part for part in parts):
        assert run(f"$split($join($x, '{separator}'), '{separator}')[]", parts) == parts


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_division_and_remainder_fit(left: int, right: int) -> None:
    if right:
        assert run("$floor($x[0] / $x[1]) * $x[1] + $x[0] % $x[1]", [abs(left), abs(right)]) == abs(left)
        assert run("$x[0] % $x[1]", [left, right]) == math.fmod(left, right)


@pytest.mark.parametrize(
    "text", ["$x", "($x)", "[$x][0]", "{'v': $x}.v", "($y := $x; $y)", "$map([0], function(){$x})"]
)
@given(st.dictionaries(st.text(max_size=3), values, max_size=3))
def test_an_object_passes_through(text: str, value: dict[str, Any]) -> None:
    assert same(run(text, value), value)
