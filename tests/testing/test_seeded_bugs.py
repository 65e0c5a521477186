"""The study of seeded bugs: how many are found, that nothing is found where nothing is wrong, and the page about it."""

from __future__ import annotations

import pytest

from .seeded_bugs import BUGS, PAGE, Bug, example, look, study, written

QUICK = [bug for bug in BUGS if bug.example == "business"][4:10] + [bug for bug in BUGS if bug.example == "release"]


@pytest.mark.parametrize("bug", QUICK, ids=lambda bug: bug.title)
def test_the_bug_is_found(bug: Bug) -> None:
    assert study(bug).is_found


@pytest.mark.parametrize("name", ["business", "release"])
def test_nothing_is_found_in_the_example(name: str) -> None:
    found = look(example(name), name)
    assert (found.breaches, found.complete) == ([], True)


@pytest.mark.long
def test_nothing_is_found_in_the_larger_example() -> None:
    found = look(example("emergency"), "emergency")
    assert (found.breaches, found.complete) == ([], True)


@pytest.mark.long
def test_nineteen_of_twenty_are_found_within_ten_seconds_each_and_the_page_says_so() -> None:
    rows = [study(bug) for bug in BUGS]
    assert len(rows) >= 20
    assert sum(row.is_found for row in rows) >= 0.95 * len(rows)
    assert max(row.seconds for row in rows) < 10  # CPU seconds
    page = PAGE.read_text(encoding="utf-8")
    whole = look(example("emergency"), "emergency")
    assert page == written(page, rows, whole), "stale: python -m tests.testing.seeded_bugs writes it anew"
