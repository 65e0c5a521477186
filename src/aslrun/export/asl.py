"""A definition as canonical text: the same machine gives the same text, however its document was written.

Rules that a change must keep:

1. What loads from the text is the machine that was exported: no field, no number and no character is another.
2. Fields of states stand in the order of the tables below, states in the order in which they are reached from StartAt.
3. Payloads (Parameters, Result, Assign ...) keep their own order, for it is the order of the output.
4. A number keeps the digits it was written with (``1.50``, ``1E3``), where the document was JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from json.encoder import encode_basestring

from ..definition.model import Machine
from ..values import JSON
from .substitute import substituted

_PROGRAM = ("Comment", "Version", "QueryLanguage", "TimeoutSeconds", "ProcessorConfig", "StartAt", "States")
_STATE_FIELDS = """
    Type Comment QueryLanguage InputPath Resource Credentials Parameters Arguments
    ItemReader ItemsPath Items ItemSelector ItemBatcher MaxConcurrency MaxConcurrencyPath
    ToleratedFailureCount ToleratedFailureCountPath ToleratedFailurePercentage ToleratedFailurePercentagePath
    Label ItemProcessor Iterator ResultWriter Branches Choices Seconds SecondsPath Timestamp TimestampPath
    Result ResultSelector ResultPath OutputPath Assign Output
    TimeoutSeconds TimeoutSecondsPath HeartbeatSeconds HeartbeatSecondsPath Retry Catch
    Error ErrorPath Cause CausePath Default Next End
"""
_STATE = tuple(_STATE_FIELDS.split())
_RETRIER = (
    "Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy",
)  # fmt: skip
_CATCHER = ("Comment", "ErrorEquals", "ResultPath", "Assign", "Output", "Next")
_RULE_END = ("Assign", "Output", "Next")

_INDENT = "  "
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_asl(machine: Machine, names: Mapping[str, str] | None = None) -> str:
    """The machine as canonical ASL text, JSON with two blanks a level and a line break at its end.

    ``names`` puts other names in the place of local ones: a resource as the definition writes it, or the name of a
    function, to an ARN or to ``${Parameter}``. Raises ``ValueError`` for a name that the definition does not have.

    >>> from aslrun import load
    >>> machine = load('{"States": {"Hi": {"End": true, "Type": "Pass", "Result": 1.50}}, "StartAt": "Hi"}')
    >>> print(to_asl(machine), end="")
    {
      "StartAt": "Hi",
      "States": {
        "Hi": {
          "Type": "Pass",
          "Result": 1.50,
          "End": true
        }
      }
    }
    """
    document, _ = substituted(exact(machine), names or {})
    return to_text(canonical(document)) + "\n"


# --------------------------------------------------------------------------- exact numbers


class ExactInt(int):
    """A whole number that remembers its digits (``-0``)."""

    text: str


class ExactFloat(float):
    """A number that remembers its digits (``1.50``)."""

    text: str


def exact(machine: Machine) -> dict[str, JSON]:
    """The machine's document; numbers remember how they were written, if its text is JSON."""
    try:
        value = json.loads(machine.text, parse_int=_exact_int, parse_float=_exact_float)
    except ValueError:  # no text, or YAML
        value = None
    return value if isinstance(value, dict) and value == machine.document else dict(machine.document)


def _exact_int(digits: str) -> int:
    number = ExactInt(digits)
    number.text = digits
    return number


def _exact_float(digits: str) -> float:
    number = ExactFloat(digits)
    number.text = digits
    return number


# --------------------------------------------------------------------------- order


def canonical(document: Mapping[str, JSON]) -> dict[str, JSON]:
    """The document with its fields and states in order."""
    return _program(document)


def _program(value: Mapping[str, JSON]) -> dict[str, JSON]:
    ordered = _ordered(value, _PROGRAM)
    states = ordered.get("States")
    if isinstance(states, dict):
        reached = _reached(ordered.get("StartAt"), states)
        ordered["States"] = {name: _state(states[name]) for name in reached}
    return ordered


def _reached(start: JSON, states: Mapping[str, JSON]) -> Iterator[str]:
    """Names of all states: those that StartAt leads to, near ones first along the main road, then the others."""
    seen: dict[str, None] = {}
    pending = [start]
    while pending:
        name = pending.pop()
        if isinstance(name, str) and name in states and name not in seen:
            seen[name] = None
            pending += reversed(list(targets(states[name])))
    yield from seen
    yield from (name for name in states if name not in seen)


def targets(state: JSON) -> Iterator[str]:
    """The names of the states that may follow a state, in the order of reading."""
    if not isinstance(state, dict):
        return
    rules = state.get("Choices")
    for entry in rules if isinstance(rules, list) else ():
        yield from _name(entry, "Next")
    yield from _name(state, "Default")
    yield from _name(state, "Next")
    catchers = state.get("Catch")
    for entry in catchers if isinstance(catchers, list) else ():
        yield from _name(entry, "Next")


def _name(entry: JSON, field: str) -> Iterator[str]:
    name = entry.get(field) if isinstance(entry, dict) else None
    if isinstance(name, str):
        yield name


def _state(value: JSON) -> JSON:
    if not isinstance(value, dict):
        return value
    ordered = _ordered(value, _STATE)
    for field, arrange in _NESTED.items():
        if field in ordered:
            ordered[field] = arrange(ordered[field])
    return ordered


def _ordered(value: Mapping[str, JSON], order: tuple[str, ...]) -> dict[str, JSON]:
    known = {field: value[field] for field in order if field in value}
    return known | {field: value[field] for field in sorted(value) if field not in known}


def _each(arrange: Callable[[dict[str, JSON]], dict[str, JSON]]) -> Callable[[JSON], JSON]:
    def arranged(value: JSON) -> JSON:
        if not isinstance(value, list):
            return value
        return [arrange(entry) if isinstance(entry, dict) else entry for entry in value]

    return arranged


def _one(value: JSON) -> JSON:
    return _program(value) if isinstance(value, dict) else value


def _rule(value: dict[str, JSON]) -> dict[str, JSON]:
    """A rule's condition keeps its own order; where it leads stands at the end."""
    last = {field: value[field] for field in _RULE_END if field in value}
    return {field: item for field, item in value.items() if field not in last} | last


_NESTED: Mapping[str, Callable[[JSON], JSON]] = {
    "Branches": _each(_program),
    "ItemProcessor": _one,
    "Iterator": _one,
    "Retry": _each(lambda value: _ordered(value, _RETRIER)),
    "Catch": _each(lambda value: _ordered(value, _CATCHER)),
    "Choices": _each(_rule),
}

# --------------------------------------------------------------------------- text


def to_text(value: JSON, indent: str = "") -> str:
    """A JSON value on many lines; numbers as they were written, a lone surrogate escaped so that UTF-8 can hold it.

    >>> print(to_text({"a": [1, {}], "b": []}))
    {
      "a": [
        1,
        {}
      ],
      "b": []
    }
    """
    if isinstance(value, dict) and value:
        inner = indent + _INDENT
        lines = [f"{inner}{_string(key)}: {to_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        inner = indent + _INDENT
        return "[\n" + ",\n".join(inner + to_text(item, inner) for item in value) + f"\n{indent}]"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (ExactInt, ExactFloat)):
        return value.text
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _string(text: str) -> str:
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", encode_basestring(text))
