"""Conditions in JSONata as formulas over tests of subjects.

Rule that a change must keep: two expressions count as the same only if they always give the same value.
"""

from __future__ import annotations

from typing import Any

from ...language.jsonata import nodes
from .formulas import MAX_NESTING, Formula, Joined, Opaque, Test

_ORDERS = {"<": "LessThan", ">": "GreaterThan", "<=": "LessThanEquals", ">=": "GreaterThanEquals"}
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def of_tree(tree: nodes.Node, subjects: dict[Any, nodes.Node], depth: int = 0) -> Formula:
    """The formula of a condition; notes the tree of each subject."""
    if depth > MAX_NESTING:
        return Opaque(id(tree))
    if tree.predicates or tree.stages or tree.group is not None:
        return _truth(tree, subjects)
    if isinstance(tree, nodes.Block) and len(tree.expressions) == 1:
        return of_tree(tree.expressions[0], subjects, depth + 1)
    if isinstance(tree, nodes.Literal) and isinstance(tree.value, bool):
        return tree.value
    if isinstance(tree, nodes.Binary):
        return _of_binary(tree, subjects, depth)
    if isinstance(tree, nodes.Call) and len(tree.arguments) == 1 and isinstance(tree.procedure, nodes.Variable):
        (argument,) = tree.arguments
        if tree.procedure.value == "not":
            return Joined("not", (of_tree(argument, subjects, depth + 1),))
        if tree.procedure.value == "exists":
            return _test(argument, "IsPresent", True, subjects)
    return _truth(tree, subjects)


def _of_binary(tree: nodes.Binary, subjects: dict[Any, nodes.Node], depth: int) -> Formula:
    if tree.operator in ("and", "or"):
        parts = tuple(of_tree(part, subjects, depth + 1) for part in (tree.left, tree.right))
        return Joined(tree.operator, parts)
    left, right, operator = tree.left, tree.right, tree.operator
    if isinstance(left, nodes.Literal) and operator != "in":
        left, right, operator = right, left, _TURNED.get(operator, operator)
    known, operand = _constant(right)
    if operator == "in" and isinstance(right, nodes.Array):
        items = [_constant(item) for item in right.items]
        if all(found for found, _ in items):
            return Joined("or", tuple(_test(left, "=", item, subjects) for _, item in items))
    if known and operator in ("=", "!="):
        return _test(left, operator, operand, subjects)
    if known and operator in _ORDERS and not isinstance(operand, bool) and operand is not None:
        family = "String" if isinstance(operand, str) else "Numeric"
        return _test(left, f"{family}{_ORDERS[operator]}", operand, subjects)
    return _truth(tree, subjects)


def _constant(node: nodes.Node) -> tuple[bool, Any]:
    if isinstance(node, nodes.Literal):
        return True, node.value
    if isinstance(node, nodes.Negation) and isinstance(node.operand, nodes.Literal):
        value = node.operand.value
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return True, -value
    return False, None


def _test(node: nodes.Node, operator: str, operand: Any, subjects: dict[Any, nodes.Node]) -> Formula:
    key = _key(node)
    subjects[key] = node
    return Test(key, operator, operand, False)


def _truth(node: nodes.Node, subjects: dict[Any, nodes.Node]) -> Formula:
    """A path stands for whether it is true; anything else is opaque."""
    if isinstance(node, (nodes.Path, nodes.Variable)):
        return _test(node, "IsTrue", True, subjects)
    return Opaque(_key(node))


def _key(node: nodes.Node) -> Any:
    """The same for the same expression, but for those that give something else each time."""
    changes = any(isinstance(inner, nodes.Variable) and inner.value in _CHANGING for inner in nodes.walk(node))
    return object() if changes else fingerprint(node)


_CHANGING = frozenset(("random", "uuid", "shuffle"))


def fingerprint(node: nodes.Node, depth: int = 0) -> Any:
    """A key that is the same for the same expression; of what is not known every occurrence differs."""
    known = _FINGERPRINTS.get(type(node))
    if known is None or depth > MAX_NESTING or node.group is not None or node.focus or node.index:
        return id(node)
    inner = tuple(fingerprint(child, depth + 1) for child in node.children())
    marks = (node.keep_array, len(node.stages), len(node.predicates))
    return (node.kind, *(repr(getattr(node, name)) for name in known), marks, inner)


_FINGERPRINTS: dict[type[nodes.Node], tuple[str, ...]] = {
    nodes.Literal: ("value",),
    nodes.Name: ("value",),
    nodes.Variable: ("value",),
    nodes.Path: (),
    nodes.Binary: ("operator",),
    nodes.Negation: (),
    nodes.Array: (),
    nodes.Block: (),
    nodes.Condition: (),
    nodes.Call: (),
}
