"""Makes ``docs/reference/rules.md`` from the table of rules: ``python -m tests.docs.rules_page`` writes it."""

from __future__ import annotations

from pathlib import Path

from aslrun.cli.rule_pages import RulePage, pages

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "rules.md"

HEAD = """\
<!-- Made by python -m tests.docs.rules_page from src/aslrun/definition/rules/: change the rules, not this page. -->

# The rules

What `aslrun.validate` and [`aslrun validate`](cli.md#aslrun-validate) check, in the order in which it is asked.
`aslrun explain RULE` prints the same in a terminal. A group is a class of mistakes; `--select` and `--ignore` take its
name as well.
"""


def page() -> str:
    """The text of the page."""
    known = pages()
    rows = [
        f"| [`{each.rule.name}`](#{each.rule.name}) | {each.rule.group} | {_kind(each)} | {each.title} |"
        for each in known
    ]
    table = "\n".join(["| Rule | Group | Kind | What it asks for |", "|---|---|---|---|", *rows])
    return "\n".join([HEAD, table, *(f"\n## {each.rule.name}\n\n{each.markdown()}" for each in known), ""])


def _kind(each: RulePage) -> str:
    return each.rule.severity.lower()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
