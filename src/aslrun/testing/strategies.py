"""Hypothesis strategies from a definition: inputs, answers of tasks, whole runs; and arbitrary definitions.

Rules that a change must keep:

1. What is plain comes first, so that shrinking ends at a run in which everything goes well but for one thing.
2. A strategy draws from the machine's own paths and constants; JSON Schema, where given, has the last word.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from math import inf
from typing import Any, cast

from hypothesis import strategies as st

from ..definition.loading import load
from ..definition.model import Machine, TaskState
from ..errors import InvalidDefinition
from ..runtime.simulate import Definition, loaded
from ..values import JSON
from .arbitrary import INPUTS, programs
from .demands import demands_of
from .documents import Place, place_of
from .nearest import hint
from .outcomes import SURPRISE, Given, Outcomes, errors_of
from .reads import ABSENT
from .walk import Setting, Walk, begin, setting_of

MOST_MOVES = 200  # of a run, unless it is over before

TEXTS = st.just("text") | st.text(max_size=8)


def inputs(machine: Definition, schema: Mapping[str, JSON] | None = None) -> st.SearchStrategy[JSON]:
    """Inputs of a machine, made of what it reads: values on both sides of every constant that its Choices compare with.

    ``schema`` is a JSON Schema that the inputs keep to as well; what it has and the machine does not read is there too.

    >>> from hypothesis import find
    >>> rule = {"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Large"}
    >>> states = {"C": {"Type": "Choice", "Choices": [rule], "Default": "Small"}}
    >>> states |= {"Large": {"Type": "Succeed"}, "Small": {"Type": "Succeed"}}
    >>> find(inputs({"StartAt": "C", "States": states}), lambda document: document["total"] > 50)
    {'total': 51}
    """
    known = loaded(machine)
    demands = demands_of(known)
    place = place_of(demands.input_needs)
    made = _of_place(place) if place.inner else st.just(cast("JSON", {}))
    if schema is None:
        return st.sampled_from(demands.inputs()) | made
    return _within(schema, made)


def task_outcomes(machine: Definition, state: str | None = None) -> st.SearchStrategy[dict[str, JSON]]:
    """What the task of a state may answer: results, errors that Retry and Catch name, time-outs, surprises.

    The answers are in the vocabulary of mock files (``{"result": ...}``, ``{"error": ..., "cause": ...}``). Without
    ``state``: for every Task a list of answers, one for each attempt, as a mock file has them.

    >>> machine = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish",
    ...     "Retry": [{"ErrorEquals": ["Busy"]}], "End": True}}}
    >>> from hypothesis import find
    >>> find(task_outcomes(machine, "T"), lambda answer: answer.get("error") == "Busy")["error"]
    'Busy'
    """
    known = loaded(machine)
    if state is not None:
        return _answers(known, state)
    tasks = [name for name, each in known.states.items() if isinstance(each, TaskState)]
    lists = {name: st.lists(_answers(known, name), min_size=1, max_size=4) for name in tasks}
    return cast("st.SearchStrategy[dict[str, JSON]]", st.fixed_dictionaries(lists))


def _answers(machine: Machine, name: str) -> st.SearchStrategy[dict[str, JSON]]:
    state = machine.states.get(name)
    if not isinstance(state, TaskState):
        tasks = [each.name for each in machine.states.values() if isinstance(each, TaskState)]
        raise ValueError(f"{name!r} is no Task of the machine{hint(name, tasks)}")
    results: list[dict[str, JSON]] = [{"result": each} for each in demands_of(machine).results(name)]
    named = [error for each in state.retriers for error in each.error_equals]
    named += [error for each in state.catchers for error in each.error_equals]
    real = [error for error in named if error in ("States.Timeout", "States.TaskFailed") or error[:7] != "States."]
    names = dict.fromkeys([*(str(each.error) for each in errors_of(state)), *real, "States.Timeout", SURPRISE])
    errors: list[dict[str, JSON]] = [{"error": each, "cause": "generated"} for each in names]
    return st.sampled_from([*results, *errors])


def state_machines(max_depth: int = 2) -> st.SearchStrategy[dict[str, JSON]]:
    """Arbitrary valid definitions, of every state type: for fuzzing interpreters. They end, or wait for a token.

    >>> from hypothesis import find
    >>> find(state_machines(), lambda definition: True)["StartAt"]
    'S0'
    """
    return cast("st.SearchStrategy[dict[str, JSON]]", programs(max_depth).filter(_loads))


def machine_inputs() -> st.SearchStrategy[JSON]:
    """Inputs for arbitrary definitions."""
    return cast("st.SearchStrategy[JSON]", INPUTS)


def _loads(definition: dict[str, Any]) -> bool:
    try:
        load(definition)
    except InvalidDefinition:
        return False
    return True


# --------------------------------------------------------------------------- runs


def runs(
    machine: Definition,
    given: st.SearchStrategy[JSON] | None = None,
    outcomes: Given | None = None,
    *,
    faults: float = inf,
) -> st.SearchStrategy[Walk]:
    """Whole runs: an input, and at each point one of the things that may happen; see ``aslrun.testing.explore``."""
    known = loaded(machine)
    setting = setting_of(known, Outcomes(known, outcomes), faults=faults)
    return walks(setting, inputs(known) if given is None else given)


def walks(setting: Setting, given: st.SearchStrategy[JSON]) -> st.SearchStrategy[Walk]:
    """Walks to their end, with their ways; every invariant of the setting has seen them."""
    places = [st.integers(0, max(0, count - 1)) for count in range(64)]

    @st.composite
    def walk(draw: st.DrawFn) -> Walk:
        made = begin(setting, draw(given))
        while len(made.way) < MOST_MOVES and (moves := made.moves()):
            count = len(moves)
            place = 0 if count == 1 else draw(places[count] if count < 64 else st.integers(0, count - 1))
            made.go(moves[place])
            made.way.append(moves[place])
        return made

    return walk()


# --------------------------------------------------------------------------- documents


def _of_place(place: Place) -> st.SearchStrategy[JSON]:
    if place.is_array:
        element = st.one_of([_of_place(each) for each in place.inner.values()])
        size = max((int(key) + 1 for key in place.inner if key.isdecimal()), default=0)
        return cast("st.SearchStrategy[JSON]", st.lists(element, min_size=size, max_size=max(size, 3)))
    if place.inner:
        parts = {key: _of_place(inner) for key, inner in place.inner.items() if ABSENT not in inner.values}
        optional = {key: _of_place(inner) for key, inner in place.inner.items() if ABSENT in inner.values}
        return cast("st.SearchStrategy[JSON]", st.fixed_dictionaries(parts, optional=optional))
    known = [json.loads(text) for text in place.values if text != ABSENT]
    return st.sampled_from(known) if known else cast("st.SearchStrategy[JSON]", TEXTS)


def _within(schema: Mapping[str, JSON], made: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    """Documents of a schema into which goes what the machine asks for, as far as the schema takes it."""
    from jsonschema import Draft202012Validator  # imported here: it costs 60 ms

    validator = Draft202012Validator(dict(schema))

    def joined(pair: tuple[JSON, JSON]) -> JSON:
        document, wish = pair
        both = _overlaid(document, wish)
        return both if validator.is_valid(both) else document

    return st.tuples(of_schema(schema), made).map(joined).filter(validator.is_valid)


def _overlaid(document: JSON, wish: JSON) -> JSON:
    if not isinstance(document, dict) or not isinstance(wish, dict):
        return wish
    return {**document, **{key: _overlaid(document.get(key), value) for key, value in wish.items()}}


def of_schema(schema: Mapping[str, JSON] | bool) -> st.SearchStrategy[JSON]:
    """Documents of the usual part of JSON Schema: types, enum, const, properties, items, bounds, anyOf and oneOf."""
    if isinstance(schema, bool):
        return st.just("text")
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(cast("list[JSON]", schema["enum"]))
    for joiner in ("anyOf", "oneOf"):
        if joiner in schema:
            return st.one_of([of_schema(cast("dict[str, JSON]", each)) for each in _list(schema[joiner])])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kinds = kind if isinstance(kind, list) else [kind]
    return st.one_of([_TYPES[str(each)](schema) for each in kinds])


def _list(value: JSON) -> Iterable[JSON]:
    return value if isinstance(value, list) else []


def _schema_object(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    parts = {name: of_schema(each) for name, each in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    needed = {name: parts.get(name, TEXTS) for name in (*parts, *required) if name in required}
    return st.fixed_dictionaries(needed, optional={name: parts[name] for name in parts if name not in required})


def _schema_number(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    low, high = schema.get("minimum", -1_000), schema.get("maximum", 1_000_000)
    if schema.get("type") == "integer":
        return st.integers(low, high)
    return st.integers(int(low), int(high)) | st.floats(low, high, allow_nan=False, width=32)


_TYPES: Mapping[str, Any] = {
    "object": _schema_object,
    "array": lambda schema: st.lists(
        of_schema(schema.get("items", True)),
        min_size=schema.get("minItems", 0),
        max_size=schema.get("maxItems", schema.get("minItems", 0) + 3),
    ),
    "string": lambda schema: (
        st.from_regex(schema["pattern"], fullmatch=True)
        if "pattern" in schema
        else st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 20))
    ),
    "integer": _schema_number,
    "number": _schema_number,
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
}
