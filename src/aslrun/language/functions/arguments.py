"""What intrinsic functions demand of their arguments, and how they refuse one.

AWS names the function and hardly ever the argument: ``Invalid arguments in States.ArrayRange``. A number counts
as a whole one after its fraction is cut off (``States.MathAdd`` alone rounds), and must fit 32 bits.
"""

from __future__ import annotations

from ...values import JSON

SMALLEST, LARGEST = -(2**31), 2**31 - 1
MAX_CHARACTERS = 10_000  # of what is encoded, decoded or hashed


class InvalidArguments(Exception):
    """A function refuses its arguments; ``reason`` is AWS's sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def invalid(function: str, detail: str = "") -> InvalidArguments:
    """The refusal as AWS words it nearly always."""
    return InvalidArguments(f"Invalid arguments in {function}{detail}")


def array(value: JSON, function: str) -> list[JSON]:
    """The value, if it is an array."""
    if isinstance(value, list):
        return value
    raise invalid(function)


def text(value: JSON, function: str) -> str:
    """The value, if it is a string."""
    if isinstance(value, str):
        return value
    raise invalid(function)


def short_text(value: str, function: str) -> str:
    """The text, if it has at most 10,000 characters; one beyond U+FFFF counts as two, as in Java."""
    if len(value) + sum(character > "\uffff" for character in value[:MAX_CHARACTERS]) <= MAX_CHARACTERS:
        return value
    raise invalid(function)


def whole(value: JSON, function: str) -> int:
    """The whole part of a number, if it fits 32 bits.

    >>> whole(2.6, "States.ArrayPartition"), whole(-0.6, "States.ArrayRange")
    (2, 0)
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool) and SMALLEST - 1 < value < LARGEST + 1:
        return int(value)
    raise invalid(function)
