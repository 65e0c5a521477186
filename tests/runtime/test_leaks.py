"""A library inside an application: no token and no payload in what may be logged, nothing printed, nothing read
from the environment, nothing left behind."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from types import FrameType

import anyio
import pytest

import aslrun
from aslrun import Interpreter, Resources, TaskContext, TaskError, VirtualClock, run, simulate
from aslrun.values import JSON

from .machines import ACTIVITY, LAMBDA, callback, machine, parallel, task, wait

SECRET = "4111-1111-1111-1111"
PAYLOAD: JSON = {"card": SECRET, "list": [SECRET]}


class Witness:
    """Sees every token, and writes down whatever somebody might log."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self.shown: list[str] = []
        self.resources = Resources()
        self.resources.activity("approve")
        self.resources.task("arn:aws:states:::sns:publish", self._publish)
        self.resources.task(LAMBDA + "plain", self._plain)
        self.resources.task(LAMBDA + "quick", self._plain, inline=True)
        self.resources.task(LAMBDA + "async", self._coroutine)
        self.resources.task(LAMBDA + "bad", lambda order: {"a": {SECRET}})

    def show(self, *things: object) -> None:
        for thing in things:
            self.shown += [repr(thing), str(thing), f"{thing}"]

    def assert_discreet(self) -> None:
        text = "\n".join(self.shown)
        assert SECRET not in text
        assert self.tokens
        for token in self.tokens:
            assert token not in text

    def _publish(self, message: dict[str, str], task: TaskContext) -> None:
        assert task.token is not None
        self.tokens.append(task.token)
        self.show(task)

    def _plain(self, order: object, task: TaskContext) -> object:
        self.show(task)
        return order

    async def _coroutine(self, order: object, task: TaskContext) -> object:
        self.show(task)
        await anyio.sleep(0.001)
        return order


EVERYTHING = machine(
    task("plain"),
    task("async"),
    task("quick"),
    task("bad", Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.problem", "Next": "E"}]),
    parallel(callback(), task(ACTIVITY), wait(1)),
)


async def everything(witness: Witness) -> None:
    """A day in the life of an interpreter, with everything that can be seen of it shown."""
    async with Interpreter(witness.resources, clock=VirtualClock()) as interpreter:
        execution = await interpreter.start(EVERYTHING, PAYLOAD, name="one")
        witness.show(*anyio.get_running_tasks())
        await interpreter.settled()
        work = await interpreter.get_activity_task("approve")
        assert work is not None
        witness.tokens.append(work.task_token)
        result = execution.describe()
        witness.show(interpreter, execution, result, work, result.waiting, interpreter.executions(), result.machine)
        witness.show(execution.run, interpreter._host, witness.resources)
        for misuse in (
            interpreter.send_task_success(work.task_token, f"{SECRET} is no JSON"),
            interpreter.send_task_success(work.task_token, {"a": {SECRET}}),  # type: ignore[dict-item]
            interpreter.send_task_success(work.task_token[:-1] + "!", "1"),
            interpreter.start(EVERYTHING, {"other": SECRET}, name="one"),
            interpreter.start(EVERYTHING, {"a": {SECRET}}),  # type: ignore[dict-item]
            interpreter.start(EVERYTHING, SECRET * 20_000),
        ):
            with pytest.raises(aslrun.AslrunError) as caught:
                await misuse
            witness.show(caught.value)
        await interpreter.send_task_success(work.task_token, PAYLOAD)
        with pytest.raises(aslrun.TaskTimedOut) as late:
            await interpreter.send_task_heartbeat(work.task_token)
        witness.show(late.value)
        await interpreter.send_task_success(witness.tokens[0], PAYLOAD)
        ended = await execution.result()
        assert SECRET in str(ended.output)
        witness.show(ended, execution)


@pytest.fixture(params=["asyncio", "asyncio in debug mode", "trio"])
def backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    name, _, debug = request.param.partition(" ")
    return name, {"debug": True} if debug else {}


def test_neither_token_nor_payload_shows_in_what_may_be_logged(
    backend: tuple[str, dict[str, bool]], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    witness, (name, options) = Witness(), backend
    with caplog.at_level(logging.DEBUG):
        anyio.run(everything, witness, backend=name, backend_options=options)
        gc.collect()
    witness.show(*caplog.messages)
    witness.assert_discreet()
    assert capfd.readouterr() == ("", "")


def test_a_simulation_shows_neither_token_nor_payload(capfd: pytest.CaptureFixture[str]) -> None:
    witness = Witness()
    result = simulate(EVERYTHING, PAYLOAD, witness.resources)
    witness.show(result, result.waiting)
    witness.assert_discreet()
    assert capfd.readouterr() == ("", "")


def test_nothing_of_ours_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        anyio.run(everything, Witness())
    assert [record.name for record in caplog.records if not record.name.startswith("asyncio")] == []


def test_debug_mode_of_asyncio_finds_nothing_to_complain_about(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "asyncio"):
        anyio.run(everything, Witness(), backend_options={"debug": True})
        gc.collect()
    assert [record.getMessage() for record in caplog.records if "took" not in record.getMessage()] == []


class _Watched(MutableMapping[str, str]):
    """The environment, with a note of every reader."""

    def __init__(self, real: MutableMapping[str, str]) -> None:
        self._real = real
        self.readers: set[str] = set()

    def _note(self) -> None:
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and Path(frame.f_code.co_filename).name in (
            "os.py",
            "_collections_abc.py",
            "<frozen os>",
        ):
            frame = frame.f_back
        if frame is not None:
            self.readers.add(frame.f_code.co_filename)

    def __getitem__(self, key: str) -> str:
        self._note()
        return self._real[key]

    def __iter__(self) -> Iterator[str]:
        self._note()
        return iter(self._real)

    def __len__(self) -> int:
        self._note()
        return len(self._real)

    def __setitem__(self, key: str, value: str) -> None:
        pytest.fail(f"{key} was set")

    def __delitem__(self, key: str) -> None:
        pytest.fail(f"{key} was deleted")


def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = _Watched(os.environ)
    monkeypatch.setattr(os, "environ", watched)
    simulate(EVERYTHING, PAYLOAD, Witness().resources)
    run(machine(task("quick")), PAYLOAD, Witness().resources)
    anyio.run(everything, Witness())
    monkeypatch.undo()
    ours = str(Path(aslrun.__file__).parent)
    assert [reader for reader in watched.readers if reader.startswith(ours)] == []


def test_threads_end_with_the_interpreter() -> None:
    async def main() -> None:
        async with Interpreter(Witness().resources) as interpreter:
            for execution in [await interpreter.start(machine(task("plain")), number) for number in range(20)]:
                await execution.result()

    before = set(threading.enumerate())
    anyio.run(main)
    deadline = time.monotonic() + 5
    while any(thread.name == "aslrun handler" for thread in set(threading.enumerate()) - before):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_an_abandoned_thread_ends_when_its_call_does() -> None:
    release = threading.Event()

    async def main() -> None:
        async with Interpreter(resources) as interpreter:
            await interpreter.start(machine(task()))
            await anyio.wait_all_tasks_blocked()

    resources = Resources()
    resources.task(LAMBDA + "work", lambda order: release.wait(10))
    before = set(threading.enumerate())
    anyio.run(main)
    [abandoned] = set(threading.enumerate()) - before
    release.set()
    abandoned.join(5)
    assert not abandoned.is_alive()


def test_a_finished_execution_keeps_no_tasks_tokens_or_jobs() -> None:
    async def main() -> None:
        async with Interpreter(Witness().resources, clock=VirtualClock()) as interpreter:
            execution = await interpreter.start(machine(*[task("quick")] * 5, *[task("async")] * 5), PAYLOAD)
            await execution.result()
            assert execution.run.tasks == {}
            assert not interpreter._host.answered
            assert interpreter._calls is not None
            assert interpreter._calls._scopes == {}

    anyio.run(main)


def test_a_message_of_a_handler_is_the_handlers_own() -> None:
    """What a handler says in its error is part of error and cause, as on AWS: the library adds nothing to it."""

    def refuse(order: object) -> None:
        raise TaskError("Refused", "over the limit")

    resources = Resources()
    resources.task(LAMBDA + "work", refuse)
    result = simulate(machine(task()), PAYLOAD, resources)
    with pytest.raises(aslrun.ExecutionFailed) as failed:
        result.raise_for_status()
    assert str(failed.value) == "FAILED: Refused: over the limit"
