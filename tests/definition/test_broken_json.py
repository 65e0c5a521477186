"""Texts that are no JSON: AWS's words for them, ours beside them, and that no bytes bring the reader down."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslrun.definition.validation import validate
from aslrun.errors import Diagnostic


def only(text: str) -> Diagnostic:
    found = validate(text)
    assert len(found) == 1
    return found[0]


def place(text: str, column: int, line: int = 1) -> str:
    return f'[Source: (String)"{text}"; line: {line}, column: {column}]'


def test_a_word_that_is_no_json_is_told_as_aws_tells_it() -> None:
    found = only("not a definition")

    assert found.code == "INVALID_JSON_DESCRIPTION"
    assert found.location == place("not a definition", 4)
    assert found.message == (
        "Unrecognized token 'not': was expecting "
        "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        f"\n at {place('not a definition', 4)}"
    )


@pytest.mark.parametrize(
    ("text", "sentence", "column"),
    [
        ('{"a":1,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name", 9),
        ("{'a':1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 3),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value", 7),
        ('{"a":1 "b":2}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries", 9),
        ('{"a":[1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 10),
        ('{"a":"\\q"}', "Unrecognized character escape 'q' (code 113)", 9),
        ('{"a":"x', "Unexpected end-of-input: was expecting closing quote for a string value", 8),
    ],
)
def test_a_mistake_has_the_words_of_the_parser_that_aws_uses(text: str, sentence: str, column: int) -> None:
    assert only(text).message == f"{sentence}\n at {place(text, column)}"


def test_a_document_that_ends_early_names_the_bracket_that_is_open() -> None:
    text = '{"a":[1]'
    start = place(text, 1)
    assert only(text).message.startswith(
        f"Unexpected end-of-input: expected close marker for Object (start marker at {start})"
    )


def test_of_a_long_text_only_the_beginning_is_repeated() -> None:
    text = '{"a": "' + "x" * 600 + '",}'
    assert f'x"[truncated {len(text) - 500} chars]; line: 1, column: {len(text) + 1}]' in only(text).message


def test_people_are_told_in_our_words() -> None:
    assert str(only('{"a": 1 "b": 2}')) == "1:9 definition: a comma or a closing bracket is missing here"


def test_a_comment_in_json_is_refused_with_a_way_out() -> None:
    found = only('{"a": 1 // one\n}')
    assert "maybe a (non-standard) comment?" in found.message
    assert found.hint == "JSON has no comments (a file named .jsonc may have them)"


def test_a_key_that_stands_twice_is_told_at_its_object() -> None:
    found = only('{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true},\n "A": {"Type": "Succeed"}}}')
    assert (found.location, found.path, found.line) == ("/States", "States.A", 2)


def test_comments_and_last_commas_may_stand_in_a_jsonc_file(tmp_path: Path) -> None:
    file = tmp_path / "order.asl.jsonc"
    last = ' */ "States": {"A": {"Type": "Pas", "Comment": "// no",},},'
    file.write_text(f'{{ // first\n  "StartAt": "A", /* "StartAt": "B",\n{last}\n}}')
    found = [each for each in validate(file) if each.path == "States.A.Type"]
    assert [(each.line, each.column) for each in found] == [(3, last.index('"Pas"') + 1)]


def test_a_comment_without_an_end_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "order.jsonc").write_text('{"StartAt": /* "A"}')
    assert validate(tmp_path / "order.jsonc")[0].code == "INVALID_JSON_DESCRIPTION"


# --------------------------------------------------------------------------- hostile files

HOSTILE: dict[str, bytes] = {
    "deep.json": b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep.yaml": b"a: " + b"[" * 10_000 + b"]" * 10_000,
    "deep_block.yaml": b"- " * 100_000 + b"x",
    "deep_and_long.yaml": b"[" * 200_000,
    "comments.jsonc": b"{" + b"/* " * 100_000,
    "commas.jsonc": b"{" + b", " * 100_000,
    "quotes.json": b"{" + b'"' * 100_001,
    "backslashes.jsonc": b'{"a": "' + b"\\" * 100_001,
    "placeholders.json": b'{"a": ' + b"${x" * 100_000,
    "utf16.json": '{"a": 1}'.encode("utf-16"),
    "broken_utf8.json": b'{"a":"\xc3\x28"}',
    "nul.json": b'{"a":"\x00"}',
    "nul.yaml": b'a: "\x00"',
    "huge_integer.json": b'{"StartAt":' + b"9" * 100_000 + b"}",
    "infinite.json": b'{"TimeoutSeconds":1e400}',
    "bomb.yaml": b"a: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)),
    "empty.json": b"",
    "empty.yaml": b"",
    "unknown_alias.yaml": b"a: *b",
    "long.yaml": b"a: b\n" * 1_000_000,
    "long.json": b'{"a": "' + b"x" * 5_000_000 + b'"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_answered_with_diagnostics(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(HOSTILE[name])
    found = validate(tmp_path / name)
    assert found
    assert found[0].severity == "ERROR"


def test_a_lone_surrogate_is_text_like_any_other() -> None:
    found = validate('{"StartAt":"\\ud800","States":{"\\ud800":{"Type":"Pas","End":true}}}')
    assert "\\ud800" in found[0].path


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([".json", ".jsonc", ".yaml"]))
def test_no_bytes_raise(tmp_path: Path, content: bytes, suffix: str) -> None:
    file = tmp_path / f"any{suffix}"
    file.write_bytes(content)
    assert isinstance(validate(file), list)


_PARTS = [
    "Resources", "StartAt", "States", "Type", "AWS::Serverless::StateMachine", "Properties", "Definition", "!Sub",
    "!Ref", "DefinitionString", "DefinitionUri", "${A}", "Fn::Join", "Fn::Sub", ": ", "\n  ", "{", "}", "[", "]", ", ",
    "'", '"', "&a", "*a", "|", ">", "- ", "<<", "?", "~", "1",
]  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(_PARTS), max_size=40), st.sampled_from([".json", ".yaml"]))
def test_no_text_that_looks_like_a_template_raises(tmp_path: Path, parts: list[str], suffix: str) -> None:
    file = tmp_path / f"any{suffix}"
    file.write_text("".join(parts))
    assert isinstance(validate(file), list)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(_PARTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_PARTS), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(_JSON, st.sampled_from(["Definition", "DefinitionString", "DefinitionUri", "DefinitionSubstitutions"]))
def test_no_template_raises(value: object, field: str) -> None:
    machine = {"Type": "AWS::Serverless::StateMachine", "Properties": {field: value}}
    assert isinstance(validate({"Resources": {"M": machine}}), list)


@pytest.mark.parametrize("text", ['{"a\t', '{"a": "b\n', '{"a\x00'])
def test_a_control_character_at_the_end_of_an_open_string_is_named(text: str) -> None:
    code = ord(text[-1])
    assert only(text).message.startswith(f"Illegal unquoted character ((CTRL-CHAR, code {code})): has to be escaped")
