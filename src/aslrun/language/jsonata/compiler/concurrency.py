"""Which of several failures counts: the items of a constructor are evaluated side by side.

The reference starts all items of ``[...]``, and all values of ``{...}``, at once and reports the first to fail:
not the first in the text, but the one that needs the fewest turns of its event loop. Turns are counted here on
the tree, up to the place of the error, as if every step of a path gave one item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..calls import Code
from ..errors import JsonataError, JsonataLimitError
from ..frames import Frame
from ..nodes import Array, Binary, Call, Chain, Condition, Group, Lambda, Node, Object, Transform

Turns = tuple[int, bool]
"""Turns until something is done, or has failed at the place of the error; and whether it has."""
Counted = tuple[Node, Turns]
OWN_TURNS = {"literal": 0, "variable": 0, "name": 0, "lambda": 0, "regex": 0, "wildcard": 0, "function": 3}
"""Turns that a node takes besides those of its operands; all others take one."""
OPERAND_TURNS = {"binary": 2, "path": 2}
"""Turns between an operand and the node; one for all others."""
BESIDE = 4
"""Turns that a constructor takes besides those of its slowest, or first failing, item."""


def first_failure(error: JsonataError, node: Node, rest: Sequence[tuple[Node, Code, Any, Frame]]) -> JsonataError:
    """The error that would be reported if the node failed and the rest had been started as well."""
    if isinstance(error, JsonataLimitError):
        return error
    best, least = error, turns(node, error.position)[0]
    for other, code, input, frame in rest:
        try:
            code(input, frame)
        except JsonataLimitError:
            return error
        except JsonataError as failure:
            count = turns(other, failure.position)[0]
            if count < least:
                best, least = failure, count
    return best


def turns(node: Node, position: int | None) -> Turns:
    """Turns until the node is done, or has failed at the position."""
    count = SPECIAL.get(type(node), _in_turn)
    return count(node, position)


def _in_turn(node: Node, position: int | None) -> Turns:
    """Operands that are evaluated one after the other."""
    operands = _counted(node.children(), position)
    return _after(operands, OPERAND_TURNS.get(node.kind, 1), OWN_TURNS.get(node.kind, 1), node, position)


def _counted(operands: Iterable[Node], position: int | None) -> Iterator[Counted]:
    return ((operand, turns(operand, position)) for operand in operands)


def _after(operands: Iterable[Counted], between: int, own: int, node: Node, position: int | None) -> Turns:
    count, called = 0, 0
    for operand, (below, failed) in operands:
        if failed and operand.kind == "lambda":
            called = below  # a lambda fails when it is called, after all operands of the call
        elif failed:
            return count + below + between + (node.kind != "binary"), True
        else:
            count += below
        count += between
    return count + called + own, called > 0 or node.position == position


def _binary(node: Any, position: int | None) -> Turns:
    """The right side waits a turn more than the left one, and nothing is left to wait for at the end."""
    return _after(_counted(node.children(), position), 2, int(node.operator in ("and", "or")), node, position)


def _chain(node: Any, position: int | None) -> Turns:
    """A call on the right is made at once, without a turn of its own; what another function refuses has no place."""
    if type(node.right) is Call:
        return _after(_counted(node.children(), position), 1, 0, node, position)
    count, failed = _after(_counted(node.children(), position), 1, 1, node, position)
    return (count, True) if failed else (count + 2, position is None)


def _condition(node: Any, position: int | None) -> Turns:
    """Only one of the branches is evaluated: the one that fails, or the first."""
    return _after(_ways(node, position), 1, 1, node, position)


def _ways(node: Any, position: int | None) -> Iterator[Counted]:
    yield from _counted([node.condition], position)
    branches = list(_counted([branch for branch in (node.then, node.otherwise) if branch is not None], position))
    yield next((branch for branch in branches if branch[1][1]), branches[0])


def _function(node: Any, position: int | None) -> Turns:
    """What a lambda or a transform is made of counts only if it fails there, when it is called."""
    count, failed = _in_turn(node, position)
    return (count, True) if failed else (0, False)


def _array(node: Any, position: int | None) -> Turns:
    return _beside(node.items, position) if node.items else (2, False)


def _object(node: Any, position: int | None) -> Turns:
    count = 0
    for key, _ in node.pairs:
        below, failed = turns(key, position)
        count += below + 1
        if failed:
            return count + 2, True
    if not node.pairs or node.position == position:
        return count + (2 if node.pairs else 3), node.position == position
    below, failed = _beside([value for _, value in node.pairs], position)
    return count + below + 1 + (0 if failed else len(node.pairs)), failed


def _beside(items: Sequence[Node], position: int | None) -> Turns:
    """Items side by side: the first to fail, or the slowest."""
    counts = [turns(item, position) for item in items]
    failures = [count for count, failed in counts if failed]
    if failures:
        return min(failures) + BESIDE, True
    return max((count for count, _ in counts), default=0) + BESIDE, False


SPECIAL: dict[type[Node] | type[Group], Callable[[Any, int | None], Turns]] = {
    Binary: _binary,
    Chain: _chain,
    Lambda: _function,
    Transform: _function,
    Condition: _condition,
    Array: _array,
    Object: _object,
}
