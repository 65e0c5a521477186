"""The report of ``aslrun export --report``: what a person should know before a machine goes to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..export import cost
from ..export.report import DIFFERS, MAX_EVENTS, QUOTA, REFUSED
from .outside import paragraph
from .terminal import Style, Terminal, counted, visible

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..export import Report
    from ..export.cost import Cost
    from ..export.roads import Range

_HEADS: tuple[tuple[str, str, Style], ...] = (
    (REFUSED, "✗ AWS refuses", "bad"),
    (DIFFERS, "↻ goes differently on AWS", "warn"),
    (QUOTA, "▾ quotas", "warn"),
)


def tell(terminal: Terminal, machine: Machine, report: Report) -> None:
    """Write the whole report."""
    terminal.line(terminal.style(visible(f"{machine.name} · {machine.type.capitalize()}"), "strong"))
    for kind, head, style in _HEADS:
        _tell_findings(terminal, report, kind, head, style)
    if not report.findings:
        terminal.line()
        terminal.line(terminal.style("✓", "good") + " nothing to note: it runs there as it runs here")
    _tell_size(terminal, report)
    _tell_cost(terminal, report)


def _tell_findings(terminal: Terminal, report: Report, kind: str, head: str, style: Style) -> None:
    found = [each for each in report.findings if each.kind == kind]
    if not found:
        return
    terminal.line()
    terminal.line(terminal.style(head, style))
    for each in found:
        where = visible(each.state) or "the machine"
        paragraph(terminal, f"{where}: {visible(each.sentence)}", "  ")


def _tell_size(terminal: Terminal, report: Report) -> None:
    terminal.line()
    terminal.line(terminal.style("One execution", "strong"))
    caught = f" ({report.caught.most} if a Catch is taken)" if report.caught.most > report.transitions.most else ""
    terminal.line(f"  transitions     {_range(report.transitions)}{caught}, and one for each retry")
    terminal.line(f"  history events  {_range(report.events)} of {MAX_EVENTS:,}")


def _tell_cost(terminal: Terminal, report: Report) -> None:
    given = report.assumptions
    terminal.line()
    terminal.line(terminal.style(f"{given.executions:,} executions a month", "strong"))
    terminal.line(f"  Standard  {_dollars(report.standard)}")
    if report.express is None:
        paragraph(terminal, f"Express   impossible: {visible(report.why_not)}", "  ")
    else:
        each = f"{given.seconds:g} s and {given.memory_mb:g} MB each"
        terminal.line(f"  Express   {_dollars(report.express)}   ({each})")
        word = report.cheaper.capitalize()
        terminal.line(f"  {terminal.style('→', 'good')} {word} is cheaper" + _warning(report))
    terminal.line()
    assumed = (
        f"Prices of {cost.REGION}, {cost.YEAR}, without what the tasks cost; {cost.FREE_TRANSITIONS:,} transitions"
    )
    paragraph(
        terminal, f"{assumed} a month are free. Assumed: {counted(given.items, 'item')} in a Map, no retries.", ""
    )


def _warning(report: Report) -> str:
    return "; it may run a task more than once" if report.cheaper == "EXPRESS" else ""


def _range(range_: Range) -> str:
    return f"{range_.least:,}" if range_.least == range_.most else f"{range_.least:,} to {range_.most:,}"


def _dollars(cost_: Cost) -> str:
    least, most = (f"{value:,.2f}" for value in cost_)
    return f"{most} USD" if least == most else f"{least} to {most} USD"
