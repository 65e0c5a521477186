"""What may go wrong in an expression: while it is compiled (syntax), and while it is evaluated."""

from __future__ import annotations

from typing import Literal, TypeAlias

Way: TypeAlias = tuple[str | int, ...]
"""The way from a field to a place inside it."""

Kind: TypeAlias = Literal[
    "path",  # no path
    "reference-path",  # a path, but one that may lead to many places, or starts where it must not
    "intrinsic",  # begins as the call of an intrinsic function does, and is none
    "template",  # a member ".$" of a payload template that is neither path nor call, or stands twice
    "timestamp",
    "jsonata",
    "jsonata-scope",  # a JSONata expression that refers to what it cannot see
    "choice-field",  # a member that no Choice rule has
    "choice-missing",  # a Choice rule without operator or Variable
    "choice-many",  # several operators in one Choice rule
    "choice-operand",  # an operator or joiner with a value of the wrong type
]
"""What kind of mistake an expression has: the rules of a definition are told apart by it."""


class ExpressionSyntaxError(Exception):
    """The text is no expression of its language.

    ``position`` counts characters from 0, ``kind`` says which rule is broken, ``location`` is the way from the field to
    the place inside it. ``wrong`` is a name at fault, and ``names`` are those that may have been meant; ``reason`` is
    the service's own reason, where it is known.
    """

    def __init__(
        self,
        message: str,
        position: int | None = None,
        *,
        kind: Kind = "path",
        location: Way = (),
        wrong: str = "",
        names: tuple[str, ...] = (),
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.position, self.kind, self.location = message, position, kind, location
        self.wrong, self.names, self.reason = wrong, names, reason


class ExpressionError(Exception):
    """An expression could not be evaluated; ``error`` is the name that the state fails with."""

    error = "States.Runtime"
    location: str | None = None
    """The path of the field in the state, where the history has an event for the failed evaluation."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class PathNotFound(ExpressionError):
    """A definite path leads nowhere. ``path`` is its text, ``reason`` Jayway's own message."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"Invalid path '{path}' : {reason}")
        self.path, self.reason = path, reason


class IntrinsicFailure(ExpressionError):
    """An intrinsic function refused its arguments."""


class ResultPathMatchFailure(ExpressionError):
    """A ResultPath cannot be applied to the state's input."""

    error = "States.ResultPathMatchFailure"
