"""The pages of the rules: each rule's file says what it enforces, whose sentence that is, what to do, with examples.

The docs page, ``aslrun explain`` and the help in SARIF are made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..definition.rules.table import Rule


class Page(NamedTuple):
    """The parts of a rule's page."""

    rule: Rule
    sentence: str
    quotation: tuple[str, ...]
    advice: tuple[str, ...]  # paragraphs
    bad: str
    good: str

    @property
    def text(self) -> str:
        """The page as plain text."""
        quoted = "\n".join(f"> {line}" for line in self.quotation)
        examples = f"Bad:\n\n{self.bad}\n\nGood:\n\n{self.good}"
        return "\n\n".join(part for part in (self.sentence, quoted, *self.advice, examples) if part)

    def markdown(self) -> str:
        """The page without its heading."""
        quoted = "\n".join(f"> {line}" for line in self.quotation)
        examples = [
            f"{name}:\n\n```{_language(text)}\n{text}\n```"
            for name, text in (("Bad", self.bad), ("Good", self.good))
            if text
        ]
        return "\n\n".join(part for part in (self.sentence, quoted, *self.advice, *examples) if part)


def pages() -> list[Page]:
    """The pages of all rules, in the order of the table."""
    from ..definition.rules.table import RULES  # imported here: all rules come with it

    return [page_of(rule) for rule in RULES]


def page_of(rule: Rule) -> Page:
    """The page of one rule, taken apart."""
    text, bad, good = _examples(rule.page)
    first, *blocks = [block.strip("\n") for block in text.split("\n\n") if block.strip()]
    quotation = [line[1:].strip() for block in blocks if block.startswith(">") for line in block.split("\n")]
    advice = [" ".join(block.split()) for block in blocks if not block.startswith(">")]
    sentence = " ".join(first.partition(": ")[2].split())
    return Page(rule, sentence[:1].upper() + sentence[1:], tuple(quotation), tuple(advice), bad, good)


def _examples(page: str) -> tuple[str, str, str]:
    text, _, rest = page.partition("Bad::")
    bad, _, good = rest.partition("Good::")
    return text, _dedented(bad), _dedented(good)


def _dedented(text: str) -> str:
    from textwrap import dedent

    return dedent(text.strip("\n")).strip()


def _language(example: str) -> str:
    return "json" if example.startswith("{") else "yaml"
