"""What the commands share that work on an SQLite file of executions: opening it, finding one, telling of it.

Rules that a change must keep:

1. To look at executions needs no ownership: another process may run them meanwhile.
2. Whoever wants to own a file that is owned hears by whom, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from ..errors import StoreInUse
from ..values import JSON
from .inputs import near_files
from .outcome import VERDICTS
from .problems import Problem, near
from .terminal import Style, Terminal, counted, stderr

if TYPE_CHECKING:
    from ..engine.effects import ScheduleTask
    from ..resources.registry import Resources
    from ..runtime.recovery import Progress
    from ..runtime.result import Result
    from ..runtime.stored_executions import StoredExecutions
    from ..stores.protocols import Listed
    from ..stores.sqlite import SQLiteStore

F = TypeVar("F", bound=Callable[..., object])

ALL = 10**9
LOOKED_AT = 200  # unfinished executions of a machine whose tasks are compared with the handlers

STATUSES: dict[str, tuple[str, Style, str]] = {**VERDICTS, "RUNNING": ("…", "warn", "running")}


def store_option(command: F) -> F:
    """``--store``, which all these commands have."""
    return click.option("--store", "path", metavar="FILE", required=True, help="The SQLite file of executions.")(
        command
    )


def existing_store(path: str) -> SQLiteStore:
    """The store in a file that is there."""
    import os

    from ..stores.sqlite import SQLiteStore  # imported here: who simulates needs no SQLite

    if not os.path.isfile(path):
        what = "is a folder" if os.path.isdir(path) else None
        raise Problem(f"{path} {what}" if what else f"there is no file {path}", *near_files(path))
    return SQLiteStore(path)


@contextmanager
def telling_the_owner(path: str, *help: str) -> Iterator[None]:
    """A block that wants to own the file; ``help`` says what to do if somebody else does."""
    try:
        yield
    except StoreInUse as error:
        who = "another process" if error.owner is None else f"process {error.owner}"
        raise Problem(f"{path} is in use: {who} runs its executions", *help) from None


# --------------------------------------------------------------------------- finding


def find(kept: StoredExecutions, path: str, spec: str) -> Listed:
    """The execution with this name or ARN."""
    from ..stores.protocols import Query

    names: list[str] = []
    found = []
    for each in kept.list(Query(limit=ALL, children=True)):
        if spec in (each.arn, each.name):
            found.append(each)
        names.append(each.arn if spec.startswith("arn:") else each.name)
    if not found:
        meant = near(spec, dict.fromkeys(names))
        raise Problem(f"there is no execution {spec} in {path}", *([f"near: {', '.join(meant)}"] if meant else []))
    if len(found) > 1:
        what = f"{counted(len(found), 'execution')} of {path} have the name {spec}: give an ARN"
        raise Problem(what, *(f"  {each.arn}" for each in found[:10]))
    return found[0]


# --------------------------------------------------------------------------- before anything is run


def check_handlers(store: SQLiteStore, resources: Resources) -> None:
    """Refuse handlers that lack some for what is unfinished in the store: those tasks would fail."""
    from ..runtime.stored_executions import StoredExecutions
    from ..stores.protocols import Query
    from ..testing.tasks import tasks_of

    seen: dict[str, int] = {}
    lacking: dict[str, str] = {}
    kept = StoredExecutions(store)
    try:
        for each in kept.list(Query(status="RUNNING", limit=ALL)):
            seen[each.machine] = seen.get(each.machine, 0) + 1
            if seen[each.machine] > LOOKED_AT:
                continue
            machine = kept.describe(each.arn).machine
            for task in resources.missing(tasks_of(machine)):
                lacking.setdefault(
                    f"{each.machine}: {task.location}", str(machine.states[task.location].document["Resource"])
                )
    finally:
        store.close()
    if lacking:
        width = max(map(len, lacking))
        raise Problem(
            f"unfinished executions in {store.path} lack the handlers of {counted(len(lacking), 'task')}",
            *(f"  {where:<{width}}  {resource}" for where, resource in lacking.items()),
            "",
            "Serve them with --handlers MODULE:NAME (an aslrun.Resources).",
        )


def showing_recovery(path: str) -> Progress:
    """Draws how far a recovery is; nothing where the standard error is no terminal."""
    terminal = stderr()

    def show(done: int, total: int) -> None:
        if done < total:
            terminal.draw(f"{path}: {done:,} of {counted(total, 'execution')} recovered")
        else:
            terminal.wipe()
            terminal.flush()

    return show


# --------------------------------------------------------------------------- telling


def verdict(terminal: Terminal, status: str) -> str:
    """A status with its mark, in its colour."""
    mark, style, word = STATUSES[status]
    return terminal.style(f"{mark} {word}", style)


def time_text(seconds: float) -> str:
    """An instant for people, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def time_json(seconds: float | None) -> str | None:
    """An instant for programs."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def waits_for(task: ScheduleTask) -> str:
    """What a task is waiting for."""
    if task.role == "activity":
        return "a worker's answer" if task.started else "a worker"
    if task.role == "child":
        return "a child execution"
    if task.pattern == "waitForTaskToken" and task.submitted:
        return "its task token"
    return "an answer"


def described(result: Result) -> dict[str, JSON]:
    """An execution for programs."""
    return {
        "name": result.name,
        "arn": result.arn,
        "machine": result.machine.name,
        "status": result.status,
        "started": time_json(result.started_at),
        "stopped": time_json(result.stopped_at),
        "input": result.input,
        "output": result.output,
        "error": result.error,
        "cause": result.cause,
        "waiting": [{"state": task.state, "for": waits_for(task)} for task in result.waiting],
    }


def listed(each: Listed) -> dict[str, JSON]:
    """One line of a list for programs."""
    return {
        "name": each.name,
        "arn": each.arn,
        "machine": each.machine,
        "status": each.status,
        "started": time_json(each.started),
        "stopped": time_json(each.stopped),
        "due": time_json(each.due),
        "parent": each.parent,
    }
