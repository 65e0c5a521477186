"""JSON nested deeper than Python follows, numbers that it does not write, broken classes: no driver fails over them."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import pytest

import aslrun
from aslrun import Interpreter, InvalidExecutionInput, InvalidHandlerOutput, InvalidOutput, Resources, Result, simulate
from aslrun.engine.limits import Limits
from aslrun.resources.task_context import TaskContext
from aslrun.values import JSON, parse

from .machines import LAMBDA, Desk, callback, machine, served, task, wait

Drive = Callable[[aslrun.Machine, JSON, Resources], Result]
TOO_DEEP = "A value is nested too deep."
WRAPPING = {
    "StartAt": "Wrap",
    "States": {
        "Wrap": {"Type": "Pass", "Parameters": {"inner.$": "$"}, "Next": "Again"},
        "Again": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.never", "IsPresent": True, "Next": "End"}],
            "Default": "Wrap",
        },
        "End": {"Type": "Succeed"},
    },
}


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


def run(definition: aslrun.Machine, input: JSON, resources: Resources) -> Result:
    async def main() -> Result:
        async with Interpreter(resources) as interpreter:
            return await (await interpreter.start(definition, input)).result()

    return anyio.run(main)


def test_a_loop_that_wraps_its_input_for_ever_fails_where_nesting_ends() -> None:
    result = simulate(WRAPPING)
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert (result.cause or "").endswith(TOO_DEEP)


def test_other_executions_go_on_when_one_nests_too_deep() -> None:
    async def main() -> list[str]:
        async with Interpreter() as interpreter:
            started = [await interpreter.start(WRAPPING), await interpreter.start(machine(wait(0)))]
            return [(await execution.result()).status for execution in started]

    assert anyio.run(main) == ["FAILED", "SUCCEEDED"]


@pytest.mark.parametrize("drive", [simulate, run])
def test_arguments_too_deep_to_be_copied_fail_the_task(drive: Drive) -> None:
    result = drive(machine(task()), parse(nested(900)), served(lambda given: given))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert result.cause == f"The arguments of {LAMBDA}work are nested too deep"


def test_callback_output_too_deep_to_be_read_is_refused() -> None:
    async def main() -> None:
        desk = Desk()
        async with Interpreter(desk.resources) as interpreter:
            await interpreter.start(machine(callback()))
            await interpreter.settled()
            with pytest.raises(InvalidOutput, match="nested too deep"):
                await interpreter.send_task_success(desk.token, nested(100_000))

    anyio.run(main)


def test_a_submission_that_contains_itself_is_the_handlers_mistake() -> None:
    circle: list[JSON] = []
    circle.append(circle)
    with pytest.raises(InvalidHandlerOutput, match="contains itself"):
        TaskContext(state="Ship").submitted(circle)


def test_an_input_number_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(InvalidExecutionInput, match=r"at \$\.total a number of more than 4,300 digits is not JSON"):
        simulate(machine(wait(0)), {"total": 10**5_000})


def test_a_result_number_that_cannot_be_written_is_too_large() -> None:
    assert simulate(machine(task()), None, served(lambda given: 10**5_000)).error == "States.DataLimitExceeded"


class Unreadable(dict[str, JSON]):
    def __iter__(self) -> object:  # type: ignore[override]
        raise LookupError("gone")

    def keys(self) -> object:  # type: ignore[override]
        raise LookupError("gone")


@pytest.mark.parametrize("drive", [simulate, run])
def test_a_result_of_a_broken_class_fails_the_task(drive: Drive) -> None:
    assert drive(machine(task()), {}, served(lambda given: Unreadable(a=1))).error == "LookupError"


class Forgetful(aslrun.TaskError):
    def __init__(self) -> None:
        pass


def test_a_task_error_that_lost_its_name_has_that_of_its_class() -> None:
    def handler(given: JSON) -> None:
        raise Forgetful

    assert simulate(machine(task()), None, served(handler)).error == "Forgetful"


def test_error_and_cause_of_a_callback_are_text() -> None:
    async def main() -> None:
        desk = Desk()
        async with Interpreter(desk.resources) as interpreter:
            await interpreter.start(machine(callback()))
            await interpreter.settled()
            with pytest.raises(TypeError, match="must be text, not dict"):
                await interpreter.send_task_failure(desk.token, "Rejected", {"by": "Ada"})  # type: ignore[arg-type]

    anyio.run(main)


def test_an_execution_that_reads_the_time_beyond_the_year_9999_fails() -> None:
    definition = {
        "StartAt": "Late",
        "States": {"Late": {"Type": "Pass", "Parameters": {"at.$": "$$.State.EnteredTime"}, "End": True}},
    }
    result = simulate(definition, start=1e12)
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert (result.cause or "").endswith("no time beyond the year 9999.")


def test_no_quota_on_concurrency_starts_every_item() -> None:
    inner = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    definition = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}}}
    assert simulate(definition, [1, 2], limits=Limits(map_concurrency=0)).output == [1, 2]


def test_no_quota_on_error_and_cause_keeps_them() -> None:
    def handler(given: JSON) -> None:
        raise aslrun.TaskError("Declined", "over the limit")

    result = simulate(machine(task()), None, served(handler), limits=Limits(error=0, cause=0))
    assert (result.error, result.cause) == ("Declined", "over the limit")


def test_an_input_that_is_too_long_by_its_blanks_alone_is_refused() -> None:
    with pytest.raises(InvalidExecutionInput, match="262144"):
        simulate(machine({"Type": "Pass"}), parse('{"a":' + " " * 262_144 + "1}"))


def test_an_input_nested_as_deep_as_text_is_read_runs() -> None:
    deepest = 1
    for depth in range(900, 1_000):
        try:
            parse('{"a":' + nested(depth) + "}")
        except RecursionError:
            break
        deepest = depth
    result = simulate(machine({"Type": "Pass"}), parse('{"a":' + nested(deepest - 20) + "}"))
    assert result.succeeded
