"""The command ``aslrun``: its subcommands, imported when they are called, and how every command ends.

Exit codes: 0 and 1 are the command's own answer, 2 a mistake in the call or in a file, 130 an interruption (Ctrl-C),
141 a reader that went away (as for any program in a pipe).
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import click

from ..errors import AslrunError
from .problems import EXIT_USAGE, Problem, near
from .terminal import stderr

EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 130, 141

# name -> module with a click command of that name, one sentence for the list
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "Run a state machine, in virtual or real time."),
    "test-state": ("one_state", "Run a single state, as TestState does."),
    "replay": ("replay", "Run a recorded execution again, and compare."),
    "explore": ("explore", "Look at every run of a state machine."),
    "debug": ("debug", "Go through an execution state by state."),
    "graph": ("graph", "Draw a state machine, as SVG or Mermaid."),
    "coverage": ("coverage", "Report what tests have reached of state machines."),
    "executions": ("executions", "Look at the executions in a file, stop one, or redrive one."),
    "task": ("task", "End a task that waits for its token, or say that it is alive."),
    "resume": ("resume", "Work off what is unfinished in a file of executions."),
    "validate": ("validate", "Check state machines: files, folders, templates."),
    "explain": ("explain", "Print the page of a rule that validate checks."),
    "export": ("export", "Write canonical ASL, or a template that deploys it; or report on AWS."),
    "iam": ("iam", "Write the policy that the role of a machine needs."),
    "deploy": ("deploy", "Create or update a machine in Step Functions."),
    "pull": ("pull", "Bring a deployed machine home."),
}


class Commands(click.Group):
    """Commands that cost nothing until they are called, and ends without tracebacks."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{COMMANDS[cmd_name][0]}", __package__)
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            meant = near(args[0], COMMANDS, most=1, alike=0.5)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {meant[0]!r}?" if meant else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _writing():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _writing():
            return super().invoke(ctx)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        extra["standalone_mode"] = False
        sys.exit(self._ended(args, prog_name, extra))

    def _ended(self, args: Sequence[str] | None, prog_name: str | None, extra: dict[str, Any]) -> int:
        try:
            with _writing():
                code = super().main(args, prog_name or "aslrun", **extra)
                if sys.stdout is not None:
                    sys.stdout.flush()
        except Unwritable as problem:
            return problem.give_up()
        except click.exceptions.Abort:
            stderr().line("interrupted")
            return EXIT_INTERRUPTED
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except Problem as problem:
            problem.tell(stderr())
            return EXIT_USAGE
        except AslrunError as error:
            Problem(str(error)).tell(stderr())
            return EXIT_USAGE
        return code if isinstance(code, int) else 0


class Unwritable(Exception):
    """The standard output takes no more (click would make an exit code 1 of it, which is a failed execution)."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error)
        self.error = error

    def give_up(self) -> int:
        """The exit code; what is still buffered must not fail again when the process ends."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if self.error.errno == errno.EPIPE:
            return EXIT_BROKEN_PIPE
        Problem(f"the output cannot be written: {self.error.strerror}").tell(stderr())
        return EXIT_USAGE


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.EPIPE, errno.ENOSPC):
            raise
        raise Unwritable(error) from None


def _version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from importlib.metadata import version  # imported here: it costs more than all of click

        click.echo(f"aslrun {version('aslrun')} (Python {sys.version.split()[0]})")
        ctx.exit()


@click.group(
    cls=Commands,
    help="Run state machines in the Amazon States Language, as AWS Step Functions does, without AWS.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def aslrun() -> None:
    pass
