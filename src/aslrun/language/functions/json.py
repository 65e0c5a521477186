"""JSON as text and back, and joined: States.StringToJson, JsonToString and JsonMerge.

A text that is no JSON fails with the sentence of AWS's parser (Jackson), place included.
"""

from __future__ import annotations

import json
import math
import re

from ...values import JSON, to_text
from .arguments import InvalidArguments, invalid, text

_VALUES = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_EXPECTED = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting ',' delimiter": "was expecting comma to separate {} entries",
    "Expecting value": f"expected a valid value ({_VALUES})",
}
_WORD = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[][{}]', re.DOTALL)


def string_to_json(source: JSON) -> JSON:
    """``States.StringToJson``: the value that a JSON text stands for; a blank text is null.

    >>> string_to_json('[1, {"a": "x"}]'), string_to_json(" ")
    ([1, {'a': 'x'}], None)
    """
    source = text(source, "States.StringToJson")
    if not source.strip():
        return None
    try:
        value: JSON = json.loads(source, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:
        reason = _jackson(error) if isinstance(error, json.JSONDecodeError) else str(error)
        raise InvalidArguments(f"Cannot convert String to Json in States.StringToJson, caused by: {reason}") from None
    except RecursionError:
        raise invalid("States.StringToJson") from None
    return value


def json_to_string(value: JSON) -> JSON:
    """``States.JsonToString``: the compact text of a value, never the text that it was read from.

    >>> json_to_string({"Arg1": 1, "Arg2": []})
    '{"Arg1":1,"Arg2":[]}'
    """
    if isinstance(value, dict):
        return to_text(dict(value))
    return to_text(list(value) if isinstance(value, list) else value)


def json_merge(first: JSON, second: JSON, deep: JSON) -> JSON:
    """``States.JsonMerge``: the members of both objects; the second one wins. Only shallow merging exists.

    >>> json_merge({"a": {"x": 1}, "b": 2}, {"a": {"y": 3}}, False)
    {'a': {'y': 3}, 'b': 2}
    """
    if isinstance(first, dict) and isinstance(second, dict) and deep is not True:
        return {**first, **second}
    raise invalid("States.JsonMerge")


def _finite(digits: str) -> float:
    if math.isfinite(number := float(digits)):
        return number
    raise ValueError(f"Number value ({digits}) is out of range")


def _refuse(name: str) -> JSON:
    raise ValueError(f"Non-standard token '{name}'")


def _jackson(error: json.JSONDecodeError) -> str:
    """Jackson's words for what Python's parser found."""
    source, expected = error.doc, _EXPECTED.get(error.msg)
    if error.pos >= len(source) or expected is None:
        return _unfinished(error)
    if error.msg == "Expecting value" and (word := _WORD.match(source, error.pos)):
        return f"Unrecognized token '{word[0]}': was expecting ({_VALUES})\n at {_place(source, word.end())}"
    kind = "Object" if _open(source[: error.pos])[1] == "{" else "Array"
    found = f"Unexpected character ('{source[error.pos]}' (code {ord(source[error.pos])}))"
    return f"{found}: {expected.format(kind)}\n at {_place(source, error.pos)}"


def _unfinished(error: json.JSONDecodeError) -> str:
    source = error.doc
    start, bracket = _open(source)
    if error.pos < len(source) or not bracket:
        return f"{error.msg}\n at {_place(source, error.pos)}"
    kind = "Object" if bracket == "{" else "Array"
    marker = f"expected close marker for {kind} (start marker at {_place(source, start)})"
    return f"Unexpected end-of-input: {marker}\n at {_place(source, len(source))}"


def _open(source: str) -> tuple[int, str]:
    """Where the innermost bracket that is still open stands, and which one it is."""
    brackets = [(0, "")]
    for found in _STRUCTURE.finditer(source):
        if found[0] in "{[":
            brackets.append((found.start(), found[0]))
        elif found[0] in "]}" and len(brackets) > 1:
            brackets.pop()
    return brackets[-1]


def _place(source: str, position: int) -> str:
    line, column = source.count("\n", 0, position) + 1, position - source.rfind("\n", 0, position)
    redacted = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
    return f"[Source: {redacted}; line: {line}, column: {column}]"
