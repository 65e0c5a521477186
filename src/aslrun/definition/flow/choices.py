"""A Choice state over abstract values: its tests, and what they tell of the value on each way out.

Rules that a change must keep:

1. A test of presence makes what it asks for present, absent or open on the ways out; other tests tell nothing.
2. A path that any test of the state asks for (``IsPresent``) is never said to be missing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ...language.dataflow import Location
from ...language.jsonpath_segments import Name, Segment
from ..model import ChoiceState, State
from .paths import follow, with_presence
from .reading import Reading, Variables, is_expression, is_guarded, names_of
from .values import BOOLEAN, MISSING, UNKNOWN, Value, present

Way = tuple[State, Value, Variables]


class Fact(NamedTuple):
    """Whether there is something at a path; ``None``: the test left it open."""

    root: str
    variable: str | None
    segments: tuple[Segment, ...]
    is_there: bool | None


# --------------------------------------------------------------------------- JSONPath


def jsonpath_ways(reading: Reading, state: ChoiceState, effective: Value) -> Iterator[Way]:
    """The target, the effective input and the variables of each way out, the Default's last."""
    rules = reading.fields["Choices"]
    _look_at_paths(reading, rules, effective)
    value, variables = effective, reading.env.variables
    for rule, compiled in zip(rules, state.rules, strict=True):
        if compiled.next is not None:
            yield (compiled.next, *_after(reading, rule, True, value, variables))
        value, variables = _after(reading, rule, False, value, variables)
    if state.next is not None:
        yield state.next, value, variables


def _look_at_paths(reading: Reading, rules: list[Any], effective: Value) -> None:
    """Evaluate the paths of all tests."""
    tests = [(way, test) for index, rule in enumerate(rules) for way, test in tests_of(rule, ("Choices", index))]
    asked = set()
    told: set[str] = set()
    for _, test in tests:
        path: Any = reading.expressions.get(test["Variable"])
        if "IsPresent" in test and path is not None:
            asked.add(names_of(path))
    for way, test in tests:
        for field, text in test.items():
            if field != "Variable" and not (field.endswith("Path") and isinstance(text, str)):
                continue
            path = reading.expressions.get(text)
            if path is None or (field == "Variable" and "IsPresent" in test):
                continue
            guarded = text in told or (bool(asked) and is_guarded(path, asked))
            reading.path(path, effective, (*way, field), guarded=guarded)
            told.add(text)


def tests_of(rule: Any, way: Location) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    """The data tests of a rule with their places."""
    pending: list[tuple[Location, Any]] = [(way, rule)]
    while pending:
        here, test = pending.pop()
        if not isinstance(test, dict):
            continue
        if "Variable" in test:
            yield here, test
        for joiner in ("And", "Or"):
            inner = test.get(joiner)
            if isinstance(inner, list):
                pending.extend(reversed([((*here, joiner, index), each) for index, each in enumerate(inner)]))
        if "Not" in test:
            pending.append(((*here, "Not"), test["Not"]))


def _after(reading: Reading, rule: Any, holds: bool, value: Value, variables: Variables) -> tuple[Value, Variables]:
    """What is known where the rule holds, or does not."""
    for fact in facts(reading, rule, holds):
        if fact.root == "input":
            value = with_presence(value, fact.segments, fact.is_there)
        elif fact.root == "variable" and variables is not None and not fact.segments and fact.variable:
            variables = _with_variable(variables, fact.variable, fact.is_there)
    return value, variables


def _with_variable(variables: Mapping[str, Value], name: str, is_there: bool | None) -> Variables:
    if is_there is False:
        return {other: value for other, value in variables.items() if other != name}
    return {**variables, name: present(variables.get(name, UNKNOWN))}


def facts(reading: Reading, rule: Any, holds: bool) -> list[Fact]:
    """What a rule that holds (or does not) tells of the presence of paths."""
    certain = isinstance(rule, dict)
    while certain and isinstance(rule.get("Not"), dict):
        rule, holds = rule["Not"], not holds
    if not isinstance(rule, dict):
        return []
    joiner = "And" if holds else "Or"
    if isinstance(rule.get(joiner), list):
        return [fact for inner in rule[joiner] for fact in facts(reading, inner, holds)]
    if "Variable" in rule:
        return _fact(reading, rule["Variable"], rule["IsPresent"] is holds) if "IsPresent" in rule else []
    found = []
    for _, test in tests_of(rule, ()):
        if "IsPresent" in test:
            found += _fact(reading, test["Variable"], None)
    return found


def _fact(reading: Reading, text: str, is_there: bool | None) -> list[Fact]:
    path: Any = reading.expressions.get(text)
    return [] if path is None else [Fact(path.root, path.variable, path.segments, is_there)]


# --------------------------------------------------------------------------- JSONata


def jsonata_ways(reading: Reading, state: ChoiceState) -> Iterator[Way]:
    """The same in JSONata, where whatever a condition looks at counts as asked for."""
    from .query_fields import guarded_names, input_paths  # imported here: an engine that half of all never need

    rules = reading.fields["Choices"]
    value, variables = reading.env.input, reading.env.variables
    for index, rule in enumerate(rules):
        text = rule.get("Condition")
        if not is_expression(text):
            continue
        found = reading.query(text, {}, ("Choices", index, "Condition"))
        reading.expect(found, BOOLEAN, ("Choices", index, "Condition"), "a boolean")
        tree = reading.tree(text)
        if tree is not None:
            value = _opened(value, input_paths(tree))
            variables = _asked(variables, guarded_names(tree) | set(_references(reading, text)))
    for compiled in state.rules:
        if compiled.next is not None:
            yield compiled.next, value, variables
    if state.next is not None:
        yield state.next, value, variables


def _references(reading: Reading, text: str) -> Iterable[str]:
    expression: Any = reading.expressions.get(text[2:-2].strip())
    return () if expression is None else expression.references()


def _opened(value: Value, paths: list[tuple[str, ...]]) -> Value:
    for names in paths:
        segments = tuple(map(Name, names))
        if follow(value, segments).value.kinds == MISSING:
            value = with_presence(value, segments, None)
    return value


def _asked(variables: Variables, names: set[str]) -> Variables:
    if variables is None:
        return None
    asked = {name: present(variables[name]) for name in names if name in variables and variables[name].kinds & MISSING}
    return {**variables, **asked} if asked else variables
