"""Options that several commands share, most of them about AWS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from .problems import Problem
from .terminal import Terminal, wrapped

if TYPE_CHECKING:
    from ..export import StepFunctions

TYPES = click.Choice(["standard", "express"], case_sensitive=False)

machine_type = click.option(
    "--type", "kind", type=TYPES, default="standard", help="Type of the state machine.  [default: standard]"
)
machine_option = click.option(
    "--machine", "logical_name", metavar="NAME", help="Which state machine of a template with several."
)
names_option = click.option(
    "-n", "--name", "names", multiple=True, metavar="LOCAL=ARN",
    help="Another name for a resource or function of the definition: an ARN, or ${Parameter}.",
)  # fmt: skip
substitutions_option = click.option(
    "-s", "--substitutions", multiple=True, metavar="FILE|KEY=VALUE",
    help="Values of ${Name} in the definition, from a file or one by one.",
)  # fmt: skip


def reached_through(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how AWS is reached."""
    for option in (
        click.option("--profile", help="Profile of the AWS configuration."),
        click.option("--endpoint-url", metavar="URL", help="Another endpoint, such as that of an emulator."),
        click.option("--region", help="Region, if not the configured one."),
    ):
        command = option(command)
    return command


def client(region: str | None, endpoint_url: str | None, profile: str | None) -> StepFunctions:
    """A client of Step Functions, or a problem that says what is missing."""
    from ..export import connect

    try:
        return connect(region=region, endpoint_url=endpoint_url, profile=profile)
    except ImportError as error:
        raise Problem(str(error)) from None


def pairs(option: str, given: tuple[str, ...]) -> dict[str, str]:
    """``KEY=VALUE`` of an option that may stand several times."""
    made = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise Problem(f"{option} takes KEY=VALUE, not {text!r}")
        made[key] = value
    return made


def paragraph(terminal: Terminal, text: str, indent: str) -> None:
    """A text broken between words, every line indented; ``Terminal.paragraph`` does it for people only."""
    for line in wrapped(text, terminal.width - len(indent)):
        terminal.line(indent + line)
