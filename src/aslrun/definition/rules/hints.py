"""Hints: what is wrong with an expression in our words, and which names were perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable

from ...language.errors import ExpressionSyntaxError

MOST_NAMES, LONGEST = 1000, 100
"""Names that a wrong one is compared with, and the characters of one that is: finding out takes long."""


def hint_of(error: ExpressionSyntaxError) -> str:
    """What is wrong, where in the text of the expression, and what was perhaps meant.

    >>> hint_of(ExpressionSyntaxError("there is no function $sun", 4, wrong="sun", names=("sum", "now")))
    'there is no function $sun (at character 5), did you mean sum?'
    """
    place = "" if error.position is None else f" (at character {error.position + 1})"
    near = nearest(error.wrong, error.names) if error.wrong else None
    return f"{error.message}{place}" + (f", did you mean {near}?" if near else "")


def meant(error: ExpressionSyntaxError) -> str:
    """Only the name that was perhaps meant."""
    near = nearest(error.wrong, error.names)
    return f"did you mean {near}?" if near else ""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that looks most like this one, whatever their case.

    >>> nearest("upercase", ["lowercase", "uppercase"])
    'uppercase'
    """
    if len(name) > LONGEST:
        return None
    from difflib import get_close_matches  # imported here: only mistakes need it

    candidates = {known.lower(): known for known in list(names)[:MOST_NAMES]}
    near = get_close_matches(name.lower(), candidates, n=1, cutoff=0.7)
    return candidates[near[0]] if near else None
