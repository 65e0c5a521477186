"""``TaskCallbacks``: the same answers on every way to the task, by token and by key."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio.lowlevel import checkpoint

import aslrun
from aslrun import (
    Interpreter,
    InvalidOutput,
    InvalidToken,
    Resources,
    SQLiteStore,
    TaskCallbacks,
    TaskDoesNotExist,
    TaskTimedOut,
    VirtualClock,
)
from aslrun.errors import AlreadyAnswered, CallbackUnanswered, CallerError, TaskKeyInUse
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import MemoryTokenStore, TokenStoreError
from aslrun.values import JSON

from .machines import CALLBACK, DAY, Desk, callback, machine, parallel, wait
from .ways import WAYS, Way

pytestmark = pytest.mark.anyio

OVER = "^Task Timed Out: 'Provided task does not exist anymore'$"
ENDINGS = ["send_task_success", "send_task_failure"]


async def refused(way: Way, error: type[Exception], match: str, **named: str) -> None:
    """All three methods are refused alike."""
    for method in (*ENDINGS, "send_task_heartbeat"):
        with pytest.raises(error, match=match):
            await way.do(method, **named)


@pytest.fixture(params=WAYS)
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    async with WAYS[request.param](tmp_path) as made:
        yield made


# --------------------------------------------------------------------------- by token


async def test_success_ends_the_task_with_its_output(way: Way) -> None:
    execution = await way.waiting(callback())
    await way.do("send_task_success", {"approved": True}, token=way.desk.token)
    assert (await execution.result()).output == {"approved": True}


@pytest.mark.parametrize(
    ("output", "value"), [('{"a":  1}', {"a": 1}), ('"text"', "text"), ("null", None), (None, None), ([1.5], [1.5])]
)
async def test_an_output_is_json_text_or_a_value(way: Way, output: JSON, value: JSON) -> None:
    execution = await way.waiting(callback())
    await way.do("send_task_success", output, token=way.desk.token)
    assert (await execution.result()).output == value


@pytest.mark.parametrize("output", ["", "text", "NaN", math.nan, {1: 2}, (1,), b"{}"])
async def test_an_output_that_is_no_json_is_refused_and_the_task_goes_on(way: Way, output: object) -> None:
    execution = await way.waiting(callback())
    with pytest.raises(InvalidOutput):
        await way.do("send_task_success", output, token=way.desk.token)
    assert execution.status == "RUNNING"


@pytest.mark.parametrize(("error", "cause"), [("Refused", "too dear"), ("Refused", None), (None, None)])
async def test_failure_fails_the_task(way: Way, error: str | None, cause: str | None) -> None:
    execution = await way.waiting(callback())
    await way.do("send_task_failure", error, cause, token=way.desk.token)
    result = await execution.result()
    assert (result.status, result.error, result.cause) == ("FAILED", error, cause)


async def test_heartbeats_keep_a_task_alive(way: Way) -> None:
    execution = await way.waiting(callback(TimeoutSeconds=600, HeartbeatSeconds=60))
    for _ in range(3):
        way.clock.advance(59)
        await way.do("send_task_heartbeat", token=way.desk.token)
    await way.do("send_task_success", token=way.desk.token)
    assert (await execution.result()).succeeded


# --------------------------------------------------------------------------- the errors


@pytest.mark.parametrize("first", ENDINGS)
async def test_the_token_of_a_completed_task_has_timed_out(way: Way, first: str) -> None:
    await way.waiting(callback(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "B"}]), wait(DAY))
    await way.do(first, token=way.desk.token)
    await refused(way, TaskTimedOut, OVER, token=way.desk.token)


@pytest.mark.parametrize("limit", [{"TimeoutSeconds": 60}, {"TimeoutSeconds": 600, "HeartbeatSeconds": 60}])
async def test_the_token_of_a_task_whose_time_is_up_has_timed_out(way: Way, limit: dict[str, int]) -> None:
    execution = await way.waiting(callback(**limit))
    way.clock.advance(60)
    await refused(way, TaskTimedOut, OVER, token=way.desk.token)
    assert (await execution.result()).error == "States.Timeout"


async def test_the_token_of_a_stopped_execution_has_timed_out(way: Way) -> None:
    execution = await way.waiting(callback())
    await execution.stop()
    await refused(way, TaskTimedOut, OVER, token=way.desk.token)


async def test_the_token_of_a_cancelled_branch_has_timed_out(way: Way) -> None:
    await way.waiting(parallel(callback(), callback()))
    await way.do("send_task_failure", token=way.desk.tokens[0])
    await refused(way, TaskTimedOut, OVER, token=way.desk.tokens[1])


async def test_garbage_is_an_invalid_token(way: Way) -> None:
    for token in ("", "garbage", "a.b", "é.ü", "\ud800.x", "x" * 3_000):
        await refused(way, InvalidToken, "^Invalid Token: 'Invalid token'$", token=token)


async def test_the_token_of_another_interpreter_is_invalid(way: Way) -> None:
    desk = Desk()
    async with Interpreter(desk.resources) as other:
        await other.start(machine(callback()))
        await other.settled()
        await refused(way, InvalidToken, "^Invalid Token: 'Invalid token'$", token=desk.token)


async def test_the_task_of_an_execution_that_is_unknown_does_not_exist(way: Way) -> None:
    execution = await way.waiting(callback())
    await execution.stop()
    way.interpreter.forget(execution.arn)
    await refused(way, TaskDoesNotExist, "^Task Does Not Exist: ", token=way.desk.token)


@pytest.mark.parametrize("named", [{}, {"token": "t", "key": "k"}])
async def test_a_token_or_a_key_is_given_and_not_both(way: Way, named: dict[str, str]) -> None:
    await refused(way, TypeError, "either the token of a task or the key", **named)


async def test_neither_token_nor_output_is_in_an_error(way: Way) -> None:
    await way.waiting(callback())
    await way.do("send_task_success", token=way.desk.token)
    with pytest.raises(TaskTimedOut) as late:
        await way.do("send_task_success", {"card": "4711"}, token=way.desk.token)
    assert way.desk.token not in repr(late.value)
    assert "4711" not in repr(late.value)


# --------------------------------------------------------------------------- by key


async def test_a_task_is_answered_by_its_key(way: Way) -> None:
    execution = await way.waiting(callback())
    await way.do("store_token", "PROJ-1", way.desk.token)
    await way.do("send_task_heartbeat", key="PROJ-1")
    await way.do("send_task_success", {"by": "key"}, key="PROJ-1")
    assert (await execution.result()).output == {"by": "key"}


async def test_a_task_fails_by_its_key(way: Way) -> None:
    execution = await way.waiting(callback())
    await way.do("store_token", "PROJ-1", way.desk.token)
    await way.do("send_task_failure", "Refused", key="PROJ-1")
    assert (await execution.result()).error == "Refused"


@pytest.mark.parametrize("first", ENDINGS)
async def test_who_answers_a_key_again_is_told_so(way: Way, first: str) -> None:
    await way.waiting(callback())
    await way.do("store_token", "PROJ-1", way.desk.token)
    await way.do(first, key="PROJ-1")
    await refused(way, AlreadyAnswered, "under the key 'PROJ-1' has been used already", key="PROJ-1")


async def test_who_answers_a_key_too_late_is_told_that_time_is_up(way: Way) -> None:
    await way.waiting(callback(TimeoutSeconds=60))
    await way.do("store_token", "PROJ-1", way.desk.token)
    way.clock.advance(60)
    await refused(way, TaskTimedOut, OVER, key="PROJ-1")


async def test_nothing_lies_under_an_unknown_key(way: Way) -> None:
    await refused(way, TaskDoesNotExist, "no task token under the key 'PROJ-404'", key="PROJ-404")


async def test_two_executions_conflict_over_a_key_that_is_named(way: Way) -> None:
    await way.waiting(callback())
    await way.waiting(callback())
    first, second = way.desk.tokens
    await way.do("store_token", "PROJ-1", first)
    with pytest.raises(TaskKeyInUse, match="'PROJ-1' is in use: another task") as conflict:
        await way.do("store_token", "PROJ-1", second)
    assert conflict.value.key == "PROJ-1"
    assert first not in str(conflict.value)
    assert second not in str(conflict.value)


async def test_a_token_stored_again_is_no_conflict(way: Way) -> None:
    await way.waiting(callback())
    await way.do("store_token", "PROJ-1", way.desk.token)
    await way.do("store_token", "PROJ-1", way.desk.token)


@pytest.mark.parametrize("end", ["answered by key", "answered by token", "stopped", "timed out", "forgotten"])
async def test_a_key_is_free_when_its_task_is_over(way: Way, end: str) -> None:
    first = await way.waiting(callback(TimeoutSeconds=60))
    await way.do("store_token", "PROJ-1", way.desk.token)
    if end == "answered by key":
        await way.do("send_task_success", key="PROJ-1")
    elif end == "answered by token":
        await way.do("send_task_success", token=way.desk.token)
    elif end == "timed out":
        way.clock.advance(60)
    else:
        await first.stop()
    if end == "forgotten":
        way.interpreter.forget(first.arn)
    second = await way.waiting(callback())
    await way.do("store_token", "PROJ-1", way.desk.token)
    await way.do("send_task_success", 2, key="PROJ-1")
    assert (await second.result()).output == 2


@pytest.mark.parametrize("key", ["", "x" * 1_025, "aslrun:secret", 7, None])
async def test_a_key_that_cannot_be_stored_is_refused(way: Way, key: object) -> None:
    with pytest.raises((TypeError, ValueError), match="the key of a task token must"):
        await way.do("store_token", key, "token")


@pytest.mark.parametrize("ttl", [0, -1, math.nan])
async def test_a_time_to_live_is_more_than_no_time(way: Way, ttl: float) -> None:
    with pytest.raises(ValueError, match="for more than 0 seconds"):
        await way.do("store_token", "PROJ-1", "token", ttl=ttl)


# --------------------------------------------------------------------------- in one process


async def test_a_key_is_forgotten_after_its_time_to_live() -> None:
    async with WAYS["local"](Path()) as way:
        await way.waiting(callback())
        await way.do("store_token", "PROJ-1", way.desk.token, ttl=60)
        way.clock.advance(59)
        await way.do("send_task_heartbeat", key="PROJ-1")
        way.clock.advance(1)
        with pytest.raises(TaskDoesNotExist):
            await way.do("send_task_success", key="PROJ-1")


@pytest.mark.parametrize("awaited", [False, True])
async def test_a_handler_stores_its_token(awaited: bool) -> None:
    def in_a_thread(story: dict[str, str]) -> None:
        callbacks.store_token("PROJ-1", story["Message"])

    async def on_the_loop(story: dict[str, str]) -> None:
        await callbacks.store_token("PROJ-1", story["Message"])

    resources = Resources()
    resources.task(CALLBACK, on_the_loop if awaited else in_a_thread)
    interpreter = Interpreter(resources)
    callbacks = TaskCallbacks.local(interpreter)
    async with interpreter:
        execution = await interpreter.start(machine(callback()))
        await interpreter.settled()
        await callbacks.send_task_success(7, key="PROJ-1")
        assert (await execution.result()).output == 7


async def test_a_conflict_fails_the_task_by_name() -> None:
    def ask(story: dict[str, str]) -> None:
        callbacks.store_token("PROJ-1", story["Message"])

    resources = Resources()
    resources.task(CALLBACK, ask)
    interpreter = Interpreter(resources)
    callbacks = TaskCallbacks.local(interpreter)
    async with interpreter:
        await interpreter.start(machine(callback()))
        await interpreter.settled()
        second = await interpreter.start(machine(callback()))
        result = await second.result()
    assert result.error == "TaskKeyInUse"
    assert "PROJ-1" in str(result.cause)


async def test_an_answer_from_another_event_loop() -> None:
    async with WAYS["local"](Path()) as way:
        execution = await way.waiting(callback())

        async def elsewhere() -> None:
            await way.callbacks.send_task_success(7, token=way.desk.token)

        await anyio.to_thread.run_sync(anyio.run, elsewhere)
        assert (await execution.result()).output == 7


async def test_callbacks_of_an_interpreter_that_does_not_run_say_so() -> None:
    callbacks = TaskCallbacks.local(Interpreter())
    with pytest.raises(CallerError, match="the interpreter is not running"):
        await callbacks.send_task_success(token="t")
    with pytest.raises(CallerError, match="the interpreter is not running"):
        await anyio.to_thread.run_sync(lambda: callbacks.send_task_success(token="t"))


async def test_two_interpreters_may_share_the_secret_and_not_the_tasks() -> None:
    desk, tokens = Desk(), MemoryTokenStore()
    async with Interpreter(desk.resources, tokens=tokens) as here, Interpreter(tokens=tokens) as there:
        await here.start(machine(callback()))
        await here.settled()
        with pytest.raises(TaskDoesNotExist):
            await TaskCallbacks.local(there).send_task_success(token=desk.token)


# --------------------------------------------------------------------------- through the file


async def test_a_callback_that_nobody_takes_is_withdrawn(tmp_path: Path) -> None:
    async with WAYS["file"](tmp_path) as way:
        await way.waiting(callback())
    unanswered = pytest.raises(CallbackUnanswered, match=r"no interpreter has taken .* within 0\.05 s.*withdrawn")
    with closing(TaskCallbacks.file(tmp_path / "runs.db", wait=0.05)) as callbacks, unanswered:
        await callbacks.send_task_success(1, token=way.desk.token)
    with closing(SQLiteTokenStore(tmp_path / "runs.db")) as store, closing(store.inbox()) as inbox:
        assert inbox.take() == []


async def test_a_callback_that_is_left_waits_for_the_next_interpreter(tmp_path: Path) -> None:
    desk, path = Desk(), tmp_path / "runs.db"
    with closing(SQLiteTokenStore(path)) as tokens:
        token = tokens.signer(b"0123456789abcdef").mint("arn:aws:states:us-east-1:123456789012:execution:m:x", 1)
        with closing(TaskCallbacks.file(path, wait=0.05, leave=True)) as callbacks:
            with pytest.raises(CallbackUnanswered, match=r"stays there for the next one"):
                await callbacks.send_task_success(7, token=token)
            with pytest.raises(CallbackUnanswered, match="withdrawn"):
                await callbacks.send_task_heartbeat(token=token)
        async with Interpreter(desk.resources, tokens=tokens) as interpreter:
            execution = await interpreter.start(machine(callback(), name="m"), name="x")
            assert (await execution.result()).output == 7
    assert desk.tokens == [token]


async def test_what_was_left_counts_for_nothing_if_its_task_has_timed_out_meanwhile(tmp_path: Path) -> None:
    desk, path = Desk(), tmp_path / "runs.db"
    clock = VirtualClock(start=1_000.0, auto=False)
    async with Interpreter(desk.resources, store=SQLiteStore(path), clock=clock) as interpreter:
        arn = (await interpreter.start(machine(callback(TimeoutSeconds=60)), name="x")).arn
        await interpreter.settled()
    with closing(TaskCallbacks.file(path, wait=0.05, leave=True)) as callbacks:
        with pytest.raises(CallbackUnanswered, match="stays there for the next one"):
            await callbacks.send_task_success(7, token=desk.token)
        clock = VirtualClock(start=1_100.0, auto=False)
        async with Interpreter(desk.resources, store=SQLiteStore(path), clock=clock) as interpreter:
            ended = await interpreter.execution(arn).result()
            assert (ended.status, ended.error, ended.stopped_at) == ("FAILED", "States.Timeout", 1_060.0)
            with closing(TaskCallbacks.file(path, wait=20)) as again, pytest.raises(TaskTimedOut):
                await again.send_task_success(7, token=desk.token)


async def test_a_callback_that_was_taken_by_an_interpreter_that_died_may_have_counted(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"

    async def send() -> None:
        with closing(TaskCallbacks.file(path, wait=20)) as callbacks:
            with pytest.raises(CallbackUnanswered, match="it may have counted"):
                await callbacks.send_task_success(token=token)
            heard.set()

    heard = anyio.Event()
    with closing(SQLiteTokenStore(path)) as store, closing(store.inbox()) as inbox:
        token = store.signer(b"0123456789abcdef").mint("order-7", 1)
        async with anyio.create_task_group() as group:
            group.start_soon(send)
            while not inbox.take():
                await checkpoint()
            async with Interpreter(tokens=store):  # the next one
                await heard.wait()


async def test_callbacks_need_a_file_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(TokenStoreError, match=r"runs\.db: there is no such file"):
        TaskCallbacks.file(tmp_path / "runs.db")


async def test_an_interpreter_goes_on_when_its_inbox_is_damaged(tmp_path: Path) -> None:
    import sqlite3

    async with WAYS["file"](tmp_path) as way:
        execution = await way.waiting(callback())
        with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as connection:
            connection.execute("DROP TABLE aslrun_callbacks")
        with pytest.raises(TokenStoreError, match="cannot write the task tokens: no such table"):
            await way.callbacks.send_task_success(token=way.desk.token)
        await anyio.sleep(0.05)
        await way.interpreter.send_task_success(way.desk.token, 7)
        assert (await execution.result()).output == 7


def test_task_callbacks_is_public() -> None:
    assert aslrun.TaskCallbacks is TaskCallbacks
    assert "TaskCallbacks" in aslrun.__all__
