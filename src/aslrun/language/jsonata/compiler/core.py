"""The compiler's frame: which node becomes code where, and what every expression does at its end.

Rules that a change must keep:

1. Compiled code is a function of the context and the frame. Nothing in it looks at the tree again.
2. At its end an expression filters, groups, and unfolds its sequence, in this order.
3. ``reach`` counts the stack frames that the code compiled so far can nest, calls of lambdas left out.
   Code that reaches too far is cut by a checkpoint, at which a new thread may take over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calls import Code
from ..frames import Frame
from ..nodes import Block, Call, Condition, Node, Path
from ..stack import in_fresh_thread
from ..values import Sequence, unfolded

FRAMES = {"path": 4, "object": 3, "apply": 3, "sort": 6, "partial": 2}
"""Stack frames that code of a kind nests around the code of its operands; all others nest one."""
CHECKPOINT = 120
STRETCH = 80
"""Levels of the tree that one thread's stack takes while it is compiled."""

Build = Callable[["Compiler", Any], Code]

BUILDERS: dict[str, Build] = {}
UNFOLDING = frozenset(("path", "name", "wildcard", "descendant", "variable", "function", "apply", "parent", "binary"))
"""Kinds of nodes whose code can give a sequence that still has to be unfolded."""


def builds(*kinds: str) -> Callable[[Build], Build]:
    """Register the function that compiles these kinds of nodes."""

    def register(build: Build) -> Build:
        BUILDERS.update(dict.fromkeys(kinds, build))
        return build

    return register


class Compiler:
    """One tree being compiled."""

    __slots__ = ("_level", "binds", "reach", "recursive")

    def __init__(self) -> None:
        self.reach = 0
        self.recursive = False
        """Whether the code can nest deeper than its tree: it has lambdas or checkpoints."""
        self._level = 0

    def code(self, node: Node, tail: bool = False) -> Code:
        """The code of a node; as the tail of a lambda it may give its last call back uncalled."""
        self._level += 1
        if self._level % STRETCH == 0:
            code = in_fresh_thread(lambda: self._measured(node, tail))
        else:
            code = self._measured(node, tail)
        self._level -= 1
        return code

    def _measured(self, node: Node, tail: bool) -> Code:
        outer, self.reach = self.reach, 0
        code = self._built(node, tail)
        reach = self.reach + frames_of(node)
        if reach > CHECKPOINT:
            code, reach = checkpoint(code, reach), 1
            self.recursive = True
        self.reach = max(outer, reach)
        return code

    def _built(self, node: Node, tail: bool) -> Code:
        if tail:
            if type(node) is Call and not node.predicates:
                return BUILDERS["tail call"](self, node)
            if isinstance(node, (Condition, Block)):
                return finished(self, node, BUILDERS[node.kind + " tail"](self, node))
        return finished(self, node, BUILDERS[node.kind](self, node))


def frames_of(node: Node) -> int:
    """The stack frames that a node's own code nests around that of its operands."""
    ends = 2 if node.predicates or node.group else 1 if node.keep_array or node.kind in UNFOLDING else 0
    return FRAMES.get(node.kind, 1) + ends


def compile_tree(tree: Node) -> tuple[Code, Compiler]:
    """The code of a whole expression, and the compiler that knows how deep it may go."""
    compiler = Compiler()
    return compiler.code(tree), compiler


def checkpoint(code: Code, reach: int) -> Code:
    """Code that goes on in a fresh thread if this one's stack is too short for it."""

    def guarded(input: Any, frame: Frame) -> Any:
        run = frame.run
        run.room -= reach
        result = run.further(code, input, frame, reach) if run.room < 0 else code(input, frame)
        run.room += reach
        return result

    return guarded


def finished(compiler: Compiler, node: Node, code: Code) -> Code:
    """What every expression does at its end: filter, group, unfold."""
    from .constructs import grouping
    from .paths import filtering

    filters = [filtering(compiler, stage.condition) for stage in node.predicates]
    group = None if node.group is None or isinstance(node, Path) else grouping(compiler, node.group)
    if not filters and group is None:
        if node.keep_array:
            return _kept(code)
        return _unfolded(code) if node.kind in UNFOLDING and not getattr(code, "unfolds", False) else code
    keep = node.keep_array

    def finish(input: Any, frame: Frame) -> Any:
        result = code(input, frame)
        for select in filters:
            result = select(result, frame)
        if group is not None:
            return group(result, frame)
        if keep and type(result) is Sequence:
            result.keep = True
        return unfolded(result)

    return finish


def _kept(code: Code) -> Code:
    def kept(input: Any, frame: Frame) -> Any:
        result = code(input, frame)
        if type(result) is Sequence:
            result.keep = True
            if not result:
                return unfolded(result)
        return result

    return kept


def _unfolded(code: Code) -> Code:
    def unfold(input: Any, frame: Frame) -> Any:
        result = code(input, frame)
        return unfolded(result) if type(result) is Sequence else result

    return unfold


def unfolds(code: Code) -> Code:
    """Mark code that unfolds its own result."""
    code.unfolds = True  # type: ignore[attr-defined]
    return code


def walks(code: Code) -> Code:
    """Mark code that only picks a value out of the data: there is nothing of the engine's in that value."""
    code.walks = True  # type: ignore[attr-defined]
    return unfolds(code)
