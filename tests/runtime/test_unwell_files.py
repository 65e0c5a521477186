"""A file of executions that is not well, as an interpreter finds it: an error with its name, or a right answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import anyio
import pytest

from aslrun import Interpreter, Resources, TaskCallbacks, TaskContext, VirtualClock
from aslrun.errors import AslrunError, StoreError
from aslrun.runtime.stored_executions import StoredExecutions
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import TokenStoreError
from aslrun.values import JSON

from .machines import callback, machine, task, wait

PAGE = 4_096
FLIPS = 4  # of each page, in the short form

RESOURCES = Resources()


@RESOURCES.task("*")
async def handle(input: JSON, task: TaskContext) -> JSON:
    if task.token is not None:
        await TaskCallbacks.file(FILE[-1]).store_token(f"key of {task.execution_name}", task.token, ttl=10**9)
    return {"done": input, "text": "x" * 300}


FILE: list[Path] = []  # where the handler stores its token


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with executions that are over, that wait for a time, and for a token under a key."""
    path = tmp_path_factory.mktemp("filled") / "runs.db"
    FILE.append(path)

    async def fill() -> None:
        SQLiteTokenStore(path).close()
        shapes = (machine(task()), machine(wait(10**6)), machine(callback()), machine(task(), task()))
        async with Interpreter(RESOURCES, store=SQLiteStore(path), clock=VirtualClock(auto=False)) as interpreter:
            for number in range(12):
                await interpreter.start(shapes[number % 4], {"n": number}, name=f"e{number}", seed=number)
            await interpreter.settled()

    anyio.run(fill)
    SQLiteStore(path).connect().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    return path


def everything(path: Path) -> object:
    """All that can be asked of a file; then its executions are recovered, and looked at again."""
    store = SQLiteStore(path)
    before = seen(store)
    tokens = SQLiteTokenStore(path)
    found = [tokens.find(f"key of e{number}") for number in range(12)]
    tokens.close()

    async def recovered() -> object:
        async with Interpreter(RESOURCES, store=store, clock=VirtualClock(auto=False)) as interpreter:
            await interpreter.settled()
            return interpreter.recovered.counts, [
                (each.name, each.status, each.describe().output, each.history()) for each in interpreter.executions()
            ]

    return before, found, anyio.run(recovered), seen(store)


def seen(store: SQLiteStore) -> object:
    view = StoredExecutions(store)
    listed = view.list(Query(limit=100))
    found = [(each.name, each.status, view.describe(each.arn).output, view.history(each.arn)) for each in listed]
    store.close()
    return found


def flips(path: Path, most: int) -> Iterator[int]:
    for page in range(path.stat().st_size // PAGE):
        chance = Random(page)
        for _ in range(most):
            yield (page * PAGE) * 8 + chance.randrange(PAGE * 8)


def answer(path: Path) -> object:
    """Everything, or the error that there is instead."""
    try:
        return everything(path)
    except (StoreError, TokenStoreError) as error:
        return error


def check_flips(filled: Path, folder: Path, most: int) -> None:
    copy = folder / "runs.db"
    shutil.copy(filled, copy)
    expected = everything(copy)
    complaints = 0
    for where in flips(filled, most):
        for each in folder.iterdir():
            each.unlink()
        content = bytearray(filled.read_bytes())
        content[where // 8] ^= 1 << where % 8
        copy.write_bytes(content)
        found = answer(copy)
        if isinstance(found, AslrunError):
            complaints += 1
            assert str(copy) in str(found) or ":execution:" in str(found), found
        else:
            assert found == expected, f"bit {where}"
    assert complaints > 0


def test_a_flipped_bit_in_any_page_is_an_error_or_makes_no_difference(filled: Path, tmp_path: Path) -> None:
    check_flips(filled, tmp_path, FLIPS)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_many_flipped_bits_in_every_page_are_errors_or_make_no_difference(filled: Path, tmp_path: Path) -> None:
    check_flips(filled, tmp_path, 100)


# --------------------------------------------------------------------------- disk full

UNTIL_IT_IS_FULL = """\
import json, resource, signal, sys
import anyio
from aslrun import Interpreter
from aslrun.errors import StoreError
from aslrun.stores.sqlite import SQLiteStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
states = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 1000000, "End": True}}}

async def main():
    async with Interpreter(store=SQLiteStore(sys.argv[1])) as interpreter:
        await interpreter.start(states, {}, name="first")
        print("first", flush=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
        for number in range(1000):
            await interpreter.start(states, {"text": "x" * 2000}, name=f"e{number}")
            print(f"e{number}", flush=True)

try:
    anyio.run(main)
except StoreError as error:
    print(json.dumps([type(error).__name__, str(error)]))
"""


@pytest.mark.skipif(os.name == "nt", reason="limits of POSIX")
def test_a_disk_that_is_full_ends_the_interpreter_and_what_was_acknowledged_is_there(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    command = [sys.executable, "-c", UNTIL_IT_IS_FULL, path, "400000"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    *names, last = ended.stdout.splitlines()
    kind, message = json.loads(last)

    assert (kind, ended.stderr) == ("StoreUnavailable", "")
    assert message.startswith(f"{path}: ")
    assert len(names) > 5
    store = SQLiteStore(path)
    with store.opened():
        assert {each.name for each in store.list(Query(limit=2_000))} >= set(names)


# --------------------------------------------------------------------------- no permission

AS_NOBODY = """\
import os, sys
import anyio
from aslrun import Interpreter, TaskCallbacks
from aslrun.errors import AslrunError
from aslrun.runtime.stored_executions import StoredExecutions
from aslrun.stores.sqlite import SQLiteStore

if os.getuid() == 0:
    os.setuid(65534)  # to root everything is allowed

async def run():
    async with Interpreter(store=SQLiteStore(sys.argv[1])):
        pass

def look():
    print(len(StoredExecutions(SQLiteStore(sys.argv[1])).list()))

for act in (lambda: anyio.run(run), look, lambda: TaskCallbacks.file(sys.argv[1]).send_task_heartbeat(key="x")):
    try:
        act()
    except AslrunError as error:
        print(f"{type(error).__name__}: {error}")
"""


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_file_that_may_not_be_written_is_an_error_that_names_it(filled: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(shutil.copy(filled, folder))
        path.chmod(0o444)
        Path(folder).chmod(0o555)
        command = [sys.executable, "-c", AS_NOBODY, path]
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
        Path(folder).chmod(0o755)

    assert lines[0] == f"StoreUnavailable: {path}: cannot open runs.db-owner: Permission denied"
    assert lines[1].startswith(f"StoreUnavailable: {path}: its folder may not be written to, and even to read")
    assert lines[2].startswith(f"TokenStoreError: {path}: cannot open the task tokens: ")
