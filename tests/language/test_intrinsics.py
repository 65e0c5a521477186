"""Intrinsic functions: the grammar of a call, and how a failure is worded."""

from __future__ import annotations

from typing import Any

import pytest

from aslrun.language.errors import ExpressionSyntaxError
from aslrun.language.functions import FUNCTIONS
from aslrun.language.intrinsics import (
    Call,
    Intrinsic,
    Literal,
    compile_expression,
    compile_intrinsic,
    is_intrinsic,
)
from aslrun.language.jsonpath import Path
from aslrun.values import parse

from .calls import evaluate, failure, refusal, scope_of


def syntax_error(text: str) -> ExpressionSyntaxError:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_intrinsic(text)
    return caught.value


# --------------------------------------------------------------------------- the grammar


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'text'", "text"),
        ("''", ""),
        ("'two\nlines'", "two\nlines"),
        (r"'it\'s'", "it's"),
        (r"'a \{brace\}'", "a {brace}"),
        (r"'a \\ slash'", "a \\ slash"),
        ("'{braces} as they are'", "{braces} as they are"),
        ("'a \"quoted\" word, (in brackets)'", 'a "quoted" word, (in brackets)'),
        ("'🚀 ü'", "🚀 ü"),
        ("0", 0),
        ("-1", -1),
        ("2.3", 2.3),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("$.a", 1),
        ("$['b c']", 2),
        ("$['x, y)']", 3),
        ("$.list[?(@.n == 'p, q)')].n", ["p, q)"]),
        ("$$.Execution.Name", "run"),
        ("$name", "variable"),
        ("States.Array(1)", [1]),
    ],
)
def test_an_argument_is_a_literal_a_path_or_a_call(text: str, expected: Any) -> None:
    document = {"a": 1, "b c": 2, "x, y)": 3, "list": [{"n": "p, q)"}, {"n": "r"}]}
    assert evaluate(f"States.Array({text}, {text})", document, name="variable") == [expected, expected]


def test_blanks_may_stand_between_arguments_and_at_the_end() -> None:
    assert evaluate("States.Array( $.a ,\n\t$.b )  ", {"a": 1, "b": 2}) == [1, 2]


def test_a_call_may_have_no_arguments() -> None:
    assert evaluate("States.Array()") == evaluate("States.Array( )") == []


def test_ten_calls_may_be_nested() -> None:
    assert evaluate("States.Array(" * 10 + "1" + ")" * 10) == [[[[[[[[[[1]]]]]]]]]]


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "expected a path that starts with '$' or the call", 0),
        (" States.UUID()", "expected a path that starts with '$' or the call", 0),
        ("states.UUID()", "expected a path that starts with '$' or the call", 0),
        ("States.Foo(1)", "there is no intrinsic function States.Foo", 0),
        ("States.Array(States.Foo(1))", "there is no intrinsic function States.Foo", 13),
        ("States.Format", "expected '(' after States.Format, found the end", 13),
        ("States.Format ('a')", "expected '(' after States.Format, found ' '", 13),
        ("States.Array(", "expected a path, a string in single quotes, a number", 13),
        ("States.Array($.a", "expected ',' or ')', found the end", 16),
        ("States.Array(1 2)", "expected ',' or ')', found '2'", 15),
        ("States.Array(1,)", "expected a path, a string in single quotes, a number", 15),
        ("States.UUID(,)", "expected a path, a string in single quotes, a number", 12),
        ("States.Array(1))", "nothing may follow the call, found ')'", 15),
        ("States.Array(1) x", "nothing may follow the call, found 'x'", 16),
        ("States.StringSplit('a', '-')[0]", "nothing may follow the call, found '['", 28),
        ("States.Array([1])", "expected a path, a string in single quotes, a number", 13),
        ('States.Array("a")', "expected a path, a string in single quotes, a number", 13),
        ("States.Array(truely)", "expected a path, a string in single quotes, a number", 13),
        ("States.Array(.5)", "expected a path, a string in single quotes, a number", 13),
        ("States.Array(1.)", "expected ',' or ')', found '.'", 14),
        ("States.Array(01)", "expected ',' or ')', found '1'", 14),
        ("States.Array(1e999)", "the number is too large", 13),
        ("States.Array('a", "the string has no end", 13),
        ("States.Array('a\\'", "the string has no end", 13),
        ("States.Array('a \\\"b\\\"')", "only \\', \\{, \\} and \\\\ are escapes", 16),
        (r"States.Array('a\n')", "only \\', \\{, \\} and \\\\ are escapes", 15),
        ("States.Array($.a[)", "", 13),
        ("States.Array(" * 11 + "1" + ")" * 11, "calls may be nested to 10 levels", 130),
    ],
)
def test_a_malformed_call_is_a_syntax_error_with_its_position(text: str, message: str, position: int) -> None:
    error = syntax_error(text)
    assert message in error.message
    assert error.position is not None
    assert error.position >= position if text == "States.Array($.a[)" else error.position == position


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("States.MathAdd(1)", "States.MathAdd takes 2 arguments, found 1"),
        ("States.MathAdd(1, 2, 3)", "States.MathAdd takes 2 arguments, found 3"),
        ("States.ArrayLength()", "States.ArrayLength takes 1 argument, found 0"),
        ("States.MathRandom(1)", "States.MathRandom takes 2 or 3 arguments, found 1"),
        ("States.Format()", "States.Format takes at least 1 argument, found 0"),
        ("States.JsonMerge($.a, $.b)", "States.JsonMerge takes 3 arguments, found 2"),
        ("States.Array(States.Hash('a'))", "States.Hash takes 2 arguments, found 1"),
    ],
)
def test_a_wrong_number_of_arguments_is_a_syntax_error(text: str, message: str) -> None:
    assert syntax_error(text).message == message


def test_the_position_in_a_malformed_path_counts_from_the_start_of_the_call() -> None:
    error = syntax_error("States.Array(1, $.a[?(@.b)]x[)")
    assert error.position is not None
    assert error.position >= 16


def test_what_starts_like_a_call_is_told_by_its_first_word() -> None:
    assert is_intrinsic("States.Foo(1)")
    assert not is_intrinsic("$.States.Foo")
    assert not is_intrinsic("states.Array()")


def test_an_expression_is_a_path_or_a_call() -> None:
    assert isinstance(compile_expression("$.a"), Path)
    assert isinstance(compile_expression("States.UUID()"), Intrinsic)
    with pytest.raises(ExpressionSyntaxError, match="expected a path that starts with"):
        compile_expression("a")


def test_the_tree_shows_functions_paths_and_literals() -> None:
    intrinsic = compile_intrinsic("States.Format('{}{}', $.a, States.MathAdd($$.Map.Item.Index, $n))")
    assert intrinsic.functions == ("States.Format", "States.MathAdd")
    assert [path.text for path in intrinsic.paths] == ["$.a", "$$.Map.Item.Index", "$n"]
    assert intrinsic.arguments[0] == Literal("{}{}", "{}{}")
    assert isinstance(intrinsic.arguments[2], Call)


def test_a_call_of_literals_is_made_when_it_is_compiled() -> None:
    intrinsic = compile_intrinsic("States.ArrayRange(1, 3, 1)")
    assert intrinsic.evaluate(scope_of()) is intrinsic.evaluate(scope_of())


def test_a_call_of_literals_that_must_fail_compiles_and_says_so() -> None:
    intrinsic = compile_intrinsic("States.Array($.a, States.MathAdd('1', 2))")
    assert intrinsic.certain_failure == "Invalid arguments in States.MathAdd"
    assert refusal(intrinsic.text, {"a": 1}) == "Invalid arguments in States.MathAdd"


def test_a_call_that_depends_on_the_input_has_no_certain_failure() -> None:
    assert compile_intrinsic("States.MathAdd('1', $.a)").certain_failure is None


def test_there_are_eighteen_functions() -> None:
    assert len(FUNCTIONS) == 18


# --------------------------------------------------------------------------- failures


def test_a_path_that_leads_nowhere_is_named_with_the_whole_expression_as_written() -> None:
    text = "States.Format('{}',  States.Format('{}', $.nope.deep))"
    assert failure(text, {"other": 1}) == (
        f"The function '{text}' had the following error: The JsonPath argument for the field '$.nope.deep' "
        "could not be found in the input '{\"other\":1}'"
    )


def test_the_input_in_a_failure_is_the_text_it_was_read_from() -> None:
    assert failure("States.Array($.a)", parse('{ "b": 1 }')).endswith("could not be found in the input '{ \"b\": 1 }'")


def test_an_index_past_the_end_is_a_path_that_leads_nowhere() -> None:
    message = failure("States.Format('{}', $.items[5])", {"items": [1, 2]})
    assert message.endswith("argument for the field '$.items[5]' could not be found in the input '{\"items\":[1,2]}'")


def test_a_context_path_that_leads_nowhere_is_shown_from_the_context_object_on() -> None:
    message = failure("States.Format('{}', $$.Nope.Deep)", {"other": 1})
    assert message.endswith("argument for the field '$.Nope.Deep' could not be found in the input '{\"other\":1}'")


def test_an_index_into_what_is_no_array_is_explained_by_the_path() -> None:
    assert failure("States.Format('{}', $.other[0])", {"other": 1}) == (
        "The function 'States.Format('{}', $.other[0])' had the following error: "
        "Filter: [0] can only be applied to arrays. Current context is: 1"
    )


def test_a_wildcard_that_finds_nothing_is_an_empty_array() -> None:
    assert evaluate("States.ArrayLength($.items[*].nope)", {"items": [1, 2]}) == 0


def test_a_refused_argument_of_an_inner_call_names_the_whole_expression() -> None:
    text = "States.Array(1, States.ArrayLength(States.JsonToString($.items)))"
    assert refusal(text, {"items": [1]}) == "Invalid arguments in States.ArrayLength"
