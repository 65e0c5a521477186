"""``aslrun deploy``: a machine is created or updated in Step Functions, after its changes have been told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import inputs, outside
from .problems import Problem, unfilled_placeholders
from .substitution_options import read_substitutions
from .terminal import Style, Terminal, columns, stdout, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..export import Change, Deployment, Diff, Plan

HELP = """Create DEFINITION as a state machine in Step Functions, or update it if anything differs.

Every ${Name} in it must have a value; what is meant as text is named with --as-text.

A new version is published; --alias lets an alias lead to it, --weight with only a part of the executions, more of
them when the command is given again.

\b
Examples:
  aslrun deploy order.asl.json --role arn:aws:iam::123456789012:role/order --dry-run
  aslrun deploy order.asl.json --role arn:aws:iam::123456789012:role/order --alias live --weight 10
"""
EPILOG = "Exit codes: 0 deployed, or told what would be; 2 AWS refused, or the definition or the command is wrong."

_SIGNS = {"added": "+", "removed": "-"}
_COLOURS: dict[str, Style] = {"added": "good", "removed": "bad", "safe": "good", "would fail": "bad"}
_SHOWN = 20
LONGEST = 40  # columns of the name of a state that others are aligned with
ROOT = "(machine)"


@click.command("deploy", help=HELP, epilog=EPILOG, short_help="Create or update a machine.")
@click.argument("definition")
@outside.machine_option
@click.option("--role", required=True, metavar="ARN", help="Role of the executions.")
@click.option("--machine-name", help="Name of the state machine.  [default: that of the file]")
@outside.names_option
@outside.substitutions_option
@click.option("--as-text", multiple=True, metavar="NAME", help="Deploy ${NAME} as it is: it is text, no placeholder.")
@click.option("--alias", help="Let this alias lead to what is deployed.")
@click.option("--weight", type=click.IntRange(1, 100), default=100, help="Percent of the executions that the alias "
              "gives it.  [default: 100]")  # fmt: skip
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="A tag.")
@click.option("--log-group", metavar="ARN", help="Where logs go; without it nothing is logged.")
@click.option(
    "--log-level",
    type=click.Choice(["ALL", "ERROR", "FATAL"], case_sensitive=False),
    default="ERROR",
    help="[default: ERROR]",
)
@click.option("--log-data", is_flag=True, help="Log inputs and outputs too.")
@click.option("--tracing/--no-tracing", default=True, help="X-Ray.  [default: tracing]")
@outside.machine_type
@outside.reached_through
@click.option("--dry-run", is_flag=True, help="Only tell what would change.")
def deploy(
    definition: str,
    logical_name: str | None,
    role: str,
    machine_name: str | None,
    names: tuple[str, ...],
    substitutions: tuple[str, ...],
    as_text: tuple[str, ...],
    alias: str | None,
    weight: int,
    tags: tuple[str, ...],
    log_group: str | None,
    log_level: str,
    log_data: bool,
    tracing: bool,
    kind: str,
    region: str | None,
    endpoint_url: str | None,
    profile: str | None,
    dry_run: bool,
) -> int:
    from .. import export
    from ..export.deploy import prepared

    given = read_substitutions(substitutions) if substitutions else None
    machine = inputs.read_machine(definition, kind.upper(), logical_name, given, as_text)
    put = outside.pairs("--name", names)
    try:
        settings = export.Settings(
            role, machine_name, log_group, log_level.upper(), log_data, tracing, outside.pairs("--tag", tags), alias,
            weight,
        )  # fmt: skip
        prepared(machine, put, as_text)  # a fault of the document is told before anything about AWS
        client = outside.client(region, endpoint_url, profile)
        if dry_run:
            tell(stdout(), export.plan(machine, client, settings, put, as_text=as_text))
        else:
            done = export.deploy(machine, client, settings, put, as_text=as_text)
            tell(stdout(), done.plan, done)
    except export.UnfilledPlaceholders as error:
        raise unfilled_placeholders(definition, error.places, may_be_text=True) from None
    except ValueError as error:
        raise Problem(str(error)) from None
    return 0


def tell(terminal: Terminal, plan: Plan, done: Deployment | None = None) -> None:
    """What was done, or would be; then the changes and what becomes of executions."""
    word = plan.action if done or plan.action == "unchanged" else f"would be {plan.action}"
    mark: tuple[str, Style] = ("✓", "good") if done or plan.action == "unchanged" else ("…", "plain")
    terminal.sentence(*mark, f"{visible(plan.arn)} {word}")
    for label, arn in (("version", done.version_arn), ("alias", done.alias_arn)) if done else ():
        if arn:
            terminal.sentence(f"  {label}", "plain", visible(arn.rpartition(":")[2]))
    if plan.diff or plan.settings:
        terminal.line()
    tell_changes(terminal, plan.diff)
    for line in plan.settings:
        for number, part in enumerate(wrapped(visible(line), terminal.width - 4) if terminal.live else [visible(line)]):
            terminal.line(f"  {' ' if number else '~'} {part}")
    if plan.action == "updated":
        tell_verdicts(terminal, plan.diff)


def tell_changes(terminal: Terminal, diff: Diff) -> None:
    """A row for each change."""
    shown = [(change, visible(change.state) or ROOT) for change in diff.changes]
    width = _width(name for _, name in shown)
    for change, name in shown:
        head = f"{_SIGNS.get(change.kind, '~')} {name}"
        terminal.row(head, _COLOURS.get(change.kind, "warn"), _told(change), width + 2)


def _width(names: Iterable[str]) -> int:
    """The columns for names of states."""
    return min(max(map(columns, names), default=0), LONGEST)


def _told(change: Change) -> str:
    kind = "" if change.kind in _SIGNS else f"{change.kind:<8} "
    return f"{kind}{visible(change.what)}"


def tell_verdicts(terminal: Terminal, diff: Diff) -> None:
    """What becomes of an execution that stands in a state, the worst first."""
    from ..export.diff import SAFE, VERDICTS

    if not diff:
        return
    terminal.line()
    terminal.paragraph(f"An execution that goes on by the new definition: {diff.verdict}", "strong")
    worst = sorted(diff.verdicts.items(), key=lambda each: -VERDICTS.index(each[1]))
    concerned = [(name, verdict) for name, verdict in worst if verdict != SAFE]
    width = _width(visible(name) for name, _ in concerned)
    for name, verdict in concerned[:_SHOWN]:
        told = f"{verdict:<14}  {visible(diff.reasons.get(name, ''))}"
        terminal.row(visible(name), _COLOURS.get(verdict, "warn"), told, width)
    if len(concerned) > _SHOWN:
        terminal.line(f"  … {len(concerned) - _SHOWN} more")
    if safe := len(worst) - len(concerned):
        terminal.line(f"  safe in {safe} other {'state' if safe == 1 else 'states'}")
    terminal.paragraph("Step Functions lets executions end by the definition they began with.", "dim", "  ")
