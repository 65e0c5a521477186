"""``simulate`` with async handlers: the loop's time is virtual, real input and output still work."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator

import anyio
import anyio.to_thread
import pytest

import aslrun
from aslrun import TaskContext, simulate

from .machines import DAY, callback, machine, parallel, served, task, wait


async def echo(value: object) -> object:
    return value


def test_a_day_of_waiting_takes_milliseconds() -> None:
    before = time.perf_counter()
    result = simulate(machine(task(), wait(DAY)), {"id": 1}, served(echo), start=0.0)
    assert time.perf_counter() - before < 0.5
    assert (result.output, result.stopped_at) == ({"id": 1}, DAY)


@pytest.mark.parametrize("sleep", [anyio.sleep, asyncio.sleep])
def test_sleeping_of_the_loop_is_virtual(sleep: object) -> None:
    async def slow(order: object) -> str:
        await sleep(DAY)  # type: ignore[operator]
        return "awake"

    before = time.perf_counter()
    result = simulate(machine(task()), None, served(slow), start=0.0)
    assert time.perf_counter() - before < 0.5
    assert (result.output, result.stopped_at) == ("awake", DAY)


def test_sleeping_of_the_task_is_virtual() -> None:
    async def slow(order: object, task: TaskContext) -> float:
        await task.sleep(DAY)
        return task.time

    assert simulate(machine(task()), None, served(slow), start=0.0).output == DAY


def test_a_plain_function_beside_an_async_one_takes_its_time() -> None:
    def slow(order: object, task: TaskContext) -> float:
        task.sleep(60)
        return task.time

    result = simulate(machine(task("slow"), task()), None, served(echo, slow=slow), start=0.0)
    assert (result.output, result.stopped_at) == (60, 60)


@pytest.mark.parametrize(("pause", "status"), [(59, "SUCCEEDED"), (61, "FAILED")])
def test_heartbeats_of_a_plain_function_beside_an_async_one(pause: int, status: str) -> None:
    def work(order: object, task: TaskContext) -> None:
        for _ in range(3):
            task.sleep(pause)
            task.heartbeat()

    shape = machine(task("slow", TimeoutSeconds=600, HeartbeatSeconds=60), task())
    assert simulate(shape, None, served(echo, slow=work)).status == status


def test_a_handler_that_sleeps_for_ever_times_out() -> None:
    async def forever(order: object) -> None:
        await anyio.sleep_forever()

    result = simulate(machine(task(TimeoutSeconds=DAY)), None, served(forever), start=0.0)
    assert (result.error, result.stopped_at) == ("States.Timeout", DAY)


@pytest.mark.parametrize("never", [anyio.sleep_forever, lambda: anyio.Event().wait(), lambda: asyncio.Event().wait()])
def test_a_handler_that_waits_for_ever_without_time_out_leaves_the_execution_running(never: object) -> None:
    async def forever(order: object) -> None:
        await never()  # type: ignore[operator]

    result = simulate(machine(task()), None, served(forever))
    assert (result.status, [each.state for each in result.waiting]) == ("RUNNING", ["A"])


def test_the_others_go_on_while_one_is_stuck() -> None:
    async def forever(order: object) -> None:
        await anyio.sleep_forever()

    result = simulate(machine(parallel(task("stuck"), wait(DAY))), None, served(stuck=forever))
    assert result.status == "RUNNING"
    assert "WaitStateExited" in [event["type"] for event in result.history]


def test_a_retry_after_a_time_out_calls_again() -> None:
    calls: list[int] = []

    async def slow_once(order: object, task: TaskContext) -> int:
        calls.append(task.attempt)
        if not task.attempt:
            await anyio.sleep_forever()
        return task.attempt

    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]
    result = simulate(machine(task(TimeoutSeconds=5, Retry=retry)), None, served(slow_once))
    assert (result.output, calls) == (1, [0, 1])


def test_the_same_simulation_twice_is_the_same() -> None:
    async def slow(order: object, task: TaskContext) -> str:
        await task.sleep(0.1)
        await anyio.sleep(0.2)
        return task.idempotency_key

    shape = machine(parallel(task(), wait(1), task()))
    first, second = (simulate(shape, {"id": 1}, served(slow)) for _ in range(2))
    assert (first.history, first.output) == (second.history, second.output)


def test_tokens_are_the_same_in_every_run() -> None:
    async def publish(message: dict[str, str]) -> None:
        tokens.append(message["Message"])

    tokens: list[str] = []
    resources = aslrun.Resources()
    resources.task("arn:aws:states:::sns:publish", publish)
    histories = [simulate(machine(callback()), None, resources).history for _ in range(2)]
    assert histories[0] == histories[1]
    assert tokens[0] == tokens[1]


def test_inside_an_event_loop_the_error_names_the_way_out() -> None:
    async def main() -> None:
        simulate(machine(task()), None, served(echo))

    for backend in ("asyncio", "trio"):
        with pytest.raises(aslrun.AslrunError, match="VirtualClock"):
            anyio.run(main, backend=backend)


def test_what_is_no_exception_of_the_handler_reaches_the_caller() -> None:
    class Stop(BaseException):
        pass

    async def leave(order: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        simulate(machine(task()), None, served(leave))


# --------------------------------------------------------------------------- the world outside


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a server that says "hello" a few milliseconds after it was called, and keeps the line."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        lines: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                lines.append(line)
                time.sleep(0.02)
                line.sendall(b"hello\n")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
    for line in lines:
        line.close()


async def ask(port: int, host: str = "127.0.0.1") -> str:
    reader, writer = await asyncio.open_connection(host, port)
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer.decode().strip()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_handler_may_really_talk_to_a_server(server: int, host: str) -> None:
    async def call(order: object) -> str:
        return await ask(server, host)

    assert simulate(machine(task(TimeoutSeconds=5), wait(DAY)), None, served(call)).output == "hello"


def test_a_connection_that_stays_open_does_not_stop_virtual_time(server: int) -> None:
    kept: list[asyncio.StreamWriter] = []

    async def call(order: object) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", server)
        kept.append(writer)
        return (await reader.readline()).decode().strip()

    async def hang_up(order: object) -> int:
        kept[0].close()
        await kept[0].wait_closed()
        return len(kept)

    before = time.perf_counter()
    result = simulate(machine(task(), wait(DAY), task("end")), None, served(call, end=hang_up))
    assert time.perf_counter() - before < 1
    assert result.output == 1


def test_virtual_time_does_not_run_away_from_a_call(server: int) -> None:
    async def call(order: object) -> str:
        return await ask(server)

    shape = machine(parallel(task(TimeoutSeconds=60), task("tick")))

    async def tick(order: object, task: TaskContext) -> None:
        await task.sleep(3600)

    assert simulate(shape, None, served(call, tick=tick)).succeeded


@pytest.mark.parametrize("in_thread", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_virtual_time_does_not_run_away_from_a_thread(in_thread: object) -> None:
    async def call(order: object) -> str:
        await in_thread(time.sleep, 0.02)  # type: ignore[operator]
        return "done"

    assert simulate(machine(task(TimeoutSeconds=5)), None, served(call)).output == "done"
    assert simulate(machine(task()), None, served(call)).output == "done"
