"""Findings as programs read them: JSON, annotations of GitHub Actions, SARIF 2.1.0.

Sources: SARIF 2.1.0 (OASIS standard, chapter 3), "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import quote

from ..values import JSON
from .checking import Checked, Finding
from .rule_pages import RulePage, pages, plain

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_json(checked: Checked) -> JSON:
    """Everything, with every field of a diagnostic."""
    return {
        "findings": [_finding(each) for each in checked.findings],
        "unchecked": [{"file": file, "machine": name, "why": note} for file, name, note in checked.notes],
        "files": checked.files,
        "machines": checked.machines,
        "errors": checked.errors,
        "warnings": checked.warnings,
    }


def _finding(each: Finding) -> JSON:
    found = each.diagnostic
    return {
        "file": each.file,
        "machine": each.machine,
        "severity": _level(each).upper(),
        "code": found.code,
        "message": found.message,
        "location": found.location,
        "line": found.line,
        "column": found.column,
        "rule": found.rule,
        "path": found.path,
        "hint": found.hint,
        "because": list(found.because),
    }


def _level(each: Finding) -> str:
    return "error" if each.is_error else "warning"


def _sentence(each: Finding) -> str:
    """Where, what, and how it came about, one step in each line."""
    found = each.diagnostic
    head = f"{found.path}: {found.told}" if found.path else found.told
    return "\n".join([head, *found.because])


# --------------------------------------------------------------------------- GitHub


def as_annotations(checked: Checked) -> Iterable[str]:
    """A workflow command for each finding."""
    for each in checked.findings:
        found = each.diagnostic
        given = {"file": each.file, "line": found.line, "col": found.column, "title": found.rule or found.code}
        shown = ",".join(f"{key}={_in_property(str(value))}" for key, value in given.items() if value is not None)
        yield f"::{_level(each)} {shown}::{_in_message(_sentence(each))}"


def _in_message(text: str) -> str:
    """A text in a workflow command.

    >>> _in_message("100 %\\nof it")
    '100 %25%0Aof it'
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_message(text).replace(":", "%3A").replace(",", "%2C")


# --------------------------------------------------------------------------- SARIF


def as_sarif(checked: Checked, version: str) -> JSON:
    """A log with one run; it has the pages of all rules."""
    rules = pages()
    index = {page.rule.name: number for number, page in enumerate(rules)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "aslrun",
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_sarif_rule(page) for page in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": not checked.unreadable}],
                "results": [_sarif_result(each, index) for each in checked.findings],
            }
        ],
    }


def _sarif_rule(page: RulePage) -> JSON:
    return {
        "id": page.rule.name,
        "shortDescription": {"text": page.title},
        "fullDescription": {"text": plain(" ".join(page.advice))},
        "help": {"text": page.text(), "markdown": page.markdown()},
        "defaultConfiguration": {"level": page.rule.severity.lower()},
        "properties": {"tags": [page.rule.group]},
    }


def _sarif_result(each: Finding, index: dict[str, int]) -> JSON:
    found = each.diagnostic
    name = found.rule or found.code
    physical: dict[str, JSON] = {"artifactLocation": {"uri": _uri(each.file)}}
    if found.line is not None:
        physical["region"] = {"startLine": found.line, "startColumn": found.column}
    location: dict[str, JSON] = {"physicalLocation": physical}
    if found.path:
        location["logicalLocations"] = [{"fullyQualifiedName": found.path}]
    result: dict[str, JSON] = {
        "ruleId": name,
        "level": _level(each),
        "message": {"text": _sentence(each)},
        "locations": [location],
    }
    if name in index:
        result["ruleIndex"] = index[name]
    return result


def _uri(file: str) -> str:
    """A file as a URI: relative where its name is, so that the log may be read in another place.

    >>> _uri("a b/order.asl.json"), _uri("/tmp/x.json")
    ('a%20b/order.asl.json', 'file:///tmp/x.json')
    """
    path = quote(file.replace(os.sep, "/").removeprefix("./"))
    return f"file://{path}" if os.path.isabs(file) else path
