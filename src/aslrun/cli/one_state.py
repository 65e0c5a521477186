"""``aslrun test-state``: one state on an input, as AWS's TestState does it, without AWS."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TYPE_CHECKING, cast

import click

from ..definition.documents import NamedFile, read_document
from ..errors import InvalidDefinition
from ..testing.one_state import InvalidStateTest
from ..values import JSON, to_text
from . import inputs
from .problems import Problem, invalid_definition
from .terminal import Terminal, cut, padded, stdout, visible

if TYPE_CHECKING:
    pass

HELP = """Run one state of DEFINITION on an input, and show the data after each step.

DEFINITION is a single state, or a state machine of which --state is a state. Nothing is called: a Task, Map or Parallel
gets its result from --mock, or a Task from --handlers.

\b
Examples:
  aslrun test-state order.asl.json -s Pay -i @order.json -m '{"paid": true}'
  aslrun test-state order.asl.json -s Pay -m '{"error": "Busy"}' --retries 2
  aslrun test-state state.json -i @order.json -c @context.json -v '{"n": 1}'
"""
EPILOG = """Exit codes: 0 succeeded, or the error was caught; 1 failed, or would be retried;
2 the definition, the mock or the command are wrong."""


@click.command("test-state", help=HELP, epilog=EPILOG, short_help="Run a single state, as TestState does.")
@click.argument("definition")
@click.option("-s", "--state", "name", metavar="NAME", help="The state, at any depth.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="The state's input.  [default: {}]")
@click.option("-m", "--mock", metavar="JSON|@FILE", help='A result, {"error": ..., "cause": ...}, or AWS\'s own form.')
@click.option("-c", "--context", metavar="JSON|@FILE", help="The context object.")
@click.option("-v", "--variables", metavar="JSON|@FILE", help="The variables that the state finds.")
@click.option("--retries", default=0, help="How often the retrier has taken the error before.  [default: 0]")
@click.option("--configuration", metavar="JSON|@FILE", help="AWS's stateConfiguration.")
@click.option(
    "--validate",
    type=click.Choice(["STRICT", "PRESENT", "NONE"]),
    help="How a mocked result is checked against the API (extra aws).  [default: STRICT, where it is installed]",
)
@click.option("-H", "--handlers", metavar="MODULE:NAME", help="The aslrun.Resources that do the task.")
@click.option(
    "-f", "--format", "shape", type=click.Choice(["pretty", "json"]), default="pretty", help="[default: pretty]"
)
def test_state(
    definition: str,
    name: str | None,
    given: str | None,
    mock: str | None,
    context: str | None,
    variables: str | None,
    retries: int,
    configuration: str | None,
    validate: str | None,
    handlers: str | None,
    shape: str,
) -> int:
    request: dict[str, JSON] = {"definition": _definition(definition), "inspectionLevel": "TRACE", "roleArn": "aslrun"}
    told = {
        "stateName": name,
        "input": _text(given, "input"),
        "context": _text(context, "context"),
        "variables": _text(variables, "variables"),
    }
    request |= {field: value for field, value in told.items() if value is not None}
    if mock is not None:
        mode: dict[str, JSON] = {} if validate is None else {"fieldValidationMode": validate}
        request["mock"] = _mock(inputs.read_input(mock, "mock")) | mode
    configured = inputs.read_input(configuration, "configuration")
    if not isinstance(configured, dict):
        raise Problem("the configuration must be an object, as AWS's stateConfiguration is")
    if retries or configured:
        request["stateConfiguration"] = {"retrierRetryCount": retries, **configured}
    response = _answer(request, handlers)
    if shape == "json":
        stdout().verbatim(json.dumps(response, indent=2, ensure_ascii=False))
    else:
        tell(stdout(), response, name or "state")
    return 0 if response["status"] in ("SUCCEEDED", "CAUGHT_ERROR") else 1


def _answer(request: dict[str, JSON], handlers: str | None) -> dict[str, JSON]:
    from ..testing.state_request import answer

    with contextlib.redirect_stdout(sys.stderr):  # a handler may print
        resources = inputs.read_handlers(handlers) if handlers else None
        try:
            return answer(request, resources)
        except InvalidStateTest as refused:
            raise Problem(str(refused), *(f"near: {each}" for each in refused.near)) from None
        except ImportError as error:
            raise Problem(str(error)) from None


def _definition(source: str) -> str:
    """The text of the definition, as JSON."""
    if source != inputs.STDIN and not os.path.exists(source):
        inputs.read_machine(source, "STANDARD")  # tells what is near
    try:
        read = read_document(sys.stdin.read() if source == inputs.STDIN else NamedFile(source))
    except InvalidDefinition as error:
        raise invalid_definition(error, source) from None
    return to_text(read.value)


def _text(given: str | None, what: str) -> str | None:
    return None if given is None else to_text(inputs.read_input(given, what))


def _mock(value: JSON) -> dict[str, JSON]:
    """The mock in AWS's form, from ours or from AWS's."""
    if isinstance(value, dict):
        if value.keys() == {"errorOutput"}:
            return value
        if "error" in value and value.keys() <= {"error", "cause"}:
            return {"errorOutput": value}
        if value.keys() == {"result"}:
            told = value["result"]
            return {"result": told if isinstance(told, str) and _is_json(told) else to_text(told)}
    return {"result": to_text(value)}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# --------------------------------------------------------------------------- for people

_STYLES = {"SUCCEEDED": "good", "CAUGHT_ERROR": "warn", "RETRIABLE": "warn", "FAILED": "bad"}
_MARKS = {"SUCCEEDED": "✓", "CAUGHT_ERROR": "▾", "RETRIABLE": "↻", "FAILED": "✗"}


def tell(terminal: Terminal, response: dict[str, JSON], name: str) -> None:
    """The data after each step, and the verdict."""
    inspected = cast("dict[str, JSON]", response.get("inspectionData", {}))
    shown = {field: value for field, value in inspected.items() if field != "errorDetails"}
    if "output" in response:
        shown["output"] = response["output"]
    width = max(map(len, shown), default=0)
    for field, value in shown.items():
        text = value if isinstance(value, str) else to_text(value)
        terminal.line(f"  {terminal.style(padded(field, width), 'dim')}  {cut(visible(text), 400)}")
    terminal.line()
    for line in _facts(response, cast("dict[str, JSON]", inspected.get("errorDetails", {}))):
        terminal.line(f"  {visible(line)}")
    status = cast(str, response["status"])
    mark = f"{_MARKS[status]} {visible(name)} {status}"
    following = response.get("nextState")
    terminal.line(terminal.style(mark, _STYLES[status]) + (f" → {visible(str(following))}" if following else ""))  # type: ignore[arg-type]


def _facts(response: dict[str, JSON], details: dict[str, JSON]) -> list[str]:
    told = [str(response[field]) for field in ("error", "cause") if response.get(field)]
    facts = [": ".join(told)] if told else []
    if "retryBackoffIntervalSeconds" in details:
        facts.append(f"Retry[{details['retryIndex']}] runs it again after {details['retryBackoffIntervalSeconds']} s")
    elif "retryIndex" in details:
        facts.append(f"Retry[{details['retryIndex']}] has used up its attempts")
    if "catchIndex" in details:
        facts.append(f"Catch[{details['catchIndex']}] takes it")
    return [*facts, ""] if facts else []
