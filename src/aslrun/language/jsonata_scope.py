"""What a JSONata expression of a state refers to and cannot see; the service refuses it when the machine is created.

An expression of a state is evaluated without a context: the input is ``$states.input``, a variable ``$name``. So a
field name, ``$`` and ``$$`` at its top level lead nowhere, and ``$states`` has only the fields that its place offers.

Rules that a change must keep:

1. The top level is where the context is that of the whole expression: the first step of a path, operands, arguments,
   the members of constructors, both sides of ``~>``, and the bodies of functions, which keep the context they were
   written in (measured: ``$map($states.input.a, function($x){ b })`` is refused for ``b``).
2. Everywhere else (later steps, filters, orders, groups, transforms) the context is a value, and every name is allowed.
   When in doubt it is allowed: a false alarm is worse than a miss.
3. The walk keeps its own stack: a chain of operators may be longer than Python's.

Sources: developer guide, "Transforming data with JSONata in Step Functions"; answers of the service as reported in the
issues 2670 and 2745 of the emulator floci.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from .jsonata import Node, is_builtin, nodes


class Unsupported(NamedTuple):
    """A reference that leads nowhere: the service's sentence, where it stands (from 0), and what was perhaps meant."""

    message: str
    position: int
    meant: str


SOMETIMES = frozenset(("result", "errorOutput"))
"""The fields that ``$states`` has in some places only."""


def unsupported(tree: Node, extra: str | None) -> Iterator[Unsupported]:
    """Every reference that the service refuses, each name once; ``extra`` is the third field of ``$states`` there.

    >>> from aslrun.language import jsonata
    >>> [found.message for found in unsupported(jsonata.parse("$states.input.items[price > 3].name & phone"), None)]
    ["Reference to 'phone' at the top level is not supported."]
    """
    seen: set[str] = set()
    for node in _top_level(tree):
        found = _of_states(node, extra) if isinstance(node, nodes.Path) else _of_context(node)
        if found is not None and found.message not in seen:
            seen.add(found.message)
            yield found


def _of_context(node: Node) -> Unsupported | None:
    if isinstance(node, nodes.Name):
        name = node.value
        meant = "$states" if name == "states" else f"$states.input.{name} or ${name}"
        return Unsupported(f"Reference to '{name}' at the top level is not supported.", _start(node), meant)
    if isinstance(node, nodes.Variable) and node.value == "":
        return Unsupported("Reference to '$' at the top level is not supported.", _start(node), "$states.input")
    if isinstance(node, nodes.Variable) and node.value == "$":
        return Unsupported("Reference to '$$' is not supported.", _start(node), "$states.input")
    return None


def _of_states(path: nodes.Path, extra: str | None) -> Unsupported | None:
    first, second = path.steps[0], path.steps[1] if len(path.steps) > 1 else None
    if not isinstance(first, nodes.Variable) or first.value != "states" or not isinstance(second, nodes.Name):
        return None
    if second.value not in SOMETIMES or second.value == extra:
        return None
    name = f"$states.{second.value}"
    return Unsupported(f"Field '{name}' does not exist.", _start(first), name)


def _start(node: Node) -> int:
    """Where the text of a name begins: a node's position is behind it."""
    name = node.value if isinstance(node, (nodes.Name, nodes.Variable)) else ""
    return max(node.position - len(name) - isinstance(node, nodes.Variable), 0)


# --------------------------------------------------------------------------- what the top level is


def _top_level(tree: Node) -> Iterator[Node]:
    """The nodes that see the context of the whole expression, in the order of the text."""
    pending = [tree]
    while pending:
        node = pending.pop()
        yield node
        below = _BELOW.get(type(node))
        if below is not None:
            pending.extend(reversed(below(node)))


def _parts(node: Node) -> list[Node]:
    return list(node.parts())


def _first(node: Node) -> list[Node]:
    assert isinstance(node, nodes.Path)
    return node.steps[:1]


_OWN_CONTEXT = (
    nodes.Binary, nodes.Negation, nodes.Array, nodes.Object, nodes.Block, nodes.Condition, nodes.Bind,
    nodes.Call, nodes.Partial, nodes.Lambda, nodes.Chain,
)  # fmt: skip
_BELOW: Mapping[type[Node], Callable[[Node], list[Node]]] = {**dict.fromkeys(_OWN_CONTEXT, _parts), nodes.Path: _first}
"""How a kind of node hands its own context on; one that is not named hands on none."""

# --------------------------------------------------------------------------- functions that there are not


def unknown_functions(every: Sequence[Node]) -> Iterator[tuple[str, int]]:
    """Every call of a name that is no built-in function and that the expression does not define, with its position.

    ``every`` are all nodes of the expression.

    >>> from aslrun.language import jsonata
    >>> tree = jsonata.parse("($f := $sum; $f($states.input) & $upercase('a'))")
    >>> list(unknown_functions([*jsonata.walk(tree)]))
    [('upercase', 33)]
    """
    called = [found for node in every if isinstance(found := _called(node), nodes.Variable)]
    if strange := [variable for variable in called if not is_builtin(variable.value)]:
        own = {"", "$", *bound_names(every)}
        yield from ((variable.value, _start(variable)) for variable in strange if variable.value not in own)


def _called(node: Node) -> Node | None:
    """What a node calls, or hands something on to."""
    if isinstance(node, nodes.Call):
        return node.procedure
    return node.right if isinstance(node, nodes.Chain) else None


def bound_names(every: Iterable[Node]) -> set[str]:
    """The names that some nodes of an expression give values to.

    >>> from aslrun.language import jsonata
    >>> sorted(bound_names(jsonata.walk(jsonata.parse("($f := function($x){ $x }; [1]#$i.$f($i))"))))
    ['f', 'i', 'x']
    """
    found: set[str] = set()
    for node in every:
        if isinstance(node, nodes.Bind):
            found.add(node.name)
        elif isinstance(node, nodes.Lambda):
            found.update(node.parameters)
        if node.focus:
            found.add(node.focus)
        if node.index:
            found.add(node.index)
        if node.stages:
            found.update(stage.name for stage in node.stages if isinstance(stage, nodes.IndexStage))
    return found
