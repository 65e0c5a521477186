"""The fields of a state in JSONata: their expressions evaluated over abstract values, and what is to be said of them.

Rules that a change must keep:

1. A variable without a value is said once, and then nothing else of that expression.
2. Whoever asks for a variable (``$exists($v)``, ``$v ? ...``) is not told that it may have no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language.dataflow import Location
from ...language.jsonata import nodes, walk
from .queries import Query
from .reading import Reading, is_expression
from .values import MISSING, UNKNOWN, Origin, Value, of_items, of_object, present, scalar


def guarded_names(tree: nodes.Node) -> set[str]:
    """The variables that an expression itself asks for: ``$exists($v)``, ``$v ? ...``, ``$type($v)``."""
    found: set[str] = set()
    for node in walk(tree):
        asked: list[nodes.Node] = []
        if isinstance(node, nodes.Call) and isinstance(node.procedure, nodes.Variable):
            if node.procedure.value in ("exists", "boolean", "not", "type"):
                asked = list(node.arguments)
        elif isinstance(node, nodes.Condition):
            asked = [node.condition]
        for each in asked:
            found.update(inner.value for inner in walk(each) if isinstance(inner, nodes.Variable))
    return found


def input_paths(tree: nodes.Node) -> list[tuple[str, ...]]:
    """The names of all paths that start at ``$states.input``."""
    found = []
    for node in walk(tree):
        if isinstance(node, nodes.Path) and len(node.steps) > 2 and _is_named(node.steps[0], "states"):
            names = [step.value if isinstance(step, nodes.Name) else "" for step in node.steps[1:]]
            if names[0] == "input" and all(names):
                found.append(tuple(names[1:]))
    return found


def _is_named(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Variable) and node.value == name


def expression_value(reading: Reading, text: str, extra: Mapping[str, Value], way: Location) -> Value:
    """What an expression gives; nothing as a whole fails the state."""
    tree = reading.tree(text)
    if tree is None:
        return UNKNOWN
    expression: Any = reading.expressions[text[2:-2].strip()]
    states = of_object({"input": reading.env.input, "context": reading.context, **extra})
    said = _say_variables(reading, expression, tree, states, way)
    query = Query(reading, states, way, mute=said)
    value = query.whole(tree)
    if value.kinds == MISSING and not said and not query.fails:
        _say_nothing(reading, expression.text, query, way)
    return present(value)


def _say_nothing(reading: Reading, text: str, query: Query, way: Location) -> None:
    if query.stop is None:
        return
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    reading.say_missing(shown, query.stop, way)


def _say_variables(reading: Reading, expression: Any, tree: nodes.Node, states: Value, way: Location) -> bool:
    """Say which variables have no value here; whether anything has been said."""
    guarded: set[str] | None = None
    said = False
    for name in dict.fromkeys(expression.references()):
        value = reading.peek(name)
        if not value.kinds & MISSING:
            continue
        if guarded is None:
            guarded = guarded_names(tree)
        if name in guarded:
            continue
        if value.kinds != MISSING and not _needs(reading, tree, states, name):
            continue
        reading.say_variable(name, value, way)
        said = True
    return said


def _needs(reading: Reading, tree: nodes.Node, states: Value, name: str) -> bool:
    """Whether the expression certainly fails where a variable has no value."""
    query = Query(reading, states, (), missing=name, mute=True)
    return query.whole(tree).kinds == MISSING or query.fails


def template_value(
    reading: Reading, template: Any, extra: Mapping[str, Value], way: Location, *origins: Origin
) -> Value:
    """What a field with expressions anywhere in it gives."""
    if isinstance(template, dict):
        fields = {name: template_value(reading, item, extra, (*way, name), *origins) for name, item in template.items()}
        return of_object(fields, *origins)
    if isinstance(template, list):
        return of_items(
            [template_value(reading, item, extra, (*way, index), *origins) for index, item in enumerate(template)],
            *origins,
        )
    if is_expression(template):
        return expression_value(reading, template, extra, way)
    return scalar(template, *origins)
