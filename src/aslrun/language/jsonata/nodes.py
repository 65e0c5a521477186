"""The parse tree: typed nodes with positions, made to be read by checks as well as by the compiler.

Rules that a change must keep:

1. A location path is one ``Path`` with its steps; ``.`` and ``[`` leave no nodes of their own.
2. A filter behind a step of a path is a *stage* of that step; behind anything else it is a *predicate*.
3. ``children`` gives every node below, each once, in the order of the text: a walker sees all there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .signatures import Signature


class Node:
    """A part of an expression; ``position`` is the offset just behind its main token."""

    __slots__ = (
        "ancestor",
        "constructed",
        "focus",
        "group",
        "index",
        "keep_array",
        "position",
        "predicates",
        "seeking",
        "stages",
        "tuple",
    )
    kind = "node"

    def __init__(self, position: int) -> None:
        self.position = position
        self.keep_array = False
        self.predicates: list[Filter] = []
        self.stages: list[Filter | IndexStage] = []
        self.group: Group | None = None
        self.focus: str | None = None
        self.index: str | None = None
        self.ancestor: Slot | None = None
        self.seeking: list[Slot] | None = None
        self.tuple = False
        self.constructed = False

    def parts(self) -> Iterator[Node]:
        """The node's own operands."""
        return iter(())

    def children(self) -> list[Node]:
        """Every node directly below: operands, filters, grouping."""
        found = [*self.parts()]
        if self.predicates:
            found += [filter_.condition for filter_ in self.predicates]
        if self.stages:
            found += [stage.condition for stage in self.stages if isinstance(stage, Filter)]
        if self.group is not None:
            found += [node for pair in self.group.pairs for node in pair]
        return found

    def __repr__(self) -> str:
        return f"<{self.kind} at {self.position}>"


class Slot:
    """The name under which a ``%`` finds its ancestor, and how many levels up that is."""

    __slots__ = ("label", "level", "owner")

    def __init__(self, label: str) -> None:
        self.label, self.level = label, 1
        self.owner = self


class Filter:
    """``[condition]`` behind a step or an expression."""

    __slots__ = ("condition", "position")

    def __init__(self, condition: Node, position: int) -> None:
        self.condition, self.position = condition, position


class IndexStage:
    """``#$name`` behind a filter."""

    __slots__ = ("name", "position")

    def __init__(self, name: str, position: int) -> None:
        self.name, self.position = name, position


class Group:
    """``{key: value, ...}`` behind an expression: group by."""

    __slots__ = ("pairs", "position")

    def __init__(self, pairs: list[tuple[Node, Node]], position: int) -> None:
        self.pairs, self.position = pairs, position


class Literal(Node):
    """A string, a number, true, false or null. ``type`` tells which: string, number or value."""

    __slots__ = ("type", "value")
    kind = "literal"

    def __init__(self, value: Any, type: str, position: int) -> None:
        super().__init__(position)
        self.value, self.type = value, type


class Name(Node):
    """A field name; in the finished tree always a step of a ``Path``."""

    __slots__ = ("value",)
    kind = "name"

    def __init__(self, value: str, position: int) -> None:
        super().__init__(position)
        self.value = value


class Variable(Node):
    """``$name``; the name ``""`` is ``$`` (the context), ``"$"`` is ``$$`` (the input)."""

    __slots__ = ("value",)
    kind = "variable"

    def __init__(self, value: str, position: int) -> None:
        super().__init__(position)
        self.value = value


class Wildcard(Node):
    """``*``: every field."""

    __slots__ = ()
    kind = "wildcard"


class Descendants(Node):
    """``**``: everything below."""

    __slots__ = ()
    kind = "descendant"


class Parent(Node):
    """``%``: what the context was found in."""

    __slots__ = ("slot",)
    kind = "parent"

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.slot = Slot("")


class Regex(Node):
    """``/pattern/flags``."""

    __slots__ = ("flags", "pattern")
    kind = "regex"

    def __init__(self, pattern: str, flags: str, position: int) -> None:
        super().__init__(position)
        self.pattern, self.flags = pattern, flags


class Path(Node):
    """Steps that each map over the items of the one before."""

    __slots__ = ("keep_singleton", "settled", "steps")
    kind = "path"

    def __init__(self, steps: list[Node], position: int) -> None:
        super().__init__(position)
        self.steps = steps
        self.keep_singleton = False
        self.settled = 0
        """How many of the steps a ``.`` has looked at: ``1#$i`` is a path of one step that none has."""

    def parts(self) -> Iterator[Node]:
        return iter(self.steps)


class Binary(Node):
    """Two operands and an operator: arithmetic, comparison, ``&``, ``and``, ``or``, ``in``, ``..``."""

    __slots__ = ("left", "operator", "right")
    kind = "binary"

    def __init__(self, operator: str, left: Node, right: Node, position: int) -> None:
        super().__init__(position)
        self.operator, self.left, self.right = operator, left, right

    def parts(self) -> Iterator[Node]:
        return iter((self.left, self.right))


class Negation(Node):
    """Unary minus."""

    __slots__ = ("operand",)
    kind = "negation"

    def __init__(self, operand: Node, position: int) -> None:
        super().__init__(position)
        self.operand = operand

    def parts(self) -> Iterator[Node]:
        return iter((self.operand,))


class Array(Node):
    """``[item, ...]``."""

    __slots__ = ("items",)
    kind = "array"

    def __init__(self, items: list[Node], position: int) -> None:
        super().__init__(position)
        self.items = items

    def parts(self) -> Iterator[Node]:
        return iter(self.items)


class Object(Node):
    """``{key: value, ...}``."""

    __slots__ = ("pairs",)
    kind = "object"

    def __init__(self, pairs: list[tuple[Node, Node]], position: int) -> None:
        super().__init__(position)
        self.pairs = pairs

    def parts(self) -> Iterator[Node]:
        return (part for pair in self.pairs for part in pair)


class Block(Node):
    """``(expression; ...)``."""

    __slots__ = ("expressions",)
    kind = "block"

    def __init__(self, expressions: list[Node], position: int) -> None:
        super().__init__(position)
        self.expressions = expressions

    def parts(self) -> Iterator[Node]:
        return iter(self.expressions)


class Condition(Node):
    """``condition ? then : otherwise``."""

    __slots__ = ("condition", "otherwise", "then")
    kind = "condition"

    def __init__(self, condition: Node, then: Node, otherwise: Node | None, position: int) -> None:
        super().__init__(position)
        self.condition, self.then, self.otherwise = condition, then, otherwise

    def parts(self) -> Iterator[Node]:
        yield self.condition
        yield self.then
        if self.otherwise is not None:
            yield self.otherwise


class Bind(Node):
    """``$name := value``."""

    __slots__ = ("name", "value")
    kind = "bind"

    def __init__(self, name: str, value: Node, position: int) -> None:
        super().__init__(position)
        self.name, self.value = name, value

    def parts(self) -> Iterator[Node]:
        return iter((self.value,))


class Call(Node):
    """``procedure(argument, ...)``."""

    __slots__ = ("arguments", "procedure")
    kind = "function"

    def __init__(self, procedure: Node, arguments: list[Node], position: int) -> None:
        super().__init__(position)
        self.procedure, self.arguments = procedure, arguments

    def parts(self) -> Iterator[Node]:
        yield self.procedure
        yield from self.arguments


class Partial(Call):
    """``procedure(?, argument)``: a call that waits for the arguments written ``?``."""

    __slots__ = ()
    kind = "partial"


class Placeholder(Node):
    """The ``?`` of a partial call."""

    __slots__ = ()
    kind = "placeholder"


class Lambda(Node):
    """``function($a, $b)<signature>{body}``."""

    __slots__ = ("body", "parameters", "signature")
    kind = "lambda"

    def __init__(self, parameters: list[str], signature: Signature | None, body: Node, position: int) -> None:
        super().__init__(position)
        self.parameters, self.signature, self.body = parameters, signature, body

    def parts(self) -> Iterator[Node]:
        return iter((self.body,))


class Chain(Node):
    """``left ~> right``."""

    __slots__ = ("left", "right")
    kind = "apply"

    def __init__(self, left: Node, right: Node, position: int) -> None:
        super().__init__(position)
        self.left, self.right = left, right

    def parts(self) -> Iterator[Node]:
        return iter((self.left, self.right))


class SortTerm:
    """One criterion of an order-by."""

    __slots__ = ("descending", "expression")

    def __init__(self, expression: Node, descending: bool) -> None:
        self.expression, self.descending = expression, descending


class Sort(Node):
    """``^(term, ...)``: a step that orders what came before it."""

    __slots__ = ("terms",)
    kind = "sort"

    def __init__(self, terms: list[SortTerm], position: int) -> None:
        super().__init__(position)
        self.terms = terms

    def parts(self) -> Iterator[Node]:
        return (term.expression for term in self.terms)


class Transform(Node):
    """``|pattern|update, delete|``: a function that gives a changed copy."""

    __slots__ = ("delete", "pattern", "update")
    kind = "transform"

    def __init__(self, pattern: Node, update: Node, delete: Node | None, position: int) -> None:
        super().__init__(position)
        self.pattern, self.update, self.delete = pattern, update, delete

    def parts(self) -> Iterator[Node]:
        yield self.pattern
        yield self.update
        if self.delete is not None:
            yield self.delete


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending += reversed(current.children())
