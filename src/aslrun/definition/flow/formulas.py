"""Choice rules as formulas over tests of subjects; those of JSONata are made in ``query_formulas``.

A subject is what a test looks at: a path, or in JSONata any expression that is compared with a constant. Whatever
cannot be read as such a test is *opaque*: it may hold or not, the same wherever the same text stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from ...language.conditions import OPERATORS
from ...values import JSON

MAX_NESTING = 50


class Test(NamedTuple):
    """``subject operator operand``; ``strict``: on a missing subject the state fails."""

    subject: Any
    operator: str
    operand: JSON
    strict: bool


class Opaque(NamedTuple):
    """Something that may hold or not."""

    key: Any


class OfPaths(NamedTuple):
    """The key of a test that compares what is at two paths."""

    subject: Any
    operator: str
    other: str


class Joined(NamedTuple):
    """``and``, ``or`` or ``not`` of formulas."""

    joiner: str
    parts: tuple[Any, ...]


Formula: TypeAlias = Test | Opaque | Joined | bool


def leaves(formula: Formula) -> Iterator[Test | Opaque]:
    """All tests in a formula."""
    pending = [formula]
    while pending:
        here = pending.pop()
        if isinstance(here, Joined):
            pending.extend(here.parts)
        elif not isinstance(here, bool):
            yield here


# --------------------------------------------------------------------------- JSONPath

_JOINERS = {"And": "and", "Or": "or"}


def of_rule(rule: Any, depth: int = 0) -> Formula:
    """The formula of a choice rule."""
    if not isinstance(rule, dict) or depth > MAX_NESTING:
        return Opaque(id(rule))
    if "Not" in rule:
        return Joined("not", (of_rule(rule["Not"], depth + 1),))
    for field, joiner in _JOINERS.items():
        if isinstance(rule.get(field), list):
            return Joined(joiner, tuple(of_rule(each, depth + 1) for each in rule[field]))
    operator = next((name for name in rule if name in OPERATORS), "")
    if not operator or OPERATORS[operator].is_path:
        return Opaque(OfPaths(rule.get("Variable"), operator, str(rule.get(operator))))
    return Test(rule["Variable"], operator, rule[operator], True)
