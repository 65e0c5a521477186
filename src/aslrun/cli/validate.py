"""``aslrun validate``: what AWS would refuse, and what looks wrong, in many files at once."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from ..values import JSON
from . import checking
from .checking import Checked
from .definition_files import expand
from .outside import TYPES
from .problems import EXIT_USAGE
from .terminal import stderr, stdout

EXIT_CLEAN, EXIT_FINDINGS = 0, 1

HELP = """Check FILES: state machines in JSON, JSON with comments (.jsonc) or YAML, and the ones in SAM and
CloudFormation templates. A file may be a pattern, a folder, or "-" (JSON on the standard input).

\b
Examples:
  aslrun validate order.asl.json
  aslrun validate statemachines template.yaml --strict
  aslrun validate '**/*.asl.yaml' --ignore unknown-field --format github
  aslrun validate order.asl.json --substitutions Timeout=30
"""
EPILOG = """Exit codes: 0 nothing found, or warnings only; 1 errors (with --strict: warnings too); 2 a file that
cannot be read, or a mistake in the command."""


@click.command("validate", help=HELP, epilog=EPILOG, short_help="Check definitions.")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option(
    "--type",
    "kind",
    type=TYPES,
    default="standard",
    help="Type of machines whose template does not say it.  [default: standard]",
)
@click.option(
    "-s",
    "--substitutions",
    multiple=True,
    metavar="FILE|KEY=VALUE",
    help="Values of ${Name}, from a file or one by one. Without any they are left open.",
)
@click.option("--select", multiple=True, metavar="RULE", help="Tell only what these rules or groups find.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Do not tell what these rules or groups find.")
@click.option("--strict", is_flag=True, help="Warnings are errors.")
@click.option(
    "-f",
    "--format",
    "shape",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="For people; for programs; annotations of GitHub Actions; SARIF 2.1.0.  [default: text]",
)
def validate(
    files: Sequence[str],
    kind: str,
    substitutions: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    strict: bool,
    shape: str,
) -> int:
    wanted = checking.wanted(select, ignore, strict)
    given = _substitutions(substitutions)
    checked = checking.check(expand(files), kind.upper(), given, wanted, stderr())
    _write(checked, shape)
    if checked.unreadable:
        return EXIT_USAGE
    return EXIT_FINDINGS if checked.errors else EXIT_CLEAN


def _substitutions(given: Sequence[str]) -> dict[str, JSON] | None:
    if not given:
        return None
    from .substitution_options import read_substitutions  # imported here: few calls have any

    return read_substitutions(given)


def _write(checked: Checked, shape: str) -> None:
    terminal = stdout()
    if shape == "text":
        from .told import tell

        return tell(checked, terminal)
    from . import machine_formats

    if shape == "github":
        for line in machine_formats.as_annotations(checked):
            terminal.verbatim(terminal.shown(line))
        return None
    document = machine_formats.as_json(checked) if shape == "json" else _sarif(checked)
    return terminal.verbatim(json.dumps(document, indent=2))


def _sarif(checked: Checked) -> JSON:
    from importlib.metadata import version  # imported here: it costs more than all of click

    from .machine_formats import as_sarif

    return as_sarif(checked, version("aslrun"))
