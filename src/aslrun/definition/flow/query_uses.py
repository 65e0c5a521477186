"""What an expression in JSONata is used for: to hand out a token, to compare with a status."""

from __future__ import annotations

from ...language.jsonata import nodes, walk

TOKEN = ("Task", "Token")


def hands_out_token(tree: nodes.Node) -> bool:
    """Whether ``$states`` is used in a way that may hold the token."""
    heads: dict[int, tuple[nodes.Node, ...]] = {}
    for node in walk(tree):
        if isinstance(node, nodes.Path):
            heads[id(node.steps[0])] = tuple(node.steps[1:])
    return any(
        _steps_hand_out(heads.get(id(node), ()))
        for node in walk(tree)
        if isinstance(node, nodes.Variable) and node.value == "states"
    )


def _steps_hand_out(steps: tuple[nodes.Node, ...]) -> bool:
    for step, name in zip(steps, ("context", *TOKEN), strict=False):
        if not isinstance(step, nodes.Name):
            return True
        if step.value != name:
            return False
    return True


def compares_with_text(tree: nodes.Node) -> bool:
    """Whether it compares with fixed texts or truth values, and does nothing else."""
    found = False
    for node in walk(tree):
        if isinstance(node, nodes.Call):
            return False
        if isinstance(node, nodes.Binary) and node.operator not in ("and", "or"):
            literals = [each for each in (node.left, node.right) if isinstance(each, nodes.Literal)]
            if node.operator not in ("=", "!=", "in") or not literals:
                return False
            if not all(isinstance(each.value, (str, bool)) for each in literals):
                return False
            found = True
    return found
