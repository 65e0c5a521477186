"""What of a state machine can be covered: its items, each with a place in the definition and words for a person.

Rules that a change must keep:

1. An item is something that a test can reach by what it gives: an input, an answer, or time.
2. The key of an item names it for ever: it stands in data files, and hits of two processes are added up by it.
3. An arrow of the graph that a rule, a Default or a catcher draws is that rule, Default or catcher, and counted once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ...definition.model import ChoiceState, MapState, State
from ...values import JSON, to_text

if TYPE_CHECKING:
    from ...definition.model import Decision, Machine, Program

Kind: TypeAlias = Literal["state", "transition", "choice rule", "retrier", "catcher", "map size", "time-out"]
KINDS: tuple[Kind, ...] = ("state", "transition", "choice rule", "retrier", "catcher", "map size", "time-out")
Location: TypeAlias = tuple[str | int, ...]

SIZES = ("no item", "one item", "many items")
LONGEST_RULE = 72  # characters of a rule in words


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to cover. ``location`` is the way to it in the definition, ``text`` says what it is, and ``target`` is
    the state that it leads to, if it is an arrow."""

    key: str
    kind: Kind
    state: str
    text: str
    location: Location
    target: str | None = None


def key_of(state: str, what: Decision, detail: int = 0) -> str:
    """The key of the item that a decision covers.

    >>> key_of("Route", "rule", 1), key_of("Each", "items", 250), key_of("", "due")
    ('rule:1:Route', 'items:2:Each', 'due:0:')
    """
    return f"{what}:{min(detail, 2) if what == 'items' else detail}:{state}"


def items_of(machine: Machine) -> list[Item]:
    """Everything that can be covered, in the order of the definition.

    >>> from aslrun import load
    >>> wait = {"Type": "Wait", "Seconds": 1, "Next": "End"}
    >>> [item.text for item in items_of(load({"StartAt": "W", "States": {"W": wait, "End": {"Type": "Succeed"}}}))]
    ['W', 'W → End', 'End']
    """
    found = list(_of_program(machine.program, ()))
    if machine.timeout is not None:
        found.append(Item(key_of("", "due"), "time-out", "", "the machine times out", ("TimeoutSeconds",)))
    return found


def _of_program(program: Program, location: Location) -> Iterator[Item]:
    for state in program.states.values():
        here = (*location, "States", state.name)
        yield Item(key_of(state.name, "entered"), "state", state.name, state.name, here)
        yield from _of_state(state, here)
        for place, inner in zip(_nested(state), state.programs(), strict=True):
            yield from _of_program(inner, (*here, *place))


def _nested(state: State) -> Iterator[Location]:
    """Where the nested machines of a state are."""
    if isinstance(state, MapState):
        yield ("ItemProcessor" if "ItemProcessor" in state.document else "Iterator",)
    else:
        yield from (("Branches", index) for index in range(len(state.programs())))


def _of_state(state: State, here: Location) -> Iterator[Item]:
    name = state.name
    if isinstance(state, ChoiceState):
        yield from _of_choice(state, here)
    elif state.next is not None:
        text = f"{name} → {state.next.name}"
        yield Item(key_of(name, "next"), "transition", name, text, (*here, "Next"), state.next.name)
    for index, retrier in enumerate(state.retriers):
        text = f"{name} is retried after {_names(retrier.error_equals)}"
        yield Item(key_of(name, "retrier", index), "retrier", name, text, (*here, "Retry", index))
    for index, catcher in enumerate(state.catchers):
        text = f"{name} catches {_names(catcher.error_equals)} → {catcher.target}"
        yield Item(key_of(name, "catcher", index), "catcher", name, text, (*here, "Catch", index), catcher.target)
    if isinstance(state, MapState):
        for index, size in enumerate(SIZES):
            yield Item(key_of(name, "items", index), "map size", name, f"{name} with {size}", here)
    for index, field in enumerate(("TimeoutSeconds", "HeartbeatSeconds")):
        if (written := _written(state, field)) is not None:
            text = f"{name} {'misses its heartbeat' if index else 'times out'}"
            yield Item(key_of(name, "due", index), "time-out", name, text, (*here, written))


def _of_choice(state: ChoiceState, here: Location) -> Iterator[Item]:
    name, documents = state.name, state.document["Choices"]
    for index, rule in enumerate(state.rules):
        said = rule_text(documents[index])  # type: ignore[index,arg-type]
        text = f"{name}: {said} → {rule.target}"
        yield Item(key_of(name, "rule", index), "choice rule", name, text, (*here, "Choices", index), rule.target)
    if state.target is not None:
        text = f"{name}: Default → {state.target}"
        key = key_of(name, "rule", len(state.rules))
        yield Item(key, "choice rule", name, text, (*here, "Default"), state.target)


def _written(state: State, field: str) -> str | None:
    return next((each for each in (field, f"{field}Path") if each in state.document and state.type == "Task"), None)


def _names(error_equals: tuple[str, ...]) -> str:
    """The names of a retrier or catcher; of many the first, and how many others.

    >>> _names(("A", "B")), _names(("A", "B", "C"))
    ('A or B', 'A or 2 others')
    """
    first, others = error_equals[0], len(error_equals) - 1
    return " or ".join(error_equals) if others < 2 else f"{first} or {others} others"


# --------------------------------------------------------------------------- a rule in words

_WORDS = {
    "NumericGreaterThan": ">",
    "NumericGreaterThanEquals": ">=",
    "NumericLessThan": "<",
    "NumericLessThanEquals": "<=",
    "NumericEquals": "=",
    "StringEquals": "=",
    "BooleanEquals": "=",
    "StringMatches": "matches",
    "IsPresent": "is present:",
    "IsNull": "is null:",
}
_NO_TEST = frozenset({"Variable", "Next", "Comment", "Assign", "Output"})


def rule_text(rule: Mapping[str, JSON]) -> str:
    """A choice rule in a few words.

    >>> rule_text({"Variable": "$.total", "NumericGreaterThan": 50, "Next": "Large"})
    '$.total > 50'
    >>> rule_text({"Not": {"Variable": "$.a", "IsPresent": True}, "Next": "X"})
    'not $.a is present: true'
    >>> rule_text({"Condition": "{% $total > 50 %}", "Next": "Large"})
    '$total > 50'
    """
    text = _condition(rule)
    return text if len(text) <= LONGEST_RULE else text[: LONGEST_RULE - 1] + "…"


def _condition(rule: JSON | Mapping[str, JSON]) -> str:
    if not isinstance(rule, Mapping):
        return "?"
    if isinstance(said := rule.get("Condition"), str):
        return said.removeprefix("{%").removesuffix("%}").strip()
    for joiner in ("And", "Or"):
        if isinstance(parts := rule.get(joiner), list):
            return f" {joiner.lower()} ".join(map(_part, parts))
    if "Not" in rule:
        return f"not {_part(rule['Not'])}"
    tests = ((name, value) for name, value in rule.items() if name not in _NO_TEST)
    return " ".join(f"{rule.get('Variable')} {_WORDS.get(name, name)} {to_text(value)}" for name, value in tests)


def _part(rule: JSON) -> str:
    text = _condition(rule)
    return f"({text})" if isinstance(rule, Mapping) and ("And" in rule or "Or" in rule) else text
