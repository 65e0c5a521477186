"""Findings as a person reads them: by file, each with its line, a mark under the place, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from .checking import Checked, Finding
from .problems import excerpt, lines_of
from .terminal import Style, Terminal, counted, visible, wrapped

MOST = 100
"""Findings of one file that are shown; as many as AWS answers."""


def tell(checked: Checked, terminal: Terminal) -> None:
    """Write the findings, and a line that sums them up."""
    for file, group in groupby(checked.findings, key=lambda each: each.file):
        findings = list(group)
        lines = lines_of(file, checked.texts.get(file))
        for each in findings[:MOST]:
            _tell_one(each, lines, terminal)
        if len(findings) > MOST:
            terminal.line(f"… {len(findings) - MOST:,} more in {visible(file)}")
            terminal.line()
    for file, machine, note in checked.notes:
        terminal.line(terminal.style(f"{visible(file)} {visible(machine)}: not checked, {note}", "dim"))
    _tell_sum(checked, terminal)


def _tell_one(each: Finding, lines: Sequence[str], terminal: Terminal) -> None:
    found = each.diagnostic
    place = f":{found.line}:{found.column}" if found.line is not None else ""
    style: Style = "bad" if each.is_error else "warn"
    path = f"{visible(found.path)}: " if found.path else ""
    kind = "" if each.is_error else "warning: "
    rule = f" ({found.rule})" if found.rule else ""
    terminal.sentence(f"{visible(each.file)}{place}", style, f"{kind}{path}{visible(found.told)}{rule}")
    for line in excerpt(found, lines, terminal, style):
        terminal.line(line)
    for step in found.because:
        _tell_step(step, terminal)
    terminal.line()


def _tell_step(step: str, terminal: Terminal) -> None:
    shown = wrapped(visible(step), terminal.width - 11) if terminal.live else [visible(step)]
    terminal.line(f"{'':6} {terminal.style('╰', 'dim')} {shown[0]}")
    for line in shown[1:]:
        terminal.line(f"{'':9}{line}")


def _tell_sum(checked: Checked, terminal: Terminal) -> None:
    """``✗ 3 errors and 1 warning in 2 of 14 files``."""
    files = counted(checked.files, "file")
    if not checked.findings:
        terminal.sentence("✓", "good", f"{counted(checked.machines, 'state machine')} in {files}: nothing to say")
        return
    parts = [
        counted(count, noun) for count, noun in ((checked.errors, "error"), (checked.warnings, "warning")) if count
    ]
    with_some = len({each.file for each in checked.findings})
    where = f"{with_some:,} of {files}" if with_some < checked.files else files
    bad = checked.errors > 0
    terminal.sentence("✗" if bad else "✓", "bad" if bad else "warn", f"{' and '.join(parts)} in {where}")
