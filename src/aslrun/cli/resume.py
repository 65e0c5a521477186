"""``aslrun resume``: work off what is unfinished in a file of executions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from . import inputs, stored
from .causes import one_line
from .terminal import Terminal, columns, counted, duration, stdout, visible, wrapped

if TYPE_CHECKING:
    from ..engine.effects import Status
    from ..resources.registry import Resources
    from ..runtime.execution_handle import ExecutionHandle
    from ..runtime.recovery import Recovered
    from ..stores.sqlite import SQLiteStore

EXIT_SUCCEEDED, EXIT_FAILED = 0, 1
LOOK_EVERY = 0.1  # seconds
HELP = """Run the executions in a file that are not over, until they are.

Tasks that were at work when their process ended are called again. An interruption (Ctrl-C) loses nothing.

\b
Examples:
  aslrun resume --store runs.db --handlers shop
  aslrun resume --store runs.db --handlers shop --no-wait
"""
EPILOG = (
    """Exit codes: 0 all that ended has succeeded, 1 some did not, 2 the file, the handlers or the command are wrong."""
)
MOST_LINES = 2  # of an error, below its first
_KINDS = {  # what Recovered counts, as a person says it
    "task": "called again",
    "failed": "not called again, as on_recovery says",
    "callback": "waiting for a task token",
    "activity": "waiting for a worker",
    "child": "waiting for a child execution",
    "execution": "waiting for another execution",
    "file": "reading or writing files",
    "time": "waiting for a time",
    "asleep": "asleep: they wait for a time, a task token or a worker",
}


@click.command("resume", help=HELP, epilog=EPILOG, short_help="Work off what is unfinished in a file.")
@stored.store_option
@click.option(
    "-H", "--handlers", metavar="MODULE:NAME", required=True, help="The aslrun.Resources that serve the tasks."
)
@click.option(
    "--no-wait", is_flag=True, help="End as soon as nothing is at work: leave what waits for time, tokens, workers."
)
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
        self._began = False

    async def run(self, no_wait: bool) -> None:
        """Until nothing is left to do."""
        import anyio

        from ..runtime.interpreter import Interpreter

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
                self._began = True
                if no_wait:
                    await interpreter.settled()
                while self._open and not no_wait:
                    self._terminal.draw(self._progress())
                    await anyio.sleep(LOOK_EVERY)
        finally:
            self._terminal.wipe()
            if self._began:
                self._tell_end()

    def _on_status(self, execution: ExecutionHandle, status: Status) -> None:
        if status == "RUNNING":
            self._open.add(execution.arn)
            return
        self._open.discard(execution.arn)
        self.ended[status] += 1
        self._tell(execution, status)

    def _tell(self, execution: ExecutionHandle, status: Status) -> None:
        """A line for an execution that is over."""
        result = execution.describe()
        mark, style, word = stored.STATUSES[status]
        lasted = duration((result.stopped_at or result.started_at) - result.started_at)
        facts = [visible(result.machine.name), self._terminal.style(word, style), lasted]
        if result.error is not None or result.cause is not None:
            facts.append(one_line(result.error, result.cause))
        name = f"{self._terminal.style(mark, style)} {visible(result.name)}"
        first, *rest = wrapped(" · ".join(facts), max(self._terminal.width - columns(name) - 3, 20))
        self._terminal.line(f"{name}   {first}")
        for line in rest[:MOST_LINES]:
            self._terminal.line(f"    {line}")
        self._terminal.flush()

    def _progress(self) -> str:
        return f"{self.ended.total():,} over, {len(self._open):,} to go"

    def _tell_recovered(self, recovered: Recovered) -> None:
        """How many were found, and how."""
        terminal = self._terminal
        title = f"{visible(self._path)} · {counted(len(self._open), 'unfinished execution')}"
        terminal.line(terminal.style(title, "strong"))
        found = [(count, kind) for kind, count in recovered.counts.items() if kind != "over"]
        width = max((len(f"{count:,}") for count, _ in found), default=0)
        for count, kind in found:
            terminal.line(terminal.style(f"  {count:>{width},} {_KINDS.get(kind, kind)}", "dim"))
        terminal.line()
        terminal.flush()

    def _tell_end(self) -> None:
        """How many have ended how, and what is left."""
        terminal = self._terminal
        parts = [
            terminal.style(f"{count:,} {stored.STATUSES[status][2]}", stored.STATUSES[status][1])
            for status, count in sorted(self.ended.items(), reverse=True)
        ]
        if self._open:
            where = f"aslrun executions list --store {visible(self._path)} --status running"
            parts.append(f"{len(self._open):,} left: {where}")
        if self.ended:
            terminal.line()
        terminal.line(" · ".join(parts) or "nothing was left to do")
