"""What a mocked task answers: the one vocabulary of mocks, whichever way they are written.

Rules that a change must keep:

1. An answer is a result, an error, or silence; each may come after a delay, in the execution's own (virtual) seconds.
2. Where the task waits for its token, the answer comes by the token and ``submitted`` is what the call itself gives.
3. In a document, an object with ``result`` or ``error`` and otherwise only the names of ``FIELDS`` is an answer;
   anything else is the result itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from ..values import JSON, is_number, not_json, type_name

Location: TypeAlias = tuple[str | int, ...]
Report: TypeAlias = Callable[[Location, str], None]
Function: TypeAlias = Callable[..., object]

FIELDS = frozenset({"result", "error", "cause", "delay", "heartbeats", "submitted", "silent"})
_SAYS = frozenset({"result", "error", "silent"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call answers after ``delay`` seconds: a result, or an error where ``error`` is given.

    ``heartbeats`` are seconds after the call at which the task is said to be alive. ``submitted`` is what the call of a
    task gives that ends by its token or as a job. ``silent``: nobody ever answers, so that the time-out ends the task.
    ``function`` gives the result from the input, or from input and task context; it may raise ``aslrun.TaskError``.
    """

    result: JSON = None
    error: str | None = None
    cause: str | None = None
    delay: float = 0.0
    heartbeats: tuple[float, ...] = ()
    submitted: JSON = None
    silent: bool = False
    function: Function | None = None

    def __post_init__(self) -> None:
        for seconds in (self.delay, *self.heartbeats):
            if not _is_time(seconds):
                raise ValueError(f"a delay or heartbeat must be a number of seconds, at least 0, not {seconds!r}")


Reply: TypeAlias = "Answer | Function | JSON | Sequence[Answer | Function | JSON]"
"""What may stand for a mock in Python: an answer, a function of the input, a result, or a sequence of these."""


def result(
    value: JSON = None, *, delay: float = 0.0, heartbeats: Sequence[float] = (), submitted: JSON = None
) -> Answer:
    """The task succeeds with a value, after ``delay`` virtual seconds.

    >>> result({"paid": True}, delay=30).delay
    30
    """
    return Answer(value, delay=delay, heartbeats=tuple(heartbeats), submitted=submitted)


def error(name: str, cause: str | None = None, *, delay: float = 0.0, heartbeats: Sequence[float] = ()) -> Answer:
    """The task fails with an error name and a cause, after ``delay`` virtual seconds.

    >>> error("CardDeclined", "over the limit").cause
    'over the limit'
    """
    return Answer(error=name, cause=cause, delay=delay, heartbeats=tuple(heartbeats))


def silence(*, heartbeats: Sequence[float] = (), submitted: JSON = None) -> Answer:
    """Nobody answers: the task's time-out ends it, or nothing does."""
    return Answer(heartbeats=tuple(heartbeats), submitted=submitted, silent=True)


def computed(function: Function, *, delay: float = 0.0) -> Answer:
    """The result is what a function makes of the input, or of input and ``aslrun.TaskContext``."""
    return Answer(function=function, delay=delay)


def as_answers(value: Reply) -> list[Answer]:
    """The answers that a mock written in Python stands for. Raises ``ValueError`` for one that is malformed.

    >>> [each.error for each in as_answers([error("Busy"), {"paid": True}])]
    ['Busy', None]
    """
    problems: list[str] = []

    def report(location: Location, message: str) -> None:
        problems.append(".".join(map(str, location)) + (": " if location else "") + message)

    answers = list(read_answers(value, (), report))
    for answer in answers:
        for wrong in filter(None, map(not_json, (answer.result, answer.submitted))):
            report((), f"gives no JSON: at {wrong[0]} {wrong[1]}")
    if problems:
        raise ValueError("; ".join(f"a mock {each}" for each in problems))
    return answers


# --------------------------------------------------------------------------- reading


def read_answers(value: object, location: Location, report: Report) -> Iterator[Answer]:
    """The answers of one mock, one for each call; mistakes are reported with their place."""
    if not isinstance(value, (list, tuple)):
        yield read_answer(value, location, report)
        return
    if not value:
        report(location, 'needs at least one answer; an empty array as the result is {"result": []}')
    for index, each in enumerate(value):
        yield read_answer(each, (*location, index), report)


def read_answer(value: object, location: Location, report: Report) -> Answer:
    """One answer; a malformed one is reported, and stands for the result ``None``."""
    if isinstance(value, Answer):
        return value
    if callable(value):
        return Answer(function=value)
    if not isinstance(value, dict) or not value.keys() <= FIELDS or not value.keys() & _SAYS:
        return Answer(cast(JSON, value))
    for name, wrong in _problems(value):
        report((*location, name) if name else location, wrong)
        return Answer()
    heartbeats = tuple(float(each) for each in value.get("heartbeats", ()))
    silent = bool(value.get("silent", False))
    texts = (value.get("error"), value.get("cause"))
    return Answer(value.get("result"), *texts, float(value.get("delay", 0)), heartbeats, value.get("submitted"), silent)


def _problems(value: Mapping[str, JSON]) -> Iterator[tuple[str, str]]:
    error, cause, heartbeats = value.get("error"), value.get("cause"), value.get("heartbeats", [])
    if len(value.keys() & _SAYS) > 1:
        yield (
            "",
            "must have a result or an error, not both" if "silent" not in value else "is silent or answers, not both",
        )
    if "error" in value and not isinstance(error, str):
        yield "error", f"must be the name of an error, not {type_name(error)}"
    if "cause" in value and ("error" not in value or not isinstance(cause, str)):
        yield "cause", "must be text beside an error"
    if not _is_time(value.get("delay", 0)):
        yield "delay", "must be a number of seconds, at least 0"
    if not isinstance(heartbeats, list) or not all(map(_is_time, heartbeats)):
        yield "heartbeats", "must be an array of seconds after the call, each at least 0"
    if not isinstance(value.get("silent", False), bool):
        yield "silent", f"must be true or false, not {type_name(value['silent'])}"


def _is_time(value: object) -> bool:
    return is_number(value) and isinstance(value, (int, float)) and 0 <= value < float("inf")
