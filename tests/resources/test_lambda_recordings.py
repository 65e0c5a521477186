"""What AWS Lambda answered to Step Functions, compared with what our handlers' results and exceptions become."""

from __future__ import annotations

import importlib.util
import json
import linecache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from aslrun.resources.invocation import Failed, Succeeded, invoke_sync, prepare
from aslrun.resources.lambda_function import is_lambda_invoke
from aslrun.resources.registry import Resources
from aslrun.resources.task_context import TaskContext
from aslrun.values import exceeds, to_text

from .told import Told

RECORDED = Path(__file__).resolve().parents[3] / "shared" / "aws-recorded"
ACCOUNT, REGION = "111111111111", "us-east-1"
SCHEDULED = {
    "TaskScheduled": "taskScheduledEventDetails",
    "LambdaFunctionScheduled": "lambdaFunctionScheduledEventDetails",
}
ENDED = {
    "TaskSucceeded": "taskSucceededEventDetails",
    "TaskFailed": "taskFailedEventDetails",
    "LambdaFunctionSucceeded": "lambdaFunctionSucceededEventDetails",
    "LambdaFunctionFailed": "lambdaFunctionFailedEventDetails",
}


def comparator() -> ModuleType:
    specification = importlib.util.spec_from_file_location("recorded_compare", RECORDED / "compare.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def calls_of_lambda() -> list[Any]:
    """(case, resource, arguments, details of the end) of every call whose handler's source is known."""
    if not RECORDED.is_dir():
        return []
    found = []
    for path in sorted(RECORDED.glob("cases/**/*.json")):
        case = json.loads(path.read_text())
        if case["lambda_functions"] and not case.get("mock_config"):
            for number, (resource, arguments, end) in enumerate(calls_in(case)):
                found.append(pytest.param(case, resource, arguments, end, id=f"{case['id']}-{number}"))
    return found


def calls_in(case: dict[str, Any]) -> list[tuple[str, Any, dict[str, Any]]]:
    calls = []
    for recording in case["recorded"].values():
        events = recording.get("events", []) if isinstance(recording, dict) else []
        waiting: dict[int, tuple[str, Any]] = {}
        for event in events:
            if not isinstance(event["id"], int) or event["id"] == 0:
                continue
            if (kind := event["type"]) in SCHEDULED:
                waiting[event["id"]] = scheduled(event[SCHEDULED[kind]])
            elif kind in ("TaskStarted", "LambdaFunctionStarted"):
                waiting[event["id"]] = waiting.get(event["previousEventId"], ("", None))
            elif kind in ENDED and (call := waiting.get(event["previousEventId"])) and call[0]:
                calls.append((*call, event[ENDED[kind]]))
    return calls


def scheduled(details: dict[str, Any]) -> tuple[str, Any]:
    if "parameters" in details:
        is_lambda = details["resourceType"] == "lambda"
        parameters = json.loads(literal(json.dumps(details["parameters"])))
        return (f"arn:aws:states:::lambda:{details['resource']}" if is_lambda else ""), parameters
    given = details.get("input")
    return literal(details["resource"]), json.loads(given) if isinstance(given, str) else given


def literal(text: str) -> str:
    return text.replace("<partition>", "aws").replace("<region>", REGION)


def resources_of(case: dict[str, Any]) -> Resources:
    resources = Resources()
    for function in case["lambda_functions"]:
        source = function["sources"]["handler.py"]
        filename = "/var/task/handler.py"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        names: dict[str, Any] = {}
        exec(compile(source, filename, "exec"), names)
        resources.task(function["arn"], names["handler"])
    return resources


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"needs the recorded data in {RECORDED}, which is not there")
def test_there_are_calls_to_compare() -> None:
    assert len(calls_of_lambda()) > 40


@pytest.mark.parametrize(("case", "resource", "arguments", "end"), calls_of_lambda())
def test_a_handler_answers_as_the_function_did(
    case: dict[str, Any], resource: str, arguments: Any, end: dict[str, Any]
) -> None:
    compare = comparator()
    context = TaskContext(region=REGION, account=ACCOUNT, driver=Told(lambda: 1_700_000_000.5))
    call = prepare(resources_of(case), resource, arguments, context, "6f1c2a1e-0000-4000-8000-000000000001")
    outcome = call if isinstance(call, Failed) else invoke_sync(call)
    if end.get("error") == "States.DataLimitExceeded":  # the engine's verdict on what we hand over
        assert isinstance(outcome, Succeeded)
        assert exceeds(outcome.output, 262_144)
        return
    if isinstance(outcome, Succeeded):
        observed: dict[str, Any] = {"output": to_text(outcome.output)}
    else:
        observed = {"error": outcome.error, "cause": outcome.cause}
    expected = {key: end[key] for key in ("output", "error", "cause") if key in end}
    matcher = compare.Matcher(case, {}, ACCOUNT, REGION)
    differences: list[Any] = []
    matcher.diff(expected, compare.parse_json_strings(observed), "end", differences)
    assert [d for d in differences if not echoes_a_placeholder(d, expected)] == []


def echoes_a_placeholder(difference: Any, expected: Any) -> bool:
    """The length of a payload that holds a name which the recorder wrote over is not known any more."""
    return "Content-Length" in difference[0] and "<" in json.dumps(expected["output"]["Payload"])


def cause_text_in(case_id: str, state: str) -> str:
    case = json.loads((RECORDED / "cases" / f"{case_id}.json").read_text())
    for event in case["recorded"]["get_execution_history"]["events"]:
        details = event.get("stateExitedEventDetails", {})
        if details.get("name") == state:
            return str(details["output"]["Cause"])
    raise AssertionError(f"{state} does not exit in {case_id}")


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"needs the recorded data in {RECORDED}, which is not there")
@pytest.mark.parametrize(
    ("case_id", "state"),
    [
        ("error_handling/task_lambda/test_raise_exception_catch", "Start"),
        ("error_handling/task_service_lambda/test_raise_exception_catch", "Start"),
    ],
)
def test_the_cause_has_the_blanks_of_the_recorded_text(case_id: str, state: str) -> None:
    case = json.loads((RECORDED / "cases" / f"{case_id}.json").read_text())
    resource, arguments, _ = calls_in(case)[0]
    call = prepare(resources_of(case), resource, arguments, TaskContext(), "<uuid:1>")
    assert not isinstance(call, Failed)
    outcome = invoke_sync(call)
    assert isinstance(outcome, Failed)
    assert outcome.cause == cause_text_in(case_id, state)
    assert is_lambda_invoke(resource) == ('": ' not in (outcome.cause or ""))
