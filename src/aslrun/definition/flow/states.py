"""How a state changes what is known: one function for each type of state, from its entry to its exits.

Rules that a change must keep:

1. The order of the data flow is that of ``language/jsonpath_fields`` and ``language/jsonata_fields``.
2. What comes from outside (a task's result, an item that a reader reads) is ``UNKNOWN``.
3. Each value that a state makes says so in its origin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ...language.dataflow import Location
from ..model import ChoiceState, MapState, ParallelState, State
from . import choices
from .fields import check_fields
from .paths import put
from .reading import Env, Reading, Variables, is_expression
from .values import (
    ANY,
    ARRAY,
    OBJECT,
    STRING,
    UNKNOWN,
    Value,
    any_element,
    array_of,
    constant,
    describe,
    of_items,
    of_kind,
    of_object,
)

Exit: TypeAlias = tuple[State | None, Env]
"""A way out of a state: its target, and what is known there; no target: out of its machine, branch or iteration."""


def exits_of(reading: Reading) -> Iterable[Exit]:
    """The ways out of a state, with what is known there."""
    return tuple(_EXITS[reading.state.type](reading))


# --------------------------------------------------------------------------- the common data flow


def effective_input(reading: Reading) -> Value:
    """What InputPath leaves of the input."""
    return _taken(reading, "InputPath", reading.env.input, "has no input (InputPath null)")


def _taken(reading: Reading, field: str, value: Value, words: str) -> Value:
    """What the path of a field takes out of a value: all without it, nothing (so the words) if it is null."""
    if field not in reading.fields:
        return value
    if reading.fields[field] is None:
        return of_object({}, reading.origin(words, field))
    found = reading.path_field(field, value)
    return value if found is None else found


def _arguments(reading: Reading, effective: Value) -> Value:
    """What Parameters or Arguments make of the effective input."""
    if reading.is_jsonata:
        if "Arguments" in reading.fields:
            return reading.query_template(reading.fields["Arguments"], {}, ("Arguments",))
        return effective
    return _filled(reading, "Parameters", effective, "makes its input anew (Parameters)")


def _filled(reading: Reading, field: str, value: Value, words: str) -> Value:
    if field not in reading.fields:
        return value
    return reading.template(reading.fields[field], value, (field,), reading.origin(words, field))


def _complete(reading: Reading, result: Value, *, is_result: bool) -> Env:
    """From the work's result to the state's output and variables; ``is_result``: the work has a result of its own."""
    if reading.is_jsonata:
        return _complete_jsonata(reading, reading.fields, result, {"result": result} if is_result else {}, ())
    if _OF_THE_RESULT.isdisjoint(reading.fields):
        return Env(result, reading.env.variables)
    if is_result:
        result = _filled(reading, "ResultSelector", result, "selects its result (ResultSelector)")
    variables = _assigned(reading, reading.fields, result, ())
    if reading.state.type in _WITH_RESULT_PATH:
        result = _joined(reading, reading.fields, result, ())
    return Env(_output(reading, result), variables)


_OF_THE_RESULT = frozenset(("ResultSelector", "Assign", "ResultPath", "OutputPath"))
_WITH_RESULT_PATH = frozenset(("Task", "Parallel", "Map", "Pass"))


def _complete_jsonata(
    reading: Reading, fields: dict[str, Any] | Any, value: Value, extra: dict[str, Value], way: Location
) -> Env:
    variables = reading.env.variables
    if "Assign" in fields:
        assigned = reading.query_template(fields["Assign"], extra, (*way, "Assign"))
        variables = _with(variables, assigned)
    if "Output" in fields:
        origin = reading.origin("replaces its output (Output)", *way, "Output")
        value = reading.query_template(fields["Output"], extra, (*way, "Output"), origin)
    return Env(value, variables)


def _assigned(reading: Reading, fields: Any, input: Value, way: Location) -> Variables:
    if "Assign" not in fields:
        return reading.env.variables
    return _with(reading.env.variables, reading.template(fields["Assign"], input, (*way, "Assign")))


def _with(variables: Variables, assigned: Value) -> Variables:
    if variables is None or assigned.is_open:
        return None
    return {**variables, **assigned.fields}


def _joined(reading: Reading, fields: Any, result: Value, way: Location) -> Value:
    """How ResultPath joins a result with the raw input."""
    text = fields.get("ResultPath", "$")
    if text == "$":
        return result
    raw = reading.env.input
    if text is None:
        return raw
    path: Any = reading.expressions.get(text)
    if path is None:
        return UNKNOWN
    joined = put(raw, path.segments, result)
    if joined is None:
        shown = describe(raw)
        reading.say("type-mismatch", (*way, "ResultPath"), f"{text} cannot be put into {shown}", *raw.origins)
        return UNKNOWN
    return joined


def _output(reading: Reading, value: Value) -> Value:
    return _taken(reading, "OutputPath", value, "has no output (OutputPath null)")


def _leave(reading: Reading, result: Value, *, is_result: bool) -> Iterable[Exit]:
    return ((reading.state.next, _complete(reading, result, is_result=is_result)),)


def _caught(reading: Reading) -> Iterable[Exit]:
    """The ways out through the catchers."""
    fields = reading.fields.get("Catch", ())
    for index, catcher in enumerate(reading.state.catchers):
        way: Location = ("Catch", index)
        origin = reading.origin("hands on the error output (Catch)", *way)
        text = of_kind(STRING)
        error = of_object({"Error": text, "Cause": text}, origin)
        if reading.is_jsonata:
            env = _complete_jsonata(reading, fields[index], error, {"errorOutput": error}, way)
        else:
            variables = _assigned(reading, fields[index], error, way)
            env = Env(_joined(reading, fields[index], error, way), variables)
        yield catcher.next, env


# --------------------------------------------------------------------------- the types


def _pass(reading: Reading) -> Iterable[Exit]:
    effective = reading.env.input
    if not reading.is_jsonata:
        effective = _arguments(reading, effective_input(reading))
        if "Result" in reading.fields:
            where = reading.fields.get("ResultPath", "$")
            words = 'replaces the whole input (Result, ResultPath "$")' if where == "$" else "gives a fixed Result"
            effective = constant(reading.fields["Result"], reading.origin(words, "Result"))
    return _leave(reading, effective, is_result=False)


def _task(reading: Reading) -> Iterable[Exit]:
    effective = reading.env.input if reading.is_jsonata else effective_input(reading)
    check_fields(reading, effective)
    if reading.is_jsonata:
        reading.query_look(reading.fields.get("Arguments"), ("Arguments",))
    else:
        reading.look(reading.fields.get("Parameters"), effective, ("Parameters",))
    yield from _leave(reading, UNKNOWN, is_result=True)
    if reading.state.catchers:
        yield from _caught(reading)


def _wait(reading: Reading) -> Iterable[Exit]:
    effective = reading.env.input if reading.is_jsonata else effective_input(reading)
    check_fields(reading, effective)
    return _leave(reading, effective, is_result=False)


def _succeed(reading: Reading) -> Iterable[Exit]:
    effective = reading.env.input if reading.is_jsonata else effective_input(reading)
    return _leave(reading, effective, is_result=False)


def _fail(reading: Reading) -> Iterable[Exit]:
    check_fields(reading, reading.env.input)
    return ()


def _parallel(reading: Reading) -> Iterable[Exit]:
    state = reading.state
    assert isinstance(state, ParallelState)
    effective = reading.env.input if reading.is_jsonata else effective_input(reading)
    branch_input = Env(_arguments(reading, effective), reading.env.variables)
    outputs = [reading.analysis.nested(branch, branch_input) for branch in state.branches]
    known = [output for output in outputs if output is not None]
    if len(known) == len(outputs):
        origin = reading.origin("gives an array, the outputs of its branches", "Branches")
        yield from _leave(reading, of_items(known, origin), is_result=True)
    if reading.state.catchers:
        yield from _caught(reading)


def _map(reading: Reading) -> Iterable[Exit]:
    state = reading.state
    assert isinstance(state, MapState)
    effective = reading.env.input if reading.is_jsonata else effective_input(reading)
    check_fields(reading, effective)
    item = _item(reading, state, effective)
    variables: Variables = {} if state.distributed else reading.env.variables
    output = reading.analysis.nested(
        state.processor, Env(_iteration_input(reading, state, effective, item), variables), item
    )
    if output is not None:
        yield from _leave(reading, _map_result(reading, state, output), is_result=True)
    if reading.state.catchers:
        yield from _caught(reading)


def _item(reading: Reading, state: MapState, effective: Value) -> Value:
    """What an item may be."""
    if state.reader is not None:
        return UNKNOWN
    items = effective
    if reading.is_jsonata:
        given = reading.fields.get("Items")
        if isinstance(given, (list, dict)):
            items = reading.query_template(given, {}, ("Items",))
        elif isinstance(given, str) and is_expression(given):
            items = reading.query(given, {}, ("Items",))
            reading.expect(items, ARRAY | OBJECT, ("Items",), "an array or an object")
        else:
            reading.expect(items, ARRAY | OBJECT, (), "an array: the state has no Items")
    else:
        found = reading.path_field("ItemsPath", effective)
        items = effective if found is None else found
        reading.expect(items, ARRAY | OBJECT, () if found is None else ("ItemsPath",), "an array")
    return any_element(items) if items.kinds & ANY == ARRAY else UNKNOWN


def _iteration_input(reading: Reading, state: MapState, effective: Value, item: Value) -> Value:
    field = next((name for name in ("ItemSelector", "Parameters") if name in reading.fields), "")
    selected = item
    if field:
        origin = reading.origin(f"makes the input of each iteration ({field})", field)
        if reading.is_jsonata:
            selected = reading.query_template(reading.fields[field], {}, (field,), origin)
        else:
            selected = reading.template(reading.fields[field], effective, (field,), origin)
    if state.batcher is None:
        return selected
    batcher = reading.fields["ItemBatcher"]
    fields = {"Items": array_of(selected)}
    origin = reading.origin("makes batches (ItemBatcher)", "ItemBatcher")
    if "BatchInput" in batcher:
        way = ("ItemBatcher", "BatchInput")
        if reading.is_jsonata:
            fields["BatchInput"] = reading.query_template(batcher["BatchInput"], {}, way)
        else:
            fields["BatchInput"] = reading.template(batcher["BatchInput"], effective, way)
    return of_object(fields, origin)


def _map_result(reading: Reading, state: MapState, output: Value) -> Value:
    if state.writer is not None:
        return UNKNOWN
    origin = reading.origin("gives an array, the outputs of its iterations")
    return array_of(UNKNOWN if state.distributed else output, origin)


def _choice(reading: Reading) -> Iterable[Exit]:
    state = reading.state
    assert isinstance(state, ChoiceState)
    jsonata = reading.is_jsonata
    effective = reading.env.input if jsonata else effective_input(reading)
    ways = choices.jsonata_ways(reading, state) if jsonata else choices.jsonpath_ways(reading, state, effective)
    for index, (target, input, variables) in enumerate(ways):
        is_rule = index < len(state.rules)
        fields = reading.fields["Choices"][index] if is_rule else reading.fields
        way: Location = ("Choices", index) if is_rule else ()
        inner = reading.with_env(Env(input if jsonata else reading.env.input, variables))
        if not jsonata:
            assigned = _assigned(inner, fields, input, way)
            yield target, Env(_output(inner, input), assigned)
            continue
        after = _complete_jsonata(inner, fields, input, {}, way)
        if is_rule and "Output" not in fields and "Output" in reading.fields:
            common = {"Output": reading.fields["Output"]}
            after = Env(_complete_jsonata(inner, common, input, {}, ()).input, after.variables)
        yield target, after


_EXITS: dict[str, Callable[[Reading], Iterable[Exit]]] = {
    "Pass": _pass,
    "Task": _task,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
    "Choice": _choice,
}
