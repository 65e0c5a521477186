"""``aslrun export``: a definition as canonical ASL or as a template, or a report on how it will fare on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import inputs, outside
from .output import output_option, write_result
from .problems import Problem
from .substitution_options import read_substitutions
from .terminal import stdout

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..export import Options

EXIT_REFUSED = 1
WRITTEN = {"asl": "json", "terraform": "json", "cloudformation": "yaml", "sam": "yaml"}

HELP = """Write DEFINITION as canonical ASL, or as a template that deploys it with role, logs and alarms.

\b
Examples:
  aslrun export order.asl.json --name charge=arn:aws:lambda:eu-west-1:123456789012:function:charge
  aslrun export order.asl.json --to sam --trigger sqs --callback -o template.yaml
  aslrun export order.asl.json --to terraform -o order.tf.json
  aslrun export order.asl.json --report --executions 1000000
"""
EPILOG = """Exit codes: 0 done, 1 the report says that AWS refuses the machine, 2 the definition or the command is
wrong."""


@click.command("export", help=HELP, epilog=EPILOG, short_help="Write canonical ASL or a template.")
@click.argument("definition")
@outside.machine_option
@click.option("--to", "target", type=click.Choice(list(WRITTEN)), default="asl", help="What to write.  [default: asl]")
@output_option
@outside.names_option
@outside.substitutions_option
@click.option(
    "-p", "--parameter", "parameters", multiple=True, metavar="NAME=DEFAULT", help="Default of a ${Parameter}."
)
@click.option(
    "-f", "--format", "shape", type=click.Choice(["json", "yaml"]), help="[default: yaml for CloudFormation and SAM]"
)
@click.option("--trigger", type=click.Choice(["eventbridge", "sqs"]), help="Template: what starts executions.")
@click.option("--callback", is_flag=True, help="Template: an API that answers task tokens.")
@click.option("--alarms/--no-alarms", default=True, help="Template: alarms.  [default: alarms]")
@click.option(
    "--log-level",
    type=click.Choice(["ALL", "ERROR", "FATAL", "OFF"], case_sensitive=False),
    default="ERROR",
    help="Template: what is logged.  [default: ERROR]",
)
@click.option("--tracing/--no-tracing", default=True, help="Template: X-Ray.  [default: tracing]")
@outside.machine_type
@click.option("--report", "reporting", is_flag=True, help="Report: what AWS refuses, quotas, and the cost of a month.")
@click.option("--executions", type=click.IntRange(0), default=10_000, help="Report: in a month.  [default: 10000]")
@click.option("--items", type=click.IntRange(0), default=10, help="Report: of a Map.  [default: 10]")
@click.option("--seconds", type=click.FloatRange(0), default=1.0, help="Report: of an Express execution.  [default: 1]")
@click.option("--memory", type=click.FloatRange(0), default=64, help="Report: MB of one.  [default: 64]")
def export(
    definition: str,
    logical_name: str | None,
    target: str,
    output: str | None,
    names: tuple[str, ...],
    substitutions: tuple[str, ...],
    parameters: tuple[str, ...],
    shape: str | None,
    trigger: str | None,
    callback: bool,
    alarms: bool,
    log_level: str,
    tracing: bool,
    kind: str,
    reporting: bool,
    executions: int,
    items: int,
    seconds: float,
    memory: float,
) -> int:
    from ..export import Assumptions, Options, report

    given = read_substitutions(substitutions) if substitutions else None
    machine = inputs.read_machine(definition, kind.upper(), logical_name, given)
    if reporting:
        from .portability import tell

        found = report(machine, Assumptions(executions, items, seconds, memory))
        tell(stdout(), machine, found)
        return EXIT_REFUSED if any(each.kind == "refused" for each in found.findings) else 0
    options = Options(trigger, callback, alarms, log_level.upper(), tracing=tracing)
    write_result(_text(machine, target, names, parameters, shape, options), output)
    return 0


def _text(
    machine: Machine,
    target: str,
    names: tuple[str, ...],
    parameters: tuple[str, ...],
    shape: str | None,
    options: Options,
) -> str:
    from .. import export as exports

    put, defaults = outside.pairs("--name", names), outside.pairs("--parameter", parameters)
    try:
        return exports.export(
            machine, target, names=put, parameters=defaults, options=options, format=shape or WRITTEN[target]
        )
    except (ValueError, ImportError) as error:
        raise Problem(str(error)) from None
