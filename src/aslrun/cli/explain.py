"""``aslrun explain``: the rules of ``aslrun validate``, or the page of one."""

from __future__ import annotations

import click

from .checking import unknown_rule
from .rule_pages import RulePage, pages, plain
from .terminal import Style, Terminal, columns, stdout, wrapped

WIDEST = 100

HELP = """Print the page of RULE: what it asks for, whose sentence that is, a bad and a good example.

Without RULE the rules are listed, in the order in which they are asked. The name of a group stands for its rules.
"""


@click.command("explain", help=HELP, short_help="Print the page of a rule.")
@click.argument("rule", required=False)
def explain(rule: str | None) -> int:
    known = pages()
    terminal = stdout()
    if rule is None:
        _list(known, terminal)
        return 0
    meant = [page for page in known if page.rule.name == rule] or [page for page in known if page.rule.group == rule]
    if not meant:
        raise unknown_rule(rule, {name for page in known for name in (page.rule.name, page.rule.group)})
    for index, page in enumerate(meant):
        if index:
            terminal.line()
        _tell(page, terminal)
    return 0


def _list(known: list[RulePage], terminal: Terminal) -> None:
    widest = max(columns(page.rule.name) for page in known)
    for page in known:
        terminal.row(page.rule.name, "warn" if page.rule.severity == "WARNING" else "strong", page.title, widest)


def _tell(page: RulePage, terminal: Terminal) -> None:
    width = min(terminal.width, WIDEST)
    kind = page.rule.severity.lower()
    group = f", {page.rule.group}" if page.rule.group != page.rule.name else ""
    terminal.line(f"{terminal.style(page.rule.name, 'strong')} ({kind}{group})")
    for line in wrapped(page.title, width):
        terminal.line(line)
    if page.quotation:
        terminal.line()
    for quoted in page.quotation:
        for line in wrapped(quoted, width - 4):
            terminal.line(terminal.style(f"  │ {line}", "dim"))
    for paragraph in page.advice:
        terminal.line()
        for line in wrapped(plain(paragraph), width):
            terminal.line(line)
    _tell_example("Bad", "bad", page.page.bad, terminal)
    _tell_example("Good", "good", page.page.good, terminal)


def _tell_example(name: str, style: Style, text: str, terminal: Terminal) -> None:
    if not text:
        return
    terminal.line()
    terminal.line(terminal.style(f"{name}:", style))
    terminal.line()
    for line in text.split("\n"):
        terminal.line(f"    {line}")
