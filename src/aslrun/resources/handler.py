"""A Python function that serves resources: the pattern that it was registered with, and how it wants to be called.

A rule that a change must keep: the order of patterns is total, so that what serves a resource never depends on the
order of registration: no wildcard before wildcards, then more literal characters, then the longer literal beginning,
then the alphabet.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from .lambda_function import FunctionReference

if TYPE_CHECKING:
    from .invocation import Convention

OnRecovery = Literal["retry", "fail"]


class Handler:
    """One registered function and how it wants to be called."""

    __slots__ = (
        "conventions",
        "function",
        "inline",
        "is_async",
        "name",
        "of_functions",
        "on_recovery",
        "pattern",
        "pure",
        "takes_task",
    )

    def __init__(
        self,
        pattern: str,
        function: Callable[..., object],
        *,
        name: str | None = None,
        inline: bool = False,
        pure: bool = False,
        on_recovery: OnRecovery = "retry",
    ) -> None:
        if on_recovery not in ("retry", "fail"):
            raise ValueError(f'resource {pattern}: on_recovery must be "retry" or "fail", not {on_recovery!r}')
        self.pattern = Pattern(pattern)
        self.function = function
        self.name = name or _name_of(function)
        self.takes_task = _takes_task(function, self.name)
        self.is_async = _is_async(function)
        self.inline = inline
        """A sync function that is so quick that it may run on the event loop itself."""
        self.pure = pure
        """It promises not to change its input, and so gets no copy."""
        self.on_recovery = on_recovery
        """After a crash in the middle of a call: call again, or let the task fail."""
        self.of_functions = self.pattern.of_functions
        self.conventions: dict[str, Convention] = {}
        """How a call is dressed, by resource; ``invocation`` keeps it here."""

    def __repr__(self) -> str:
        return f"<Handler {self.name} for {self.pattern.text}>"


class Pattern:
    """An ARN in which ``*`` stands for any text and ``?`` for one character.

    >>> Pattern("arn:aws:lambda:*:*:function:charge").matches("arn:aws:lambda:us-east-1:1:function:charge")
    True
    """

    __slots__ = ("_match", "_parts", "has_wildcard", "of_functions", "order", "text")

    def __init__(self, text: str) -> None:
        if not text or text != text.strip():
            raise ValueError(f"resource pattern must be an ARN, perhaps with * and ?, not {text!r}")
        self.text = text
        self._match = re.compile(_regex(text), re.DOTALL).fullmatch
        self._parts = (text.split(":") + ["*"] * 5)[:5]
        self.of_functions = text.startswith("arn:") and self._parts[2] == "lambda"
        literal = re.split(r"[*?]", text)
        self.has_wildcard = len(literal) > 1
        self.order = (self.has_wildcard, -sum(map(len, literal)), -len(literal[0]), text)

    def matches(self, arn: str) -> bool:
        return self._match(arn) is not None

    def matches_function(self, reference: FunctionReference) -> bool:
        """Whether it matches the function; what the reference leaves open, the pattern fills in itself."""
        _, partition, service, region, account = self._parts
        head = f"arn:{reference.partition or partition}:{service}:{reference.region or region}"
        return any(
            self._match(f"{head}:{reference.account or account}:function:{name}") is not None
            for name in reference.names()
        )


def _regex(text: str) -> str:
    wildcards = {"*": ".*", "?": "."}
    return "".join(wildcards.get(character) or re.escape(character) for character in text)


# --------------------------------------------------------------------------- what a function tells about itself


def _name_of(function: Callable[..., object]) -> str:
    plain = function.func if isinstance(function, functools.partial) else function
    return str(getattr(plain, "__qualname__", type(plain).__qualname__)).replace("<locals>.", "")


def _is_async(function: Callable[..., object]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _takes_task(function: Callable[..., object], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in functions keep their signature to themselves
        return False
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    anything = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    required = sum(p.default is p.empty for p in places)
    forced = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if required > 2 or forced or not (places or anything):
        raise TypeError(f"handler {name}{inspect.signature(function)} must take (input) or (input, task)")
    return required == 2 or (anything and len(places) < 2) or (len(places) >= 2 and places[1].name in _TASK_NAMES)


_TASK_NAMES = ("task", "context", "ctx")  # an optional second parameter is the task's only if it is called so
