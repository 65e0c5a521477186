"""What builds and binds: arrays, objects, groups, blocks, conditions, variables, order-by, transforms.

Rules that a change must keep:

1. An object is grouped from the items of the context: all keys first, then the values, each evaluated
   over the items that share its key. Two pairs that give the same key are an error (D1009).
2. An item of an array constructor that is itself written ``[...]`` stays an array; others are flattened once.
3. Order-by is a stable merge sort whose comparisons happen in the reference's order, since a comparison
   of unlike values is an error only if it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..calls import Code, Native, apply
from ..errors import JsonataError, JsonataLimitError
from ..frames import Frame
from ..nodes import Array, Bind, Block, Condition, Group, Literal, Node, Object, Sort, Transform, Variable
from ..sorting import SORT_FRAMES, merge_sort, ordered
from ..values import UNDEFINED, ConstructedArray, Function, Sequence, TupleStream, as_items, before, truth, unfolded
from .concurrency import first_failure
from .core import Compiler, bare, builds, walks

TRANSFORM_FRAMES = 6
"""Stack frames between the call of a transform and the code of its parts."""

# --------------------------------------------------------------------------- leaves


@builds("literal")
def literal(compiler: Compiler, node: Literal) -> Code:
    """A constant."""
    value = node.value
    return lambda input, frame: value


@builds("variable")
def variable(compiler: Compiler, node: Variable) -> Code:
    """A variable; ``$`` is the context."""
    name = node.value
    if name == "":
        return _context
    if name == "$":
        compiler.keeps = True

    def read(input: Any, frame: Frame) -> Any:
        names = frame.names
        return names[name] if name in names else frame.find(name)

    def read_unfolded(input: Any, frame: Frame) -> Any:
        names = frame.names
        value = names[name] if name in names else frame.find(name)
        return unfolded(value) if type(value) is Sequence else value

    return walks(read_unfolded) if bare(node) else read


def _context(input: Any, frame: Frame) -> Any:
    return input[0] if type(input) is Sequence and input.outer else input


@builds("placeholder")
def placeholder(compiler: Compiler, node: Node) -> Code:
    """A ``?`` outside of a call's arguments means nothing."""
    return lambda input, frame: UNDEFINED


# --------------------------------------------------------------------------- arrays and objects


@builds("array")
def array(compiler: Compiler, node: Array) -> Code:
    """``[...]``."""
    items = [(compiler.code(item), isinstance(item, Array)) for item in node.items]
    kind: Callable[[], list[Any]] = ConstructedArray if node.constructed else list

    def failure(error: JsonataError, at: int, input: Any, frame: Frame) -> JsonataError:
        rest = [(item, items[index][0], input, frame) for index, item in enumerate(node.items) if index > at]
        return first_failure(error, node.items[at], rest)

    def construct(input: Any, frame: Frame) -> Any:
        result = kind()
        for index, (code, nested) in enumerate(items):
            try:
                value = code(input, frame)
            except JsonataError as error:
                raise failure(error, index, input, frame) from None
            if value is UNDEFINED:
                continue
            if nested or not isinstance(value, list):
                result.append(value)
            else:
                result.extend(value)
                frame.run.check_items(len(result))
        return result

    return construct


@builds("object")
def object_(compiler: Compiler, node: Object) -> Code:
    """``{...}``."""
    group = Group(node.pairs, node.position)
    return grouping(compiler, group)


def grouping(compiler: Compiler, node: Group) -> Code:
    """``{key: value}`` over the items of the context."""
    keys = [compiler.code(key) for key, _ in node.pairs]
    values = [compiler.code(value) for _, value in node.pairs]
    nodes = [value for _, value in node.pairs]
    position = node.position

    fixed = _fixed(node)
    pairs = None if fixed is None else list(zip(fixed, values, strict=True))

    def record(item: Any, frame: Frame) -> Any:
        result = {}
        index = 0
        try:
            for key, code in pairs or ():
                value = code(item, frame)
                if value is not UNDEFINED:
                    result[key] = value
                index += 1
        except JsonataError as error:
            rest = [(nodes[other], values[other], item, frame) for other in range(index + 1, len(nodes))]
            raise first_failure(error, nodes[index], rest) from None
        return result

    def single(item: Any, frame: Frame) -> Any:
        chosen: dict[str, int] = {}
        for index, code in enumerate(keys):
            key = code(item, frame)
            if key is not UNDEFINED:
                _check_key(key, chosen.get(key) if isinstance(key, str) else None, index, position)
                chosen[key] = index
        result = {}
        for key, index in chosen.items():
            try:
                value = values[index](item, frame)
            except JsonataError as error:
                rest = [(nodes[other], values[other], item, frame) for other in chosen.values() if other > index]
                raise first_failure(error, nodes[index], rest) from None
            if value is not UNDEFINED:
                result[key] = value
        return result

    alone = single if pairs is None else record

    def group(input: Any, frame: Frame) -> Any:
        if not isinstance(input, list):
            return alone(input, frame)
        if len(input) == 1 and type(input) is not TupleStream and not isinstance(input[0], list):
            return alone(input[0], frame)
        return _Grouping(keys, values, position).grouped(input, frame)

    return group


def _fixed(node: Group) -> list[str] | None:
    """The keys, if they are different texts that stand in the expression itself."""
    keys = [key.value for key, _ in node.pairs if isinstance(key, Literal) and key.type == "string" and bare(key)]
    return keys if len(set(keys)) == len(node.pairs) else None


def _check_key(key: Any, earlier: int | None, index: int, position: int) -> None:
    if not isinstance(key, str):
        raise JsonataError("T1003", position=position, value=key)
    if earlier is not None and earlier != index:
        raise JsonataError("D1009", position=position, value=key)


class _Grouping:
    """Items being put into groups by their keys."""

    __slots__ = ("groups", "keys", "position", "values")

    def __init__(self, keys: list[Code], values: list[Code], position: int) -> None:
        self.keys, self.values, self.position = keys, values, position
        self.groups: dict[str, tuple[int, list[Any]]] = {}

    def grouped(self, input: list[Any], frame: Frame) -> dict[str, Any]:
        tuples = type(input) is TupleStream
        frame.run.spend(len(input))
        if tuples and not input:
            raise JsonataError(None, position=self.position, message="There are no tuples to group")
        for item in input or (UNDEFINED,):
            self._sort_in(item, frame, tuples)
        result = {}
        for key, (index, items) in self.groups.items():
            context, inner = _joined_tuples(items, frame) if tuples else (_joined(items, frame), frame)
            value = self.values[index](context, inner)
            if value is not UNDEFINED:
                result[key] = value
        return result

    def _sort_in(self, item: Any, frame: Frame, tuples: bool) -> None:
        context, inner = (item["@"], Frame(dict(item), frame, frame.run)) if tuples else (item, frame)
        for index, code in enumerate(self.keys):
            key = code(context, inner)
            if key is UNDEFINED:
                continue
            known = self.groups.get(key) if isinstance(key, str) else None
            _check_key(key, None if known is None else known[0], index, self.position)
            if known is None:
                self.groups[key] = (index, [item])
            else:
                known[1].append(item)


def _joined(items: list[Any], frame: Frame) -> Any:
    """The items of a group: one is itself, several are one array, flattened once; what is not there does not count."""
    if len(items) == 1:
        return items[0]
    result: list[Any] = []
    missing = 0
    for item in items:
        if item is not UNDEFINED:
            result.extend(as_items(item))
        else:
            missing += 1
    if missing >= len(items) - 1:
        return next((item for item in items if item is not UNDEFINED), UNDEFINED)
    frame.run.check_items(len(result))
    return result


def _joined_tuples(items: list[dict[str, Any]], frame: Frame) -> tuple[Any, Frame]:
    """The tuples of a group as one: each name bound to all its values."""
    names = {
        name: _joined([item[name] for item in items if name in item], frame)
        for name in {name: None for item in items for name in item}
    }
    context = names.pop("@")
    return context, Frame(names, frame, frame.run)


# --------------------------------------------------------------------------- control


@builds("block")
def block(compiler: Compiler, node: Block) -> Code:
    """``( ... ; ... )`` in a scope of its own."""
    return _block(compiler, node, tail=False)


@builds("block tail")
def block_tail(compiler: Compiler, node: Block) -> Code:
    """A block whose last expression is the tail of a lambda."""
    return _block(compiler, node, tail=True)


def _block(compiler: Compiler, node: Block, tail: bool) -> Code:
    if not node.expressions:
        return lambda input, frame: UNDEFINED
    *first, last = node.expressions
    codes = [compiler.code(expression) for expression in first]
    end = compiler.code(last, tail)
    if not codes and not any(map(_opens_scope, node.expressions)):
        return end

    def run(input: Any, frame: Frame) -> Any:
        inner = Frame({}, frame, frame.run)
        for code in codes:
            code(input, inner)
        return end(input, inner)

    return run


def _opens_scope(node: Node) -> bool:
    """Whether the expression may bind a variable in the scope it stands in."""
    pending = [node]
    while pending:
        current = pending.pop()
        if current.kind in ("bind", "lambda", "function"):
            return True
        if not isinstance(current, Block):
            pending.extend(current.children())
    return False


@builds("condition")
def condition(compiler: Compiler, node: Condition) -> Code:
    """``test ? then : otherwise``."""
    return _condition(compiler, node, tail=False)


@builds("condition tail")
def condition_tail(compiler: Compiler, node: Condition) -> Code:
    """A condition whose branches are tails of a lambda."""
    return _condition(compiler, node, tail=True)


def _condition(compiler: Compiler, node: Condition, tail: bool) -> Code:
    test = compiler.code(node.condition)
    then = compiler.code(node.then, tail)
    otherwise: Code = _nothing if node.otherwise is None else compiler.code(node.otherwise, tail)

    def choose(input: Any, frame: Frame) -> Any:
        value = test(input, frame)
        if value is True or (value is not False and truth(value)):
            return then(input, frame)
        return otherwise(input, frame)

    return choose


def _nothing(input: Any, frame: Frame) -> Any:
    return UNDEFINED


@builds("bind")
def bind(compiler: Compiler, node: Bind) -> Code:
    """``$name := value`` in the innermost scope; its value is the value."""
    name, value = node.name, compiler.code(node.value)
    compiler.keeps = True

    def assign(input: Any, frame: Frame) -> Any:
        result = frame.names[name] = value(input, frame)
        return result

    return assign


# --------------------------------------------------------------------------- order-by


def ordering(compiler: Compiler, node: Sort) -> Callable[[Any, Frame], list[Any]]:
    """``^(term, ...)`` as code that orders a list."""
    terms = [(compiler.code(term.expression), term.descending) for term in node.terms]
    directions = [term.descending for term in node.terms]
    compare = _comparison(directions, node.position)

    def order(items: list[Any], frame: Frame) -> list[Any]:
        if len(items) <= 1:
            return items
        frame.run.spend(len(items) * 2)
        frame.run.room -= SORT_FRAMES
        ordered_items = arrange(items, frame)
        frame.run.room += SORT_FRAMES
        return ordered_items

    def arrange(items: list[Any], frame: Frame) -> list[Any]:
        if type(items) is TupleStream:
            rows = [_Row(item["@"], item, terms, Frame(dict(item), frame, frame.run)) for item in items]
            columns = ([row.value(index) for row in rows] for index in range(len(terms)))
        else:
            rows = []
            columns = ([code(item, frame) for item in items] for code, _ in terms)
        quick = _quickly(items, columns, directions)
        if quick is not None:
            return quick
        rows = rows or [_Row(item, item, terms, frame) for item in items]
        return [row.item for row in merge_sort(rows, compare, frame.run)]

    return order


class _Row:
    """An item and the values of its terms, evaluated when first compared."""

    __slots__ = ("_frame", "_terms", "_values", "context", "item")

    def __init__(self, context: Any, item: Any, terms: list[tuple[Code, bool]], frame: Frame) -> None:
        self.context, self.item = context, item
        self._terms, self._frame = terms, frame
        self._values: list[Any] = []

    def value(self, index: int) -> Any:
        while len(self._values) <= index:
            self._values.append(self._terms[len(self._values)][0](self.context, self._frame))
        return self._values[index]


def _quickly(items: list[Any], columns: Iterable[list[Any]], descending: list[bool]) -> list[Any] | None:
    """The items in order, if the values of each term are all numbers or all texts: no comparison can fail.

    A value that cannot be had is left to the comparisons, which decide whether it counts.
    """
    keys = []
    try:
        for column in columns:
            keys.append(ordered(column))
            if keys[-1] is None:
                return None
    except JsonataLimitError:
        raise
    except JsonataError:
        return None
    order = list(range(len(items)))
    for values, down in zip(reversed(keys), reversed(descending), strict=True):
        assert values is not None
        order.sort(key=values.__getitem__, reverse=down)
    return [items[index] for index in order]


def _comparison(descending: list[bool], position: int) -> Callable[[_Row, _Row], bool]:
    def compare(left: _Row, right: _Row) -> bool:
        for index, down in enumerate(descending):
            order = _order(left.value(index), right.value(index), down, position)
            if order:
                return order > 0
        return False

    return compare


def _order(left: Any, right: Any, descending: bool, position: int) -> int:
    if left is UNDEFINED or right is UNDEFINED:
        return int(left is UNDEFINED) - int(right is UNDEFINED)
    kinds = type(left), type(right)
    for kind, value in zip(kinds, (left, right), strict=True):
        if kind not in (str, int, float):
            raise JsonataError("T2008", position=position, value=value)
    if (kinds[0] is str) != (kinds[1] is str):
        raise JsonataError("T2007", position=position, value=left, value2=right)
    if left == right:
        return 0
    smaller = before(left, right) if kinds[0] is str else left < right
    return 1 if smaller == descending else -1


# --------------------------------------------------------------------------- transform


@builds("transform")
def transform(compiler: Compiler, node: Transform) -> Code:
    """``|pattern|update, delete|``: a function that changes a copy of its argument."""
    pattern, update = compiler.code(node.pattern), compiler.code(node.update)
    delete = None if node.delete is None else compiler.code(node.delete)
    compiler.recursive = compiler.keeps = True
    reach = compiler.reach + TRANSFORM_FRAMES

    def make(input: Any, frame: Frame) -> Any:
        def transformer(caller: Frame, value: Any) -> Any:
            if value is UNDEFINED:
                return UNDEFINED
            caller.run.room -= reach
            result = changed(value, frame) if caller.run.room > 0 else caller.run.further(changed, value, frame, reach)
            caller.run.room += reach
            return result

        def changed(value: Any, frame: Frame) -> Any:
            clone = frame.find("clone")
            if not isinstance(clone, Function):
                raise JsonataError("T2013", position=node.position)
            result = unfolded(apply(clone, [value], None, frame))
            matches = pattern(result, frame)
            for match in as_items(matches) if matches is not UNDEFINED else ():
                frame.run.spend(1)
                _change(match, update(match, frame), node.update.position)
                if delete is not None:
                    _remove(match, delete(match, frame), node.delete)
            return result

        return Native("transform", transformer, "<(oa):o>", 1)

    return make


def _change(match: Any, update: Any, position: int) -> None:
    if isinstance(match, Function):
        raise JsonataError("D1010", position=position)
    if update is UNDEFINED:
        return
    if not isinstance(update, dict):
        raise JsonataError("T2011", position=position, value=update)
    if isinstance(match, dict):
        match.update(update)
    elif update and not isinstance(match, list):
        raise JsonataError(None, position=position, message="Cannot change a value that is no object")


def _remove(match: Any, names: Any, node: Node | None) -> None:
    if names is UNDEFINED:
        return
    keys = list(as_items(names))
    if not all(isinstance(key, str) for key in keys):
        raise JsonataError("T2012", position=node.position if node else None, value=names)
    if isinstance(match, dict):
        for key in keys:
            match.pop(key, None)
