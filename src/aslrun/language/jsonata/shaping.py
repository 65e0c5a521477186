"""The raw tree to the finished one: paths become lists of steps, filters and groups attributes of a step.

Rules that a change must keep:

1. Which node an ``[]``, a filter, a group or a binding is attached to decides what an expression means;
   the order of the checks is the reference's, and so are the corners where it attaches to the "wrong" node.
2. A chain of operators (``a & b & c ...``) is worked off in a loop: it may be longer than the stack is deep.
3. The literal steps of a path (``a."b c"``) become names; numbers and true, false, null are refused (S0213).
"""

from __future__ import annotations

from collections.abc import Callable

from . import nodes
from .ancestry import inherit, resolve, seek
from .errors import JsonataLimitError, JsonataSyntaxError
from .nodes import Filter, Group, IndexStage, Node, Path
from .parser import Parser, Raw


def parse(text: str) -> Node:
    """The parse tree of an expression, for static checks.

    Raises ``JsonataSyntaxError`` with a code and a position.

    >>> [node.value for node in nodes.walk(parse("$x.total + $y")) if isinstance(node, nodes.Variable)]
    ['x', 'y']
    """
    try:
        tree = Shaper().shape(Parser(text).parse())
    except RecursionError:
        raise JsonataLimitError("D1011", value="the stack is too short for it") from None
    if tree.kind == "parent" or tree.seeking is not None:
        raise JsonataSyntaxError("S0217", token=tree.kind, position=tree.position)
    return tree


class Shaper:
    """One tree being finished; it numbers the labels of ``%``."""

    __slots__ = ("_labels",)

    def __init__(self) -> None:
        self._labels = 0

    def shape(self, raw: Raw) -> Node:
        """The finished node."""
        node = self._shaped(raw)
        if raw.keep_array:
            node.keep_array = True
        return node

    def _shaped(self, raw: Raw) -> Node:
        if raw.type == "binary":
            return BINARY.get(raw.value, Shaper._operator)(self, raw)
        method = TYPES.get(raw.type)
        if method is None:
            code = "S0207" if raw.type == "(end)" else "S0206"
            raise JsonataSyntaxError(code, position=raw.position, token=raw.value)
        return method(self, raw)

    # ------------------------------------------------------------------ paths

    def _path(self, raw: Raw) -> Node:
        first = self.shape(raw.left)
        if isinstance(first, Path):
            path = first
        else:
            path = Path([first], first.position)
        if isinstance(first, nodes.Parent):
            path.seeking = [first.slot]
        rest = self.shape(raw.right)
        if not isinstance(rest, Path):
            rest.stages, rest.predicates = [*rest.stages, *rest.predicates], []
        path.steps.extend(rest.steps if isinstance(rest, Path) else [rest])
        new = path.steps[path.settled :] = [_as_step(step) for step in path.steps[path.settled :]]
        path.keep_singleton |= any(step.keep_array for step in new)
        path.settled = len(path.steps)
        for end in (path.steps[0], path.steps[-1]):
            if isinstance(end, nodes.Array):
                end.constructed = True
        resolve(path)
        return path

    def _filter(self, raw: Raw) -> Node:
        node = self.shape(raw.left)
        step = node.steps[-1] if isinstance(node, Path) else node
        if step.group is not None:
            raise JsonataSyntaxError("S0209", position=raw.position)
        condition = self.shape(raw.right)
        if condition.seeking is not None:
            for slot in condition.seeking:
                if slot.level == 1:
                    seek(step, slot)
                else:
                    slot.level -= 1
            inherit(step, condition)
        stage = Filter(condition, raw.position)
        if isinstance(node, Path):
            step.stages.append(stage)
        else:
            step.predicates.append(stage)
        return node

    def _group(self, raw: Raw) -> Node:
        node = self.shape(raw.left)
        if node.group is not None:
            raise JsonataSyntaxError("S0210", position=raw.position)
        node.group = Group([(self.shape(key), self.shape(value)) for key, value in raw.right], raw.position)
        return node

    def _sort(self, raw: Raw) -> Node:
        node = self.shape(raw.left)
        path = node if isinstance(node, Path) else Path([node], node.position)
        sort = nodes.Sort([], raw.position)
        for term, descending in raw.right:
            expression = self.shape(term)
            inherit(sort, expression)
            sort.terms.append(nodes.SortTerm(expression, descending))
        path.steps.append(sort)
        resolve(path)
        return path

    def _focus(self, raw: Raw) -> Node:
        node = self.shape(raw.left)
        step = node.steps[-1] if isinstance(node, Path) else node
        if step.stages or step.predicates:
            raise JsonataSyntaxError("S0215", position=raw.position)
        if isinstance(step, nodes.Sort):
            raise JsonataSyntaxError("S0216", position=raw.position)
        if raw.keep_array:
            step.keep_array = True
        step.focus = raw.right.value
        step.tuple = True
        return node

    def _index(self, raw: Raw) -> Node:
        node = self.shape(raw.left)
        if isinstance(node, Path):
            step: Node = node.steps[-1]
        else:
            step = node
            node = Path([step], step.position)
            step.stages, step.predicates = [*step.predicates, *step.stages], []
        if step.stages:
            step.stages.append(IndexStage(raw.right.value, raw.position))
        else:
            step.index = raw.right.value
        step.tuple = True
        return node

    # ------------------------------------------------------------------ operators

    def _bind(self, raw: Raw) -> Node:
        node = nodes.Bind(raw.left.value, self.shape(raw.right), raw.position)
        inherit(node, node.value)
        return node

    def _chain(self, raw: Raw) -> Node:
        node = nodes.Chain(self.shape(raw.left), self.shape(raw.right), raw.position)
        node.keep_array = node.left.keep_array or node.right.keep_array
        return node

    def _operator(self, raw: Raw) -> Node:
        chain = [raw]
        while raw.left.type == "binary" and raw.left.value not in BINARY and not raw.left.keep_array:
            raw = raw.left
            chain.append(raw)
        node = self.shape(raw.left)
        for raw in reversed(chain):
            operation = nodes.Binary(raw.value, node, self.shape(raw.right), raw.position)
            inherit(operation, operation.left)
            inherit(operation, operation.right)
            node = operation
        return node

    def _unary(self, raw: Raw) -> Node:
        if raw.value == "[":
            array = nodes.Array([self.shape(item) for item in raw.items], raw.position)
            for item in array.items:
                inherit(array, item)
            return array
        if raw.value == "{":
            pairs = [(self.shape(key), self.shape(value)) for key, value in raw.items]
            node: Node = nodes.Object(pairs, raw.position)
        else:
            operand = self.shape(raw.left)
            if isinstance(operand, nodes.Literal) and operand.type == "number":
                operand.value = -operand.value
                return operand
            node = nodes.Negation(operand, raw.position)
        for part in node.parts():
            inherit(node, part)
        return node

    # ------------------------------------------------------------------ the rest

    def _call(self, raw: Raw) -> Node:
        arguments = [self.shape(item) for item in raw.items]
        kind = nodes.Partial if raw.type == "partial" else nodes.Call
        node = kind(self.shape(raw.left), arguments, raw.position)
        for argument in arguments:
            inherit(node, argument)
        return node

    def _lambda(self, raw: Raw) -> Node:
        parameters = [parameter.value for parameter in raw.items]
        assert isinstance(raw.right, Raw)
        return nodes.Lambda(parameters, raw.signature, self.shape(raw.right), raw.position)

    def _condition(self, raw: Raw) -> Node:
        condition, then = self.shape(raw.left), self.shape(raw.right)
        otherwise = None if raw.third is None else self.shape(raw.third)
        node = nodes.Condition(condition, then, otherwise, raw.position)
        for part in node.parts():
            inherit(node, part)
        return node

    def _transform(self, raw: Raw) -> Node:
        pattern, update = self.shape(raw.left), self.shape(raw.right)
        delete = None if raw.third is None else self.shape(raw.third)
        return nodes.Transform(pattern, update, delete, raw.position)

    def _block(self, raw: Raw) -> Node:
        block = nodes.Block([self.shape(item) for item in raw.items], raw.position)
        for part in block.expressions:
            inherit(block, part)
            if part.constructed or (isinstance(part, Path) and part.steps[0].constructed):
                block.constructed = True
        return block

    def _name(self, raw: Raw) -> Node:
        name = nodes.Name(raw.value, raw.position)
        path = Path([name], raw.position)
        if raw.keep_array:
            name.keep_array = path.keep_singleton = True
        return path

    def _parent(self, raw: Raw) -> Node:
        node = nodes.Parent(raw.position)
        node.slot.label = f"!{self._labels}"
        self._labels += 1
        return node

    def _word(self, raw: Raw) -> Node:
        return self._name(raw)

    def _literal(self, raw: Raw) -> Node:
        return nodes.Literal(raw.value, raw.type, raw.position)

    def _variable(self, raw: Raw) -> Node:
        return nodes.Variable(raw.value, raw.position)

    def _wildcard(self, raw: Raw) -> Node:
        return nodes.Wildcard(raw.position)

    def _descendants(self, raw: Raw) -> Node:
        return nodes.Descendants(raw.position)

    def _regex(self, raw: Raw) -> Node:
        pattern, flags = raw.value
        return nodes.Regex(pattern, flags, raw.position)

    def _placeholder(self, raw: Raw) -> Node:
        return nodes.Placeholder(raw.position)


def _as_step(step: Node) -> Node:
    if not isinstance(step, nodes.Literal):
        return step
    if step.type != "string":
        raise JsonataSyntaxError("S0213", position=step.position, value=step.value)
    name = nodes.Name(step.value, step.position)
    for attribute in Node.__slots__:
        setattr(name, attribute, getattr(step, attribute))
    return name


BINARY: dict[str, Callable[[Shaper, Raw], Node]] = {
    ".": Shaper._path,
    "[": Shaper._filter,
    "{": Shaper._group,
    "^": Shaper._sort,
    ":=": Shaper._bind,
    "@": Shaper._focus,
    "#": Shaper._index,
    "~>": Shaper._chain,
}
TYPES: dict[str, Callable[[Shaper, Raw], Node]] = {
    "unary": Shaper._unary,
    "function": Shaper._call,
    "partial": Shaper._call,
    "lambda": Shaper._lambda,
    "condition": Shaper._condition,
    "transform": Shaper._transform,
    "block": Shaper._block,
    "name": Shaper._name,
    "parent": Shaper._parent,
    "operator": Shaper._word,
    "string": Shaper._literal,
    "number": Shaper._literal,
    "value": Shaper._literal,
    "variable": Shaper._variable,
    "wildcard": Shaper._wildcard,
    "descendant": Shaper._descendants,
    "regex": Shaper._regex,
    "placeholder": Shaper._placeholder,
}
