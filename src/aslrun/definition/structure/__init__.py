"""Whether a document has the structure of a state machine that can run: what AWS would refuse before it starts.

Rules that a change must keep:

1. One rule, one function; it is given a state, a machine or the outline, and yields its problems.
2. Nothing here raises, whatever JSON it is given.
3. The text of expressions (paths, intrinsic functions, templates, operators of Choice rules) is not looked into:
   who compiles them reports them.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Diagnostic
from ...values import to_text
from ..documents import Document
from . import integrations, rules, transitions
from .outline import Outline, Problem, outline

MAX_DEFINITION = 1_048_576
"""Characters of a definition, AWS's quota."""

_OF_MACHINES = (
    rules.machine_shape,
    transitions.has_states,
    transitions.start_exists,
    transitions.targets_exist,
    transitions.all_reachable,
    transitions.something_ends,
)

_OF_STATES = (
    rules.state_shape,
    transitions.next_or_end,
    rules.wildcard_last,
    rules.delay_above_interval,
    rules.heartbeat_below_timeout,
    rules.variable_names,
    rules.choice_rules,
    rules.branches,
    rules.processor,
    rules.label,
    rules.reader_config,
    rules.result_writer,
    integrations.resource_known,
    integrations.express_can,
)


def check_structure(document: Document, type: str = "STANDARD") -> list[Diagnostic]:
    """Every structural problem of a document, in the order of its text; none if it can run.

    ``type`` is that of the machine: an ``"EXPRESS"`` machine cannot wait for callbacks and jobs.

    >>> from aslrun.definition.documents import read_document
    >>> for problem in check_structure(read_document({"StartAt": "A", "States": {"A": {"Type": "Pas", "End": True}}})):
    ...     print(problem)
    States.A.Type: must be one of Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail, not "Pas"; did you mean Pass?
    """
    found = [document.diagnostic(problem) for problem in _problems(document, outline(document.value, type))]
    return sorted(found, key=lambda diagnostic: (diagnostic.line or 0, diagnostic.column or 0))


def _problems(document: Document, parts: Outline) -> Iterator[Problem]:
    yield from _not_too_long(document)
    for program in parts.programs:
        for of_machine in _OF_MACHINES:
            yield from of_machine(program)
    for place in parts.states:
        for of_state in _OF_STATES:
            yield from of_state(place)
        yield from rules.language_kept(place, document.value.get("QueryLanguage"))
    yield from transitions.names_unique(parts)
    yield from rules.no_outer_variable_assigned(parts)


def _not_too_long(document: Document) -> Iterator[Problem]:
    length = len(to_text(document.value) if document.text is None else document.text)
    if length > MAX_DEFINITION:
        yield Problem((), f"must have at most {MAX_DEFINITION} characters, not {length}")
