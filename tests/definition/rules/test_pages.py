"""Every rule has a page whose bad example breaks it, and nothing else, and whose good example breaks nothing."""

from __future__ import annotations

import json

import pytest

import aslrun
from aslrun.definition.rules.page import page_of
from aslrun.definition.rules.table import RULES, Rule
from aslrun.errors import Diagnostic

OF_ALL_RULES = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def found(text: str, type: str) -> list[Diagnostic]:
    return aslrun.validate(text, type=type)


@OF_ALL_RULES
def test_the_bad_example_breaks_its_rule_only(rule: Rule) -> None:
    page = page_of(rule)
    bad = page.bad.replace("and more than 1,048,576 characters", "x" * 1_048_577)  # would make a long page
    told = found(bad, page.type)
    assert {(one.rule, one.severity, one.code) for one in told} == {(rule.name, rule.severity, rule.code)}


@OF_ALL_RULES
def test_the_good_example_breaks_nothing(rule: Rule) -> None:
    page = page_of(rule)
    assert found(page.good, page.type) == []


@OF_ALL_RULES
def test_a_page_has_all_its_parts(rule: Rule) -> None:
    page = page_of(rule)
    assert rule.page.startswith(f"{rule.name}: ")
    assert rule.module.endswith(rule.name.lower().replace("-", "_"))
    assert all([page.title, page.quotation, page.advice, page.bad, json.loads(page.good)])
    assert rule.subject == "text" or json.loads(page.bad)


def test_the_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
