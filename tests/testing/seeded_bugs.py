"""Twenty-eight mistakes, each made in one of the examples, and who finds them: ``python -m tests.testing.seeded_bugs``.

Nobody has written a test for any of them. What is asked is ``sound()``, which knows nothing of the machine, and a few
one-liners for each example, the same for all of its variants and the example itself.
"""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslrun import InvalidDefinition, load, validate
from aslrun.testing import Exploration, Invariant, eventually, explore, never, only_after, sound
from aslrun.testing.demands import demands_of
from aslrun.values import JSON
from tests.conftest import REPOSITORY

EXAMPLES = REPOSITORY / "examples"
FILES = {  # example -> its definition; the inputs in its folder whose names begin like the file's are explored too
    "business": EXAMPLES / "fleet" / "business.asl.json",
    "emergency": EXAMPLES / "fleet" / "emergency.asl.json",
    "release": EXAMPLES / "jira_callback" / "workflow.asl.json",
}
PAGE = REPOSITORY / "docs" / "explanation" / "seeded-bugs.md"
FIRST, LAST = "<!-- table -->", "<!-- end of the table -->"

STORY = {"jiraStoryId": "PROJ-1", "packageIds": ["a", "b"], "environment": "staging", "stakeholders": ["q@example.com"]}
OUTCOMES: dict[str, dict[str, JSON]] = {  # that the object in S3 is JSON, no definition says
    "release": {
        "ReadInputFromS3": [{"Body": json.dumps(STORY)}, {"error": "S3.SdkClientException"}, {"error": "S3.NoSuchKey"}]
    }
}
ALARMS = ("panic_button", "accident", "hijack")
INVARIANTS: dict[str, tuple[Invariant, ...]] = {
    "business": (
        never("AutoApprove", when=lambda request: request["number_of_vehicles"] >= 50),
        never("CreateContract", given=lambda sale: not sale["validationResult"]["valid"]),
        never("CreateContract", given=lambda sale: not sale["approval"]["approved"]),
        only_after("ProcessPayment", "CreateContract"),
        never("ActivateService", given=lambda sale: sale["paymentResult"]["status"] != "success"),
    ),
    "emergency": (
        eventually("NotifyAuthorities", when=lambda event: event["type"] in ALARMS, status="SUCCEEDED"),
        never("NotifyAuthorities", when=lambda event: event["type"] not in ALARMS),
        eventually("UpdateIncidentStatus", status="SUCCEEDED"),
    ),
    "release": (
        never("ValidationSuccess", given=lambda answer: answer["StatusCode"] != 200),
        eventually("WriteResultsToS3", status="SUCCEEDED"),
        never("WorkflowComplete", after="WriteErrorToS3"),
    ),
}

Definition = dict[str, Any]
States = dict[str, Any]


@dataclass(frozen=True)
class Bug:
    """A mistake: what it is, in which example, and how it is made."""

    title: str
    example: str
    make: Callable[[States, Definition], object]

    def definition(self) -> Definition:
        made = copy.deepcopy(example(self.example))
        self.make(_states(made), made)
        return made


@dataclass(frozen=True)
class Found:
    """Who finds a bug. ``warnings`` counts what ``validate`` says of the variant and not of the example."""

    bug: Bug
    sound: str
    own: str
    moves: int
    states: int
    warnings: int
    seconds: float

    @property
    def is_found(self) -> bool:
        return bool(self.sound or self.own)


def example(name: str) -> Definition:
    document: Definition = json.loads(FILES[name].read_text(encoding="utf-8"))
    return document


def _states(definition: Definition) -> States:
    """All states by name, those of branches too."""
    found: States = {}
    waiting = [definition]
    while waiting:
        for name, state in waiting.pop()["States"].items():
            found[name] = state
            waiting += state.get("Branches", [])
    return found


# --------------------------------------------------------------------------- how mistakes are made


def _without(state: str, field: str) -> Callable[[States, Definition], object]:
    return lambda states, machine: states[state].pop(field)


def _with(state: str, **fields: Any) -> Callable[[States, Definition], object]:
    return lambda states, machine: states[state].update(fields)


def _swapped(state: str) -> Callable[[States, Definition], object]:
    def make(states: States, machine: Definition) -> None:
        choice = states[state]
        choice["Choices"][0]["Next"], choice["Default"] = choice["Default"], choice["Choices"][0]["Next"]

    return make


def _rule(state: str, **fields: Any) -> Callable[[States, Definition], object]:
    def make(states: States, machine: Definition) -> None:
        (rule,) = states[state]["Choices"]
        states[state]["Choices"] = [{"Variable": rule.get("Variable"), "Next": rule["Next"], **fields}]

    return make


def _forgotten_hijack(states: States, machine: Definition) -> None:
    states["DetermineResponseType"]["Choices"][0]["Or"].pop()


CALLS_AGAIN = {"IntervalSeconds": 2, "BackoffRate": 2, "MaxAttempts": 4}

BUGS = (
    Bug("no Catch around the payment", "business", _without("ProcessPayment", "Catch")),
    Bug(
        "Catch names one error only",
        "business",
        lambda states, machine: states["ValidateCustomer"]["Catch"][0].update(ErrorEquals=["RegistryUnavailable"]),
    ),
    Bug("invalid customers go on (Next and Default swapped)", "business", _swapped("CustomerValid?")),
    Bug("large fleets approved automatically (swapped)", "business", _swapped("FewerThan50Vehicles?")),
    Bug("50 vehicles count as fewer than 50", "business", _rule("FewerThan50Vehicles?", NumericLessThanEquals=50)),
    Bug("a rejection counts as an approval", "business", _rule("Approved?", BooleanEquals=False)),
    Bug("ResultPath of a Pass lost", "business", _without("AutoApprove", "ResultPath")),
    Bug("ResultPath of a Task lost", "business", _without("CreateContract", "ResultPath")),
    Bug("ResultPath has another name", "business", _with("ProcessPayment", ResultPath="$.payment")),
    Bug(
        "the task token is handed to nobody",
        "business",
        lambda states, machine: states["RequestManagerApproval"]["Parameters"]["Message"].pop("task_token.$"),
    ),
    Bug("nobody limits the wait for the manager", "business", _without("RequestManagerApproval", "TimeoutSeconds")),
    Bug("a time-out longer than the machine's", "business", _with("RequestManagerApproval", TimeoutSeconds=100_000)),
    Bug(
        "Retry on an error that does not exist",
        "business",
        _with("ProcessPayment", Retry=[{"ErrorEquals": ["Lambda.ThrottledException"], **CALLS_AGAIN}]),
    ),
    Bug(
        "a path misspelt in a Choice",
        "business",
        _rule("PaymentSuccessful?", Variable="$.paymentResult.state", StringEquals="success"),
    ),
    Bug("no Default", "business", _without("CustomerValid?", "Default")),
    Bug("Next leads back instead of on", "business", _with("SendWelcomeEmail", Next="ActivateService")),
    Bug(
        "a Catch whose error output replaces everything",
        "emergency",
        lambda states, machine: states["HighPriorityResponse"]["Catch"][0].pop("ResultPath"),
    ),
    Bug("hijacks are no alarm any more (a rule lost)", "emergency", _forgotten_hijack),
    Bug(
        "Retry that never retries",
        "emergency",
        lambda states, machine: states["NotifyOwner"]["Retry"][0].update(MaxAttempts=0),
    ),
    Bug("the machine's time-out is too short", "emergency", lambda states, machine: machine.update(TimeoutSeconds=20)),
    Bug("no Catch around the wait for Jira", "release", _without("WaitForCallback", "Catch")),
    Bug("no Catch around the log of a failure", "release", _without("WriteFailureLogToS3", "Catch")),
    Bug("packages that are not valid pass (swapped)", "release", _swapped("CheckValidation")),
    Bug(
        "the table gets a text instead of the task token",
        "release",
        lambda states, machine: states["WaitForCallback"]["Arguments"]["Item"].update(token={"S": "reserved"}),
    ),
    Bug("a time-out longer than the machine's", "release", _with("WaitForCallback", TimeoutSeconds=172_800)),
    Bug("Assign lost", "release", _without("ProcessCallbackResult", "Assign")),
    Bug(
        "Retry on the errors of another service",
        "release",
        _with("StoreTaskToken", Retry=[{"ErrorEquals": ["Lambda.TooManyRequestsException"], **CALLS_AGAIN}]),
    ),
    Bug("a failed release goes on to success", "release", _with("WriteFailureLogToS3", Next="WorkflowComplete")),
)

# --------------------------------------------------------------------------- the study


def look(definition: Definition, name: str) -> Exploration:
    """Explore a definition with inputs made from it and with those of the example's folder."""
    machine = load(definition, name=name)
    file = FILES[name]
    paths = sorted((file.parent / "inputs").glob(f"{file.name.partition('.')[0]}*.json"))
    inputs = [*demands_of(machine).inputs(), *(json.loads(path.read_text(encoding="utf-8")) for path in paths)]
    return explore(machine, None, OUTCOMES.get(name), *sound(), *INVARIANTS[name], inputs=inputs)


def study(bug: Bug) -> Found:
    """Who finds a bug."""
    definition, own = bug.definition(), {invariant.name for invariant in INVARIANTS[bug.example]}
    warnings = max(0, len(validate(definition)) - len(validate(example(bug.example))))
    began = time.process_time()
    try:
        found = look(definition, bug.example)
    except InvalidDefinition as error:
        return Found(bug, "load refuses it", "", 0, 0, len(error.diagnostics), time.process_time() - began)
    seconds = time.process_time() - began
    names = [breach.invariant.name for breach in found.breaches]
    moves = min((len(story.moves) for story in found.broken), default=0)
    first = [next((name for name in names if (name in own) is wanted), "") for wanted in (False, True)]
    return Found(bug, first[0], first[1], moves, found.states, warnings, seconds)


def table(rows: list[Found]) -> Iterator[str]:
    """The table of the page; it says nothing that another machine would say differently."""
    yield "| | Mistake | Example | `sound()` | one-liner | moves | states | `validate` |"
    yield "|---|---|---|---|---|---|---|---|"
    for number, row in enumerate(rows, 1):
        marks = [f"`{each}`" if each else "–" for each in (row.sound, row.own)]
        cells = [str(number), row.bug.title, row.bug.example, *marks, str(row.moves or "–"), f"{row.states:,}"]
        yield f"| {' | '.join([*cells, str(row.warnings or '–')])} |"
    by_sound, found = sum(bool(row.sound) for row in rows), sum(row.is_found for row in rows)
    yield ""
    yield f"Found: **{found} of {len(rows)}**, {by_sound} of them by `sound()` alone."


def written(page: str, rows: list[Found], whole: Exploration) -> str:
    """The page with this table in it, and with what there is to see in the emergency workflow as it should be."""
    head, _, rest = page.partition(FIRST)
    _, _, tail = rest.partition(LAST)
    missed = [str(number) for number, row in enumerate(rows, 1) if not row.is_found]
    tail = re.sub(r"(?m)^Number [\d, ]+\.", f"Number {', '.join(missed)}.", tail)
    tail = re.sub(r"[\d,]+ runs in [\d,]+ states", f"{whole.runs:,} runs in {whole.states:,} states", tail)
    return f"{head}{FIRST}\n" + "\n".join(table(rows)) + f"\n{LAST}{tail}"


def main() -> None:
    rows = [study(bug) for bug in BUGS]
    print("\n".join(table(rows)))
    seconds = [row.seconds for row in rows]
    print(f"\nThe slowest took {max(seconds):.1f} CPU seconds, all {sum(seconds):.1f}.")
    page = Path(PAGE)
    if page.exists():
        whole = look(example("emergency"), "emergency")
        page.write_text(written(page.read_text(encoding="utf-8"), rows, whole), encoding="utf-8")


if __name__ == "__main__":
    main()
