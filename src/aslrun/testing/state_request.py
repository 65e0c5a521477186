"""The operation TestState of the Step Functions API over ``testing.state``: a request in, an answer out.

Rules that a change must keep:

1. Values are JSON text on this border, and text that came from outside goes on as it came.
2. INFO shows the outcome, DEBUG and TRACE the data after each step too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ..errors import InvalidDefinition
from ..resources.registry import Resources
from ..runtime.naming import DEFAULT_PLACE, Place
from ..values import JSON, parse, spaced, to_text
from .answers import Answer
from .one_state import InvalidStateTest, StateResult, one_state, state
from .shapes import Mode
from .state_context import check_context

_NUMBERS = frozenset({"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage", "errorDetails"})
_CONFIGURATION = {
    "retrierRetryCount": "retrier_retry_count",
    "errorCausedByState": "error_caused_by_state",
    "mapIterationFailureCount": "map_iteration_failure_count",
    "mapItemReaderData": "map_item_reader_data",
}


def answer(
    request: Mapping[str, JSON], resources: Resources | None = None, place: Place = DEFAULT_PLACE
) -> dict[str, JSON]:
    """What TestState answers to a request, both in the shapes of boto3.

    Raises ``InvalidStateTest`` with the code and the message of AWS's exception.

    >>> answer({"definition": '{"Type": "Succeed"}', "input": '{"id":7}'})
    {'output': '{"id":7}', 'status': 'SUCCEEDED'}
    """
    definition, name = cast(str, request["definition"]), cast("str | None", request.get("stateName"))
    try:
        tested = one_state(definition, name)
    except InvalidDefinition as refused:
        told = ", ".join(f"{each.code}: {each.message} at {each.location}" for each in refused.diagnostics)
        raise InvalidStateTest(f"Invalid State Machine Definition: '{told}'", "InvalidDefinition") from refused
    mock, mode = _mock(request)
    context = _object(request.get("context"), "context")
    if context is not None and mock is not None:
        check_context(tested.state, context)
    result = _tested(request, mock, mode, context, resources, place)
    return _response(result, cast(str, request.get("inspectionLevel", "INFO")))


def _tested(
    request: Mapping[str, JSON],
    mock: Answer | None,
    mode: Mode | None,
    context: dict[str, JSON] | None,
    resources: Resources | None,
    place: Place,
) -> StateResult:
    configured = cast("dict[str, JSON]", request.get("stateConfiguration") or {})
    options = {parameter: configured[name] for name, parameter in _CONFIGURATION.items() if name in configured}
    role = cast("str | None", request.get("roleArn"))
    definition, name = cast(str, request["definition"]), cast("str | None", request.get("stateName"))
    tested = one_state(definition, name)
    if tested.state.type == "Task" and mock is None and role is None:
        raise InvalidStateTest("RoleArn must be specified when testing a Task state")
    return state(
        definition,
        name,
        _input(request.get("input")),
        context=context,
        variables=_object(request.get("variables"), "variables"),
        field_validation_mode=mode,
        resources=resources,
        role_arn=role,
        place=place,
        mock=... if mock is None else mock,
        **options,  # type: ignore[arg-type]
    )


def _mock(request: Mapping[str, JSON]) -> tuple[Answer | None, Mode | None]:
    mock = cast("dict[str, JSON] | None", request.get("mock"))
    if mock is None:
        return None, None
    if request.get("revealSecrets"):
        raise InvalidStateTest("TestState does not support RevealSecrets when a mock is specified.")
    if {"result", "errorOutput"} <= mock.keys():
        message = "A test mock should have only one of the following fields: [result, errorOutput]."
        raise InvalidStateTest(message)
    mode = cast("Mode | None", mock.get("fieldValidationMode"))
    if "errorOutput" in mock:
        told = cast("dict[str, str]", mock["errorOutput"])
        return Answer(error=told.get("error", ""), cause=told.get("cause")), mode
    try:
        return Answer(parse(cast(str, mock.get("result", "null")))), mode
    except ValueError:
        raise InvalidStateTest("Mocked result must be valid JSON") from None


def _input(text: JSON) -> JSON:
    try:
        return parse("{}" if text is None else cast(str, text))
    except ValueError as problem:
        message = f"Invalid State Machine Execution Input: '{problem}'"
        raise InvalidStateTest(message, "InvalidExecutionInput") from None


def _object(text: JSON, field: str) -> dict[str, JSON] | None:
    if text is None:
        return None
    try:
        value = parse(cast(str, text))
    except ValueError as problem:
        raise InvalidStateTest(f"Invalid {field}: {problem}") from None
    if not isinstance(value, dict):
        raise InvalidStateTest(f"Invalid {field}: must be a JSON object")
    return value


def _response(result: StateResult, level: str) -> dict[str, JSON]:
    answer: dict[str, JSON] = {}
    if result.status in ("SUCCEEDED", "CAUGHT_ERROR"):
        answer["output"] = to_text(result.output)
    given = {"error": result.error, "cause": result.cause, "nextState": result.next_state, "status": result.status}
    answer |= {name: value for name, value in given.items() if value is not None}
    if level != "INFO":
        answer["inspectionData"] = {
            name: value if name in _NUMBERS else _text(value) for name, value in result.inspection.items()
        }
    return answer


def _text(value: JSON) -> str:
    """The text as it came, or else with blanks, as TestState writes it (recorded)."""
    return to_text(value if hasattr(value, "written") else spaced(value))
