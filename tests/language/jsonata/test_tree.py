"""The parse tree serves static checks: who asks it sees every variable, name and function with its place."""

from __future__ import annotations

import pytest

from aslrun.language import jsonata
from aslrun.language.jsonata import JsonataSyntaxError, nodes


def variables(text: str) -> list[str]:
    return [node.value for node in jsonata.walk(jsonata.parse(text)) if isinstance(node, nodes.Variable)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$states.input.a", ["states"]),
        ("$ + $$.a", ["", "$"]),
        ("$a[$b = 1].x{$c: $d}", ["a", "b", "c", "d"]),
        ("$x^(>$y, z)", ["x", "y"]),
        ("$f($a, ?, $b)", ["f", "a", "b"]),
        ("$a ~> $f($b)", ["a", "f", "b"]),
        ("$o ~> |$p|{'k': $u}, $d|", ["o", "p", "u", "d"]),
        ("function($p){ $p + $q }", ["p", "q"]),
        ("($v := $w; [$v, {'k': $x}])", ["w", "v", "x"]),
        ("$a ? $b : $c", ["a", "b", "c"]),
        ("items[0][$n].($m)", ["n", "m"]),
    ],
)
def test_every_variable_is_found(text: str, names: list[str]) -> None:
    assert variables(text) == names


def test_names_at_the_beginning_of_a_path_are_told_from_fields() -> None:
    def unqualified(text: str) -> list[str]:
        return [
            node.steps[0].value
            for node in jsonata.walk(jsonata.parse(text))
            if isinstance(node, nodes.Path) and isinstance(node.steps[0], nodes.Name)
        ]

    assert unqualified("$states.input.name") == []
    assert unqualified("total + $states.input.name") == ["total"]


def test_positions_lie_behind_the_tokens() -> None:
    tree = jsonata.parse("$abc + 12")
    assert isinstance(tree, nodes.Binary)
    assert (tree.left.position, tree.position, tree.right.position) == (4, 6, 9)


def test_calls_of_eval_are_visible() -> None:
    calls = [node for node in jsonata.walk(jsonata.parse("[1, $eval('x')]")) if isinstance(node, nodes.Call)]
    assert [call.procedure.value for call in calls if isinstance(call.procedure, nodes.Variable)] == ["eval"]


def test_the_tree_of_an_expression_is_kept() -> None:
    assert jsonata.compile("$a.b").tree.kind == "path"


def test_a_text_that_is_no_expression_has_no_tree() -> None:
    with pytest.raises(JsonataSyntaxError) as caught:
        jsonata.parse("$a +")
    assert caught.value.code == "S0207"
