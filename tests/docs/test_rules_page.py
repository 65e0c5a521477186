"""The reference of the rules is what the table says."""

from __future__ import annotations

from . import rules_page


def test_the_page_of_the_rules_is_current() -> None:
    written = rules_page.PAGE.read_text(encoding="utf-8")
    assert written == rules_page.page(), "write it anew: python -m tests.docs.rules_page"
