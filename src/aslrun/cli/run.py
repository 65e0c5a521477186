"""``aslrun run``: one execution of a definition, told while it happens."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from ..resources.registry import Resources
from ..testing.tasks import tasks_of
from . import inputs, outside
from .drive import in_real_time, in_virtual_time
from .keep import Kept
from .problems import Problem, missing_handlers
from .substitution_options import read_substitutions
from .terminal import Terminal, stderr, stdout, visible

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..resources.task_reference import MissingHandler
    from ..runtime.result import Result
    from ..testing.mocks import Mocks
    from ..values import JSON
    from .drive import Follow, Tick

EXIT_SUCCEEDED, EXIT_FAILED = 0, 1
SIMULATION = "simulation"  # the name of an execution that nobody named

HELP = """Run DEFINITION, a state machine in a JSON or YAML file ("-": standard input).

By default time is virtual: nothing waits, and every run of the same definition, input and answers is the same.

With --store the execution runs in real time and survives the process: run the same command with the same --name again,
or aslrun resume.

\b
Examples:
  aslrun run order.asl.json --input '{"total": 7}' --handlers shop.handlers
  aslrun run order.asl.json --input @order.json --mock mocks.json
  aslrun run order.asl.json --mock mocks.json --format json | jq .output
  aslrun run order.asl.json --store runs.db --name order-7 --handlers shop
"""
EPILOG = """Exit codes: 0 succeeded, 1 failed (or, in a simulation, waits for something that never comes),
2 the definition, the mocks or the command are wrong."""


@click.command("run", help=HELP, epilog=EPILOG, short_help="Run a state machine.")
@click.argument("definition")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Input of the execution.  [default: {}]")
@click.option("-H", "--handlers", metavar="MODULE:NAME", help="The aslrun.Resources that serve the tasks.")
@click.option("-m", "--mock", metavar="FILE", help="What tasks answer, by state or resource (JSON or YAML).")
@click.option("--simulate/--real-time", default=None, help="Virtual time, or that of the clock.  [default: simulate]")
@click.option("-n", "--name", help="Name of the execution.")
@click.option("--store", metavar="FILE", help="Keep the execution in an SQLite file; in real time.")
@outside.machine_option
@outside.substitutions_option
@outside.machine_type
@click.option(
    "-f",
    "--format",
    "shape",
    type=click.Choice(["pretty", "json", "history"]),
    default="pretty",
    help="The path and the output; the result as JSON; AWS's list of history events.  [default: pretty]",
)
@click.option("-q", "--query", metavar="PATH", help="Print only what a JSONPath finds: in the output, or in the JSON.")
@click.option("--full", is_flag=True, help="Pretty: every iteration, and all of the output.")
def run(
    definition: str,
    given: str | None,
    handlers: str | None,
    mock: str | None,
    simulate: bool | None,
    name: str | None,
    store: str | None,
    logical_name: str | None,
    substitutions: Sequence[str],
    kind: str,
    shape: str,
    query: str | None,
    full: bool,
) -> int:
    if definition == inputs.STDIN and given == inputs.STDIN:
        raise Problem("the definition and the input cannot both come from the standard input")
    if simulate and store is not None:
        raise Problem("what is simulated is not kept: leave out --simulate or --store")
    check_query(query)
    check_name(name)
    given_values = read_substitutions(substitutions) if substitutions else None
    machine = inputs.read_machine(definition, kind.upper(), logical_name, given_values)
    value = inputs.read_input(given)
    told = shape == "pretty" and query is None
    with contextlib.nullcontext() if told else contextlib.redirect_stdout(sys.stderr):  # a handler may print
        virtual = simulate is not False and store is None
        resources, mocks, missing = answering(machine, handlers, mock, virtual)
        kept = None if store is None else Kept(store)
        if kept is not None:
            name = kept.prepare(resources, name)
        job = Job(machine, value, resources, name, virtual, kept)
        result = job.told(stdout(), mocks, handlers, full) if told else job.run()
    if not told:
        print_result(result, shape, query)
    if mocks is not None and (called := [each for each in missing if each.location in mocks.unmocked]):
        raise missing_handlers(machine, called, has_mocks=True)
    for hint in mocks.hints(machine) if mocks is not None and result.status == "FAILED" else ():
        stderr().line(hint)
    return EXIT_SUCCEEDED if result.succeeded else EXIT_FAILED


# --------------------------------------------------------------------------- before


def check_query(query: str | None) -> None:
    """Refuse a query before anything runs."""
    if query is None:
        return
    from ..runtime.result import find

    try:
        find(query, {})
    except ValueError as error:
        raise Problem(str(error)) from None


def check_name(name: str | None) -> None:
    """Refuse a name before anything runs. Raises ``InvalidName``."""
    if name is not None:
        from ..runtime import naming

        naming.check_name(name)


def answering(
    machine: Machine, handlers: str | None, mock: str | None, virtual: bool
) -> tuple[Resources, Mocks | None, list[MissingHandler]]:
    """Who answers the tasks of a machine, and what nobody answers; raises ``Problem`` if there is such a task.

    In virtual time mocks may leave out what is not called.
    """
    real = inputs.read_handlers(handlers) if handlers else Resources()
    if mock is None:
        if missing := real.missing(tasks_of(machine)):
            raise missing_handlers(machine, missing, has_mocks=False)
        return real, None, []
    from .mocks import read_mocks  # imported here: a run without mocks needs neither it nor its parts

    mocks = read_mocks(mock, machine)
    missing = mocks.missing(machine, real)
    if missing and not virtual:
        raise missing_handlers(machine, missing, has_mocks=True)
    return mocks.over(machine, real), mocks, missing


# --------------------------------------------------------------------------- the execution


class Job(NamedTuple):
    """One execution that is to be run."""

    machine: Machine
    input: JSON
    resources: Resources
    name: str | None
    virtual: bool
    kept: Kept | None = None

    def run(self, follow: Follow | None = None, tick: Tick | None = None) -> Result:
        """Run it; ``follow`` is given history records as they come, ``tick`` the seconds since the start."""
        if self.virtual:
            return in_virtual_time(self.machine, self.input, self.resources, self.name or SIMULATION, follow)
        if self.kept is not None:
            return self.kept.run(self.machine, self.input, self.resources, self.name, follow, tick)
        return in_real_time(self.machine, self.input, self.resources, self.name, follow, tick)

    def told(self, terminal: Terminal, mocks: Mocks | None, handlers: str | None, full: bool) -> Result:
        """Run it with its path on a terminal; which states are mocked is told where others are not."""
        from .outcome import tell_end
        from .pretty import Pretty

        mocked = mocks.served_states(self.machine) if mocks and handlers else ()
        pretty = Pretty(terminal, self.machine, virtual=self.virtual, mocked=mocked, full=full)
        terminal.line(terminal.style(self._title(mocks), "strong"))
        terminal.line()
        began = time.perf_counter()
        try:
            result = self.run(pretty.feed, lambda elapsed: terminal.draw(pretty.progress(elapsed)))
        finally:
            terminal.wipe()
        seconds = time.perf_counter() - began
        pretty.finish()
        tell_end(terminal, result, pretty.story, seconds, virtual=self.virtual, full=full)
        return result

    def _title(self, mocks: Mocks | None) -> str:
        parts = [self.machine.name, self.name, "simulated" if self.virtual else "in real time", mocks and mocks.source]
        parts.append(f"kept in {self.kept.path}" if self.kept else None)
        return " · ".join(visible(part) for part in parts if part)


# --------------------------------------------------------------------------- after


def print_result(result: Result, shape: str, query: str | None) -> None:
    """The result as JSON, or what a query finds in it."""
    from .outcome import as_document, as_history, json_text

    document: JSON = as_history(result) if shape == "history" else as_document(result)
    terminal = stdout()
    if query is None:
        terminal.verbatim(json_text(document, terminal))
        return
    from ..runtime.result import find

    found = find(query, result.output if shape == "pretty" else document)
    for value in found:
        terminal.verbatim(json_text(value, terminal))
    if shape == "pretty" and not result.succeeded:
        told = ": ".join(part for part in (result.status, result.error, result.cause) if part)
        stderr().line(f"✗ {visible(told)}")
    elif not found:
        stderr().line(f"nothing is at {query}")
