"""The pages of the rules, for ``aslrun explain``, for the help in SARIF and for the reference in the documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ..definition.rules.page import Page
    from ..definition.rules.table import Rule


class RulePage(NamedTuple):
    """A rule and its page."""

    rule: Rule
    page: Page

    @property
    def title(self) -> str:
        """The sentence of the rule."""
        return self.page.title[:1].upper() + self.page.title[1:]

    @property
    def quotation(self) -> list[str]:
        return self.page.quotation.split("\n")

    @property
    def advice(self) -> list[str]:
        """The paragraphs, each on one line."""
        return [" ".join(block.split()) for block in self.page.advice.split("\n\n") if block.strip()]

    def markdown(self) -> str:
        """The page without its heading."""
        quoted = "  \n".join(f"> {line}" for line in self.quotation)
        examples = (
            f"{name}:\n\n```json\n{text}\n```" for name, text in (("Bad", self.page.bad), ("Good", self.page.good))
        )
        return "\n\n".join([self.title, quoted, *self.advice, *examples])

    def text(self) -> str:
        """The page as plain text."""
        quoted = "\n".join(f"> {line}" for line in self.quotation)
        return "\n\n".join(
            [self.title, quoted, *map(plain, self.advice), "Bad:", self.page.bad, "Good:", self.page.good]
        )


def plain(text: str) -> str:
    """A text without the marks of code."""
    return text.replace("``", "")


def pages() -> list[RulePage]:
    """The pages of all rules, in the order of the table."""
    from ..definition.rules.page import page_of  # imported here: all rules come with it
    from ..definition.rules.table import RULES

    return [RulePage(rule, page_of(rule)) for rule in RULES]
