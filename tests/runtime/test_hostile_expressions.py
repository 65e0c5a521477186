"""Expressions that would loop, recurse or grow without end: each ends in a failure that says what was too much."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from aslrun import InvalidDefinition, load, simulate

STEPS, DEPTH, SIZE = "D1012", "D1011", "D2015"

HOSTILE = [
    ("($f := function() { $f() }; $f())", STEPS),
    ("($f := function($n) { 1 + $f($n + 1) }; $f(0))", DEPTH),
    ("($f := function($n) { $f($n + 1) }; $f(0))", STEPS),
    ("($f := function($n) { $g($n) }; $g := function($n) { $f($n) }; $f(0))", STEPS),
    ("[1..10000000]", SIZE),
    ("$sum([1..9999999])", SIZE),
    ("[1..10000000].($ * 2)", SIZE),
    ("[1..3000].[1..3000]", STEPS),
    ("$pad('x', 100000000)", SIZE),
    ("$pad('x', -100000000)", SIZE),
    ("($s := function($t, $n) { $n = 0 ? $t : $s($t & $t, $n - 1) }; $s('x', 40))", SIZE),
    ("($s := function($t, $n) { $n = 0 ? $t : $s($append($t, $t), $n - 1) }; $s([1], 40))", SIZE),
    ("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a+)+$/)", STEPS),
    ("$replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /(a|aa)+$/, 'x')", STEPS),
    ("$contains('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', /^(([a-z])+.)+[A-Z]([a-z])+$/)", STEPS),
    ("$split('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', /(a*)*b/)", STEPS),
    ("$map([1..1000000], function($x) { $x })", SIZE),
    ("$reduce([1..300000], function($a, $b) { $a & 'x' }, '')", STEPS),
    ("$filter([1..5000000], function($x) { true })", SIZE),
    ("($a := [1..2000]; $a.($b := $; $a.($b * $)))", STEPS),
    ("$sort([1..300000], function($a, $b) { $a > $b })", STEPS),
    ("$join([1..9999999].'x')", SIZE),
    ("$string([1..9999999])", SIZE),
    ("$power(10, 10000)", "D3061"),
    ("$parse('" + "[" * 5000 + "')", DEPTH),
    ("$range(0, 1e12, 1)", SIZE),
    ("$partition([1..1000000], 1)", SIZE),
    ("$zip([1..1000000], [1..1000000])", SIZE),
    ("$shuffle([1..1000000])", SIZE),
    ("$spread($merge([1..500000].{$string($): $}))", SIZE),
]


def machine(expression: str) -> dict[str, object]:
    states = {"A": {"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}}
    return {"QueryLanguage": "JSONata", "StartAt": "A", "States": states}


@pytest.mark.parametrize(("expression", "code"), HOSTILE)
def test_it_ends_in_a_failure_that_says_what_was_too_much(expression: str, code: str) -> None:
    result = simulate(machine(expression))
    assert result.error == "States.QueryEvaluationError"
    assert f"threw an error during evaluation. {code}: " in (result.cause or "")


@pytest.mark.parametrize("expression", ["(" * 300 + "1" + ")" * 300, "[" * 1000 + "]" * 1000])
def test_an_expression_that_nests_too_deeply_is_refused(expression: str) -> None:
    with pytest.raises(InvalidDefinition):
        load(machine(expression))


def test_all_of_them_together_stay_within_100_megabytes() -> None:
    program = (
        "import json, resource, sys, aslrun\n"
        "first = None\n"
        "for document in json.load(sys.stdin):\n"
        "    aslrun.simulate(document)\n"
        "    first = first or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first)\n"
    )
    documents = json.dumps([machine("1"), *(machine(expression) for expression, _ in HOSTILE)])
    grown = subprocess.run([sys.executable, "-c", program], input=documents, capture_output=True, text=True, check=True)
    assert int(grown.stdout) < 100 * 1024  # kilobytes
