"""What may go wrong in an expression: while it is compiled (syntax), and while it is evaluated."""

from __future__ import annotations


class ExpressionSyntaxError(Exception):
    """The text is no expression of its language; ``position`` counts characters from 0."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message, self.position = message, position


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
