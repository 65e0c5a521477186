"""Nothing an expression says can hang, exhaust or crash the process: it ends in an error with a code."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import Environment, JsonataError, JsonataLimitError, Limits

from .support import in_a_thread

SMALL = Limits(steps=200_000, depth=1_000, size=50_000)
DEEP = Environment(fresh_stack=in_a_thread)


def code_of(text: str, limits: Limits = SMALL, environment: Environment | None = None) -> str | None:
    with pytest.raises(JsonataLimitError) as caught:
        jsonata.compile(text, limits=limits, eval=True)(environment=environment)
    assert str(caught.value).startswith(f"{caught.value.code}: The expression")
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "($f := function($n){ 1 + $f($n) }; $f(1))",
        "($f := function($n){ $map([$n], $f) }; $f(1))",
        "($f := function($n){ $eval('$f(1) + 1') }; $f(1))",
        "($f := function($n){ {'a': $f($n)} }; $f(1))",
        "($f := function($n){ [1][$f($n)] }; $f(1))",
        "($f := function($n){ $n ~> $f() & '' }; $f(1))",
        "($f := function($n){ $replace('a', /a/, function($m){ $f($n) }) }; $f(1))",
        "($f := function($n){ {'a': 1} ~> |$|{'b': $f($n)}| }; $f(1))",
        "($f := function($n){ ([1, 2]^($f($n)))[0] = 1 }; $f(1))",
        "($f := function($g, $n){ $n = 0 ? $g : $f($g ~> $uppercase, $n - 1) }; $f($uppercase, 3000)('a'))",
    ],
)
@pytest.mark.parametrize("environment", [None, DEEP], ids=["one stack", "fresh stacks"])
def test_recursion_without_an_end_is_an_error(text: str, environment: Environment | None) -> None:
    assert code_of(text, Limits(steps=1_000_000, depth=1_000), environment) in ("D1011", "D1012")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("($f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(3000))", 3000),
        ("($f := function($n){ $n = 0 ? 0 : $sum($map([$n - 1], $f)) + 1 }; $f(1000))", 1000),
        ("($f := function($n){ $n = 0 ? 0 : {'a': [$f($n - 1)]}.a[0] }; $f(1000))", 0),
        ("($f := function($n){ $n = 0 ? true : $exists([1][$f($n - 1)]) }; $f(1000))", True),
        ("($f := function($n){ $n = 0 ? 1 : $reduce([1, $n - 1], function($a, $b){ $f($b) }) }; $f(1000))", 1),
        ("($f := function($n){ $n = 0 ? 1 : $n - 1 ~> $f() }; $f(1000))", 1),
        ("($f := function($n){ $n = 0 ? 1 : $f(?)($n - 1) + 1 }; $f(1000))", 1001),
        ("($f := function($n){ $n = 0 ? 1 : $sort([2, 1], function($a, $b){ $f($n - 1) > 0 })[0] }; $f(300))", 1),
        ("($f := function($n){ $n = 0 ? 'a' : $replace('a', /a/, function($m){ $f($n - 1) }) }; $f(300))", "a"),
        ("($f := function($n){ $n = 0 ? 1 : ([$n - 1].$f($)) + 1 }; $f(1000))", 1001),
    ],
)
def test_recursion_goes_thousands_of_levels_deep_with_fresh_stacks(text: str, result: Any) -> None:
    assert jsonata.compile(text)(environment=DEEP) == result


def test_a_hundred_levels_need_no_fresh_stack() -> None:
    factorial = "($f := function($n){ $n = 0 ? 1 : $n * $f($n - 1) }; $f(99))"
    assert jsonata.compile(factorial)() == 9.33262154439441e155


def test_how_deep_recursion_goes_does_not_depend_on_the_callers_stack() -> None:
    expression = jsonata.compile("($f := function($n){ 1 + $f($n + 1) }; $f(1))")

    def messages(frames: int) -> str:
        if frames:
            return messages(frames - 1)
        with pytest.raises(JsonataLimitError) as caught:
            expression()
        return caught.value.message

    assert messages(0) == messages(60)


def test_a_caller_without_stack_gets_an_error_and_no_recursion_error() -> None:
    expression = jsonata.compile("($f := function($n){ $n = 0 ? 0 : 1 + $f($n - 1) }; $f(20))")
    seen = set()

    def deeper(frames: int) -> None:
        try:
            seen.add(expression())
        except JsonataLimitError as error:
            seen.add(error.code)
        if frames:
            deeper(frames - 1)

    with pytest.raises(RecursionError):  # the test's own recursion, at last
        deeper(2000)
    assert seen == {20, "D1011"}


def test_which_of_two_failures_counts_is_known_behind_many_conditions_too() -> None:
    chain = "(false ? 1 : " * 100 + "$error('deep')" + ")" * 100
    with pytest.raises(JsonataError, match="shallow"):
        jsonata.compile(f"[{chain}, $error('shallow')]")({})


def test_tail_calls_are_as_many_as_the_steps() -> None:
    loop = "($f := function($n, $a){ $n = 0 ? $a : $f($n - 1, $a + 1) }; $f(20000, 0))"
    assert jsonata.compile(loop, limits=SMALL)() == 20_000
    assert code_of("($f := function(){ $f() }; $f())") == "D1012"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1..1e7]", "D2015"),
        ("$pad('a', 1e9)", "D2015"),
        ("$pad('a', -1e300)", "D2015"),
        ("($f := function($s){ $f($s & $s) }; $f('ab'))", "D2015"),
        ("($f := function($s){ $f($append($s, $s)) }; $f([1, 2]))", "D2015"),
        ("($f := function($s){ $f($replace($s, 'a', 'aaaa')) }; $f('a'))", "D2015"),
        ("$formatInteger(1e15, 'I')", "D2015"),
        ("$range(1, 1e9)", "D2015"),
        ("($x := [1..1000]; $x.($x.($x)))", "D2015"),
        ("($x := [1..1000]; $x.($x.($x.missing)))", "D1012"),
        ("$formatNumber(0, '0e0')", "D1012"),
    ],
)
def test_what_grows_without_measure_is_an_error(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    "use", ["{}", "$string({})", "{} = {}", "$count(({}).**)", "$distinct([{0}, {0}])", "$clone({})"]
)
def test_a_small_value_that_stands_for_a_huge_one_is_an_error(use: str) -> None:
    shared = "$f({'a': 1}, 60)"
    text = (
        "($f := function($s, $n){ $n = 0 ? $s : $f({'a': $s, 'b': $s}, $n - 1) }; "
        + use.replace("{0}", shared).replace("{}", shared)
        + ")"
    )
    assert code_of(text) == "D1012"


@pytest.mark.parametrize("use", ["{}", "$string({})", "$clone({})", "{} = {}", "$keys({})", "$spread({})"])
def test_a_value_nested_too_deeply_is_an_error(use: str) -> None:
    deep = "$f([1], 20000)"
    text = f"($f := function($s, $n){{ $n = 0 ? $s : $f([[$s]], $n - 1) }}; {use.replace('{}', deep)})"
    assert code_of(text, Limits()) == "D1011"


@pytest.mark.parametrize("pattern", ["/^(a+)+$/", "/(a|a)*b/", "/(.*)(.*)(.*)x/", "/(a?){50}a{50}/"])
def test_a_regular_expression_that_blows_up_is_an_error(pattern: str) -> None:
    assert code_of(f"$contains($pad('', 60, 'a') & '!', {pattern})") == "D1012"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "(" * 5_000 + "1" + ")" * 5_000,
        "[" * 5_000 + "1" + "]" * 5_000,
        "-" * 5_000 + "1",
        "1=2?0:" * 5_000 + "1",
        "1" + "+1" * 20_000,
        "$" + ".a" * 20_000,
        "[1]" + "[0]" * 20_000,
        "function($x){" * 2_000 + "1" + "}" * 2_000,
        "/" + "(" * 5_000 + ")" * 5_000 + "/",
    ],
    ids=lambda text: text[:12],
)
def test_a_text_nested_too_deeply_is_an_error(text: str) -> None:
    with pytest.raises(jsonata.JsonataError):
        jsonata.compile(text)()


def test_a_chain_of_operators_may_be_long() -> None:
    assert jsonata.compile("1" + "+1" * 400)() == 401
    assert jsonata.compile("'a'" + "&'b'" * 10_000)(environment=DEEP) == "a" + "b" * 10_000


def test_the_number_of_items_of_a_range_needs_no_range() -> None:
    assert jsonata.compile("$count([1..1e7])")() == 10_000_000
    assert jsonata.compile("[1..1e7] ~> $count()")() == 10_000_000
    assert jsonata.compile("($count := function($x){ 'mine' }; $count([1..3]))")() == "mine"
