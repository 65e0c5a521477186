"""Substitutions: the ``${Name}`` that a deployment fills, as CloudFormation's DefinitionSubstitutions do.

Rules that a change must keep:

1. Without a mapping every ``${Name}`` is open: nothing is said about a value that is not known yet. With a mapping a
   name that it has is filled, and any other stays the text that it is, as CloudFormation leaves it.
2. What another hand fills (``Fn::Sub``, ``Ref``: written with ``THEIRS`` for the dollar) is open unless it is named.
3. An open value is known to be unknown: its field gets a value that every check lets pass, its place is kept, and
   what is found there is not told. Whatever follows the data says nothing about a definition with open data.
4. A text does not change its length by what is marked in it, so every place stays where it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..values import JSON, to_text
from .json_text import Location

BARE = "\ue002"
"""Begins a value that is a ``${Name}`` without quotes; the name follows."""

BARE_THEIRS = "\ue003"
"""The same, where the template around the definition fills it."""

THEIRS = "\ue000"
"""Stands for the dollar of a placeholder that not the definition has, but the template around it."""

_NAME = r"[\w.:-]+"
_PLACEHOLDER = re.compile(rf"([${THEIRS}])\{{({_NAME})\}}")
_UNQUOTED = re.compile(rf'"(?:[^"\\]++|\\.)*+"|([${THEIRS}])\{{({_NAME})\}}', re.DOTALL)

# Fields that hold more than text, and a value that no check objects to. A time-out is the longest one, a heartbeat the
# shortest: neither is then at odds with another field.
_STAND_INS: dict[str, JSON] = {
    "TimeoutSeconds": 99_999_999,
    "HeartbeatSeconds": 1,
    "MaxDelaySeconds": 31_622_400,
    "Seconds": 1,
    "IntervalSeconds": 1,
    "MaxAttempts": 1,
    "BackoffRate": 1.0,
    "MaxConcurrency": 1,
    "ToleratedFailureCount": 1,
    "ToleratedFailurePercentage": 1,
    "MaxItems": 1,
    "MaxItemsPerBatch": 1,
    "MaxInputBytesPerBatch": 1,
    "Timestamp": "2030-01-01T00:00:00Z",
    "Variable": "$",
}
_OPERATORS: tuple[tuple[re.Pattern[str], JSON], ...] = (
    (re.compile(r"(?:Numeric|String|Boolean|Timestamp)\w*Path\Z|\w+Path\Z|.+\.\$\Z", re.DOTALL), "$"),
    (re.compile(r"Numeric(?:Equals|LessThan|GreaterThan)"), 1),
    (re.compile(r"BooleanEquals\Z|Is(?:Null|Present|Numeric|String|Boolean|Timestamp)\Z"), True),
    (re.compile(r"Timestamp(?:Equals|LessThan|GreaterThan)"), "2030-01-01T00:00:00Z"),
)
_PAYLOADS = frozenset(
    ("Parameters", "Arguments", "ResultSelector", "ItemSelector", "BatchInput", "Result", "Assign", "Output")
)
_OF_A_TASK = ("Resource", "Parameters", "Arguments", "Credentials", "TimeoutSeconds", "HeartbeatSeconds", "Retry")
_TARGETS = ("Next", "Default", "StartAt")


class Filled(NamedTuple):
    """A definition after substitution."""

    value: dict[str, JSON]
    open: tuple[Location, ...] = ()  # values that are still unknown
    stood_in: tuple[Location, ...] = ()  # those of them that another value stands in for
    unfit: tuple[tuple[Location, str], ...] = ()  # names whose value is no JSON where it stands without quotes

    @property
    def vague(self) -> bool:
        """Whether something is unknown that later states may see."""
        return any(not _stays_in_a_task(self.value, location) for location in self.open)

    @property
    def open_target(self) -> bool:
        """Whether it is unknown where a state leads."""
        return any(location[-1] in _TARGETS for location in self.open if location)


def marked(text: str) -> str:
    """JSON text whose ``${Name}`` without quotes have become strings of the same length.

    >>> len(marked('{"a": ${N}}')) == len('{"a": ${N}}')
    True
    """
    return _UNQUOTED.sub(_as_string, text)


def _as_string(found: re.Match[str]) -> str:
    if found.group(1) is None:
        return found.group()
    return f'"{BARE if found.group(1) == "$" else BARE_THEIRS}{found.group(2)}"'


def fill(
    value: dict[str, JSON],
    given: Mapping[str, JSON] | None,
    unknown: frozenset[str] = frozenset(),
    *,
    quoted: bool = True,
) -> Filled:
    """Put values in for placeholders; names in ``unknown`` stay open if they are not given.

    ``quoted``: a text had quotes around it where it was written. That is not known of a mapping: there a text that is
    one placeholder becomes a number where a number belongs.

    >>> fill({"Seconds": "${N}"}, None).open, fill({"Comment": "${N}"}, {"N": 3}).value
    ((('Seconds',),), {'Comment': '3'})
    """
    if not _has_any(value):
        return Filled(value)
    work = _Filling(given, unknown, quoted)
    made = work.value(value, ())
    assert isinstance(made, dict)
    return Filled(made, tuple(work.open), tuple(work.stood_in), tuple(work.unfit))


def may_be_in(text: str) -> bool:
    """Whether what a JSON text stands for may have placeholders in it.

    >>> may_be_in('{"a": "${N}"}'), may_be_in('{"a": "N"}')
    (True, False)
    """
    return "${" in text or "\\u" in text or BARE in text or BARE_THEIRS in text or THEIRS in text


def open_names(value: Mapping[str, JSON]) -> dict[str, list[Location]]:
    """Every ``Name`` of a ``${Name}`` that a definition still has, with its places; what a comment says does not count.

    >>> open_names({"Comment": "${A}", "States": {"Hi": {"Result": {"${B}": "${C} ${C}"}}}})
    {'B': [('States', 'Hi', 'Result', '${B}')], 'C': [('States', 'Hi', 'Result', '${B}')]}
    """
    found: dict[str, list[Location]] = {}
    for text, location in _texts(dict(value), ()):
        if location[-1:] != ("Comment",) or not _PAYLOADS.isdisjoint(location[:-1]):
            for name in dict.fromkeys(match.group(2) for match in _PLACEHOLDER.finditer(text)):
                found.setdefault(name, []).append(location)
    return found


def _texts(value: JSON, location: Location) -> Iterator[tuple[str, Location]]:
    """Every text, the keys of objects too, in the order of reading."""
    if isinstance(value, str):
        yield value, location
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key, (*location, key)
            yield from _texts(item, (*location, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, (*location, index))


def state_at(location: Location) -> str:
    """The name of the innermost state around a place, empty outside of all states.

    >>> state_at(("States", "All", "ItemProcessor", "States", "One", "Result", "States", "x")), state_at(("Comment",))
    ('One', '')
    """
    name, steps = "", iter(location)
    for step in steps:
        if step == "States":
            name = str(next(steps, name))
        elif step in _PAYLOADS:
            break
    return name


def _has_any(value: JSON) -> bool:
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)
        elif isinstance(each, str) and ("${" in each or each[:1] in (BARE, BARE_THEIRS) or THEIRS in each):
            return True
    return False


class _Filling:
    """One walk over a definition."""

    def __init__(self, given: Mapping[str, JSON] | None, unknown: frozenset[str], quoted: bool) -> None:
        self.given = given
        self.quoted = quoted
        self.names = unknown
        self.open: list[Location] = []
        self.stood_in: list[Location] = []
        self.unfit: list[tuple[Location, str]] = []

    def value(self, value: JSON, location: Location) -> JSON:
        if isinstance(value, dict):
            return {self.key(key): self.value(item, (*location, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*location, index)) for index, item in enumerate(value)]
        return self.text(value, location) if isinstance(value, str) else value

    def key(self, key: str) -> str:
        return _PLACEHOLDER.sub(self._replaced, key) if "{" in key else key

    def text(self, text: str, location: Location) -> JSON:
        if text[:1] in (BARE, BARE_THEIRS):
            return self.bare(text[1:], text[0] == BARE_THEIRS, location)
        if "{" not in text:
            return text
        if not self.quoted and _PLACEHOLDER.fullmatch(text) and not isinstance(_stand_in(text, location), str | None):
            return self.bare(text[2:-1], text[0] == THEIRS, location)
        made = _PLACEHOLDER.sub(self._replaced, text)
        is_open = any(self._is_open(found) for found in _PLACEHOLDER.finditer(text))
        return self.unknown(made, location) if is_open else made

    def bare(self, name: str, theirs: bool, location: Location) -> JSON:
        if self.given is not None and name in self.given:
            return self.literal(name, self.given[name], location)
        if self.given is None or theirs or name in self.names:
            return self.unknown(f"${{{name}}}", location)
        return f"${{{name}}}"

    def literal(self, name: str, given: JSON, location: Location) -> JSON:
        """What a value means where no quotes stand around it."""
        if not isinstance(given, str):
            return given
        try:
            made: JSON = json.loads(given)
        except (ValueError, RecursionError):
            self.unfit.append((location, name))
            return given
        return made

    def unknown(self, text: str, location: Location) -> JSON:
        self.open.append(location)
        stand_in = _stand_in(text, location)
        if stand_in is None:
            return text
        self.stood_in.append(location)
        return stand_in

    def _replaced(self, found: re.Match[str]) -> str:
        name = found.group(2)
        if self.given is None or name not in self.given:
            return f"${{{name}}}"
        given = self.given[name]
        return given if isinstance(given, str) else to_text(given)

    def _is_open(self, found: re.Match[str]) -> bool:
        if self.given is not None and found.group(2) in self.given:
            return False
        return self.given is None or found.group(1) == THEIRS or found.group(2) in self.names


def _stand_in(text: str, location: Location) -> JSON:
    """A value for a field that an open text would not fit; ``None``: the text fits."""
    if text.lstrip().startswith("{%"):
        return "{% $states.input %}"
    name = next((step for step in reversed(location) if isinstance(step, str)), "")
    payload = not _PAYLOADS.isdisjoint(location[:-1])
    if not payload and name in _STAND_INS and name == location[-1]:
        return _STAND_INS[name]
    for form, value in _OPERATORS:
        if form.match(name) and (not payload or name.endswith(".$")):
            return value
    return None


def _stays_in_a_task(value: JSON, location: Location) -> bool:
    """Whether no other state sees what stands there: it is told to the service, or nobody."""
    if location and location[-1] == "Comment":
        return True
    for step in location:
        if isinstance(value, dict) and value.get("Type") == "Task" and step in _OF_A_TASK:
            return True
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return False
    return False
