"""Where mocks are read from: a file of ours (JSON or YAML), AWS's MockConfigFile.json, or a recorded history.

Ours::

    {
      "Charge": [{"error": "CardBusy", "cause": "try later"}, {"result": {"paid": true}}],
      "arn:aws:lambda:*:*:function:pack": {"result": {"boxes": 1}, "delay": 30},
      "Notify": null
    }

AWS's (Step Functions Local) has ``StateMachines`` with named ``TestCases``, and ``MockedResponses`` numbered by call.

Rules that a change must keep:

1. Which of the three it is, is seen from the document; nobody has to say it.
2. Nothing in a file is ignored: every mistake is reported with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, NamedTuple, cast

from ..definition.documents import Document, read_document
from ..definition.problem import Problem as Finding
from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON, type_name
from .answers import Answer, Location, read_answers
from .mocks import Mock, Mocks, unfit
from .nearest import hint

if TYPE_CHECKING:
    from ..definition.model import Machine

_CODE = "INVALID_MOCK"


class InvalidMockFile(InvalidDefinition):
    """A mock file with mistakes in it; ``text`` is what was read."""

    def __init__(self, diagnostics: Sequence[Diagnostic], source: str, text: str | None) -> None:
        super().__init__(diagnostics, source)
        self.text = text
        self.args = (self.diagnostics, source, text)

    def __str__(self) -> str:
        return self._listed("mock file" if self.source else "mocks")


def read_mocks(
    source: str | PathLike[str] | Mapping[str, JSON], machine: Machine, test_case: str | None = None
) -> Mocks:
    """Mocks for a machine from a file, a JSON text or a mapping.

    ``test_case`` is a test case of AWS's mock file; it may be left out where the file has only one for the machine.
    Raises ``InvalidMockFile`` with every mistake, also for a file that cannot be read.

    >>> from aslrun import load
    >>> task = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": True}
    >>> machine = load({"StartAt": "Tell", "States": {"Tell": task}})
    >>> mocks = read_mocks({"Tell": {"result": {"MessageId": "1"}}}, machine)
    >>> [mock.key for mock in mocks]
    ['Tell']
    """
    if not isinstance(source, (str, PathLike, Mapping)):
        raise TypeError(f"mocks must be a path, JSON text or a mapping, not {type(source).__name__}")
    try:
        document = read_document(source)
    except InvalidDefinition as error:
        raise InvalidMockFile(error.diagnostics, error.source, None) from None
    reader = _Reader(document, machine)
    if "MockedResponses" in document.value and "StateMachines" in document.value:
        mocks = reader.mock_config(test_case)
    elif isinstance(document.value.get("events"), list):
        from .replaying import mocks_from_history  # imported here: most mocks are no history

        return mocks_from_history(document.value, machine)
    else:
        mocks = reader.own()
    if reader.problems:
        raise InvalidMockFile(reader.problems, document.source, document.text)
    return mocks


class _Range(NamedTuple):
    first: int
    last: int


class _Reader:
    """Turns a document into mocks and collects what is wrong with it."""

    def __init__(self, document: Document, machine: Machine) -> None:
        self._document = document
        self._machine = machine
        self.problems: list[Diagnostic] = []

    def own(self) -> Mocks:
        """Our own form."""
        mocks = Mocks(source=self._document.source)
        for key, value in self._document.value.items():
            answers = list(read_answers(value, (key,), self._report))
            self._place(mocks, key, (key,), Mock(key, answers))
        return mocks

    def _place(self, mocks: Mocks, key: str, location: Location, mock: Mock) -> None:
        if (wrong := unfit(key, self._machine)) is not None:
            self._report(location, wrong)
        else:
            mocks.mocks.append(mock)

    def _report(self, location: Location, message: str) -> None:
        self.problems.append(self._document.diagnostic(Finding(location, message, _CODE)))

    # ------------------------------------------------------------------ AWS's form

    def mock_config(self, test_case: str | None) -> Mocks:
        """A test case of Step Functions Local's mock file."""
        mocks = Mocks(source=self._document.source)
        machines = self._object(self._document.value["StateMachines"], ("StateMachines",))
        name = self._chosen(machines, self._machine.name, ("StateMachines",), "state machine")
        if name is None:
            return mocks
        where: Location = ("StateMachines", name, "TestCases")
        cases = self._object(self._object(machines[name], where[:2]).get("TestCases", {}), where)
        case = self._chosen(cases, test_case, where, "test case")
        if case is not None:
            for state, response in self._object(cases[case], (*where, case)).items():
                answers = self._response(response, (*where, case, state))
                self._place(mocks, state, (*where, case, state), Mock(state, answers, exact=True))
        return mocks

    def _chosen(self, names: Mapping[str, JSON], wanted: str | None, location: Location, what: str) -> str | None:
        if wanted in names:
            return wanted
        if len(names) == 1 and (wanted is None or what == "state machine"):
            return next(iter(names))
        if wanted is None and names:
            told = f"has more than one {what}: name one after the file, as in MockConfigFile.json#{next(iter(names))}"
        else:
            told = f"has no {what}" + ("" if wanted is None else f" {wanted}{hint(wanted, names)}")
        self._report(location, f"{told}; there are: {', '.join(names) or 'none'}")
        return None

    def _response(self, name: JSON, location: Location) -> list[Answer]:
        responses = self._object(self._document.value["MockedResponses"], ("MockedResponses",))
        if not isinstance(name, str) or name not in responses:
            shown = name if isinstance(name, str) else type_name(name)
            self._report(location, f"names no mocked response: {shown}{hint(str(name), responses)}")
            return [Answer()]
        return self._numbered(self._object(responses[name], ("MockedResponses", name)), ("MockedResponses", name))

    def _numbered(self, responses: Mapping[str, JSON], location: Location) -> list[Answer]:
        answers: dict[int, Answer] = {}
        for key, value in responses.items():
            where = (*location, key)
            calls = _range(key)
            if calls is None:
                self._report(where, 'must be the number of a call or a range of them: "0", "1-2"')
                continue
            answer = self._returned(value, where)
            answers |= dict.fromkeys(range(calls.first, calls.last + 1), answer)
        if sorted(answers) != list(range(len(answers))):
            self._report(location, f"must number the calls without a gap from 0, not {', '.join(responses)}")
        return [answers[call] for call in sorted(answers)] or [Answer()]

    def _returned(self, value: JSON, location: Location) -> Answer:
        told = self._object(value, location)
        if told.keys() == {"Return"}:
            return Answer(told["Return"])
        thrown = told.get("Throw")
        if told.keys() == {"Throw"} and isinstance(thrown, dict) and isinstance(thrown.get("Error"), str):
            return Answer(error=cast(str, thrown["Error"]), cause=cast("str | None", thrown.get("Cause")))
        self._report(location, 'must be {"Return": ...} or {"Throw": {"Error": ..., "Cause": ...}}')
        return Answer()

    def _object(self, value: JSON, location: Location) -> dict[str, JSON]:
        if isinstance(value, dict):
            return value
        self._report(location, f"must be an object, not {type_name(value)}")
        return {}


def _range(key: str) -> _Range | None:
    first, dash, last = key.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return None
    found = _Range(int(first), int(last or first))
    return found if found.first <= found.last and found.last < 10_000 else None
