"""Location paths: steps over items, filters, ``*``, ``**``, and the tuple streams of ``@ # %``.

Rules that a change must keep:

1. A path of plain names from a variable or the context is a walk through dicts. Whatever is not a dict on
   the way sends it to the general code, which must give the same for dicts.
2. Each step maps over the items of the step before and flattens what it finds by one level; the last
   step leaves a single array of the data as it is.
3. With ``@``, ``#`` or ``%`` a path is a stream of tuples: the item and the names bound on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..calls import Code
from ..errors import JsonataError
from ..frames import Frame
from ..nodes import Filter, IndexStage, Literal, Name, Node, Parent, Path, Sort, Variable
from ..values import (
    UNDEFINED,
    ConstructedArray,
    Sequence,
    TupleStream,
    as_items,
    flattened,
    is_numeric,
    lookup,
    truth,
    unfolded,
)
from .constructs import grouping, ordering
from .core import Compiler, builds, walks

FLAT = frozenset((str, int, float, bool, type(None), dict))
"""Types of values that a sequence takes as they are."""

Step = Callable[[Any, Frame], Any]
"""A compiled step: the items so far and the frame in, the items found out."""


# --------------------------------------------------------------------------- plain names


@builds("path")
def path(compiler: Compiler, node: Path) -> Code:
    """A path, by the quickest code that can do it."""
    if any(step.tuple for step in node.steps):
        return tuple_path(compiler, node)
    general = plain_path(compiler, node)
    if node.group is not None or node.keep_singleton or node.keep_array or not all(map(_is_plain, node.steps)):
        return general
    first, *rest = node.steps
    if not all(isinstance(step, Name) for step in rest):
        return general
    if isinstance(first, Variable):
        return walks(_walk_from_variable(first.value, _names(rest), general))
    if not isinstance(first, Name):
        return general
    names = _names(node.steps)
    return walks(_field(names[0], general) if len(names) == 1 else _walk(names, general))


def _is_plain(step: Node) -> bool:
    return isinstance(step, (Name, Variable)) and not (
        step.stages or step.predicates or step.group or step.keep_array or step.focus or step.index
    )


def _names(steps: list[Node]) -> tuple[str, ...]:
    return tuple(step.value for step in steps if isinstance(step, Name))


def _walk_from_variable(variable: str, names: tuple[str, ...], general: Code) -> Code:
    if variable == "":
        return _walk(names, general)
    if len(names) == 1:
        return _field_of_variable(variable, names[0], general)

    def walk(input: Any, frame: Frame) -> Any:
        scope = frame.names
        value = scope[variable] if variable in scope else frame.find(variable)
        try:
            for name in names:
                value = value[name]
        except KeyError:
            return UNDEFINED
        except TypeError:
            return unfolded(general(input, frame))
        return unfolded(general(input, frame)) if type(value) is Sequence else value

    return walk


def _field_of_variable(variable: str, name: str, general: Code) -> Code:
    def field(input: Any, frame: Frame) -> Any:
        scope = frame.names
        value = scope[variable] if variable in scope else frame.find(variable)
        try:
            value = value[name]
        except KeyError:
            return UNDEFINED
        except TypeError:
            return unfolded(general(input, frame))
        return unfolded(general(input, frame)) if type(value) is Sequence else value

    return field


def _walk(names: tuple[str, ...], general: Code) -> Code:
    def walk(input: Any, frame: Frame) -> Any:
        value = input
        try:
            for name in names:
                value = value[name]
        except KeyError:
            return UNDEFINED
        except TypeError:
            return unfolded(general(input, frame))
        return unfolded(general(input, frame)) if type(value) is Sequence else value

    return walk


def _field(name: str, general: Code) -> Code:
    def field(input: Any, frame: Frame) -> Any:
        try:
            value = input[name]
        except KeyError:
            return UNDEFINED
        except TypeError:
            return unfolded(general(input, frame))
        return unfolded(general(input, frame)) if type(value) is Sequence else value

    return field


# --------------------------------------------------------------------------- general paths


def plain_path(compiler: Compiler, node: Path) -> Code:
    """A path without tuples."""
    steps = [_step(compiler, step, index, node) for index, step in enumerate(node.steps)]
    absolute = isinstance(node.steps[0], Variable)
    finish = _path_end(compiler, node)

    def walk(input: Any, frame: Frame) -> Any:
        items: Any = input if isinstance(input, list) and not absolute else Sequence((input,))
        result: Any = UNDEFINED
        for step in steps:
            result = step(items, frame)
            if result is UNDEFINED or (isinstance(result, (list, str)) and not result):
                break
            items = result
        return result if finish is None else finish(result, result, frame)

    return walk


def _path_end(compiler: Compiler, node: Path) -> Callable[[Any, Any, Frame], Any] | None:
    keep = node.keep_singleton
    group = None if node.group is None else grouping(compiler, node.group)
    if not keep and group is None:
        return None

    def finish(result: Any, grouped: Any, frame: Frame) -> Any:
        if keep:
            if result is UNDEFINED:
                raise JsonataError(None, message="Cannot keep the array of a path that gives nothing")
            if type(result) is ConstructedArray:
                same = grouped is result
                result = Sequence((result,))
                grouped = result if same else grouped
            if type(result) is Sequence:
                result.keep = True
        return result if group is None else group(grouped, frame)

    return finish


def _step(compiler: Compiler, step: Node, index: int, node: Path) -> Step:
    last = index == len(node.steps) - 1
    if isinstance(step, Sort):
        return _sorting_step(ordering(compiler, step), _stages(compiler, step))
    code = compiler.code(step)
    if index == 0 and step.constructed:
        return code
    filters = [filtering(compiler, stage.condition) for stage in step.stages if isinstance(stage, Filter)]
    if isinstance(step, Name) and not (step.predicates or step.group or step.keep_array):
        return _name_step(step.value, filters, last)
    return _mapping_step(code, filters, last)


def _sorting_step(order: Step, stages: list[Step | str]) -> Step:
    return lambda items, frame: _staged(stages, order(_list(items), frame), frame)


def _mapping_step(code: Code, filters: list[Step], last: bool) -> Step:
    def map_items(items: Any, frame: Frame) -> Any:
        items = _list(items)
        frame.run.spend(len(items))
        found = []
        for item in items:
            value = code(item, frame)
            if value is not UNDEFINED:
                found.append(value)
        return _joined(found, last, frame)

    def map_and_select(items: Any, frame: Frame) -> Any:
        items = _list(items)
        frame.run.spend(len(items))
        found = []
        for item in items:
            value = code(item, frame)
            for select in filters:
                value = select(value, frame)
            if value is not UNDEFINED:
                found.append(value)
        return _joined(found, last, frame)

    return map_and_select if filters else map_items


def _name_step(name: str, filters: list[Step], last: bool) -> Step:
    def select_field(item: Any, frame: Frame) -> Any:
        value = item.get(name, UNDEFINED) if type(item) is dict else lookup(item, name)
        return unfolded(value) if type(value) is Sequence else value

    map_and_select = _mapping_step(select_field, filters, last)

    def map_items(items: Any, frame: Frame) -> Any:
        if not isinstance(items, list):
            items = _list(items)
        found = []
        for item in items:
            if type(item) is not dict:
                return map_and_select(items, frame)
            if name in item:
                found.append(item[name])
        if FLAT.issuperset(map(type, found)):
            frame.run.spend(len(items))
            frame.run.check_items(len(found))
            return Sequence(found)
        return map_and_select(items, frame)

    return map_and_select if filters else map_items


def _joined(found: list[Any], last: bool, frame: Frame) -> Any:
    if FLAT.issuperset(map(type, found)):
        frame.run.check_items(len(found))
        return Sequence(found)
    if last and len(found) == 1:
        only = found[0]
        if isinstance(only, list) and not isinstance(only, (Sequence, TupleStream)):
            return only
    result = flattened(found)
    frame.run.check_items(len(result))
    return result


def _list(items: Any) -> list[Any]:
    """What a step maps over, if the step before it was ``[...]`` and gave no array."""
    if isinstance(items, list):
        return items
    return list(items) if isinstance(items, str) else Sequence()


# --------------------------------------------------------------------------- filters


def filtering(compiler: Compiler, condition: Node) -> Step:
    """``[condition]``: the items for which it holds, or at the positions that it gives."""
    if isinstance(condition, Literal) and condition.type == "number":
        return _at(math.floor(condition.value))
    test = compiler.code(condition)

    def select(input: Any, frame: Frame) -> Any:
        items = input if isinstance(input, list) else (input,)
        tuples = type(input) is TupleStream
        found: list[Any] = TupleStream() if tuples else Sequence()
        frame.run.spend(len(items))
        for index, item in enumerate(items):
            if tuples:
                chosen = test(item["@"], Frame(dict(item), frame, frame.run))
            else:
                chosen = test(item, frame)
            if chosen is True:
                found.append(item)
            elif chosen is not False:
                found.extend([item] * _times(chosen, index, len(items)))
        return found

    return select


def _times(chosen: Any, index: int, length: int) -> int:
    """How often an item is selected by something else than a boolean: a position, positions, a truth."""
    if is_numeric(chosen):
        return int(_position(chosen, length) == index)
    if isinstance(chosen, list) and all(map(is_numeric, chosen)):
        return sum(_position(position, length) == index for position in chosen)
    return int(truth(chosen))


def _position(number: float, length: int) -> int:
    position = math.floor(number)
    return position if position >= 0 else position + length


def _at(index: int) -> Step:
    def select(input: Any, frame: Frame) -> Any:
        items = input if isinstance(input, list) else (input,)
        position = index if index >= 0 else index + len(items)
        found: list[Any] = TupleStream() if type(input) is TupleStream else Sequence()
        if 0 <= position < len(items):
            item = items[position]
            if isinstance(item, list):
                return item
            if item is not UNDEFINED:
                found.append(item)
        return found

    return select


# --------------------------------------------------------------------------- steps that select fields


@builds("name")
def name(compiler: Compiler, node: Name) -> Code:
    """A field of the context."""
    key = node.value
    return lambda input, frame: lookup(input, key)


@builds("wildcard")
def wildcard(compiler: Compiler, node: Node) -> Code:
    """Every field of the context, arrays flattened to the ground."""

    def fields(input: Any, frame: Frame) -> Any:
        if type(input) is Sequence and input.outer and input:
            input = input[0]
        values = input.values() if isinstance(input, dict) else input if isinstance(input, list) else ()
        frame.run.spend(len(values))
        result: list[Any] = Sequence()
        for value in values:
            if not isinstance(value, list):
                result.append(value)
                continue
            if type(result) is Sequence:
                result = list(result)
            _flatten(value, result, frame)
        return result

    return fields


def _flatten(value: list[Any], into: list[Any], frame: Frame) -> None:
    frame.run.spend(1 + len(value))
    for item in value:
        if isinstance(item, list):
            _flatten(item, into, frame)
        else:
            into.append(item)


@builds("descendant")
def descendants(compiler: Compiler, node: Node) -> Code:
    """The context and all that is in it, arrays only as their items."""

    def below(input: Any, frame: Frame) -> Any:
        if input is UNDEFINED:
            return UNDEFINED
        found = Sequence()
        pending = [input]
        while pending:
            value = pending.pop()
            frame.run.spend(1)
            if isinstance(value, list):
                pending.extend(reversed(value))
                continue
            found.append(value)
            if isinstance(value, dict):
                pending.extend(reversed(value.values()))
        return found[0] if len(found) == 1 else found

    return below


@builds("parent")
def parent(compiler: Compiler, node: Parent) -> Code:
    """What the context was found in: bound under the slot's label by the step that found it."""
    label = node.slot.label
    return lambda input, frame: frame.find(label)


# --------------------------------------------------------------------------- tuple streams


class _TupleStep:
    """What a step of a tuple path does and binds."""

    __slots__ = ("ancestor", "code", "constructed", "focus", "index", "order", "plain", "stages", "tuple")

    def __init__(self, compiler: Compiler, step: Node, index: int, node: Path) -> None:
        self.tuple, self.focus, self.index = step.tuple, step.focus, step.index
        self.ancestor = None if step.ancestor is None else step.ancestor.label
        self.constructed = index == 0 and step.constructed
        self.stages = _stages(compiler, step)
        self.order = ordering(compiler, step) if isinstance(step, Sort) else None
        self.code = None if isinstance(step, Sort) else compiler.code(step)
        self.plain = self._without_tuples(index == len(node.steps) - 1)

    def _without_tuples(self, last: bool) -> Step:
        if self.order is not None:
            return _sorting_step(self.order, self.stages)
        assert self.code is not None
        filters = [stage for stage in self.stages if not isinstance(stage, str)]
        return self.code if self.constructed else _mapping_step(self.code, filters, last)


def tuple_path(compiler: Compiler, node: Path) -> Code:
    """A path some step of which binds a name."""
    steps = [_TupleStep(compiler, step, index, node) for index, step in enumerate(node.steps)]
    absolute = isinstance(node.steps[0], Variable)
    finish = _path_end(compiler, node)
    carries = node.tuple

    def walk(input: Any, frame: Frame) -> Any:
        items: Any = input if isinstance(input, list) and not absolute else Sequence((input,))
        result: Any = UNDEFINED
        stream: list[Any] | None = None
        tuples = False
        for step in steps:
            tuples = tuples or step.tuple
            if step.constructed:
                result = step.plain(items, frame)
            elif tuples:
                stream = _tuple_step(step, items, stream, frame)
            else:
                result = step.plain(items, frame)
            if not tuples and (result is UNDEFINED or (isinstance(result, (list, str)) and not result)):
                break
            if step.focus is None:
                items = result
        if tuples:
            if stream is None:
                raise JsonataError(None, message="A constructed array cannot bind a variable")
            result = stream if carries else Sequence([item["@"] for item in stream])
        return result if finish is None else finish(result, stream if tuples else result, frame)

    return walk


def _tuple_step(step: _TupleStep, items: Any, stream: list[Any] | None, frame: Frame) -> list[Any]:
    if step.order is not None:
        return _tuple_sort(step, step.order, items, stream, frame)
    if stream is None:
        stream = TupleStream([{"@": item} for item in _list(items)])
    result = TupleStream()
    code, run = step.code, frame.run
    assert code is not None
    for bound in stream:
        run.spend(1)
        found = code(bound["@"], Frame(dict(bound), frame, run))
        if found is not UNDEFINED:
            _bind(step, bound, found, result)
            run.check_items(len(result) >> 8)
    return _staged(step.stages, result, frame)


def _bind(step: _TupleStep, bound: dict[str, Any], found: Any, result: TupleStream) -> None:
    if type(found) is TupleStream:
        result.extend({**bound, **item} for item in found)
        return
    for index, item in enumerate(as_items(found)):
        names = dict(bound)
        names[step.focus or "@"] = item
        if step.index is not None:
            names[step.index] = index
        if step.ancestor is not None:
            names[step.ancestor] = bound["@"]
        result.append(names)


def _tuple_sort(step: _TupleStep, order: Step, items: Any, stream: list[Any] | None, frame: Frame) -> list[Any]:
    if stream is not None:
        return _staged(step.stages, order(stream, frame), frame)
    result = TupleStream()
    for index, item in enumerate(order(_list(items), frame)):
        result.append({"@": item} if step.index is None else {"@": item, step.index: index})
    return _staged(step.stages, result, frame)


def _stages(compiler: Compiler, step: Node) -> list[Step | str]:
    """Filters as code, ``#$name`` as the name."""
    return [
        stage.name if isinstance(stage, IndexStage) else filtering(compiler, stage.condition) for stage in step.stages
    ]


def _staged(stages: list[Step | str], result: list[Any], frame: Frame) -> list[Any]:
    for stage in stages:
        if isinstance(stage, str):
            for index, names in enumerate(result):
                names[stage] = index
        else:
            result = stage(result, frame)
    return result
