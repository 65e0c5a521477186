"""``aslrun pull``: the definition of a deployed machine, brought home."""

from __future__ import annotations

import click

from ..errors import InvalidDefinition
from . import outside
from .output import output_option, write_result
from .problems import invalid_definition

HELP = """Write the definition of the machine that is deployed under ARN, in canonical form.

ARN may also be that of a version, or of an alias: the version that most executions get.

\b
Example:
  aslrun pull arn:aws:states:eu-west-1:123456789012:stateMachine:order -o order.asl.json
"""


@click.command("pull", help=HELP, short_help="Bring a deployed machine home.")
@click.argument("arn")
@output_option
@outside.reached_through
def pull(arn: str, output: str | None, region: str | None, endpoint_url: str | None, profile: str | None) -> int:
    from .. import export

    client = outside.client(region or _region(arn), endpoint_url, profile)
    try:
        machine = export.pull(arn, client)
    except InvalidDefinition as error:
        raise invalid_definition(error, arn) from None
    write_result(export.export(machine), output)
    return 0


def _region(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 and parts[3] else None
