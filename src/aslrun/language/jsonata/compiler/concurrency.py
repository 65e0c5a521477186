"""Which of several failures counts: the items of a constructor are evaluated side by side.

The reference starts all items of ``[...]``, and all values of ``{...}``, at once and reports the first to fail:
not the first in the text, but the one that needs the fewest turns of its event loop. Turns are counted here on
the tree, up to the place of the error, as if every step of a path gave one item.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..calls import Code
from ..errors import JsonataError, JsonataLimitError
from ..frames import Frame
from ..nodes import Node

OWN_TURNS = {"literal": 0, "variable": 0, "name": 0, "lambda": 0, "regex": 0, "wildcard": 0, "function": 3, "apply": 3}
"""Turns that a node takes besides those of its operands; all others take one."""
OPERAND_TURNS = {"binary": 2, "path": 2}
"""Turns between an operand and the node; one for all others."""


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


def turns(node: Node, position: int | None) -> tuple[int, bool]:
    """Turns until the node is done, or has failed at the position; and whether it has."""
    count, called = 0, 0
    between = OPERAND_TURNS.get(node.kind, 1)
    for operand in node.children():
        below, failed = turns(operand, position)
        if failed and operand.kind == "lambda":
            called = below  # a lambda fails when it is called, after all operands of the call
        elif failed:
            return count + below + between, True
        else:
            count += below
        count += between
    return count + called + OWN_TURNS.get(node.kind, 1), called > 0 or node.position == position
