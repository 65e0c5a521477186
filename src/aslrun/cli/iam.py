"""``aslrun iam``: the policy of a role, from the definitions that run under it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..values import JSON
from . import inputs, outside
from .output import output_option, write_result
from .problems import Problem
from .substitution_options import read_substitutions
from .terminal import Terminal, counted, stdout, visible, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..export import Comparison, Policy

EXIT_FORGOTTEN = 1

HELP = """Write the least that the role of one or more DEFINITIONS must be allowed.

What only an execution knows is * in the policy, unless --parameter says it (--format table names the parameters); so
are region and account of what the definition only names.

\b
Examples:
  aslrun iam order.asl.json
  aslrun iam order.asl.json --region eu-west-1 --account 123456789012 > policy.json
  aslrun iam order.asl.json refund.asl.json --format table
  aslrun iam order.asl.json --parameter TellQueue=orders
  aslrun iam order.asl.json --against policy.json
"""
EPILOG = """Exit codes: 0 done, 1 the policy of --against forgets something, 2 a file or the command is wrong."""


@click.command("iam", help=HELP, epilog=EPILOG, short_help="Write the policy of a role.")
@click.argument("definitions", nargs=-1, required=True, metavar="DEFINITION...")
@outside.machine_option
@click.option("-f", "--format", "shape", type=click.Choice(["policy", "table", "trust"]),
              help="The policy; who needs what; who may take the role.  [default: policy]")  # fmt: skip
@output_option
@click.option("--region", default="*", help="Region of what has only a name.  [default: *]")
@click.option("--account", default="*", help="Account of what has only a name.  [default: *]")
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="What a * stands for; repeatable.")
@outside.substitutions_option
@click.option("--logging/--no-logging", default=True, help="CloudWatch Logs.  [default: logging]")
@click.option("--tracing/--no-tracing", default=True, help="X-Ray.  [default: tracing]")
@click.option("--kms-key", metavar="ARN", help="A key that encrypts what the machine uses.")
@click.option("--against", metavar="FILE", help="A policy: what it forgets, and what nothing needs. With --format "
              "policy: it, and what it forgets.")  # fmt: skip
@outside.machine_type
def iam(
    definitions: tuple[str, ...],
    logical_name: str | None,
    shape: str | None,
    output: str | None,
    region: str,
    account: str,
    parameters: tuple[str, ...],
    substitutions: tuple[str, ...],
    logging: bool,
    tracing: bool,
    kms_key: str | None,
    against: str | None,
    kind: str,
) -> int:
    from ..export.iam import policy, trust

    if output is not None and (shape == "table" or (against is not None and shape != "policy")):
        raise Problem("--output: what this shows is for reading; with --format policy there is a policy to write")
    given = read_substitutions(substitutions) if substitutions else None
    machines = [inputs.read_machine(definition, kind.upper(), logical_name, given) for definition in definitions]
    found = policy(*machines, logging=logging, tracing=tracing, kms_key=kms_key)
    home: dict[str, Any] = {"region": region, "account": account, "values": outside.pairs("--parameter", parameters)}
    try:
        document = trust() if shape == "trust" else found.document(**home)
    except ValueError as error:
        raise Problem(f"--parameter: {error}") from None
    if against is not None:
        return _compared(found, against, shape, output, home)
    if shape == "table":
        tell(stdout(), found, [machine.name for machine in machines], home["values"])
    else:
        write_result(json.dumps(document, indent=2) + "\n", output)
    return 0


def tell(terminal: Terminal, policy: Policy, names: list[str], values: Mapping[str, str]) -> None:
    """Every statement, who needs it, and why it is wide if it is."""
    from ..export.iam_policy import shown

    reasons: dict[tuple[str, str], str] = {}
    for each in policy.wide():
        if each.reason.partition(":")[0] not in values:
            reasons.update({(action, each.resource): each.reason for action in each.actions})

    actions = sum(len(statement.actions) for statement in policy.statements)
    head = f"{', '.join(names)} · {counted(actions, 'action')} in {counted(len(policy.statements), 'statement')}"
    terminal.line(terminal.style(visible(head), "strong"))
    for statement in policy.statements:
        terminal.line()
        for line in wrapped(", ".join(statement.actions), terminal.width):
            terminal.line(terminal.style(line, "good"))
        for resource in statement.resources:
            terminal.line(f"  on   {visible(shown(resource, policy, values))}")
            for reason in dict.fromkeys(reasons.get((action, resource), "") for action in statement.actions):
                _indented(terminal, "wide", reason)
        for operator, key, value in statement.condition:
            terminal.line(f"  if   {key} {operator} {visible(shown(value, policy, values))}")
        _indented(terminal, "for ", ", ".join(statement.needed_by))


def _indented(terminal: Terminal, word: str, text: str) -> None:
    """A word, and behind it a text that may need several lines; nothing for an empty text."""
    for index, line in enumerate(wrapped(visible(text), terminal.width - 7) if text else ()):
        terminal.line(terminal.style(f"  {'    ' if index else word} {line}", "dim"))


# --------------------------------------------------------------------------- against another policy


def _compared(policy: Policy, file: str, shape: str | None, output: str | None, home: dict[str, Any]) -> int:
    from ..export import amended, compare

    given = _read(file)
    try:
        comparison = compare(policy, given, **home)
    except ValueError as error:
        raise Problem(f"{file}: {error}") from None
    if shape == "policy":
        write_result(json.dumps(amended(given, comparison), indent=2) + "\n", output)
    else:
        _tell_comparison(stdout(), comparison, file)
    return EXIT_FORGOTTEN if comparison.forgotten else 0


def _read(file: str) -> Mapping[str, JSON]:
    try:
        value: JSON = json.loads(Path(file).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Problem(f"{file} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Problem(f"{file} is no policy: it must be an object")
    return value


def _tell_comparison(terminal: Terminal, comparison: Comparison, file: str) -> None:
    if comparison.forgotten:
        terminal.line(terminal.style(f"✗ {visible(file)} forgets", "bad"))
    for statement in comparison.forgotten:
        for action in statement.actions:
            for resource in statement.resources:
                terminal.line(f"  {action}  on {visible(resource)}")
        terminal.line(terminal.style(f"    for {visible(', '.join(statement.needed_by))}", "dim"))
    if comparison.unused:
        terminal.line(terminal.style(f"↻ {visible(file)} allows, and no state needs", "warn"))
    for action, resource in comparison.unused:
        terminal.line(f"  {visible(action)}  on {visible(resource)}")
    if not comparison.forgotten and not comparison.unused:
        terminal.line(f"{terminal.style('✓', 'good')} {visible(file)} allows what is needed, and nothing more")
