"""Sources: which state machines a file, a text or a mapping holds, each as a document with its substitutions filled.

Rules that a change must keep:

1. A source holds one definition, or it is a template and holds any number of them. Each is read for itself: one that
   cannot be read does not hide the next.
2. What a template refers to is looked for beside the template; nothing is fetched from elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON
from . import json_text, templates
from . import substitutions as filling
from .documents import INVALID_JSON, UNREADABLE, Document, NamedFile, of_mistake, read_document
from .json_text import Mistake, Positions, Unreadable
from .problem import Problem

Source: TypeAlias = str | os.PathLike[str] | Mapping[str, JSON]
Substitutions: TypeAlias = Mapping[str, JSON] | None


class Definition(NamedTuple):
    """A state machine of a source: its document, or why there is none (a ``note``: it is not for us to check)."""

    name: str
    document: Document | None
    problems: tuple[Diagnostic, ...] = ()
    note: str = ""
    source: str = ""


def read_definitions(
    source: Source, *, name: str | None = None, substitutions: Substitutions = None
) -> list[Definition]:
    """The state machines of a source; raises only for what is no source at all, and ``ImportError`` without PyYAML.

    >>> [each.name for each in read_definitions({"StartAt": "A", "States": {}}, name="order")]
    ['order']
    """
    try:
        document = read_document(source, name=name, bare=True)
    except InvalidDefinition as invalid:
        return [Definition(name or "", None, invalid.diagnostics, source=invalid.source)]
    if not templates.is_template(document.value):
        return [_filled(document, substitutions)]
    return [_of_template(each, document, substitutions) for each in templates.machines(document.value)]


def read_definition(source: Source, *, name: str | None = None, substitutions: Substitutions = None) -> Document:
    """The one state machine of a source; of a template with several the one that ``name`` names.

    Raises ``InvalidDefinition`` if it cannot be read, or if it is not clear which one is meant.
    """
    found = read_definitions(source, name=name, substitutions=substitutions)
    if len(found) != 1:
        found = [each for each in found if each.name == name] or [_not_one(found, source)]
    problems = found[0].problems
    if found[0].note:
        problems = (_of_file(f"the state machine {found[0].name} cannot be loaded: {found[0].note}", found[0].source),)
    if problems or found[0].document is None:
        raise InvalidDefinition(problems, found[0].source)
    return found[0].document


def _not_one(found: list[Definition], source: Source) -> Definition:
    path = "" if isinstance(source, Mapping) else os.fsdecode(source)
    names = ", ".join(each.name for each in found)
    message = f"holds {len(found)} state machines: {names}; say which one" if found else "holds no state machine"
    shown = path if "\n" not in path and "{" not in path else ""
    return Definition("", None, (_of_file(f"the template {message}", shown),), source=shown)


def _of_file(message: str, source: str) -> Diagnostic:
    return of_mistake(Mistake(message), source)


def _filled(document: Document, given: Substitutions, unknown: frozenset[str] = frozenset()) -> Definition:
    """The document with its placeholders filled, or what is wrong with their values."""
    if not document.has_placeholders:
        return Definition(document.name, document, source=document.source)
    document.filled = filled = filling.fill(document.value, given, unknown, quoted=document.text is not None)
    document.value = filled.value
    problems = tuple(
        document.diagnostic(Problem(location, _UNFIT.format(name), INVALID_JSON, json_text.MALFORMED))
        for location, name in filled.unfit
    )
    return Definition(document.name, None if problems else document, problems, source=document.source)


_UNFIT = "the value of the substitution {} must be JSON, since no quotes stand around it"

# --------------------------------------------------------------------------- templates


def _of_template(each: templates.Embedded, template: Document, given: Substitutions) -> Definition:
    """One machine of a template."""
    if each.note:
        return Definition(each.name, None, (), each.note, template.source)
    try:
        document = _referenced(each, template) if each.file else _embedded(each, template)
    except InvalidDefinition as invalid:
        return Definition(each.name, None, invalid.diagnostics, source=template.source)
    except Unreadable as error:
        found = tuple(of_mistake(mistake, template.source, prefix=each.location) for mistake in error.mistakes)
        return Definition(each.name, None, found, source=template.source)
    document.name, document.type = each.name, each.type
    if each.declared is None:
        return _filled(document, given)
    return _filled(document, {**each.declared, **(given or {})}, each.unknown)


def _referenced(each: templates.Embedded, template: Document) -> Document:
    path = os.path.join(os.path.dirname(template.source), each.file)
    try:
        document = read_document(NamedFile(path), bare=True)
    except InvalidDefinition as invalid:
        if invalid.diagnostics[0].code != UNREADABLE:
            raise
        first = invalid.diagnostics[0]
        problem = Problem(each.location, f"{path} {first.message}", first.code, first.rule)
        raise InvalidDefinition([template.diagnostic(problem)], template.source) from None
    return document


def _embedded(each: templates.Embedded, template: Document) -> Document:
    if each.pieces:
        return _from_pieces(each, template)
    value = each.value
    if not isinstance(value, dict):
        raise Unreadable(Mistake("must be an object", (), template.position(each.location)))
    prefix = each.location

    def locate() -> Positions:
        size = len(prefix)
        return {at[size:]: place for at, place in template.positions.items() if at[:size] == prefix}

    document = Document(value, source=template.source, locate=locate if template.text is not None else None)
    document.prefix = prefix
    return document


def _from_pieces(each: templates.Embedded, template: Document) -> Document:
    """A definition that is a text in the template."""
    text = templates.Text(each.pieces, template.text, template.positions)
    marked, shown = filling.marked(text.text), text.text.replace(filling.THEIRS, "$")
    try:
        value = json_text.parse(marked, shown)
    except Unreadable as error:
        raise Unreadable(*(_moved(mistake, text, template) for mistake in error.mistakes)) from None
    if not isinstance(value, dict):
        raise Unreadable(Mistake("must be the JSON text of an object", (), template.position(each.location)))
    inner = Document(
        value,
        text=shown,
        source=template.source,
        locate=lambda: text.positions(json_text.positions(marked)),
    )
    inner.prefix = each.location
    return inner


def _moved(mistake: Mistake, text: templates.Text, template: Document) -> Mistake:
    """A mistake in a text of the template, where it stands in the template."""
    place = mistake.position and text.place(text.offset(mistake.position))
    return replace(mistake, position=place if template.text is not None else None)
