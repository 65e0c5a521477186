"""Compiling and evaluating: what the module offers to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from .budget import FreshStack, Limits, Run
from .calls import Code
from .compiler import compile_tree
from .errors import JsonataLimitError
from .frames import Frame, RootFrame
from .functions import STEP_FUNCTIONS, WITH_EVAL
from .nodes import Node
from .results import PLAIN, cleaned, is_flat
from .shaping import parse
from .values import UNDEFINED, Sequence, Value


@dataclass(frozen=True, slots=True)
class Environment:
    """What an evaluation knows of the world: the time in milliseconds since 1970, and its randomness.

    The defaults are fixed (1970, and a source seeded with 0 at each evaluation), so that nothing depends on
    when or where it runs. ``random`` may be a function that makes the source when it is first needed.
    ``fresh_stack`` lets functions call themselves thousands of levels deep: it does the
    work it is given in a new thread and waits for it. Without it some hundred levels are the end (D1011).
    """

    now: int = 0
    random: Random | Callable[[], Random] | None = None
    fresh_stack: FreshStack | None = None


_LIMITS = Limits()
_NO_NAMES: dict[str, object] = {}


class Expression:
    """A compiled expression. It keeps no state: it may be evaluated any number of times, by several threads.

    >>> compile("$order.total > 100")(bindings={"order": {"total": 120}})
    True
    """

    __slots__ = ("_code", "_deep", "_functions", "_keeps", "_limits", "_run", "_walks", "text", "tree")

    def __init__(self, text: str, tree: Node, limits: Limits, functions: Mapping[str, Any]) -> None:
        self.text, self.tree = text, tree
        self._limits, self._functions = limits, functions
        self._code, compiler = compile_tree(tree)
        self._deep = compiler.recursive or "eval" in functions
        self._walks = getattr(self._code, "walks", False)
        self._keeps = compiler.keeps or "eval" in functions
        self._run = partial(Run, limits, functions)

    def __call__(
        self,
        input: object = UNDEFINED,
        bindings: Mapping[str, object] | None = None,
        environment: Environment | None = None,
    ) -> Value:
        """The value of the expression: JSON, ``UNDEFINED``, or a ``Function``.

        ``input`` is ``$`` and ``$$``, ``bindings`` are the variables by name. Raises ``JsonataError``.

        >>> compile("items[price > 5].name")({"items": [{"name": "a", "price": 9}, {"name": "b", "price": 1}]})
        'a'
        """
        if self._keeps or type(bindings) is not dict:
            bindings = {**(bindings or {}), "$": input}
        frame = RootFrame(bindings, self._run if environment is None else partial(self._begun, environment))
        context: Any = input
        if isinstance(input, list):
            context = Sequence((input,))
            context.outer = True
        if self._deep:
            return self._prepared(context, frame)
        try:
            found: Value = self._code(context, frame)
            if type(found) in PLAIN or (self._walks and type(found) is not Sequence):
                return found
            return found if is_flat(found) else _cleaned(found, frame)
        except RecursionError:
            raise frame.run.too_deep() from None

    def _begun(self, world: Environment) -> Run:
        return Run(self._limits, self._functions, world.now, world.random, world.fresh_stack)

    def _prepared(self, context: Any, frame: Frame) -> Value:
        """The value of an expression that may need more stack than there is."""
        run, code = frame.run, self._code
        run.compile = _compile_text
        run.look_at_stack()
        try:
            if run.room >= 0:
                return _cleaned(code(context, frame), frame)
            return run.further(lambda context, frame: _cleaned(code(context, frame), frame), context, frame, 0)
        except RecursionError:
            raise run.too_deep() from None

    @property
    def is_path(self) -> bool:
        """Whether it only walks along names: what it gives is then part of what it was given."""
        return bool(self._walks)

    def __repr__(self) -> str:
        return f"<jsonata {self.text!r}>"


def _cleaned(value: Any, frame: Frame) -> Value:
    result: Value = cleaned(value, frame.run)
    return result


def _compile_text(text: str) -> Code:
    return compile_tree(parse(text))[0]


def compile(text: str, *, eval: bool = False, limits: Limits = _LIMITS) -> Expression:
    """Compile an expression of JSONata 2.0.6.

    ``eval`` allows ``$eval``, which Step Functions does not have. Raises ``JsonataSyntaxError``.

    >>> compile("$sum(prices)")({"prices": [1, 2.5]})
    3.5
    """
    tree = parse(text)
    try:
        return Expression(text, tree, limits, WITH_EVAL if eval else STEP_FUNCTIONS)
    except RecursionError:
        raise JsonataLimitError("D1011", value="the stack is too short for it") from None
