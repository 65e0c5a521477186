"""``aslrun task``: end a task that waits for its token, or say that it is alive."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

import click

from ..errors import CallbackUnanswered, CallerError, InvalidOutput, StoreInUse
from . import stored
from .problems import Problem
from .subcommands import Subcommands
from .terminal import stderr, stdout

if TYPE_CHECKING:
    from ..runtime.callbacks import TaskCallbacks
    from ..stores.sqlite import SQLiteStore

Act = Callable[["TaskCallbacks", "str | None", "str | None"], object]

EXIT_REFUSED = 1
STDIN = "-"
WAIT = 10.0  # seconds
HELP = """End a task that waits for its token, or say that it is alive.

The executions may run in another process meanwhile, which then acts upon it; if nobody runs them, it is written
down for the next interpreter.
"""
EPILOG = "Exit codes: 0 acknowledged, 1 refused (the task is over, or there is no such token), 2 nothing was said."


@click.group("task", cls=Subcommands, help=HELP, epilog=EPILOG)
def task() -> None:
    pass


def _addressed(command: Callable[..., int]) -> Callable[..., int]:
    """The options that say whose task it is."""
    options = (
        stored.store_option,
        click.option("-t", "--token", metavar="TOKEN|-", help="The task token; - reads it from the standard input."),
        click.option("-k", "--key", metavar="KEY", help="The key under which the token was stored."),
        click.option(
            "--wait",
            type=click.FloatRange(0),
            metavar="SECONDS",
            default=WAIT,
            help="How long to wait for the other process.  [default: 10]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@task.command("success", help="End a task with an output.", epilog=EPILOG)
@_addressed
@click.option("-o", "--output", metavar="JSON|@FILE|-", help="The task's output.  [default: {}]")
def success(path: str, token: str | None, key: str | None, wait: float, output: str | None) -> int:
    from .inputs import read_input

    if token == STDIN and output == STDIN:
        raise Problem("the token and the output cannot both come from the standard input")
    value = read_input(output, "output")
    from ..values import to_text

    text = to_text(value)
    return send(path, token, key, wait, lambda way, token, key: way.send_task_success(text, token=token, key=key))


@task.command("failure", help="Let a task fail.", epilog=EPILOG)
@_addressed
@click.option("--error", metavar="NAME", help="Name of the error, for Retry and Catch.")
@click.option("--cause", metavar="TEXT", help="What happened.")
def failure(path: str, token: str | None, key: str | None, wait: float, error: str | None, cause: str | None) -> int:
    return send(
        path, token, key, wait, lambda way, token, key: way.send_task_failure(error, cause, token=token, key=key)
    )


@task.command("heartbeat", help="Say that a task is alive: its HeartbeatSeconds begin anew.", epilog=EPILOG)
@_addressed
def heartbeat(path: str, token: str | None, key: str | None, wait: float) -> int:
    return send(path, token, key, wait, lambda way, token, key: way.send_task_heartbeat(token=token, key=key))


def send(path: str, token: str | None, key: str | None, wait: float, act: Act) -> int:
    """Tell whoever runs the executions, or write it down if nobody does."""
    if (token is None) == (key is None):
        raise click.UsageError("Give either --token or --key.")
    if token == STDIN:
        token = sys.stdin.read().strip()
    store = stored.existing_store(path)
    try:
        _send(path, store, wait, lambda way: act(way, token, key))
    except CallbackUnanswered as error:
        raise Problem(str(error)) from None
    except InvalidOutput as error:
        raise Problem(f"the output is no output of a task: {error}") from None
    except CallerError as error:
        stderr().sentence("✗", "bad", f"refused: {str(error) or type(error).__name__}")
        return EXIT_REFUSED
    terminal = stdout()
    terminal.line(terminal.style("✓ acknowledged", "good"))
    return 0


def _send(path: str, store: SQLiteStore, wait: float, act: Callable[[TaskCallbacks], object]) -> None:
    from ..runtime.callbacks import TaskCallbacks
    from ..runtime.offline import owned

    try:
        with owned(store, stored.showing_recovery(path)) as offline:
            act(offline.callbacks())
    except StoreInUse:
        with closing(TaskCallbacks.file(path, wait=wait)) as callbacks:
            act(callbacks)
