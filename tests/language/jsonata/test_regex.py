"""Regular expressions are ECMAScript's; where that is the same as Python's, so is what they find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.jsonata.regex import compile_regex
from aslrun.language.jsonata.regex.machine import Found


def search(pattern: str, text: str, flags: str = "") -> Found | None:
    return compile_regex(pattern, flags).search(text, 0, lambda cost: None)


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "groups"),
    [
        (r"(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", ["zaacbbbcac", "z", "ac", "a", None, "c"]),
        (r"(?=(a+))", "", "baaabac", ["", "aaa"]),
        (r"(?=(a+))a*b\1", "", "baaabac", ["aba", "a"]),
        (r"(.*?)a(?!(a+)b\2c)\2(.*)", "", "baaabaac", ["baaabaac", "ba", None, "abaac"]),
        (r"(a*)*", "", "b", ["", None]),
        (r"(?:)|a", "", "a", [""]),
        (r"((a)|ab)((c)|bc)", "", "abc", ["abc", "a", "a", "bc", None]),
        (r"a[a-z]{2,4}?", "", "abcdefghi", ["abc"]),
        (r"(aa|aabaac|ba|b|c)*", "", "aabaac", ["aaba", "ba"]),
        (r"\1(a)", "", "aa", ["a", "a"]),
        (r"(?<=\$)\d+(\.\d*)?", "", "cost $10.50", ["10.50", ".50"]),
        (r"(?<=([ab]+)([bc]+))$", "", "abc", ["", "a", "bc"]),
        (r"(?<!\$)\b\d+", "", "$1 22", ["22"]),
        (r"(?<year>\d{4})-\k<year>", "", "x2020-2020", ["2020-2020", "2020"]),
        (r"^b$", "m", "a\nb\nc", ["b"]),
        (r"b$", "", "b\n", None),
        (r"a.c", "", "a\nc", None),
        (r"a[^]c", "", "a\nc", ["a\nc"]),
        (r"[]", "", "a", None),
        (r"straße", "i", "STRASSE", None),
        (r"É", "i", "é", ["é"]),
        (r"\s", "", "\ufeff", ["\ufeff"]),
        (r"\w", "", "é", None),
        (r"\d", "", "٣", None),
        (r"a{,2}", "", "a{,2}", ["a{,2}"]),
        (r"x{", "", "x{", ["x{"]),
        (r"\x41\u0042\cJ\0", "", "AB\n\0", ["AB\n\0"]),
        (r"[\b]", "", "\b", ["\b"]),
        (r"[a\-z]+", "", "a-z", ["a-z"]),
        (r"[\w-]+", "", "a-b", ["a-b"]),
        (r"]", "", "]", ["]"]),
        (r"(?:a|b)+?c", "", "abac", ["abac"]),
        (r"(a?)*?b", "", "aab", ["aab", "a"]),
    ],
)
def test_what_ecmascript_finds(pattern: str, flags: str, text: str, groups: list[str | None] | None) -> None:
    found = search(pattern, text, flags)
    assert (None if found is None else [found.text, *found.groups]) == groups


atoms = st.sampled_from(
    ["a", "b", "c", "[ab]", "[^a]", "(?:a|bc)", "(a|b)", "(ab?)", "\\d", "(?=b)", "(?!c)", "^", "$"]
)
quantified = st.tuples(atoms, st.sampled_from(["", "", "*", "+", "?", "*?", "+?", "{1,2}"])).map(
    lambda pair: pair[0] + ("" if pair[0] in ("^", "$", "(?=b)", "(?!c)") else pair[1])
)
patterns = st.lists(quantified, min_size=1, max_size=5).map("".join)


@given(patterns, st.text("abc1", max_size=8))
def test_python_finds_the_same_where_the_dialects_agree(pattern: str, text: str) -> None:
    found, expected = search(pattern, text), re.search(pattern, text)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert (found.start, found.end) == expected.span()
