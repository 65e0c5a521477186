"""Express machines: five minutes, synchronous starts, and loops that never wait."""

from __future__ import annotations

from itertools import pairwise

import pytest

from aslrun import (
    Interpreter,
    InvalidDefinition,
    Limits,
    Machine,
    VirtualClock,
    load,
    run,
    simulate,
)
from aslrun.errors import StateMachineTypeNotSupported

from .machines import CALLBACK, SYNC, machine, served, task, wait

EXPRESS = "EXPRESS"


def endless(*before: dict[str, object]) -> Machine:
    again = {"Type": "Choice", "Choices": [{"Variable": "$", "IsPresent": True, "Next": "A"}], "Default": "Z"}
    names = [chr(ord("A") + index) for index in range(len(before) + 1)]
    states = dict(zip(names, [*before, again], strict=True))
    for name, following in pairwise(names):
        states[name] = {**states[name], "Next": following}
    return load({"StartAt": "A", "States": {**states, "Z": {"Type": "Succeed"}}}, type=EXPRESS)  # type: ignore[dict-item]


def test_an_express_execution_times_out_after_five_minutes() -> None:
    result = simulate(machine(wait(301), type=EXPRESS))
    assert (result.status, (result.stopped_at or 0) - result.started_at) == ("TIMED_OUT", 300)


def test_a_shorter_time_out_of_the_machine_comes_first() -> None:
    result = simulate(machine(wait(301), type=EXPRESS, TimeoutSeconds=60))
    assert (result.stopped_at or 0) - result.started_at == 60


def test_a_standard_execution_has_no_such_limit() -> None:
    assert simulate(machine(wait(301))).status == "SUCCEEDED"


def test_limits_may_give_other_seconds() -> None:
    result = simulate(machine(wait(60)), limits=Limits(execution=30))
    assert (result.status, (result.stopped_at or 0) - result.started_at) == ("TIMED_OUT", 30)


@pytest.mark.parametrize("resource", [SYNC, CALLBACK])
def test_an_express_machine_may_not_wait_for_a_job_or_a_token(resource: str) -> None:
    with pytest.raises(InvalidDefinition):
        machine(task(resource, Parameters={}), type=EXPRESS)


def test_an_endless_loop_that_never_waits_fails_in_the_end() -> None:
    result = simulate(endless({"Type": "Pass"}), 1, limits=Limits(history=0, burst=5_000))
    assert (result.status, result.error) == ("FAILED", "States.Runtime")
    assert result.cause == "The execution had 5000 history events without waiting for anything."


def test_so_does_one_over_handlers_that_take_no_time() -> None:
    loop = endless(task())
    assert simulate(loop, 1, served(lambda value: value), limits=Limits(history=0, burst=5_000)).status == "FAILED"


def test_a_loop_that_waits_is_none() -> None:
    loop = endless(wait(1))
    limits = Limits(history=0, burst=100, execution=300)
    assert simulate(loop, 1, limits=limits).status == "TIMED_OUT"


def test_a_loop_that_never_waits_fails_in_real_time_too() -> None:
    assert run(endless({"Type": "Pass"}), 1, limits=Limits(history=0, burst=5_000)).status == "FAILED"


@pytest.mark.anyio
async def test_start_sync_gives_the_result() -> None:
    async with Interpreter(clock=VirtualClock()) as interpreter:
        result = await interpreter.start_sync(machine(wait(10), type=EXPRESS), {"id": 7}, name="x")
    assert (result.status, result.output, result.name) == ("SUCCEEDED", {"id": 7}, "x")


@pytest.mark.anyio
async def test_start_sync_gives_a_failure_as_a_result() -> None:
    async with Interpreter() as interpreter:
        result = await interpreter.start_sync(machine({"Type": "Fail", "Error": "Broken"}, type=EXPRESS))
    assert (result.status, result.error) == ("FAILED", "Broken")


@pytest.mark.anyio
async def test_start_sync_refuses_a_standard_machine() -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(StateMachineTypeNotSupported, match="only Express ones"):
            await interpreter.start_sync(machine(wait(10)))


@pytest.mark.anyio
async def test_express_executions_may_share_a_name() -> None:
    express = machine({"Type": "Pass"}, type=EXPRESS)
    async with Interpreter() as interpreter:
        arns = {(await interpreter.start_sync(express, name="x")).arn for _ in range(2)}
    assert len(arns) == 2


def test_credentials_reach_the_handler() -> None:
    seen: list[object] = []
    credentials = {"RoleArn.$": "$.role"}
    resources = served(lambda value, task: seen.append(task.credentials))
    simulate(machine(task(Credentials=credentials)), {"role": "arn:aws:iam::222222222222:role/there"}, resources)
    assert seen == [{"RoleArn": "arn:aws:iam::222222222222:role/there"}]
