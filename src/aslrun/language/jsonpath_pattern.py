"""Regular expressions of a filter: Java's syntax as far as Python shares it, with a bound on their cost.

Python's ``re`` backtracks and has no time limit, and a definition or its input may come from anywhere. Rules that a
change must keep:

1. A pattern whose cost can double with every character, a repeat around a repeat or a choice, is refused when compiled.
2. What remains is polynomial: the more repeats, the shorter the text that it may be tried on (``longest_subject``).
3. Letters, digits and case are ASCII's, and a match is of the whole text, as in Java.
"""

from __future__ import annotations

import math
import re

from .errors import ExpressionSyntaxError
from .jsonpath_segments import PatternOperand

MAX_PATTERN_LENGTH = 500
"""Characters of a pattern."""

MAX_SUBJECT_LENGTH = 10_000
"""Characters of a text that a pattern is tried on; fewer where the pattern has several repeats."""

_MOST_STEPS = 10**8
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")
_REPEAT = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})[?+]?")
_TOKENS = re.compile(rf"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?|{_REPEAT.pattern}|[()|]|[^\\()|*+?{{\[]+|.", re.DOTALL)
_SET_OPERATION = re.compile(r"(?<!\\)\[|&&|--|~~|\|\|")


def compile_pattern(text: str, ignore_case: bool) -> PatternOperand:
    """Compile the text between the slashes; ``ExpressionSyntaxError`` if it is not understood or too costly.

    >>> compile_pattern("x[0-9]+", False).pattern.fullmatch("x17") is not None
    True
    """
    if len(text) > MAX_PATTERN_LENGTH:
        raise ExpressionSyntaxError(f"a pattern has at most {MAX_PATTERN_LENGTH} characters")
    repeats = _count_repeats(text)
    try:
        pattern = re.compile(_NAMED_GROUP.sub("(?P<", text), re.ASCII | (re.IGNORECASE if ignore_case else 0))
    except (re.error, OverflowError, RecursionError) as error:
        raise ExpressionSyntaxError(f"the pattern is not understood: {error}") from None
    return PatternOperand(pattern, longest_subject(repeats))


def _count_repeats(text: str) -> int:
    """How many repeats and options the pattern has; refuses to repeat a group that can match in several ways."""
    repeats, manifold = 0, [False]  # per open group: whether it can match in several ways
    closed_manifold = False  # whether the token before closed such a group
    for token in _TOKENS.findall(text):
        is_repeat = _REPEAT.fullmatch(token) is not None
        if is_repeat and closed_manifold and token[0] != "?":
            raise ExpressionSyntaxError("a pattern cannot repeat a repeat or a choice, like (a+)+ or (a|b)*")
        if token[0] == "[" and _SET_OPERATION.search(token, 1):
            raise ExpressionSyntaxError(f"the pattern's {token} combines sets of characters, which is not supported")
        repeats += is_repeat
        closed_manifold = token == ")" and len(manifold) > 1 and manifold.pop()
        if token.startswith("("):
            manifold.append(False)
        manifold[-1] |= is_repeat or token == "|" or closed_manifold
    return repeats


def longest_subject(repeats: int) -> int:
    """The longest text on which so many repeats, tried in every way, stay within the budget of steps.

    >>> [longest_subject(repeats) for repeats in (0, 2, 3, 5)]
    [10000, 10000, 843, 103]
    """
    if repeats < 2:
        return MAX_SUBJECT_LENGTH
    return min(MAX_SUBJECT_LENGTH, int((math.factorial(repeats) * _MOST_STEPS) ** (1 / repeats)))
