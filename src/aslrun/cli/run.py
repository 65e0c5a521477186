"""``aslrun run``: one execution of a definition, told while it happens."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..errors import AslrunError, CallerError
from ..resources.registry import Resources
from . import inputs
from .problems import Problem
from .terminal import Terminal, stderr, stdout

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..runtime.result import Result
    from ..values import JSON
    from .mocks import Mocks

EXIT_SUCCEEDED, EXIT_FAILED = 0, 1
SIMULATION = "simulation"  # the name of an execution that nobody named

HELP = """Run DEFINITION, a state machine in a JSON or YAML file ("-": standard input).

By default time is virtual: nothing waits, and every run of the same definition, input and answers is the same.

\b
Examples:
  aslrun run order.asl.json --input '{"total": 7}' --handlers shop.handlers
  aslrun run order.asl.json --input @order.json --mock mocks.json
  aslrun run order.asl.json --mock mocks.json --format json | jq .output
"""
EPILOG = """Exit codes: 0 succeeded, 1 failed (or, in a simulation, waits for something that never comes),
2 the definition, the mocks or the command are wrong."""


@click.command("run", help=HELP, epilog=EPILOG, short_help="Run a state machine.")
@click.argument("definition")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Input of the execution.  [default: {}]")
@click.option("-H", "--handlers", metavar="MODULE:NAME", help="The aslrun.Resources that serve the tasks.")
@click.option("-m", "--mock", metavar="FILE", help="What tasks answer, by state or resource (JSON or YAML).")
@click.option("--simulate/--real-time", default=True, help="Virtual time, or that of the clock.  [default: simulate]")
@click.option("-n", "--name", help="Name of the execution.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["standard", "express"], case_sensitive=False),
    default="standard",
    help="Type of the state machine.  [default: standard]",
)
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
    simulate: bool,
    name: str | None,
    kind: str,
    shape: str,
    query: str | None,
    full: bool,
) -> int:
    if definition == inputs.STDIN and given == inputs.STDIN:
        raise Problem("the definition and the input cannot both come from the standard input")
    check_query(query)
    machine = inputs.read_machine(definition, kind.upper())
    value = inputs.read_input(given)
    pretty = shape == "pretty" and query is None
    with contextlib.nullcontext() if pretty else contextlib.redirect_stdout(sys.stderr):
        resources, mocks = answering(machine, handlers, mock)
        job = _Job(machine, value, resources, mocks, name, simulate)
        if pretty:
            result = job.told(stdout(), full)
        else:
            result = job.run()
    if not pretty:
        print_result(result, shape, query)
    if mocks is not None and result.status == "FAILED":
        _hint(mocks)
    return EXIT_SUCCEEDED if result.succeeded else EXIT_FAILED


def answering(machine: Machine, handlers: str | None, mock: str | None) -> tuple[Resources, Mocks | None]:
    """Who answers the tasks of a machine; raises ``Problem`` if nobody does."""
    real = inputs.read_handlers(handlers) if handlers else Resources()
    if mock is None:
        if real.missing(machine):
            from .mocks import require_handlers

            require_handlers(machine, real)
        return real, None
    from .mocks import read_mocks  # imported here: a run without mocks needs neither it nor its parts

    mocks = read_mocks(mock, machine)
    return mocks.over(machine, real), mocks


class _Job:
    """One execution that is to be run."""

    def __init__(
        self,
        machine: Machine,
        input: JSON,
        resources: Resources,
        mocks: Mocks | None,
        name: str | None,
        virtual: bool,
    ) -> None:
        self._machine, self._input, self._resources, self._mocks = machine, input, resources, mocks
        self._name, self._virtual = name, virtual
        if name is not None:
            from ..runtime.naming import check_name

            check_name(name)

    def run(self) -> Result:
        """Without a word."""
        from .drive import in_real_time, in_virtual_time

        if self._virtual:
            return in_virtual_time(self._machine, self._input, self._resources, self._name or SIMULATION)
        return in_real_time(self._machine, self._input, self._resources, self._name)

    def told(self, terminal: Terminal, full: bool) -> Result:
        """With the path on the terminal."""
        from .drive import in_real_time, in_virtual_time
        from .outcome import tell_end
        from .pretty import Pretty

        mocked = self._mocks.served_states(self._machine) if self._mocks else ()
        pretty = Pretty(terminal, self._machine, virtual=self._virtual, mocked=mocked, full=full)
        terminal.line(terminal.style(self._title(), "strong"))
        terminal.line()
        began = time.perf_counter()
        with _wiped(terminal):
            if self._virtual:
                name = self._name or SIMULATION
                result = in_virtual_time(self._machine, self._input, self._resources, name, pretty.feed)
            else:
                draw = (lambda elapsed: terminal.draw(pretty.progress(elapsed))) if terminal.live else None
                result = in_real_time(self._machine, self._input, self._resources, self._name, pretty.feed, draw)
        seconds = time.perf_counter() - began
        pretty.finish()
        tell_end(terminal, result, pretty.story, seconds, virtual=self._virtual, full=full)
        return result

    def _title(self) -> str:
        named = f" · {self._name}" if self._name else ""
        return f"{self._machine.name}{named} · {'simulated' if self._virtual else 'in real time'}"


@contextlib.contextmanager
def _wiped(terminal: Terminal) -> Iterator[None]:
    """Whatever happens, no half-drawn line stays."""
    try:
        yield
    finally:
        terminal.wipe()


def print_result(result: Result, shape: str, query: str | None) -> None:
    """The result as JSON, or what a query finds in it."""
    from .outcome import as_document, as_history, json_text

    document: JSON = as_history(result) if shape == "history" else as_document(result)
    terminal = stdout()
    if query is None:
        terminal.stream.write(terminal.shown(json_text(document)) + "\n")
        return
    from ..runtime.result import find

    found = find(query, result.output if shape == "pretty" else document)
    for value in found:
        terminal.stream.write(terminal.shown(json_text(value)) + "\n")
    if shape == "pretty" and not result.succeeded:
        stderr().line(
            f"✗ {result.status}: {result.error or 'no error'}" + (f": {result.cause}" if result.cause else "")
        )
    elif not found:
        stderr().line(f"nothing is at {query}")


def check_query(query: str | None) -> None:
    """Refuse a query before anything runs."""
    if query is None:
        return
    from ..runtime.result import find

    try:
        find(query, {})
    except ValueError as error:
        raise Problem(str(error)) from None


def _hint(mocks: Mocks) -> None:
    for hint in mocks.hints:
        stderr().line(hint)


def as_problem(error: AslrunError) -> Problem:
    """An error of the library that the caller can mend."""
    kind = type(error).__name__
    return Problem(str(error) if isinstance(error, CallerError) else f"{kind}: {error}")
