"""``interpreter.redrive``: executions that failed go on, and with them the nested ones that they waited for."""

from __future__ import annotations

import json

import pytest

from aslrun import ExecutionDoesNotExist, ExecutionNotRedrivable, Interpreter, Resources, TaskError, VirtualClock
from aslrun.engine.map_run import MapRun
from aslrun.runtime.host import ENDED_CHILDREN
from aslrun.stores.objects import MemoryObjectStore
from aslrun.values import JSON

from .machines import DAY, LAMBDA, State, machine, task, wait
from .test_nested import CHILD, HERE, STARTS, starting

pytestmark = pytest.mark.anyio

FAIL: State = {"Type": "Fail", "Error": "Broken"}


class Shop:
    """Resources whose function "work" fails a number of times, and a machine "child" that calls it."""

    def __init__(self, failures: int = 1) -> None:
        self.failures = failures
        self.calls = 0
        self.resources = Resources()
        self.resources.task(LAMBDA + "work", self._work, inline=True)
        self.resources.machine(machine(wait(5), task(), name="child"))

    def _work(self, value: JSON) -> JSON:
        self.calls += 1
        if self.calls <= self.failures:
            raise TaskError("Broken")
        return {"done": self.calls}


async def test_a_failed_execution_goes_on_to_its_end() -> None:
    heard: list[str] = []
    resources = Shop().resources
    async with Interpreter(resources, on_status=lambda execution, status: heard.append(status)) as interpreter:
        execution = await interpreter.start(machine({"Type": "Pass"}, task()))
        assert (await execution.result()).status == "FAILED"
        assert await interpreter.redrive(execution.arn) == execution
        result = await execution.result()
    assert (result.status, result.output) == ("SUCCEEDED", {"done": 2})
    assert [event["type"] for event in result.history].count("PassStateEntered") == 1
    assert heard == ["RUNNING", "FAILED", "RUNNING", "SUCCEEDED"]


async def test_it_may_be_redriven_again() -> None:
    async with Interpreter(Shop(failures=2).resources) as interpreter:
        execution = await interpreter.start(machine(task()))
        for status in ("FAILED", "FAILED", "SUCCEEDED"):
            assert (await execution.result()).status == status
            if status == "FAILED":
                await interpreter.redrive(execution.arn)


async def test_a_stopped_execution_goes_on() -> None:
    async with Interpreter(clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(wait(DAY)))
        await execution.stop()
        await interpreter.redrive(execution.arn)
        assert (await execution.result()).status == "SUCCEEDED"


async def test_a_nested_execution_is_redriven_with_its_parent() -> None:
    shop = Shop()
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        parent = await interpreter.start(machine(starting(f"{STARTS}.sync:2")))
        assert (await parent.result()).error == "States.TaskFailed"
        await interpreter.redrive(parent.arn)
        result = await parent.result()
        child = interpreter.execution(f"{HERE}:execution:child:one").describe()
    assert isinstance(result.output, dict)
    assert (result.output["Output"], result.output["RedriveCount"]) == ({"done": 2}, 1)
    types = [event["type"] for event in child.history]
    assert (types.count("ExecutionRedriven"), types.count("WaitStateEntered")) == (1, 1)


def mapping(type: str) -> State:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": type}
    states = {"P": {"Type": "Pass", "Next": "T"}, "T": {**task(), "End": True}}
    return {"Type": "Map", "ItemProcessor": {"ProcessorConfig": config, "StartAt": "P", "States": states}}


def arns(interpreter: Interpreter) -> set[str]:
    return {each.arn for each in interpreter.executions()}


async def test_failed_children_of_a_map_run_go_on_from_their_failed_states() -> None:
    shop = Shop()
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(mapping("STANDARD"), name="shop"), [1, 2])
        assert (await execution.result()).error == "States.ExceedToleratedFailureThreshold"
        before = arns(interpreter)
        await interpreter.redrive(execution.arn)
        result = await execution.result()
        assert arns(interpreter) == before
        histories = [interpreter.history(arn) for arn in before - {execution.arn}]
    types = [event["type"] for history in histories for event in history]
    assert result.status == "SUCCEEDED"
    assert types.count("PassStateEntered") == 2
    assert types.count("ExecutionRedriven") >= 1
    (run,) = result.map_runs
    assert (run.status, run.redrive_count, run.executions.succeeded) == ("SUCCEEDED", 1, 2)


async def test_children_of_a_map_run_that_were_stopped_with_it_go_on() -> None:
    each = mapping("STANDARD")
    each["ItemProcessor"]["States"]["T"] = {**wait(DAY), "End": True}
    clock = VirtualClock()
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(each), [1, 2, 3])
        await execution.stop()
        before = arns(interpreter)
        await interpreter.redrive(execution.arn)
        assert (await execution.result()).output == [1, 2, 3]
        assert arns(interpreter) == before
        (run,) = interpreter.map_runs(execution.arn)
    assert (run.redrive_count, run.executions.succeeded, run.executions.total) == (1, 3, 3)


async def test_a_child_that_is_no_longer_known_starts_from_its_beginning() -> None:
    shop = Shop()
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(mapping("STANDARD")), [1])
        await execution.result()
        (child,) = arns(interpreter) - {execution.arn}
        interpreter.forget(child)
        await interpreter.redrive(execution.arn)
        assert (await execution.result()).output == [{"done": 2}]
        types = [event["type"] for event in interpreter.history(child)]
    assert (types.count("ExecutionRedriven"), types.count("PassStateEntered")) == (0, 1)


async def test_a_child_that_has_begun_anew_stays_known_while_a_thousand_others_end() -> None:
    each = mapping("STANDARD")
    each["ItemProcessor"]["States"]["P"] = {**wait(DAY), "Next": "T"}
    many = mapping("STANDARD")
    many["ItemProcessor"] |= {"States": {"P": {"Type": "Pass", "End": True}}}
    async with Interpreter(Shop().resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(each), [1])
        await execution.result()
        (child,) = arns(interpreter) - {execution.arn}
        interpreter.forget(child)
        await interpreter.redrive(execution.arn)
        assert (await (await interpreter.start(machine(many), [0] * (ENDED_CHILDREN + 1))).result()).succeeded
        assert interpreter.execution(child).status == "RUNNING"


async def test_failed_express_children_of_a_map_run_are_executions_anew() -> None:
    shop = Shop()
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(mapping("EXPRESS")), [1])
        await execution.result()
        before = arns(interpreter)
        await interpreter.redrive(execution.arn)
        assert (await execution.result()).output == [{"done": 2}]
        assert len(arns(interpreter) - before) == 1


async def test_an_execution_whose_name_was_taken_starts_no_other_on_a_redrive() -> None:
    shop = Shop()
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        parent = await interpreter.start(machine(starting(), starting(f"{STARTS}.sync", CHILD), wait(60)))
        await parent.result()
        await interpreter.redrive(parent.arn)
        await parent.result()
        assert len(interpreter.executions()) == 2


@pytest.mark.parametrize(
    ("states", "type", "message"),
    [
        ([wait(DAY)], "STANDARD", "Execution is RUNNING and cannot be redriven"),
        ([{"Type": "Pass"}], "STANDARD", "Execution is SUCCEEDED and cannot be redriven"),
        ([FAIL], "EXPRESS", "Execution is EXPRESS and cannot be redriven"),
    ],
)
async def test_what_cannot_be_redriven_is_said(states: list[State], type: str, message: str) -> None:
    async with Interpreter() as interpreter:
        execution = await interpreter.start(machine(*states, type=type))
        await interpreter.settled()
        with pytest.raises(ExecutionNotRedrivable, match=message):
            await interpreter.redrive(execution.arn)


async def test_after_fourteen_days_it_is_too_late() -> None:
    clock = VirtualClock(auto=False)
    async with Interpreter(clock=clock) as interpreter:
        execution = await interpreter.start(machine(FAIL))
        await execution.result()
        clock.advance(15 * DAY)
        with pytest.raises(ExecutionNotRedrivable, match="more than 14 days ago"):
            await interpreter.redrive(execution.arn)


async def test_an_unknown_execution_cannot_be_redriven() -> None:
    async with Interpreter() as interpreter:
        with pytest.raises(ExecutionDoesNotExist):
            await interpreter.redrive("nobody")


async def test_the_result_files_of_a_redriven_map_run_hold_every_child_once() -> None:
    shop, store = Shop(), MemoryObjectStore({"out": {}})
    shop.resources.objects = store
    each = mapping("STANDARD")
    each["ResultWriter"] = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "p"}}
    each["MaxConcurrency"] = 1
    async with Interpreter(shop.resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(machine(each), [1, 2])
        assert (await execution.result()).error == "States.ExceedToleratedFailureThreshold"
        (run,) = interpreter.map_runs(execution.arn)
        assert written(store, run, "FAILED") == ["1"]
        await interpreter.redrive(execution.arn)
        assert (await execution.result()).succeeded
    assert written(store, run, "SUCCEEDED") == ["1", "2"]


def written(store: MemoryObjectStore, run: MapRun, status: str) -> list[str]:
    """The inputs of the children in the result file of a status."""
    text = b"".join(store.read("out", f"p/{run.id}/{status}_0.json"))
    return [child["Input"] for child in json.loads(text)]
