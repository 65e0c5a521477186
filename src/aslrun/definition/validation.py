"""Validation: everything that is to be said about a definition, errors and warnings, without running anything.

Rules that a change must keep:

1. What can be opened never raises: whatever bytes or JSON a document is, the answer is a list of diagnostics.
2. Errors are what ``load`` refuses, word for word; where there are none, those of the costly rules follow, and
   warnings only where there are no errors at all.
"""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Diagnostic
from .loading import check_arguments, checked, checking
from .sources import Definition, Source, Substitutions, read_definitions


class Report(NamedTuple):
    """What is to be said about one state machine of a source; ``note``: why there was nothing to check."""

    name: str
    source: str
    diagnostics: tuple[Diagnostic, ...]
    note: str = ""


def validate(
    source: Source, *, name: str | None = None, type: str = "STANDARD", substitutions: Substitutions = None
) -> list[Diagnostic]:
    """Everything that is wrong with a definition, or looks wrong: errors, and where there are none, warnings.

    Takes what ``load`` takes, and of a template every state machine in it; ``type`` is ``STANDARD`` or ``EXPRESS`` and
    goes for machines whose template does not say it. ``substitutions`` are values for ``${Name}``: with ``None`` they
    are open and nothing is said about such values, with a mapping those that it lacks are plain text, as for AWS. An
    empty list: nothing to say. Raises ``ValueError`` or ``TypeError`` for another type, a name that is no text or a
    source that is no document.

    >>> for found in validate({"StartAt": "A", "States": {"A": {"Type": "Pas", "End": True}}}):
    ...     print(found)
    States.A.Type: Value must be one of [Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail], not "Pas"; did ...
    """
    found = reports(source, name=name, type=type, substitutions=substitutions)
    return [diagnostic for each in found for diagnostic in each.diagnostics]


def reports(
    source: Source, *, name: str | None = None, type: str = "STANDARD", substitutions: Substitutions = None
) -> list[Report]:
    """What ``validate`` says, by state machine."""
    check_arguments(name, type)
    definitions = read_definitions(source, name=name, substitutions=substitutions)
    return [_report(each, type) for each in definitions]


def _report(each: Definition, type: str) -> Report:
    document = each.document
    if document is None:
        return Report(each.name, each.source, each.problems, each.note)
    type = document.type or type
    machine, _, problems, reasons, parts = checked(document, type)
    if machine is None or reasons:
        return Report(each.name, document.source, tuple(problems))
    rules = checking()
    found = document.kept(rules.check_costly(document, parts)) or document.kept(rules.check_machine(document, machine))
    return Report(each.name, document.source, tuple(found))
