"""``aslrun graph``: a state machine as a picture, with what tests have reached of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import CallerError
from . import inputs
from .output import output_option, write_result
from .problems import Problem

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..testing.coverage.collecting import Covered

HELP = """Draw DEFINITION, a state machine in a JSON or YAML file ("-": standard input).

With the coverage of a test run (pytest --aslrun-cov) what was reached is green, and what was not red and dashed.

\b
Examples:
  aslrun graph order.asl.json --output order.svg
  aslrun graph order.asl.json --format mermaid
  aslrun graph order.asl.json --coverage .aslrun-coverage.json -o order.svg
"""


@click.command("graph", help=HELP, short_help="Draw a state machine.")
@click.argument("definition")
@click.option(
    "-f", "--format", "shape", type=click.Choice(["svg", "mermaid"]), help="[default: mermaid, svg for a file *.svg]"
)
@click.option("-c", "--coverage", "data", metavar="FILE", help="Coverage data of a test run.")
@output_option
def graph(definition: str, shape: str | None, data: str | None, output: str | None) -> int:
    from ..testing.coverage.collecting import Covered
    from ..testing.coverage.files import drawn
    from ..testing.diagram import mermaid, svg

    machine = inputs.read_machine(definition, "STANDARD")
    shape = shape or ("svg" if output is not None and output.endswith(".svg") else "mermaid")
    if data is not None:
        text = drawn(Covered(machine, _covered(machine, data).hits), shape)
    else:
        text = svg(machine) if shape == "svg" else mermaid(machine) + "\n"
    write_result(text, output)
    return 0


def _covered(machine: Machine, data: str) -> Covered:
    """The coverage of a machine in a data file; its name may be another one, its definition not."""
    every = list(read_coverage(data))
    same = [each for each in every if each.machine.document == machine.document]
    if same:
        return next((each for each in same if each.machine.name == machine.name), same[0])
    names = ", ".join(each.machine.name for each in every) or "nothing"
    help = [f"It has: {names}."]
    if any(each.machine.name == machine.name for each in every):
        help.append(f"{machine.name} was another definition when this was counted: run the tests again.")
    raise Problem(f"{data} has no coverage of this definition", *help)


def read_coverage(*files: str) -> list[Covered]:
    """What data files have, together. Raises ``Problem``."""
    from ..testing.coverage.data import InvalidCoverageFile, read

    try:
        return list(read(*files))
    except FileNotFoundError as error:
        raise Problem(f"there is no file {error.filename}", "Tests write one: pytest --aslrun-cov") from None
    except OSError as error:
        raise Problem(f"{error.filename} cannot be read: {error.strerror}") from None
    except InvalidCoverageFile as error:
        raise Problem(str(error)) from None
    except CallerError as error:
        raise Problem(str(error)) from None
