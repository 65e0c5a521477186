"""``run``: real time, blocking, from code without an event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import anyio
import pytest

import aslrun
from aslrun import Limits, run
from aslrun.language.timestamps import format_timestamp
from aslrun.runtime.clock import SystemClock

from .machines import DAY, machine, parallel, served, task, wait


async def echo(value: object) -> object:
    return value


@pytest.mark.parametrize("handler", [echo, lambda value: value])
def test_it_gives_the_result(handler: object) -> None:
    result = run(machine(task()), {"id": 7}, served(handler))  # type: ignore[arg-type]
    assert (result.status, result.output) == ("SUCCEEDED", {"id": 7})


def test_time_is_the_wall_clock() -> None:
    before = time.time()
    result = run(machine({"Type": "Succeed"}))
    assert before <= result.started_at <= time.time()


def test_a_name_can_be_given() -> None:
    assert run(machine({"Type": "Succeed"}, name="order"), name="order-7").arn.endswith(":execution:order:order-7")


def test_names_are_made_up() -> None:
    names = {run(machine({"Type": "Succeed"})).name for _ in range(2)}
    assert len(names) == 2


def test_limits_can_be_given() -> None:
    with pytest.raises(aslrun.InvalidExecutionInput):
        run(machine({"Type": "Succeed"}), "long enough", limits=Limits(payload=5))


def test_errors_come_out_as_they_are() -> None:
    with pytest.raises(aslrun.MissingHandlers):
        run(machine(task()))
    with pytest.raises(aslrun.InvalidName):
        run(machine({"Type": "Succeed"}), name="a b")


def test_a_failed_execution_is_a_result() -> None:
    assert run(machine({"Type": "Fail", "Error": "Broken"})).error == "Broken"


def test_sync_handlers_work_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=10)

    def meet(order: object) -> None:
        together.wait()

    assert run(machine(parallel(task(), task())), None, served(meet)).succeeded


def test_a_sync_handler_may_run_a_loop_of_its_own() -> None:
    def nested(value: object) -> object:
        return asyncio.run(echo(value))

    assert run(machine(task()), 1, served(nested)).output == 1


def test_it_can_be_called_from_a_sync_handler() -> None:
    def nested(value: aslrun.Result) -> object:
        return run(machine({"Type": "Pass", "Result": 7})).output

    assert run(machine(task()), 1, served(nested)).output == 7


def test_it_refuses_to_block_an_event_loop() -> None:
    async def main() -> None:
        run(machine({"Type": "Succeed"}))

    with pytest.raises(RuntimeError, match=r"[Aa]lready running"):
        asyncio.run(main())


def test_a_thread_that_never_returns_does_not_keep_the_process() -> None:
    program = """
import threading, aslrun
resources = aslrun.Resources()
resources.task("arn:aws:lambda:*:*:function:hang", lambda order: threading.Event().wait())
function = "arn:aws:lambda:us-east-1:123456789012:function:hang"
task = {"Type": "Task", "Resource": function, "TimeoutSeconds": 1, "End": True}
assert aslrun.run({"StartAt": "A", "States": {"A": task}}, None, resources).error == "States.Timeout"
"""
    ended = subprocess.run([sys.executable, "-c", program], timeout=20, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_a_short_wait_is_really_waited_for() -> None:
    before = time.monotonic()
    result = run(machine(wait(0), {"Type": "Succeed"}))
    assert result.succeeded
    assert time.monotonic() - before < 0.5


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_wall_clock_that_is_set_is_noticed(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> aslrun.Result:
        async with aslrun.Interpreter(clock=SystemClock(longest_wait=0.002)) as interpreter:
            until = {"Type": "Wait", "Timestamp": format_timestamp(interpreter.now() + DAY)}
            execution = await interpreter.start(machine(until))
            await anyio.wait_all_tasks_blocked()
            really = time.time
            monkeypatch.setattr(time, "time", lambda: really() + DAY)
            with anyio.fail_after(5):
                return await execution.result()

    assert anyio.run(main, backend=backend).succeeded
