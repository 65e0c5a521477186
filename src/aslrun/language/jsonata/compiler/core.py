"""The compiler's frame: which node becomes code where, and what every expression does at its end.

Rules that a change must keep:

1. Compiled code is a function of the context and the frame. Nothing in it looks at the tree again.
2. At its end an expression filters, groups, and unfolds its sequence, in this order.
3. The stack frames that code can nest are counted while it is compiled, calls of functions left out: those
   pay for themselves. Code that nests too many has a checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..calls import Code
from ..frames import Frame
from ..nodes import Block, Call, Condition, Node, Path
from ..values import Sequence, unfolded

FRAMES = {"path": 3, "object": 2, "partial": 2}
"""Stack frames that code of a kind nests around the code of its operands; all others nest one."""
CHECKPOINT = 60
"""Code that nests more frames looks whether the stack is long enough for it."""

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

    __slots__ = ("calls", "keeps", "reach", "recursive")

    def __init__(self) -> None:
        self.reach = 0
        """The most frames that the code compiled so far nests by itself."""
        self.calls = 0
        """The most frames around a call of a function in it; 0 if there is no call."""
        self.recursive = False
        """Whether the code can nest deeper than its tree: it has lambdas or checkpoints."""
        self.keeps = False
        """Whether it needs names of its own: it binds one, makes a function that may ask for them later, or says
        ``$$``, which is a name among the others."""

    def code(self, node: Node, tail: bool = False) -> Code:
        """The code of a node; as the tail of a lambda it may give its last call back uncalled."""
        reach, calls, self.reach, self.calls = self.reach, self.calls, 0, 0
        code, wrapped = self._built(node, tail)
        own = FRAMES.get(node.kind, 1) + wrapped + (2 if node.predicates or node.group else 0)
        code = self.nested(code, own, node.kind in ("function", "apply"))
        self.reach, self.calls = max(reach, self.reach), max(calls, self.calls)
        return code

    def nested(self, code: Code, own: int, is_call: bool) -> Code:
        """The code, its own frames counted on top of what it is made of, and a checkpoint if they are many."""
        self.reach += own
        if self.calls or is_call:
            self.calls += own
        if self.reach > CHECKPOINT:
            self.recursive = True
            code = checkpoint(code, self.reach)
            self.reach, self.calls = 1, min(self.calls, 1)
        return code

    def _built(self, node: Node, tail: bool) -> tuple[Code, bool]:
        kind = node.kind
        if tail and type(node) is Call and not node.predicates:
            return BUILDERS["tail call"](self, node), False
        if tail and isinstance(node, (Condition, Block)):
            kind += " tail"
        code = BUILDERS[kind](self, node)
        whole = finished(self, node, code)
        return whole, whole is not code


def compile_tree(tree: Node) -> tuple[Code, Compiler]:
    """The code of a whole expression, and the compiler that knows how deep it may go."""
    compiler = Compiler()
    return compiler.code(tree), compiler


def checkpoint(code: Code, reach: int) -> Code:
    """Code that goes on with a fresh stack if this one is too short for it."""

    def guarded(input: Any, frame: Frame) -> Any:
        run = frame.run
        run.room -= reach
        result = run.further(code, input, frame, reach) if run.room < 0 else code(input, frame)
        run.room += reach
        return result

    return guarded


def finished(compiler: Compiler, node: Node, code: Code) -> Code:
    """What every expression does at its end: filter, group, unfold."""
    if not node.predicates and (node.group is None or isinstance(node, Path)):
        if node.keep_array:
            return _kept(code)
        return _unfolded(code) if node.kind in UNFOLDING and not getattr(code, "unfolds", False) else code
    from .constructs import grouping
    from .paths import filtering

    filters = [filtering(compiler, stage.condition) for stage in node.predicates]
    group = None if node.group is None or isinstance(node, Path) else grouping(compiler, node.group)
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


def bare(node: Node) -> bool:
    """Whether there is nothing behind the node that looks at what it gives: no filter, no group, no ``[]``."""
    return not (node.predicates or node.group or node.keep_array)


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
