"""Checking: a document is held to the table of rules; what they find comes out as diagnostics.

Rules that a change must keep:

1. The order of findings is that of the text; where there is none, that of the table.
2. At most ``MAX_FINDINGS`` are told of one document. (AWS stops at 100 and says ``truncated``.)
3. What is looked up for each state is looked up once: the checks of its type stand in one tuple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import Diagnostic
from .documents import Document
from .model import Machine
from .problem import Problem
from .rules.mistake import Mistake
from .rules.outline import STATE_TYPES, Outline, outline
from .rules.table import RULES, Check, Rule
from .shape import Refusal, refusals

if TYPE_CHECKING:
    from .flow import Flow

MAX_FINDINGS = 1_000
"""Findings of one document: a machine-made document may break one rule in each of its 20,000 states."""


def check_document(document: Document, type: str = "STANDARD") -> list[Diagnostic]:
    """What the rules have against a document, in the order of its text; none if it can run, expressions apart.

    ``type`` is that of the machine: an ``"EXPRESS"`` machine cannot wait for callbacks and jobs.

    >>> from aslrun.definition.documents import read_document
    >>> for found in check_document(read_document({"StartAt": "A", "States": {"A": {"Type": "Pas", "End": True}}})):
    ...     print(found)
    States.A.Type: Value must be one of [Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail], not "Pas"; did ...
    """
    return check_outline(document, outline(document.value, type))


def check_outline(document: Document, parts: Outline) -> list[Diagnostic]:
    """The same of a document whose outline is known."""
    return _told(document, _found(document, parts))


def check_costly(document: Document, parts: Outline) -> list[Diagnostic]:
    """What those rules have against a document that ``load`` does not ask."""
    return _told(document, _asked(_about("document", costly=True), parts.fields, document, parts))


def check_mistake(document: Document, mistake: Mistake) -> list[Diagnostic]:
    """What the compiler of an expression reports, in the words of the rule for mistakes of its kind."""
    rules = _about(f"expression:{mistake.error.kind}")
    return [document.diagnostic(problem) for problem in _asked(rules, (), mistake)]


def check_machine(document: Document, machine: Machine) -> list[Diagnostic]:
    """What looks wrong about a machine that has no errors, its data flow included: warnings only."""
    return _told(document, _suspicious(document, machine))


def _suspicious(document: Document, machine: Machine) -> Iterator[Problem]:
    yield from _asked(_about("machine"), (), machine)
    flow: Flow = _flow().flow_of(document, machine)
    if found := flow.rules():
        yield from _asked(tuple(asked for asked in _about("flow") if asked[0].name in found), (), flow)


@cache
def _flow() -> ModuleType:
    """The data flow: ``load`` never needs it."""
    from . import flow

    return flow


def _told(document: Document, problems: Iterator[Problem]) -> list[Diagnostic]:
    found = [document.diagnostic(problem) for problem in islice(problems, MAX_FINDINGS)]
    found.sort(key=lambda diagnostic: (diagnostic.line or 0, diagnostic.column or 0))
    return found


def _found(document: Document, parts: Outline) -> Iterator[Problem]:
    for refusal in refusals(parts):
        yield from _worded(refusal)
    yield from _asked(_about("document"), parts.fields, document, parts)
    for program in parts.programs:
        yield from _asked(_about("program"), (), program)
    for place in parts.states:
        yield from _asked(_about(place.kind), place.value, place)


Asked: TypeAlias = tuple[Rule, Check, frozenset[str]]
"""A rule, its check, and the fields that make it worth asking (``Rule.fields``)."""


@cache
def _about(subject: str, costly: bool = False) -> tuple[Asked, ...]:
    """The rules for a subject; of a type of state, those for all states included."""
    subjects = {"state", subject} if subject in STATE_TYPES else {subject}
    rules = (rule for rule in RULES if rule.costly == costly and subjects & set(rule.subject.split()))
    return tuple((rule, rule.check, frozenset(rule.fields.split())) for rule in rules)


def _worded(refusal: Refusal) -> Iterator[Problem]:
    """The words of the first rule that has any."""
    for rule, check, keywords in _about("shape"):
        if (not keywords or refusal.keyword in keywords) and (problems := list(check(refusal))):
            yield from (_stamped(rule, problem) for problem in problems)
            return


def _asked(rules: tuple[Asked, ...], fields: Iterable[str], *subject: Any) -> Iterator[Problem]:
    """What rules have against their subject, in which these fields stand."""
    for rule, check, wanted in rules:
        if not wanted or not wanted.isdisjoint(fields):
            for problem in check(*subject):
                yield _stamped(rule, problem)


def _stamped(rule: Rule, problem: Problem) -> Problem:
    location, message, _, _, told_at, hint, because, _ = problem
    return Problem(location, message, rule.code, rule.name, told_at, hint, because, rule.severity)
