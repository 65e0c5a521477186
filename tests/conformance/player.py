"""Plays a case: its calls in order, each answer against what was recorded after that call.

Rules that a change must keep:

1. Every recording is compared, or it is a difference. Left out is only what boto3 itself said before it sent anything:
   no call was recorded for it (``_said_by_boto3``).
2. What the recorder wrote over is put back before the call (names, paging tokens, ARNs of nothing), never after it.
3. Time passes where the client waited for the end of an execution, and nowhere else.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aslrun.runtime.naming import Place
from aslrun.values import to_text

from .cases import Case, Document
from .drivers import DRIVERS, Driver, Stage
from .lambdas import NotPlayable, objects_of, resources_of
from .service import SINCE, ApiError, Service

TELLING = {"StopExecution", "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat", "GetActivityTask"}
WAITING = {"GetExecutionHistory", "DescribeExecution"}
NAMES_SINCE = {  # fields of the context object and of descriptions in results, and their first day
    ".RedriveCount": SINCE["redriveCount"],
    ".RedriveStatus": SINCE["redriveStatus"],
    ".RedriveStatusReason": SINCE["redriveStatusReason"],
}

ACCOUNT = "111111111111"


@dataclass(frozen=True)
class Difference:
    """Where an answer differs; ``recording`` is empty where the case could not be played."""

    recording: str
    path: str
    recorded: Any
    observed: Any


def play(case: Case, driver: str) -> list[Difference]:
    """Everything in which the library differs from AWS in this case, on one driver."""
    kind, run = DRIVERS[driver]
    if kind.name == "simulate" and _is_told(case):
        kind = Stage
    try:
        return run(lambda: _play(case, kind))  # type: ignore[no-any-return]
    except NotPlayable as reason:
        return [Difference("", "", "playable", str(reason))]
    except Exception as crash:  # noqa: BLE001 - whatever goes wrong is this case's failure, and the next is played
        return [Difference("", "", "no crash", _told(crash))]


def _is_told(case: Case) -> bool:
    """Whether anybody does anything while an execution runs: tells it something, looks for it, starts it again."""
    requests = [call["request"] for call in case.raw["calls"] if call["operation"] == "StartExecution"]
    names = [(request.get("stateMachineArn"), request["name"]) for request in requests if "name" in request]
    return len(names) > len(set(names)) or any(
        call["operation"] in TELLING or "statusFilter" in call["request"] for call in case.raw["calls"]
    )


def _told(crash: BaseException) -> str:
    while isinstance(crash, BaseExceptionGroup):
        crash = crash.exceptions[0]
    frames = traceback.extract_tb(crash.__traceback__)[-3:]
    places = " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(crash).__name__}: {crash} ({places})"


async def _play(case: Case, kind: type[Driver]) -> list[Difference]:
    instance = _instance(case)
    roles = [call["request"]["roleArn"] for call in instance.case["calls"] if "roleArn" in call["request"]]
    place = Place(instance.region, instance.account, *roles[:1])
    objects = objects_of(instance.case.get("other_service_calls", []))
    resources = resources_of(instance.case["lambda_functions"], objects, asynchronous=kind.asynchronous)
    async with kind(resources, place) as driver:
        differences = await _Play(case, instance, driver).all()
    if differences and resources.wanted:
        raise NotPlayable(f"nothing here does {', '.join(resources.wanted)}")
    return differences


def _instance(case: Case) -> Any:
    """The case with names in place of the recorder's, plain ones: some definitions take their machine's name apart."""
    instance = case.comparator.instantiate(case.raw)
    made_up = {name: _legal(name) for placeholder, name in instance.names.items() if placeholder[0] == "<"}
    text = json.dumps(instance.case)
    for name in sorted(made_up, key=len, reverse=True):
        text = text.replace(name, made_up[name])
    instance.case = json.loads(text)
    instance.names = {placeholder: made_up.get(name, name) for placeholder, name in instance.names.items()}
    return instance


def _legal(name: str) -> str:
    """A made-up name that AWS would take where the placeholder stands: letters and digits, or an account's digits."""
    return ACCOUNT if "account" in name else re.sub(r"\W", "", name)


def _told_apart(case: Case, calls: list[Document]) -> list[Document]:
    """The calls with a name of its own for every machine: the recorder wrote the same one over those of two.

    What a client asks for by that name is the later one, what a task starts by it the earlier one.
    """
    definitions: dict[str, Any] = {}
    renamed: dict[str, str] = {}
    return [_renamed(case, at, call, definitions, renamed) for at, call in enumerate(calls)]


def _renamed(case: Case, at: int, call: Document, definitions: dict[str, Any], renamed: dict[str, str]) -> Document:
    request = dict(call["request"])
    if call["operation"] == "CreateStateMachine" and not case.recordings_after(at):
        name = request["name"]
        if definitions.setdefault(name, request["definition"]) != request["definition"]:
            request["name"] = renamed[name] = f"{name}{at}"
    for field in ("stateMachineArn", "executionArn"):
        parts = request.get(field, "").split(":")
        if len(parts) > 6 and parts[6] in renamed:
            parts[6] = renamed[parts[6]]
            request[field] = ":".join(parts)
    return {**call, "request": request}


class _Play:
    """One case on one driver."""

    def __init__(self, case: Case, instance: Any, driver: Driver) -> None:
        self.case = case
        self.instance = instance
        self.driver = driver
        self.calls = _told_apart(case, instance.case["calls"])
        self.at = 0
        self.service = Service(driver, case.recorded_on, self._next_name)
        self.differences: list[Difference] = []
        self.notes: list[Difference] = []
        self._tokens: dict[str, str] = {}

    async def all(self) -> list[Difference]:
        for at, call in enumerate(self.calls):
            self.at = at
            await self._wait(call)
            answer = await self._answer(call)
            for key in self.case.recordings_after(self.at):
                self._compare(key, answer)
        self.differences += [
            Difference(key, key, "compared after a call", "not compared") for key in self._never_compared()
        ]
        return self.notes + self.differences if self.differences else []

    def _never_compared(self) -> list[str]:
        placed = {key for call in range(len(self.calls)) for key in self.case.recordings_after(call)}
        return sorted(self.case.raw["recorded"].keys() - placed)

    # ----------------------------------------------------------------------- calling

    async def _wait(self, call: Document) -> None:
        """The client waits for what its next call is about; while it will still have its say, only a moment."""
        await self.driver.settle()
        arn = call["request"].get("executionArn")
        if call["operation"] in WAITING and arn in self.service.executions and not self._will_be_told(arn):
            await self.driver.finish(arn)

    def _will_be_told(self, execution: str) -> bool:
        return any(
            call["operation"] in TELLING and call["request"].get("executionArn", execution) == execution
            for call in self.calls[self.at :]
        )

    async def _answer(self, call: Document) -> Document | ApiError:
        operation = call["operation"]
        try:
            answer = await self.service.call(operation, self._request(call))
        except ApiError as error:
            if operation == "CreateStateMachine" and not self.case.recordings_after(self.at):
                raise NotPlayable(f"call {self.at}, CreateStateMachine: {error}") from error
            self.notes.append(Difference(f"call {self.at}", operation, "an answer", str(error)))
            return error
        self._remember_page(operation, answer)
        return self._with_map_runs_renamed(answer)

    def _request(self, call: Document) -> Document:
        request = dict(call["request"])
        if isinstance(definition := request.get("definition"), dict):
            request["definition"] = self.case.comparator.definition_text(self.instance.case, definition["$ref"])
        if (token := request.get("nextToken")) in self._tokens:
            request["nextToken"] = self._tokens[token]
        for name, value in request.items():
            if name.endswith("Arn") and self._stands_for_an_arn(value):
                request[name] = self._stand_in(name, value)
            if name == "mapRunArn":
                request[name] = next((run for run, called in self._map_runs() if called == value), value)
        return request

    def _map_runs(self) -> list[tuple[str, str]]:
        """The ARN of each map run, and what the client will call it, or finds in the bucket."""
        told = json.dumps([self.case.raw["recorded"], [call["request"] for call in self.case.raw["calls"]]])
        for placeholder, name in self.instance.names.items():
            told = told.replace(placeholder, name)
        called = [
            self.driver.place.arn("mapRun", tail) for tail in dict.fromkeys(re.findall(r':mapRun:([^"<>]+)"', told))
        ]
        if not called:
            return []
        runs = [run.arn for execution in self.service.executions for run in self.driver.describe(execution).map_runs]
        return list(zip(runs, called, strict=False))

    def _with_map_runs_renamed(self, answer: Document) -> Document:
        """The answer with the map runs called as the client will call them."""
        pairs = self._map_runs()
        text = json.dumps(answer) if pairs else ""
        for run, called in pairs:
            machine, renamed = (arn.rpartition(":")[0].replace(":mapRun:", ":stateMachine:") for arn in (run, called))
            text = text.replace(run, called).replace(f'"{machine}"', f'"{renamed}"')
            text = text.replace(run.rpartition(":")[2], called.rpartition(":")[2])  # the folder of its results
        return json.loads(text) if pairs else answer  # type: ignore[no-any-return]

    def _remember_page(self, operation: str, answer: Document) -> None:
        """The token that the client sent next is the one that it was given now."""
        later = (c["request"].get("nextToken") for c in self.calls[self.at + 1 :] if c["operation"] == operation)
        sent = next((token for token in later if token is not None), None)
        if sent is not None and "nextToken" in answer:
            self._tokens[sent] = answer["nextToken"]

    def _next_name(self, machine: str) -> str | None:
        """The name that the service gave an execution: that of the next execution of the machine that is spoken of."""
        prefix = machine.replace(":stateMachine:", ":execution:") + ":"
        for call in self.calls[self.at :]:
            arn = call["request"].get("executionArn", "")
            if arn.startswith(prefix) and arn not in self.service.executions:
                return arn.removeprefix(prefix)
        return None

    # A text like "ssm_nonexistent_arn" stands for an ARN that the recorder wrote over, unless AWS said that it is none.

    def _stands_for_an_arn(self, value: str) -> bool:
        recordings = [self.case.raw["recorded"][key] for key in self.case.recordings_after(self.at)]
        return not value.startswith("arn:") and f"Does Not Exist: '{value}'" in json.dumps(recordings)

    def _stand_in(self, name: str, value: str) -> str:
        if name == "executionArn":
            return self.driver.place.arn("execution", "nonexistent", value)
        return self.driver.place.arn(name.removesuffix("Arn").removesuffix("Version"), value)

    # ----------------------------------------------------------------------- comparing

    def _compare(self, key: str, answer: Document | ApiError) -> None:
        recorded = self.case.raw["recorded"][key]
        if _said_by_boto3(recorded):
            return
        if key == "cases":
            observed: Any = self._observed_cases()
        elif isinstance(answer, ApiError):
            observed = self._error(answer, recorded)
        else:
            observed = _picked(answer, recorded)
        instance = self.instance
        found = self.case.comparator.compare(
            self.case.raw, key, observed, names=instance.names, account=instance.account, region=instance.region
        )
        self.differences += [Difference(key, *each) for each in found if not self._is_younger(*each)]

    def _is_younger(self, path: str, recorded: Any, observed: Any) -> bool:
        """Whether the answer has a field that AWS did not have yet on the day of the recording."""
        since = next((day for field, day in NAMES_SINCE.items() if path.endswith(field)), None)
        return recorded == self.case.comparator.MISSING and since is not None and self.case.recorded_on < since

    def _observed_cases(self) -> Any:
        started = list(self.service.executions.values())
        results = [self.driver.describe(each.arn) for each in started]
        outputs = [
            to_text(r.output if r.status == "SUCCEEDED" else {"status": r.status, "error": r.error}) for r in results
        ]
        observed = self.case.comparator.observed_cases([each.input for each in started], outputs)
        return observed[: len(outputs)]

    def _error(self, error: ApiError, recorded: Any) -> Any:
        """The error in the shape in which the test kept it."""
        operation = self.calls[self.at]["operation"]
        text = f"An error occurred ({error.code}) when calling the {operation} operation: {error.message}"
        if isinstance(recorded, str):
            return self._as_sent(text)
        if isinstance(recorded, dict) and "exception_typename" in recorded:
            return {"exception_typename": error.code, "exception_value": self._as_sent(text)}
        message = self._as_sent(error.message)
        return {"Error": {"Code": error.code, "Message": message}, "message": message}

    def _as_sent(self, text: str) -> str:
        """The text with what the client sent instead of what was put in its place."""
        for name, value in self.calls[self.at]["request"].items():
            if name.endswith("Arn") and not value.startswith("arn:"):
                text = text.replace(self._stand_in(name, value), value)
        return text


def _picked(answer: Document, recorded: Any) -> Any:
    """What the test kept of an answer: all of it, or the one list that is in it."""
    lists = [value for value in answer.values() if isinstance(value, list)]
    return lists[0] if isinstance(recorded, list) and len(lists) == 1 else answer


def _said_by_boto3(recorded: Any) -> bool:
    if isinstance(recorded, dict):
        return recorded.get("exception_typename") == "ParamValidationError"
    return isinstance(recorded, str) and recorded.startswith("Parameter validation failed:")


LINE = 160  # characters of a value in a listing


def lines(differences: list[Difference], length: int | None = LINE) -> Iterator[str]:
    """Differences, one per line; ``None`` leaves nothing out."""
    for each in differences:
        if not each.recording:
            yield f"not played: {each.observed}"
            continue
        place = each.path if each.path.startswith(each.recording) else f"{each.recording} {each.path}"
        recorded, observed = _apart(each.recorded, each.observed, length)
        yield f"{place}: recorded {recorded} observed {observed}"


def _apart(recorded: Any, observed: Any, length: int | None) -> tuple[str, str]:
    """Both shortened; of two long texts that begin alike, from shortly before the place where they part."""
    texts = isinstance(recorded, str) and isinstance(observed, str)
    if not texts or length is None or max(len(recorded), len(observed)) <= length:
        return _shortened(recorded, length), _shortened(observed, length)
    common = next((i for i, (a, b) in enumerate(zip(recorded, observed, strict=False)) if a != b), 0)
    start = max(0, common - 40)
    head = "... " if start else ""
    return head + _shortened(recorded[start:], length), head + _shortened(observed[start:], length)


def _shortened(value: Any, length: int | None) -> str:
    """A value in one line, its middle left out where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = text.replace("\n", "\\n")
    return text if length is None or len(text) <= length else f"{text[: length - 60]} ... {text[-55:]}"
