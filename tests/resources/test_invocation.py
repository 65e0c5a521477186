"""One call of a handler: what it is given, and what its result or exception becomes."""

from __future__ import annotations

import asyncio
import base64
import enum
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from aslrun.errors import TaskError, TaskTimedOut
from aslrun.resources.invocation import (
    Failed,
    Invocation,
    NeedsEventLoop,
    Outcome,
    Succeeded,
    invoke,
    invoke_sync,
    prepare,
    run_unsuspended,
)
from aslrun.resources.registry import Resources
from aslrun.resources.task_context import TaskContext
from aslrun.values import parse, to_text

from .told import Told

INVOKE = "arn:aws:states:::lambda:invoke"
FUNCTION = "arn:aws:lambda:us-east-1:111111111111:function:work"
PUBLISH = "arn:aws:states:::sns:publish"


def call_of(function: Callable[..., object], resource: str, arguments: Any, **options: Any) -> Invocation | Failed:
    resources = Resources()
    pattern = options.pop("pattern", FUNCTION if resource.startswith(INVOKE) else resource)
    resources.task(pattern, function, name="work", **options)
    return prepare(resources, resource, arguments, TaskContext(state="Work", account="111111111111"), "request-1")


def outcome_of(
    function: Callable[..., object], resource: str = PUBLISH, arguments: Any = None, **options: Any
) -> Outcome:
    call = call_of(function, resource, arguments, **options)
    return call if isinstance(call, Failed) else invoke_sync(call)


def output_of(function: Callable[..., object], resource: str = PUBLISH, arguments: Any = None, **options: Any) -> Any:
    outcome = outcome_of(function, resource, arguments, **options)
    assert isinstance(outcome, Succeeded)
    return outcome.output


def failure_of(
    function: Callable[..., object], resource: str = PUBLISH, arguments: Any = None, **options: Any
) -> Failed:
    outcome = outcome_of(function, resource, arguments, **options)
    assert isinstance(outcome, Failed)
    return outcome


def raising(exception: BaseException) -> Callable[[Any], object]:
    def work(given: Any) -> object:
        raise exception

    return work


# --------------------------------------------------------------------------- input


def test_a_handler_that_changes_its_input_changes_a_copy() -> None:
    arguments: dict[str, Any] = {"items": [1]}

    def work(given: Any) -> None:
        given["items"].append(2)

    outcome_of(work, PUBLISH, arguments)
    assert arguments == {"items": [1]}


def test_a_pure_handler_gets_the_input_itself() -> None:
    arguments: dict[str, Any] = {"items": [1]}
    assert output_of(lambda given: given is arguments, PUBLISH, arguments, pure=True) is True


def test_a_handler_with_two_parameters_gets_the_task() -> None:
    assert output_of(lambda given, task: task.state) == "Work"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"Payload": {"a": 1}}, {"a": 1}),
        ({"Payload": '{"a": 1}'}, {"a": 1}),
        ({"Payload": '"text"'}, "text"),
        ({"Payload": "0"}, 0),
        ({"Payload": None}, {}),
        ({}, {}),
    ],
)
def test_lambda_invoke_gives_the_function_its_payload(arguments: Any, expected: Any) -> None:
    assert output_of(lambda event: event, INVOKE, {"FunctionName": "work", **arguments})["Payload"] == expected


def test_a_payload_that_is_no_json_text_is_refused_as_lambda_does() -> None:
    failure = failure_of(lambda event: event, INVOKE, {"FunctionName": "work", "Payload": "test data"})
    assert failure.error == "Lambda.InvalidRequestContentException"
    assert failure.cause is not None
    assert "Unrecognized token 'test': was expecting" in failure.cause
    assert failure.cause.endswith("; Request ID: request-1; Proxy: null)")


def test_a_handler_of_lambda_invoke_itself_gets_and_gives_what_it_likes() -> None:
    arguments = {"FunctionName": "x", "Payload": "0"}
    assert output_of(lambda parameters: {"seen": parameters}, INVOKE, arguments, pattern=INVOKE) == {"seen": arguments}


# --------------------------------------------------------------------------- output


class Colour(enum.StrEnum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        ([1, 2.5, "x", [None]], [1, 2.5, "x", [None]]),
        (OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ({Colour.RED: [Colour.RED, Level.HIGH]}, {"red": ["red", 3]}),
    ],
)
def test_json_in_any_dress_comes_out_as_plain_json(value: Any, expected: Any) -> None:
    output = output_of(lambda given: value)
    assert output == expected
    assert to_text(output) == to_text(expected)
    assert type(output) is type(expected)


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        ({"total": Decimal("1.5")}, "$.total", "a Decimal is not JSON"),
        ([{"at": datetime(2024, 1, 1, tzinfo=UTC)}], "$[0].at", "a datetime is not JSON"),
        ({"ratio": float("nan")}, "$.ratio", "nan is not JSON"),
        ([float("inf")], "$[0]", "inf is not JSON"),
        ({"pair": (1, 2)}, "$.pair", "a tuple is not JSON"),
        ({"by_id": {7: "x"}}, "$.by_id", "the key 7 is not text"),
        (b'"text"', "$", "a bytes is not JSON"),
        ({1, 2}, "$", "a set is not JSON"),
    ],
)
def test_a_result_that_is_no_json_fails_the_task_with_its_place(value: Any, path: str, reason: str) -> None:
    assert outcome_of(lambda given: value) == Failed(
        "InvalidHandlerOutput", f"handler work returned no JSON: at {path} {reason}"
    )


def test_a_result_that_contains_itself_fails_the_task() -> None:
    value: list[Any] = []
    value.append(value)
    assert failure_of(lambda given: value).error == "InvalidHandlerOutput"


def test_what_a_handler_returned_cannot_be_changed_by_it_later() -> None:
    kept: dict[str, Any] = {"items": [1]}
    output = output_of(lambda given: kept)
    kept["items"].append(2)
    assert output == {"items": [1]}


def test_a_function_that_writes_bytes_has_written_its_answer_itself() -> None:
    assert output_of(lambda event: b'{"a":  1}', FUNCTION) == {"a": 1}
    assert output_of(lambda event: b'{"a":  1}', INVOKE, {"FunctionName": "work"})["Payload"] == {"a": 1}
    assert output_of(lambda event: b"plain", FUNCTION) == "plain"


def test_the_result_of_a_function_arn_keeps_the_functions_blanks() -> None:
    assert to_text(output_of(lambda event: {"a": [1, 2]}, FUNCTION)) == '{"a": [1, 2]}'


def test_the_result_of_lambda_invoke_is_written_without_blanks() -> None:
    answer = output_of(lambda event: b'{"a":  [1, 2]}', INVOKE, {"FunctionName": "work"})
    assert '"Payload":{"a":[1,2]}' in to_text(answer)
    assert answer["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "14"


def test_content_length_counts_bytes() -> None:
    answer = output_of(lambda event: "é", INVOKE, {"FunctionName": "work"})
    assert answer["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "4"


@pytest.mark.parametrize(("name", "version"), [("work", "$LATEST"), ("work:7", "7"), ("work:prod", "$LATEST")])
def test_the_executed_version_is_the_one_that_was_named(name: str, version: str) -> None:
    answer = output_of(lambda event: None, INVOKE, {"FunctionName": name})
    assert answer["ExecutedVersion"] == version
    assert answer["SdkHttpMetadata"]["AllHttpHeaders"]["X-Amz-Executed-Version"] == [version]


def test_a_log_that_was_asked_for_names_the_request() -> None:
    answer = output_of(lambda event: None, INVOKE, {"FunctionName": "work", "LogType": "Tail"})
    assert b"END RequestId: request-1\n" in base64.b64decode(answer["LogResult"])
    assert list(answer)[:3] == ["ExecutedVersion", "LogResult", "Payload"]


def test_the_same_call_has_the_same_answer_to_the_letter() -> None:
    first, second = (to_text(output_of(lambda event: event, INVOKE, {"FunctionName": "work"})) for _ in range(2))
    assert first == second


def test_a_plain_result_is_not_held_to_be_a_lambda_answer_behind_a_catch_all() -> None:
    assert output_of(lambda given: {"a": 1}, INVOKE, {"FunctionName": "work"}, pattern="*") == {"a": 1}


# --------------------------------------------------------------------------- failure


class CardDeclined(Exception):
    pass


class Broken(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def test_an_exception_fails_the_task_under_the_name_of_its_class() -> None:
    failure = failure_of(raising(CardDeclined("over the limit")))
    assert failure.error == "CardDeclined"
    cause = json.loads(failure.cause or "")
    assert (cause["errorMessage"], cause["errorType"], cause["requestId"]) == (
        "over the limit",
        "CardDeclined",
        "request-1",
    )


@pytest.mark.parametrize(("resource", "blanks"), [(FUNCTION, True), (INVOKE, False), (PUBLISH, False)])
def test_only_a_function_arn_writes_its_cause_with_blanks(resource: str, blanks: bool) -> None:
    failure = failure_of(raising(ValueError("x")), resource, {"FunctionName": "work"})
    assert (failure.cause or "").startswith('{"errorMessage": "x", ' if blanks else '{"errorMessage":"x",')


def deeper() -> None:
    raise ValueError("deep down")


def work_deeply(given: Any) -> None:
    deeper()


async def work_deeply_and_wait(given: Any) -> None:
    deeper()


class Worker:
    def __call__(self, given: Any) -> None:
        deeper()

    def method(self, given: Any) -> None:
        deeper()


@pytest.mark.parametrize("function", [work_deeply, work_deeply_and_wait, Worker(), Worker().method])
def test_the_stack_has_the_frames_from_the_handler_downward_and_none_of_ours(function: Any) -> None:
    stack = json.loads(failure_of(function).cause or "")["stackTrace"]
    assert [line.split(", in ")[1].split("\n")[1].strip() for line in stack] == [
        "deeper()",
        'raise ValueError("deep down")',
    ]
    assert all(line.startswith(f'  File "{__file__}", line ') for line in stack)


def test_a_stack_has_no_carets() -> None:
    def work(given: Any) -> object:
        return given["missing"] + 1

    stack = json.loads(failure_of(work, arguments={}).cause or "")["stackTrace"]
    assert [line.split("\n")[1:] for line in stack] == [['    return given["missing"] + 1', ""]]


def test_an_exception_of_the_call_itself_has_no_stack_of_ours() -> None:
    assert json.loads(failure_of(len, arguments=7).cause or "")["stackTrace"] == []


def test_an_exception_without_text_still_fails_the_task() -> None:
    assert json.loads(failure_of(raising(Broken())).cause or "")["errorMessage"] == ""


@pytest.mark.parametrize("cause", ["over the limit", "", None])
def test_a_task_error_is_taken_at_its_word(cause: str | None) -> None:
    assert failure_of(raising(TaskError("CardDeclined", cause))) == Failed("CardDeclined", cause)


def test_long_errors_and_causes_are_cut_to_what_aws_keeps() -> None:
    failure = failure_of(raising(TaskError("E" * 300, "c" * 40_000)))
    assert (len(failure.error), len(failure.cause or "")) == (256, 32_768)
    assert len(failure_of(raising(ValueError("v" * 40_000))).cause or "") == 32_768


def test_an_interrupt_is_no_outcome() -> None:
    with pytest.raises(KeyboardInterrupt):
        outcome_of(raising(KeyboardInterrupt()))


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("gone", "aws:lambda:us-east-1:111111111111:function:gone:$LATEST"),
        ("gone:prod", "aws:lambda:us-east-1:111111111111:function:gone:prod"),
        ("arn:aws-cn:lambda:cn-north-1:2:function:gone", "aws-cn:lambda:cn-north-1:2:function:gone:$LATEST"),
    ],
)
def test_a_function_that_nothing_serves_is_not_found(name: str, arn: str) -> None:
    assert outcome_of(lambda event: None, INVOKE, {"FunctionName": name}) == Failed(
        "Lambda.ResourceNotFoundException",
        f"Function not found: arn:{arn} (Service: AWSLambda; Status Code: 404; "
        "Error Code: ResourceNotFoundException; Request ID: request-1; Proxy: null)",
    )


def test_a_resource_that_nothing_serves_cannot_be_run() -> None:
    assert outcome_of(lambda given: None, "arn:aws:states:::sqs:sendMessage", pattern=PUBLISH) == Failed(
        "States.Runtime", "No handler serves the resource arn:aws:states:::sqs:sendMessage"
    )


# --------------------------------------------------------------------------- ways of calling


async def waits(given: Any) -> Any:
    await asyncio.sleep(0)
    return given


async def returns(given: Any) -> Any:
    return given


@pytest.mark.parametrize("function", [waits, returns, lambda given: given, lambda given: waits(given)])
def test_an_event_loop_makes_every_kind_of_call(function: Any) -> None:
    call = call_of(function, PUBLISH, {"a": 1})
    assert isinstance(call, Invocation)
    assert asyncio.run(invoke(call)) == Succeeded({"a": 1})


def test_an_exception_after_waiting_fails_the_task() -> None:
    async def work(given: Any) -> None:
        await asyncio.sleep(0)
        raise CardDeclined

    call = call_of(work, PUBLISH, None)
    assert isinstance(call, Invocation)
    assert asyncio.run(invoke(call))[0] == "CardDeclined"


def test_a_cancelled_call_is_no_outcome() -> None:
    async def cancelled() -> None:
        call = call_of(waits, PUBLISH, None)
        assert isinstance(call, Invocation)
        task = asyncio.ensure_future(invoke(call))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_an_async_handler_that_never_waits_needs_no_event_loop() -> None:
    assert output_of(returns, arguments=[1]) == [1]


def test_an_async_handler_that_waits_says_that_it_needs_an_event_loop() -> None:
    with pytest.raises(NeedsEventLoop, match="handler waits waits for something, which takes an event loop"):
        outcome_of(waits)


def test_a_driver_may_bring_its_own_way_of_running_coroutines() -> None:
    call = call_of(waits, PUBLISH, {"a": 1})
    assert isinstance(call, Invocation)
    assert invoke_sync(call, asyncio.run) == Succeeded({"a": 1})


def test_a_verbatim_input_does_not_lend_its_text_to_the_output() -> None:
    assert to_text(output_of(lambda given: given, PUBLISH, parse('{"a":  1}'), pure=True)) == '{"a":1}'


# --------------------------------------------------------------------------- the task context


def test_a_context_shows_neither_token_nor_credentials() -> None:
    shown = repr(TaskContext(state="Work", token="secret", credentials={"RoleArn": "secret"}, idempotency_key="secret"))
    assert "secret" not in shown
    assert "Work" in shown


def test_a_heartbeat_may_be_awaited_or_not() -> None:
    driver = Told()
    task = TaskContext(driver=driver)

    async def work() -> None:
        await task.heartbeat()
        task.heartbeat()

    run_unsuspended(work())
    assert driver.told == ["heartbeat", "heartbeat"]


def test_a_submitted_job_is_told_to_the_driver() -> None:
    driver = Told()
    TaskContext(driver=driver).submitted({"JobId": "1"})
    assert driver.told == [{"JobId": "1"}]


def test_a_heartbeat_of_a_task_that_is_over_raises_where_it_is_sent() -> None:
    with pytest.raises(TaskTimedOut):
        TaskContext(driver=Told(over=True)).heartbeat()


def test_time_is_what_the_driver_says_now() -> None:
    times = iter([1.0, 2.0])
    task = TaskContext(driver=Told(lambda: next(times)))
    assert (task.time, task.time) == (1.0, 2.0)


def test_the_heartbeats_answer_is_awaitable() -> None:
    assert isinstance(TaskContext().heartbeat(), Awaitable)
