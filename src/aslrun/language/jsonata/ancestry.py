"""Where a ``%`` points: the step of the path that its ancestor comes from.

Rules that a change must keep:

1. Every ``%`` owns a slot with a label. The step that is so many levels up is marked with the slot, and
   binds its input under the label while the path is walked; the ``%`` then just looks the label up.
2. A slot that a path cannot resolve is handed to the expression around it (``seeking``), up to the top,
   where it is an error (S0217).
3. Lists of slots are shared between a node and the node it hands them to: what one learns, both know.
"""

from __future__ import annotations

from .errors import JsonataSyntaxError
from .nodes import Block, Name, Node, Parent, Path, Slot, Wildcard


def seek(node: Node, slot: Slot) -> Slot:
    """Go up from a step; the slot's level tells how far it still is."""
    if isinstance(node, (Name, Wildcard)):
        _mark(node, slot)
    elif isinstance(node, Parent):
        slot.level += 1
    elif isinstance(node, Block):
        if node.expressions:
            node.tuple = True
            slot = seek(node.expressions[-1], slot)
    elif isinstance(node, Path):
        node.tuple = True
        for index in range(len(node.steps) - 1, -1, -1):
            slot = seek(node.steps[index], slot)
            if slot.level <= 0:
                break
    else:
        raise JsonataSyntaxError("S0217", token=node.kind, position=node.position)
    return slot


def _mark(node: Node, slot: Slot) -> None:
    slot.level -= 1
    if slot.level == 0:
        if node.ancestor is not None:
            slot.owner.label = node.ancestor.label
        node.ancestor = slot
        node.tuple = True


def inherit(node: Node, operand: Node) -> None:
    """Slots that an operand could not resolve become the node's."""
    if operand.seeking is None and not isinstance(operand, Parent):
        return
    slots = operand.seeking if operand.seeking is not None else []
    if isinstance(operand, Parent):
        slots.append(operand.slot)
    if node.seeking is None:
        node.seeking = slots
    else:
        node.seeking.extend(list(slots))


def resolve(path: Path) -> None:
    """Resolve what the last step of a path looks for, in the steps before it."""
    last = path.steps[-1]
    slots = last.seeking if last.seeking is not None else []
    if isinstance(last, Parent):
        slots.append(last.slot)
    for slot in slots:
        _resolve_slot(path, slot)


def _resolve_slot(path: Path, slot: Slot) -> None:
    index = len(path.steps) - 2
    while slot.level > 0:
        if index < 0:
            if path.seeking is None:
                path.seeking = [slot]
            else:
                path.seeking.append(slot)
            return
        step = path.steps[index]
        index -= 1
        while index >= 0 and step.focus and path.steps[index].focus:
            step = path.steps[index]
            index -= 1
        slot = seek(step, slot)
