"""``aslrun resume``: work off what is unfinished in a file of executions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from . import inputs, stored
from .causes import one_line
from .terminal import Terminal, counted, duration, stdout, visible

if TYPE_CHECKING:
    from ..engine.effects import Status
    from ..resources.registry import Resources
    from ..runtime.execution_handle import ExecutionHandle
    from ..runtime.interpreter import Interpreter
    from ..runtime.recovery import Recovered
    from ..stores.sqlite import SQLiteStore

EXIT_SUCCEEDED, EXIT_FAILED = 0, 1
LOOK_EVERY = 0.1  # seconds
HELP = """Run the executions in a file that are not over, until they are.

Tasks that were at work when their process ended are called again. An interruption (Ctrl-C) loses nothing.

\b
Examples:
  aslrun resume --store runs.db --handlers shop.handlers
  aslrun resume --store runs.db --handlers shop.handlers --no-wait
"""
EPILOG = """Exit codes: 0 all that ended has succeeded, 1 some did not, 2 the file, the handlers or the command are wrong."""
KINDS = {  # what Recovered counts, as a person says it
    "task": "called again",
    "failed": "not called again",
    "callback": "waiting for a task token",
    "activity": "waiting for a worker",
    "child": "waiting for a child",
    "execution": "waiting for another execution",
    "file": "reading or writing files",
    "time": "waiting for a time",
    "asleep": "asleep until a time, a token or a worker comes",
    "over": "over",
}


@click.command("resume", help=HELP, epilog=EPILOG, short_help="Work off what is unfinished in a file.")
@stored.store_option
@click.option("-H", "--handlers", metavar="MODULE:NAME", required=True, help="The aslrun.Resources that serve the tasks.")
@click.option("--no-wait", is_flag=True, help="End as soon as nothing is at work: leave what waits for time, tokens, workers.")
def resume(path: str, handlers: str, no_wait: bool) -> int:
    import anyio

    store = stored.existing_store(path)
    resources = inputs.read_handlers(handlers)
    stored.check_handlers(store, resources)
    job = _Job(store, path, resources, stdout())
    with stored.telling_the_owner(path, "It works off what is pending there. End that process first."):
        anyio.run(job.run, no_wait)
    return EXIT_FAILED if job.ended.keys() - {"SUCCEEDED"} else EXIT_SUCCEEDED


class _Job:
    """One resumption, told while it happens."""

    def __init__(self, store: SQLiteStore, path: str, resources: Resources, terminal: Terminal) -> None:
        self.ended: Counter[str] = Counter()
        self._store, self._path, self._resources, self._terminal = store, path, resources, terminal
        self._open: set[str] = set()

    async def run(self, no_wait: bool) -> None:
        """Until nothing is left to do."""
        import anyio

        from ..runtime.interpreter import Interpreter
        from ..stores.protocols import Query

        interpreter = Interpreter(
            self._resources,
            store=self._store,
            on_status=self._on_status,
            on_recovery=stored.showing_recovery(self._path),
        )
        try:
            async with interpreter:
                self._open.update(
                    each.arn for each in interpreter.executions() if each.run.parent is None and not each.run.finished
                )
                self._tell_recovered(interpreter.recovered)
                if no_wait:
                    await interpreter.settled()
                while self._open and not no_wait:
                    self._terminal.draw(self._progress())
                    await anyio.sleep(LOOK_EVERY)
        finally:
            self._terminal.wipe()
            self._tell_end()

    def _on_status(self, execution: ExecutionHandle, status: Status) -> None:
        if status == "RUNNING":
            self._open.add(execution.arn)
            return
        self._open.discard(execution.arn)
        self.ended[status] += 1
        self._tell(execution, status)
