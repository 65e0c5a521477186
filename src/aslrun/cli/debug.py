"""``aslrun debug``: an execution in virtual time that stops before each state, with commands to look, change and go on.

Rules that a change must keep:

1. Commands are lines: from a terminal, a pipe or a file. From a pipe each is written after the prompt, so that what
   comes out can be read, and compared by a test.
2. A command that cannot be done says why, and changes nothing. Nothing ends the session but its end and ``quit``.
3. What is told is complete without colour.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TextIO

import click

from ..engine.frame import RETRY, Frame
from ..errors import CallerError
from ..testing.stops import NotPossible, Stop, describe
from ..values import JSON
from . import inputs
from .outcome import json_text, tell_end
from .problems import Problem, near
from .terminal import Terminal, cut, duration, padded, stdout, visible, wrapped

if TYPE_CHECKING:
    from ..testing.mocks import Mocks
    from ..testing.stepping import Stepper

EXIT_SUCCEEDED, EXIT_FAILED = 0, 1
PROMPT = "(aslrun) "
USAGE, ROOM = 38, 30  # columns of a command in the help, and what a text beside it needs

HELP = """Go through an execution of DEFINITION, a state machine in a JSON or YAML file, state by state.

Time is virtual. Commands are read from the terminal, or from the standard input; "help" lists them. A task that has
neither a mock nor a handler is no mistake: answer it when it comes.

\b
Examples:
  aslrun debug order.asl.json --input '{"total": 7}' --mock mocks.json
  printf 'break Ship\\ncontinue\\nprint $.total\\n' | aslrun debug order.asl.json
"""
EPILOG = """Exit codes: 0 succeeded, or left before the end; 1 failed; 2 the definition, the mocks or the command are
wrong."""


@click.command("debug", help=HELP, epilog=EPILOG, short_help="Go through an execution state by state.")
@click.argument("definition")
@click.option("-i", "--input", "given", metavar="JSON|@FILE", help="Input of the execution.  [default: {}]")
@click.option("-H", "--handlers", metavar="MODULE:NAME", help="The aslrun.Resources that serve the tasks.")
@click.option("-m", "--mock", metavar="FILE", help="What tasks answer, by state or resource (JSON or YAML).")
@click.option("-b", "--break", "breaks", multiple=True, metavar="STATE", help="Stop before a state; several possible.")
def debug(definition: str, given: str | None, handlers: str | None, mock: str | None, breaks: tuple[str, ...]) -> int:
    from ..resources.registry import Resources
    from ..testing.stepping import step

    if inputs.STDIN in (definition, given):
        raise Problem("the standard input has the commands: give the definition and the input as files")
    machine = inputs.read_machine(definition, "STANDARD")
    resources = inputs.read_handlers(handlers) if handlers else Resources()
    mocks: Mocks | None = None
    if mock is not None:
        from .mocks import read_mocks

        mocks = read_mocks(mock, machine)
    try:
        stepper = step(machine, inputs.read_input(given), mocks, resources)
        for each in breaks:
            stepper.break_at(each)
    except NotPossible as problem:
        raise Problem(str(problem)) from None
    return Session(stepper, stdout(), sys.stdin).run()


class Session:
    """Commands on the one side, an execution on the other."""

    def __init__(self, stepper: Stepper, terminal: Terminal, commands: TextIO) -> None:
        from .pretty import Pretty

        self.stepper = stepper
        self.terminal = terminal
        self._commands = commands
        self._echo = not commands.isatty()
        self._pretty = Pretty(terminal, stepper.machine)
        self._told = 0
        self._again = ""

    def run(self) -> int:
        """Read commands until the execution is over, or nobody gives any more."""
        name = visible(self.stepper.machine.name)
        title = f"{name} · stepping in virtual time · help lists the commands"
        self.terminal.line(self.terminal.style(title, "strong"))
        self.terminal.line()
        self._tell_stop()
        while not self.stepper.over and (line := self._read()) is not None:
            word, _, rest = line.strip().partition(" ")
            command = _meant(word)
            if command == "quit":
                break
            self._do(command or word, rest.strip())
        return self._end()

    def _read(self) -> str | None:
        """The next command; a line without one does the last step again."""
        self.terminal.stream.write(PROMPT)
        self.terminal.flush()
        line = self._commands.readline()
        if not line:
            self.terminal.line()
            return None
        if self._echo:
            self.terminal.line(visible(line.strip()))
        return line.strip() or self._again

    def _do(self, name: str, rest: str) -> None:
        command = COMMANDS.get(name)
        if command is None:
            meant = near(name, COMMANDS, most=1)
            hint = f"did you mean {meant[0]}?" if meant else "help lists the commands"
            return self._refuse(f"there is no command {name!r}; {hint}") if name else None
        self._again = name if name in ("step", "next", "out", "continue") else ""
        try:
            command[1](self, rest)
        except CallerError as problem:
            self._refuse(str(problem))
        return None

    def _refuse(self, sentence: str) -> None:
        self.terminal.line(self.terminal.style("✗ ", "bad") + visible(sentence))

    # ------------------------------------------------------------------ telling

    def _went(self, stop: Stop) -> None:
        """Tell what has happened, and where it stands now."""
        records = self.stepper.result.records
        new, self._told = list(records)[self._told :], len(records)
        self._pretty.feed(new)
        if not self.stepper.over:
            self._tell_stop()

    def _tell_stop(self) -> None:
        stop, terminal = self.stepper.stop, self.terminal
        state = None if stop.frame is None else stop.frame.state
        place = "".join(f"{visible(each)}: " for each in stop.place)
        type = f" ({state.type})" if state is not None and stop.kind == "state" else ""
        head = f"→ {place}{visible(describe(stop))}{type}"
        terminal.line(terminal.style(head, "strong") + terminal.style(f"   at {duration(self.stepper.elapsed)}", "dim"))
        for name, value in _data(stop):
            terminal.line(
                f"  {name} {cut(visible(json.dumps(value, ensure_ascii=False)), terminal.width - len(name) - 4)}"
            )
        if stop.unanswered:
            why = "nothing else will ever happen" if stop.kind == "waiting" else "it has neither a mock nor a handler"
            self._note(f"{why}: answer JSON, or fail ERROR [CAUSE]")

    def _end(self) -> int:
        stepper = self.stepper
        if not stepper.over:
            self.terminal.line(f"left before the end: {visible(describe(stepper.stop))}")
            return EXIT_SUCCEEDED
        self._pretty.finish()
        tell_end(self.terminal, stepper.result, self._pretty.story, stepper.elapsed, virtual=False, full=False)
        return EXIT_SUCCEEDED if stepper.result.succeeded else EXIT_FAILED

    # ------------------------------------------------------------------ commands

    def step(self, rest: str) -> None:
        """Do what is next, and stop before what follows: also inside a Parallel or Map."""
        self._went(self.stepper.step())

    def next(self, rest: str) -> None:
        """Go on to the next state; do not stop inside this one."""
        self._went(self.stepper.next())

    def out(self, rest: str) -> None:
        """Go on until the Parallel or Map around this place is over."""
        self._went(self.stepper.out())

    def go_on(self, rest: str) -> None:
        """Run to the next breakpoint, or to the end."""
        self._went(self.stepper.go_on())

    def break_at(self, rest: str) -> None:
        """Stop before STATE (*: each), if a condition like $.total > 50 holds."""
        state, _, condition = _unquoted(rest).partition(" if ")
        if not state:
            return self.list_breaks("")
        self.stepper.break_at(state.strip(), condition.strip() or None)
        self.terminal.line(f"  {len(self.stepper.breakpoints)}: before {visible(rest)}")
        return None

    def list_breaks(self, rest: str) -> None:
        """List the breakpoints."""
        for number, each in enumerate(self.stepper.breakpoints, 1):
            self.terminal.line(f"  {number}: before {visible(each.state)}{' if …' if each.when else ''}")
        if not self.stepper.breakpoints:
            self.terminal.line("  there is none: break STATE [if PATH == JSON]")

    def delete(self, rest: str) -> None:
        """Take the breakpoint with this number away."""
        if not rest.isdecimal() or not 0 < int(rest) <= len(self.stepper.breakpoints):
            raise NotPossible(f"delete takes the number of a breakpoint, 1 to {len(self.stepper.breakpoints)}")
        del self.stepper.breakpoints[int(rest) - 1]

    def print(self, rest: str) -> None:
        """Show what PATH leads to: $.total, $name (a variable), $$ (the context); the input, if left out."""
        stop = self.stepper.stop
        value = stop.arguments if rest == "arguments" else self.stepper.look(rest or "$")
        for line in json_text(value, self.terminal).split("\n"):
            self.terminal.line(f"  {line}")

    def set(self, rest: str) -> None:
        """Change the input, or a variable: set $.total 8, set $name "x"."""
        path, _, text = rest.partition(" ")
        self.stepper.put(path, _json(text, "set PATH JSON"))
        self._tell_stop()

    def answer(self, rest: str) -> None:
        """The task succeeds with this result, and is not called."""
        self._went(self.stepper.answer(_json(rest, "answer JSON")))

    def fail(self, rest: str) -> None:
        """The task fails with this error and cause, and is not called."""
        error, _, cause = rest.partition(" ")
        if not error:
            raise NotPossible("fail takes the name of an error, and a cause: fail CardDeclined over the limit")
        self._went(self.stepper.fail(error, cause.strip() or None))

    def where(self, rest: str) -> None:
        """Show every thread of control, and what it does."""
        here = self.stepper.stop.frame
        for run, frame in self.stepper.where():
            depth = 0
            above = frame.parent
            while above is not None:
                depth, above = depth + 1, above.parent
            number = "" if frame.parent is None else f"[{frame.index}] "
            mark = "→" if frame is here else "·"
            what = f"{number}{visible(frame.state.name)} ({frame.state.type}){_doing(run.execution.tasks, frame)}"
            self.terminal.line(f"  {'  ' * depth}{mark} {what}")

    def show(self, rest: str) -> None:
        """Show the definition of this state, or of the one that is named."""
        name = _unquoted(rest) or self.stepper.stop.state
        state = self.stepper.machine.states.get(name)
        if state is None:
            raise NotPossible(f"there is no state {name!r}")
        shown: dict[str, JSON] = {name: dict(state.document)}
        for line in json_text(shown, self.terminal).split("\n"):
            self.terminal.line(f"  {line}")

    def help(self, rest: str) -> None:
        """List the commands."""
        for name, (usage, command) in COMMANDS.items():
            short = f"{usage}, {SHORT[name]}" if name in SHORT else usage
            indent = USAGE if self.terminal.width - USAGE >= ROOM else 6  # below the usage where there is no room
            first, *others = wrapped((command.__doc__ or "").strip(), self.terminal.width - indent)
            if indent == USAGE:
                self.terminal.line(f"  {padded(short, USAGE - 4)}  {first}")
            else:
                self.terminal.line(f"  {short}")
                others = [first, *others]
            for line in others:
                self.terminal.line(" " * indent + line)
        self._note("An empty line does the last step again.")
        self._note("A name may be cut short while it is clear.")

    def _note(self, sentence: str) -> None:
        for line in wrapped(sentence, self.terminal.width - 2):
            self.terminal.line(f"  {line}")

    def quit(self, rest: str) -> None:
        """Leave."""


Command = Callable[[Session, str], None]

COMMANDS: Mapping[str, tuple[str, Command]] = {
    "step": ("step", Session.step),
    "next": ("next", Session.next),
    "out": ("out", Session.out),
    "continue": ("continue", Session.go_on),
    "break": ("break STATE [if PATH == JSON]", Session.break_at),
    "breaks": ("breaks", Session.list_breaks),
    "delete": ("delete NUMBER", Session.delete),
    "print": ("print [PATH|arguments]", Session.print),
    "set": ("set PATH JSON", Session.set),
    "answer": ("answer JSON", Session.answer),
    "fail": ("fail ERROR [CAUSE]", Session.fail),
    "where": ("where", Session.where),
    "list": ("list [STATE]", Session.show),
    "help": ("help", Session.help),
    "quit": ("quit", Session.quit),
}
SHORT = {"step": "s", "next": "n", "continue": "c", "break": "b", "print": "p", "where": "w", "list": "l", "quit": "q"}


def _meant(word: str) -> str | None:
    """The command that a word is, or is short for."""
    if word in COMMANDS:
        return word
    known = {short: name for name, short in SHORT.items()}
    if word in known:
        return known[word]
    found = [name for name in COMMANDS if word and name.startswith(word)]
    return found[0] if len(found) == 1 else None


def _unquoted(text: str) -> str:
    """A name may stand in quotes."""
    if not text.startswith('"'):
        return text
    name, closing, after = text[1:].partition('"')
    return name + after if closing else text


def _json(text: str, usage: str) -> JSON:
    try:
        return json.loads(text)  # type: ignore[no-any-return]
    except ValueError:
        raise NotPossible(f'{text or "nothing"} is no JSON: {usage}, text as "text"') from None


def _data(stop: Stop) -> Iterator[tuple[str, JSON]]:
    """What is worth seeing at a stop."""
    if stop.kind in ("state", "retry"):
        yield "input", stop.input
    elif stop.task is not None:
        yield "arguments", stop.arguments
    if stop.variables:
        yield "variables", dict(stop.variables)


def _doing(tasks: Mapping[int, object], frame: Frame) -> str:
    if frame.task in tasks:
        return ", its task is open"
    if frame.phase == RETRY:
        return ", to be tried again"
    if frame.wake is not None:
        return ", waits"
    return ", inside" if frame.join is not None else ""
