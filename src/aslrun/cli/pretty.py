"""The pretty view: the path of an execution, a line for each state, in the order of a tree and as soon as it is known.

Lines are only ever added. A step is told when it is over, a Parallel or Map state when it begins and again when it
ends; what happens beside the lane that is being told waits until its turn comes. So the same execution gives the same
text, whether it was watched or read afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from .causes import one_line
from .lanes import Attempt, Lane, Round, Step
from .story import Story
from .terminal import ROOM, Style, Terminal, columns, counted, cut, duration, padded, unstyled, visible, wrapped

if TYPE_CHECKING:
    from ..definition.model import Machine, Program
    from ..engine.history import Record

TIME = 7  # columns of the time since the start
WIDEST_NAME, NARROWEST_NAME = 34, 12
TYPE = len("Parallel")
LONGEST_LIST = 5  # iterations that are all told; of more, the first SHOWN, and as many that failed
SHOWN = 3
ERROR_LINES = 3

_ENDS: dict[str | None, tuple[str, Style]] = {
    "done": ("✓", "good"),
    "caught": ("✗", "warn"),
    "failed": ("✗", "bad"),
    "stopped": ("–", "dim"),
    None: ("…", "warn"),
}


class Pretty:
    """Writes the story of one execution to a terminal.

    ``virtual``: time is simulated, so waits are skipped and only what took time says so. ``mocked`` are the states
    whose answers come from a file. ``full`` leaves nothing out.
    """

    def __init__(
        self,
        terminal: Terminal,
        machine: Machine,
        *,
        virtual: bool = True,
        mocked: Collection[str] = (),
        full: bool = False,
    ) -> None:
        self.story = Story(machine)
        self._terminal = terminal
        self._virtual = virtual
        self._mocked = mocked
        self._full = full
        self._states = machine.states
        self._name_width = min(_widest(machine.program), WIDEST_NAME)
        self._told: dict[Lane | Step | Round, int] = {}
        self._prefixes: dict[Lane, tuple[str, str]] = {self.story.root: ("", "")}
        self._begun: set[Lane | Step | Round] = set()
        self._final = False

    def feed(self, records: Iterable[Record]) -> None:
        """Tell what has happened."""
        self.story.feed(records)
        self._lane(self.story.root)
        self._terminal.flush()

    def finish(self) -> None:
        """Nothing will come any more: tell what is still open as it stands."""
        self._final = True
        self._lane(self.story.root)
        self._terminal.flush()

    def progress(self, elapsed: float) -> str:
        """One line on what is going on."""
        steps = list(self.story.open_steps())
        if not steps:
            return ""
        first = steps[0]
        others = f" and {counted(len(steps) - 1, 'other')}" if len(steps) > 1 else ""
        what = f" waits for {first.waits_for}" if first.type == "Task" else ""
        return f"{duration(elapsed):>{TIME}}  … {visible(first.name)}{others}{what}"

    # ------------------------------------------------------------------ the order of telling

    def _lane(self, lane: Lane) -> bool:
        """Tell a lane as far as it is known; whether that is all of it."""
        while (index := self._told.get(lane, 0)) < len(lane.steps):
            if not self._step(lane, lane.steps[index]):
                return False
            self._told[lane] = index + 1
        return lane.over

    def _step(self, lane: Lane, step: Step) -> bool:
        if step.rounds and step.rounds[-1].total and not step.distributed:
            return self._container(lane, step)
        needs_next = step.type == "Choice" or step.end == "caught"
        known = step.end is not None and (step.next is not None or lane.over or not needs_next)
        if known or self._final:
            self._tell_step(lane, step)
        return known or self._final

    def _container(self, lane: Lane, step: Step) -> bool:
        if step not in self._begun:
            self._begun.add(step)
            self._tell_beginning(lane, step)
        while (number := self._told.get(step, 0)) < len(step.rounds):
            over = number + 1 < len(step.rounds) or step.end is not None or self._final
            if number and step.rounds[number] not in self._begun:
                self._begun.add(step.rounds[number])
                self._tell_retry(lane, step, number)
            if not self._round(lane, step, step.rounds[number], over):
                return False
            self._told[step] = number + 1
        known = step.end is not None and (step.next is not None or step.end != "caught" or lane.over)
        if known or self._final:
            self._tell_end(lane, step)
        return known or self._final

    def _round(self, parent: Lane, step: Step, round: Round, over: bool) -> bool:
        """The lanes of a round in their order; long ones shortened."""
        shown = round.total if self._full or round.total <= LONGEST_LIST else SHOWN
        while (index := self._told.get(round, 0)) < shown:
            lane = round.lanes.get(index)
            if lane is not None and not self._child(parent, step, round, lane) and not over:
                return False
            if lane is None and not over:
                return False
            self._told[round] = index + 1
        if over and shown < round.total:
            self._tell_rest(parent, step, round, shown)
        return over

    def _child(self, parent: Lane, step: Step, round: Round, lane: Lane) -> bool:
        if lane not in self._prefixes:
            label = f"[{lane.index}]".ljust(len(str(round.total - 1)) + 3) if step.type == "Map" else ""
            rest = self._prefixes[parent][1]
            self._prefixes[lane] = (f"{rest}├ {label}", f"{rest}│ {' ' * len(label)}")
        return self._lane(lane)

    def _tell_rest(self, parent: Lane, step: Step, round: Round, shown: int) -> None:
        """Some of those that failed, and how many there are besides."""
        hidden = [lane for index, lane in round.lanes.items() if index >= shown]
        failed = [lane for lane in hidden if lane.failed]
        for lane in failed[:SHOWN]:
            self._child(parent, step, round, lane)
        count = round.total - shown - len(failed[:SHOWN])
        parts = [
            *_count(len(failed) - len(failed[:SHOWN]), "failed"),
            *_count(sum(lane.over and not lane.failed and not _was_stopped(lane) for lane in hidden), "done"),
            *_count(sum(_was_stopped(lane) for lane in hidden), "stopped"),
            *_count(round.total - shown - len(hidden), "not started"),
        ]
        note = f": {', '.join(parts)}" if len(parts) > 1 or (parts and not parts[0].endswith("done")) else ""
        self._note(None, f"{self._prefixes[parent][1]}├ ", self._terminal.style(f"… {count:,} more{note}", "dim"))

    # ------------------------------------------------------------------ lines

    def _tell_step(self, lane: Lane, step: Step) -> None:
        self._state_line(lane, step, *_ENDS[step.end], self._facts(step))
        for number, attempt in enumerate(step.attempts):
            if attempt.failed:
                self._tell_attempt(lane, step, number, attempt)

    def _tell_beginning(self, lane: Lane, step: Step) -> None:
        self._state_line(lane, step, "▾", "plain", [self._size(step)])

    def _tell_attempt(self, lane: Lane, step: Step, number: int, attempt: Attempt) -> None:
        following = step.attempts[number + 1] if number + 1 < len(step.attempts) else None
        tail = ""
        if following is not None:
            since = max((index for index in range(number + 1) if step.attempts[index].redriven), default=0)
            what = "redriven" if following.redriven else f"retry {number + 1 - since}"
            tail = f"{what} after {duration(following.at - (attempt.ended or attempt.at))}"
        mark, style = ("✗", _ENDS[step.end][1]) if following is None else ("↻", "warn")
        prefix = f"{self._prefixes[lane][1]}  {self._terminal.style(mark, style)} "
        self._note(attempt.ended, prefix, one_line(attempt.error, attempt.cause), tail)

    def _tell_retry(self, lane: Lane, step: Step, number: int) -> None:
        round, error = step.rounds[number], _error_of(step.rounds[number - 1])
        mark = self._terminal.style("↻", "warn")
        text = f"{visible(error or 'failed')} · retry {number} after {duration(round.pause)}"
        self._note(round.at, f"{self._prefixes[lane][1]}├ {mark} ", text)

    def _tell_end(self, lane: Lane, step: Step) -> None:
        mark, style = _ENDS[step.end]
        facts = {"done": "done", "stopped": "stopped", "caught": "failed", "failed": "failed"}.get(
            step.end or "", "open"
        )
        if step.end in ("caught", "failed") and (error := step.error or _error_of(step.rounds[-1])):
            facts = f"failed · {error}"
        took = self._took(step)
        text = " · ".join([facts, *([took] if took else []), *_caught(step)])
        self._note(step.ended, f"{self._prefixes[lane][1]}╰ {self._terminal.style(mark, style)} ", text)

    def _state_line(self, lane: Lane, step: Step, mark: str, style: Style, facts: Iterable[str]) -> None:
        first, rest = self._prefixes[lane]
        prefix = rest if lane in self._begun else first
        self._begun.add(lane)
        room = self._name_width - columns(prefix)
        name = padded(cut(visible(step.name), max(room, NARROWEST_NAME)), room)
        kind = self._terminal.style(padded(step.type, TYPE), "dim")
        head = f"{prefix}{self._terminal.style(mark, style)} {name}  {kind}  "
        indent = columns(head)
        if self._terminal.width - TIME - 2 - indent < ROOM:  # what there is to say goes below
            indent = columns(prefix) + 4
            self._line(step.at, f"{prefix}{self._terminal.style(mark, style)} {name.rstrip()}  {kind}")
            lines = [line for line in _laid_out(facts, self._room(indent)) if line]
        else:
            first, *lines = _laid_out(facts, self._room(indent))
            self._line(step.at, head + first)
        for line in lines:
            self._line(None, padded(rest, indent) + line)

    def _note(self, at: float | None, prefix: str, text: str, tail: str = "") -> None:
        """A line below or between states; a long text goes on in further lines, ``ERROR_LINES`` of them at most."""
        room = self._room(columns(prefix))
        lines = wrapped(text, room)
        if len(lines) > ERROR_LINES and not self._full:
            lines = [*lines[: ERROR_LINES - 1], cut(" ".join(lines[ERROR_LINES - 1 :]), room)]
        if tail and columns(lines[-1]) + columns(tail) + 3 > room:
            lines.append(tail)
        elif tail:
            lines[-1] += f" · {tail}"
        self._line(at, prefix + lines[0])
        for line in lines[1:]:
            self._line(None, _hanging(prefix) + line)

    def _line(self, at: float | None, text: str) -> None:
        time = "" if at is None else duration(at - self.story.started)
        self._terminal.line(f"{self._terminal.style(f'{time:>{TIME}}', 'dim')}  {text}")

    def _room(self, used: int) -> int:
        return max(self._terminal.width - TIME - 2 - used, ROOM)

    # ------------------------------------------------------------------ facts

    def _facts(self, step: Step) -> Iterator[str]:
        """What there is to say about a step beside its name and type."""
        yield from _OF_TYPE.get(step.type, _nothing)(self, step)
        if step.end == "failed" and not step.attempts and step.type != "Fail":
            yield "failed"
        elif step.end == "stopped":
            yield "stopped"
        elif step.end is None:
            yield f"waits for {step.waits_for}" if step.type == "Task" else "not finished"
        yield from _caught(step)

    def _task(self, step: Step) -> Iterator[str]:
        if step.resource:
            yield visible(step.resource)
        if took := self._took(step):
            yield took
        if step.name in self._mocked:
            yield "mocked"

    def _wait(self, step: Step) -> Iterator[str]:
        if step.end == "done":
            took = (step.ended or step.at) - step.at
            yield f"{duration(took)}, skipped" if self._virtual and took else duration(took)

    def _choice(self, step: Step) -> Iterator[str]:
        if step.next is not None and step.end == "done":
            yield f"→ {visible(step.next)}"

    def _fail(self, step: Step) -> Iterator[str]:
        error = step.error or self._states[step.name].document.get("Error")
        if isinstance(error, str):
            yield visible(error)

    def _container_facts(self, step: Step) -> Iterator[str]:
        if size := self._size(step):
            yield size
        if took := self._took(step):
            yield took

    def _size(self, step: Step) -> str:
        if not step.rounds:
            return ""
        text = counted(step.rounds[-1].total, "branch" if step.type == "Parallel" else "item")
        return f"{text}, distributed" if step.distributed else text

    def _took(self, step: Step) -> str:
        took = (step.ended or step.at) - step.at
        least = 0 if self._virtual else 0.001
        return duration(took) if took > least else ""


def _nothing(pretty: Pretty, step: Step) -> Iterator[str]:
    yield from ()


_OF_TYPE: dict[str, Callable[[Pretty, Step], Iterator[str]]] = {
    "Task": Pretty._task,
    "Wait": Pretty._wait,
    "Choice": Pretty._choice,
    "Fail": Pretty._fail,
    "Parallel": Pretty._container_facts,
    "Map": Pretty._container_facts,
}


def _laid_out(facts: Iterable[str], room: int) -> list[str]:
    """Facts beside each other, and below where there is no room left."""
    lines = [""]
    for fact in facts:
        joined = f"{lines[-1]} · {fact}" if lines[-1] else fact
        if lines[-1] and columns(joined) > room:
            lines.append(fact)
        else:
            lines[-1] = joined
    return lines


def _caught(step: Step) -> list[str]:
    return [f"caught → {visible(step.next)}"] if step.end == "caught" and step.next else []


def _count(count: int, what: str) -> list[str]:
    return [f"{count:,} {what}"] if count > 0 else []


def _was_stopped(lane: Lane) -> bool:
    return bool(lane.steps) and lane.steps[-1].end == "stopped"


def _error_of(round: Round) -> str | None:
    """The error that ended a round, where the history says it: that of the innermost step that failed."""
    for lane in round.lanes.values():
        if lane.failed and lane.steps:
            step = lane.steps[-1]
            if step.rounds:
                return _error_of(step.rounds[-1])
            return step.attempts[-1].error if step.attempts else step.error
    return None


def _hanging(prefix: str) -> str:
    """What stands before the further lines of a text: the bars of the tree go on."""
    return "".join("│" if character in "├│" else " " for character in unstyled(prefix))


def _widest(program: Program, indent: int = 0) -> int:
    """Columns that the names of all states take, with the bars before them."""
    widest = 0
    for state in program.states.values():
        inner = indent + 2 + (4 if state.type == "Map" else 0)
        widest = max(
            widest, indent + columns(visible(state.name)), *(_widest(each, inner) for each in state.programs()), 0
        )
    return widest
