"""What ``aslrun validate`` finds: every state machine of every file, and which findings were asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..definition.documents import UNREADABLE, NamedFile, Text
from ..definition.validation import Report, reports
from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON
from .inputs import STDIN
from .problems import Problem, near
from .terminal import Terminal, counted

STANDARD_INPUT = "(standard input)"


class Finding(NamedTuple):
    """A diagnostic, the file that its line is in, and its machine; ``is_error`` as the call has it (``--strict``)."""

    file: str
    machine: str
    diagnostic: Diagnostic
    is_error: bool


class Checked(NamedTuple):
    """What came of a call."""

    findings: list[Finding]
    files: int
    machines: int
    notes: list[tuple[str, str, str]]  # file, machine, why it was not checked
    texts: dict[str, str]  # of what has no file

    @property
    def errors(self) -> int:
        return sum(each.is_error for each in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    @property
    def unreadable(self) -> bool:
        """Whether a file that was named could not be opened."""
        return any(each.diagnostic.code == UNREADABLE and each.diagnostic.line is None for each in self.findings)


class Wanted(NamedTuple):
    """Which findings to tell, by name of rule or group."""

    selected: frozenset[str]
    ignored: frozenset[str]
    strict: bool

    def takes(self, each: Diagnostic) -> bool:
        if not each.rule or not (self.selected or self.ignored):
            return True
        names = {each.rule, _groups().get(each.rule, "")}
        return not names & self.ignored and (not self.selected or bool(names & self.selected))


def wanted(select: Sequence[str], ignore: Sequence[str], strict: bool) -> Wanted:
    """The choice that the options make. Raises ``Problem`` for a rule that there is not."""
    return Wanted(_names(select), _names(ignore), strict)


def _names(given: Sequence[str]) -> frozenset[str]:
    names = frozenset(name.strip() for each in given for name in each.split(",") if name.strip())
    if not names:
        return names
    groups = _groups()
    known = groups.keys() | groups.values()
    for name in sorted(names - known):
        raise unknown_rule(name, known)
    return names


def unknown_rule(name: str, known: Iterable[str]) -> Problem:
    """A name that is no rule's, with what was perhaps meant."""
    meant = near(name, sorted(known))
    return Problem(f"there is no rule {name}", *([f"near: {', '.join(meant)}"] if meant else ["See: aslrun explain"]))


def _groups() -> dict[str, str]:
    from ..definition.rules.table import RULES  # imported here: only a call that chooses needs it

    return {rule.name: rule.group for rule in RULES}


def check(
    files: Sequence[str], type: str, substitutions: Mapping[str, JSON] | None, wanted: Wanted, progress: Terminal
) -> Checked:
    """Check all files; a line on ``progress`` says how far it is."""
    made = Checked([], len(files), 0, [], {})
    machines, seen = 0, set[tuple[str, Diagnostic]]()
    for index, file in enumerate(files):
        if len(files) > 1:
            progress.draw(f"{index:,} of {counted(len(files), 'file')} · {file}")
        for report in _reports(file, type, substitutions, made.texts):
            machines += 1
            if report.note:
                made.notes.append((file, report.name, report.note))
            for each in report.diagnostics:
                at = each.source or _shown(file)
                if (at, each) not in seen and wanted.takes(each):
                    seen.add((at, each))
                    made.findings.append(Finding(at, report.name, each, wanted.strict or each.severity == "ERROR"))
    progress.wipe()
    progress.flush()
    return made._replace(machines=machines)


def _shown(file: str) -> str:
    return STANDARD_INPUT if file == STDIN else file


def _reports(file: str, type: str, substitutions: Mapping[str, JSON] | None, texts: dict[str, str]) -> list[Report]:
    try:
        if file != STDIN:
            return reports(NamedFile(file), type=type, substitutions=substitutions)
        texts[STANDARD_INPUT] = text = _stdin()
        return reports(Text(text), type=type, substitutions=substitutions)
    except InvalidDefinition as error:
        return [Report("", file, error.diagnostics)]
    except ImportError as error:
        raise Problem(str(error)) from None


def _stdin() -> str:
    """The standard input; what is not UTF-8 is told by the reader as what it is not: JSON."""
    stream = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if stream is None else stream.read().decode("utf-8", "replace")
