"""The page of a rule, taken apart: its sentence, whose sentence it enforces, its advice, its two examples."""

from __future__ import annotations

import inspect
import re
from typing import NamedTuple

from .table import Rule

_SECTION = re.compile(r"^(Bad|Good)( \(EXPRESS\))?::$", re.MULTILINE)


class Page(NamedTuple):
    """What a rule's file says. ``bad`` and ``good`` are JSON texts of whole machines of the type ``type``."""

    title: str
    quotation: str
    advice: str
    bad: str
    good: str
    type: str


def page_of(rule: Rule) -> Page:
    """The page of a rule.

    >>> from aslrun.definition.rules.table import RULES
    >>> page_of(RULES[0]).title
    'a definition is one JSON object.'
    """
    text, _, bad, express, good = _parts(rule.page)
    title, quotation, advice = text.split("\n\n", 2)
    return Page(
        " ".join(title.partition(": ")[2].split()),
        "\n".join(line.removeprefix("> ") for line in quotation.splitlines()),
        advice,
        bad,
        good,
        "EXPRESS" if express else "STANDARD",
    )


def _parts(page: str) -> tuple[str, str, str, str, str]:
    """The text, then the word Bad, its example, whether it is one of an Express machine, and the good example."""
    text, bad_word, express, bad, _, _, good = _SECTION.split(page)
    return text.strip(), bad_word, _dedented(bad), express or "", _dedented(good)


def _dedented(block: str) -> str:
    return inspect.cleandoc(block).strip()
