"""A run as a story: what happened when, told in the words of the definition, and written as a test that can be run.

Rules that a change must keep:

1. A story is its input and its moves: plain data, which ``play`` tells again from the beginning.
2. What is printed is the same in every run: no ids, no wall clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..definition.model import Machine
from ..engine.history import HistoryEvent, Record, render
from ..runtime.simulate import Definition, loaded
from ..values import JSON, to_text
from .invariant import Invariant
from .outcomes import Outcome, Outcomes
from .path_tree import shortened
from .walk import End, Fact, Impossible, Move, MoveKind, begin, setting_of

_KEYS: Mapping[str, MoveKind] = {"begin": "begin", "beat": "beat", "silence": "silence"}


@dataclass(frozen=True, slots=True)
class Step:
    """What one move made happen: ``at`` in seconds since the start, the states that were ``entered`` by it."""

    at: float
    move: Move | None
    entered: tuple[str, ...]

    def __str__(self) -> str:
        told = [] if self.move is None or self.move.kind == "time" else [str(self.move)]
        states = f"→ {', '.join(self.entered)}" if self.entered else ""
        if self.move is not None and self.move.kind == "time" and not self.entered:
            told = ["time passes"]
        return f"{self.at:>9,.6g} s  {' '.join([*told, states]).strip()}"


@dataclass(frozen=True, slots=True, repr=False)
class Story:
    """One run from its beginning; ``broken`` says which invariant it breaks, and how."""

    machine: Machine
    input: JSON
    moves: tuple[Move, ...]
    steps: tuple[Step, ...]
    end: End
    records: tuple[Record, ...]
    facts: tuple[Fact, ...] = ()
    broken: str = ""
    reason: str = ""
    assertion: str = ""

    @property
    def history(self) -> list[HistoryEvent]:
        """The events of GetExecutionHistory, rendered now."""
        return list(render(self.records))

    @property
    def path(self) -> list[str]:
        """Names of the states in the order in which they were entered."""
        return list(_entered(self.records))

    def __repr__(self) -> str:
        return f"<Story of {self.machine.name}: {len(self.moves)} moves, {self.end!r}>"

    def __str__(self) -> str:
        head = [f"{self.broken} is broken: {self.reason}", ""] if self.broken else []
        lines = [*head, f"input {shortened(to_text(self.input), 400)}", *map(str, self.steps), _ending(self.end)]
        return "\n".join(lines)

    def as_test(self, definition: str = "machine.asl.json", name: str = "the_story_goes_on_like_this") -> str:
        """A test of pytest that tells the story again; what it asserts is what the invariant asks for."""
        return as_tests([self], definition, name)

    def _body(self, definition: str, name: str) -> str:
        moves = [_literal(move_to_json(move), 12) for move in self.moves]
        arguments = [f"        {definition!r}", _literal(self.input, 8), "\n".join(["        [", *_closed(moves)])]
        joined = ",\n".join(arguments)
        return f"\n\ndef test_{name}():\n    story = play(\n{joined},\n    )\n    assert {self._asserted}\n"

    @property
    def _asserted(self) -> str:
        return self.assertion or f"story.end.status == {self.end.status!r}"

    def to_document(self) -> dict[str, JSON]:
        """The story as JSON: what ``play`` needs, and what it shows."""
        return {
            "broken": self.broken,
            "reason": self.reason,
            "input": self.input,
            "moves": [move_to_json(move) for move in self.moves],
            "end": {"status": self.end.status, "error": self.end.error, "cause": self.end.cause},
            "story": [*str(self).splitlines()],
        }


def as_tests(stories: Sequence[Story], definition: str = "machine.asl.json", name: str = "story") -> str:
    """A file of tests, one for each story."""
    names = {"play"}.union(*(_calls(story._asserted) for story in stories))
    numbered = [name] if len(stories) == 1 else [f"{name}_{number}" for number in range(1, len(stories) + 1)]
    bodies = [story._body(definition, each) for story, each in zip(stories, numbered, strict=True)]
    return f"from aslrun.testing import {', '.join(sorted(names))}\n" + "".join(bodies)


def _calls(assertion: str) -> set[str]:
    """The name that an assertion needs to be imported."""
    name = assertion.partition("(")[0]
    return {name} if assertion.endswith(".holds_in(story)") else set()


def _ending(end: End) -> str:
    told = [part for part in (end.status, end.error, end.cause) if part and part != "RUNNING"] or ["…"]
    return f"{end.elapsed:>9,.6g} s  {shortened(': '.join(told), 200)}"


# --------------------------------------------------------------------------- moves as data


def move_to_json(move: Move) -> JSON:
    """A move as JSON; time passing is ``"time"``.

    >>> move_to_json(Move("answer", "Charge", Outcome(error="CardBusy")))
    {'state': 'Charge', 'error': 'CardBusy'}
    """
    if move.kind == "time":
        return "time"
    nth: dict[str, JSON] = {"nth": move.nth} if move.nth else {}
    if move.kind != "answer":
        return {move.kind: move.state, **nth}
    outcome = move.outcome or Outcome()
    if outcome.error is None:
        return {"state": move.state, "result": outcome.result, **nth}
    cause: dict[str, JSON] = {} if outcome.cause is None else {"cause": outcome.cause}
    return {"state": move.state, "error": outcome.error, **cause, **nth}


def move_from_json(document: JSON) -> Move:
    """The move that ``move_to_json`` wrote. Raises ``ValueError`` for anything else.

    >>> str(move_from_json({"state": "Charge", "error": "CardBusy"}))
    'Charge fails with CardBusy'
    """
    if document == "time":
        return Move("time")
    if isinstance(document, dict):
        nth = document.get("nth", 0)
        place = nth if isinstance(nth, int) else 0
        for key, kind in _KEYS.items():
            if key in document:
                return Move(kind, str(document[key]), None, place)
        if "state" in document and document.keys() & {"result", "error"}:
            error, cause = document.get("error"), document.get("cause")
            texts = (None if error is None else str(error), None if cause is None else str(cause))
            return Move("answer", str(document["state"]), Outcome(document.get("result"), *texts), place)
    raise ValueError(f'a move is "time", or an object with state and result or error, not {json.dumps(document)}')


def _literal(value: JSON, indent: int) -> str:
    """A value as Python writes it, on lines that are not too long."""
    from pprint import pformat  # imported here: only what is broken is written

    text = pformat(value, width=110 - indent, sort_dicts=False)
    return "\n".join(" " * indent + line for line in text.splitlines())


def _closed(moves: list[str]) -> list[str]:
    return [*(f"{move}," for move in moves), "        ]"]


# --------------------------------------------------------------------------- playing


def play(machine: Definition, input: JSON = None, moves: Iterable[JSON | Move] = (), *, seed: int = 0) -> Story:
    """Tell a story: an execution with this input, to which these moves happen in this order.

    ``machine`` is a loaded one or whatever ``load`` takes. A move is ``"time"`` (it passes to the next deadline),
    ``{"state": ..., "result": ...}``, ``{"state": ..., "error": ..., "cause": ...}``, or ``{"begin": state}`` where a
    worker takes a task of an activity; ``nth`` tells open tasks of one state apart, from 0. Raises ``Impossible``, a
    ``ValueError``, where the execution does not stand where the move belongs, ``InvalidDefinition`` as ``load`` does.

    >>> wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}
    >>> print(play(wait, {"id": 7}, ["time"]))
    input {"id":7}
            0 s  → W
           60 s  time passes
           60 s  SUCCEEDED
    """
    known = loaded(machine)
    given = tuple(each if isinstance(each, Move) else move_from_json(each) for each in moves)
    return told(known, input, given, seed=seed)


def told(
    machine: Machine,
    input: JSON,
    moves: Sequence[Move],
    *,
    seed: int = 0,
    broken: Invariant | None = None,
    reason: str = "",
) -> Story:
    """The story of a run."""
    walk = begin(setting_of(machine, Outcomes(machine), seed=seed), input)
    steps, records, facts = [_step(0.0, None, walk.records)], list(walk.records), list(walk.facts)
    for number, move in enumerate(moves, 1):
        try:
            walk.go(move)
        except Impossible as problem:
            raise Impossible(f"move {number}: {problem}") from None
        records += walk.records
        facts += walk.facts
        steps.append(_step(walk.elapsed, move, walk.records))
    story = Story(machine, input, tuple(moves), tuple(steps), walk.end(), tuple(records), tuple(facts))
    if broken is None:
        return story
    return replace(story, broken=broken.name, reason=reason, assertion=broken.assertion())


def _step(at: float, move: Move | None, records: Iterable[Record]) -> Step:
    return Step(at, move, tuple(_entered(records)))


def _entered(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if record[0].endswith("StateEntered"):
            yield record[3]
