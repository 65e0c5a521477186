"""What keeps a command from starting, told so that the reader can mend it; always exit code 2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..testing.nearest import near as near
from .terminal import Style, Terminal, columns, counted, cut, visible

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..errors import Diagnostic, InvalidDefinition
    from ..resources.task_reference import MissingHandler

EXIT_USAGE = 2
SHOWN = 20  # problems of one document


class Row(NamedTuple):
    """Something and what there is to say of it, from column ``width`` on."""

    head: str
    text: str
    width: int


class Problem(Exception):
    """A mistake of whoever gave the command: one sentence, and lines that help.

    A line that begins with a blank (code, a mark under a place) stays as it is; another is broken for a person.
    """

    def __init__(self, sentence: str, *help: str | Row) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.help = help

    def tell(self, terminal: Terminal) -> None:
        """Write it down."""
        terminal.sentence("✗", "bad", self.sentence)
        if self.help:
            terminal.line()
        for line in self.help:
            if isinstance(line, Row):
                terminal.row(line.head, "plain", line.text, line.width)
            elif line[:1] == " ":
                terminal.line(line)
            else:
                terminal.paragraph(line)


class InvalidDocument(Problem):
    """A definition or a mock file with mistakes in it, each shown at its place."""

    def __init__(self, what: str, source: str, diagnostics: Sequence[Diagnostic], text: str | None = None) -> None:
        super().__init__(f"{source} is not {what}: {counted(len(diagnostics), 'problem')}")
        self.source = source
        self.diagnostics = diagnostics
        self.text = text

    def tell(self, terminal: Terminal) -> None:
        super().tell(terminal)
        lines = lines_of(self.source, self.text)
        for each in self.diagnostics[:SHOWN]:
            terminal.line()
            terminal.sentence(self._place(each), "strong", visible(_message(each)))
            for line in excerpt(each, lines, terminal):
                terminal.line(line)
        if len(self.diagnostics) > SHOWN:
            terminal.line(f"\n… {len(self.diagnostics) - SHOWN:,} more")

    def _place(self, each: Diagnostic) -> str:
        return f"{self.source}:{each.line}:{each.column}:" if each.line is not None else f"{self.source}:"


def lines_of(source: str, text: str | None = None) -> list[str]:
    """The lines of a text, or of the file it is in; none if that cannot be read."""
    try:
        if text is None:
            with open(source, encoding="utf-8-sig", newline="") as file:
                text = file.read()
    except (OSError, ValueError):
        return []
    return text.split("\n")


def invalid_definition(error: InvalidDefinition, source: str, text: str | None = None) -> Problem:
    """A definition that cannot run; one that cannot be read is simpler to tell."""
    if len(error.diagnostics) == 1 and error.diagnostics[0].code == "UNREADABLE_FILE":
        return Problem(f"{source} {error.diagnostics[0].message}")
    return InvalidDocument("a state machine that can run", source, error.diagnostics, text)


def _message(each: Diagnostic) -> str:
    return f"{each.path}: {each.told}" if each.path else each.told


def excerpt(each: Diagnostic, lines: Sequence[str], terminal: Terminal, style: Style = "bad") -> list[str]:
    """The line of the document, and a mark under the place."""
    if each.line is None or each.column is None or not 0 < each.line <= len(lines):
        return []
    line = lines[each.line - 1]
    room = terminal.width - 20
    before = visible(line[max(0, each.column - 1 - room) : each.column - 1])
    while columns(before) > room:
        before = before[1:]
    shown = cut(before + visible(line[each.column - 1 : each.column + terminal.width]), terminal.width - 10)
    number = terminal.style(f"{each.line:>6} │ ", "dim")
    mark = terminal.style("^", style)
    return [f"{number}{shown}", f"{'':6} {terminal.style('│', 'dim')} {' ' * columns(before)}{mark}"]


def unfilled_placeholders(source: str, places: Mapping[str, Sequence[str]], *, may_be_text: bool) -> Problem:
    """Every placeholder with its places, and the ways out."""
    width = max(columns(name) for name in places) + 3
    rows = [
        Row(f"${{{name}}}" if number == 0 else "", visible(path), width)
        for name, paths in places.items()
        for number, path in enumerate(paths)
    ]
    more = [f"  … {len(rows) - SHOWN:,} more places"] if len(rows) > SHOWN else []
    ways = [f"Give values: --substitutions {next(iter(places))}=VALUE, or a file with an object of names and values."]
    if may_be_text:
        ways.append("One that is meant as text, such as a variable of a shell, stays with --as-text NAME.")
    head = f"{source} has {counted(len(places), 'placeholder')} that nothing fills"
    return Problem(head, *rows[:SHOWN], *more, "", *ways)


def missing_handlers(machine: Machine, missing: Sequence[MissingHandler], has_mocks: bool) -> Problem:
    """Tasks that nothing answers, and how to give an answer."""
    verb = "has" if len(missing) == 1 else "have"
    lacking = "neither a mock nor a handler" if has_mocks else "no handler"
    width = max(columns(each.location) for each in missing)
    rows = [row for each in missing for row in _missing_rows(machine, each, width)]
    keys = dict.fromkeys(_mock_key(machine, each) for each in missing)
    example = ",\n".join(f'    "{key}": {{"result": {{}}}}' for key in list(keys)[:3])
    return Problem(
        f"{counted(len(missing), 'task')} of {machine.name} {verb} {lacking}",
        *rows,
        "",
        "Serve them with --handlers MODULE:NAME (an aslrun.Resources),",
        "or answer them from a file with --mock FILE:",
        "",
        *f"  {{\n{example}\n  }}".split("\n"),
    )


def _missing_rows(machine: Machine, each: MissingHandler, width: int) -> list[Row]:
    called = visible(_function(machine, each.location) or _resource(machine, each.location))
    return [Row(visible(each.location), called, width), *(Row("", f"near: {name}", width) for name in each.near)]


def _mock_key(machine: Machine, each: MissingHandler) -> str:
    """What a mock file would call the task: the state, or the function behind ``lambda:invoke``."""
    function = _function(machine, each.location)
    return each.location if function is None else f"arn:aws:lambda:*:*:function:{function.rpartition(':')[2]}"


def _resource(machine: Machine, state: str) -> str:
    return str(machine.states[state].document["Resource"])


def _function(machine: Machine, state: str) -> str | None:
    """The function that a state calls by ``lambda:invoke``, where the definition names it."""
    document = machine.states[state].document
    arguments = document.get("Parameters", document.get("Arguments"))
    name = arguments.get("FunctionName") if isinstance(arguments, dict) else None
    return name if isinstance(name, str) and ":lambda:invoke" in _resource(machine, state) else None
