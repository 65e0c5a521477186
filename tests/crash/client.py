"""The client: starts executions, holds tokens, kills the process, and writes down what was acknowledged.

Its log has one JSON object for each line and is synced before the client goes on, so it is what an application would
know after a crash: ``asked`` (sent, nothing heard yet), ``acknowledged``, ``ended`` (it was told of an end).

Everything that was asked and not answered when a process died is asked again in its next life, with the same name or
token, as clients do. What is refused then because it is done already (its first asking had counted) is settled too.
"""

from __future__ import annotations

import heapq
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from aslrun.errors import StoreUnavailable
from aslrun.stores.protocols import Query
from aslrun.stores.sqlite import SQLiteStore

from .machines import SHAPES, VARIANTS
from .process import Wrap, main, shape_of
from .world import Log, ended_tasks

LOOKS = 0.5  # share of the kills after which the file is looked at; this puts SQLite's own log in order, so not always
FROM_READY = 0.7  # share of the lives whose length is counted from the instant at which the process is ready
SETTLED = ("TaskTimedOut", "ExecutionAlreadyExists", "ExecutionNotRedrivable")  # it had counted the first time


class ClientLog:
    """What the client knows, on the disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def write(self, entries: list[dict[str, str]]) -> None:
        """All entries, synced."""
        if entries:
            self._file.writelines(json.dumps(entry) + "\n" for entry in entries)
            self._file.flush()
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


@dataclass
class Plan:
    """``in_flight`` executions at a time, ``kills`` ends at random instants of ``shortest`` to ``longest`` seconds."""

    kills: int
    in_flight: int = 200
    seed: int = 1
    shortest: float = 0.01
    longest: float = 0.3
    shapes: tuple[str, ...] = tuple(SHAPES)
    max_awake: int = 60  # so that many of the executions sleep
    patience: float = 30.0  # seconds without any news until the last life is given up


@dataclass
class Counts:
    """What went on; ``alive`` are the seconds of all lives."""

    lives: int = 0
    kills: int = 0
    killed_in_recovery: int = 0
    started: int = 0
    answered: int = 0
    recovered: list[int] = field(default_factory=list)
    seconds: float = 0.0


class Client:
    """One client and the lives of its process, in a folder."""

    def __init__(self, folder: Path, plan: Plan, wrap: Wrap | None = None) -> None:
        self._folder, self._plan, self._wrap = folder, plan, wrap
        self._chance = Random(plan.seed)
        self._log = ClientLog(folder / "client.log")
        self._noted: list[dict[str, str]] = []
        self._world = folder / "world.log"
        self._read = 0  # of the world's log
        self._tokens: dict[str, str] = {}
        self._pending: dict[str, None] = {}  # commands without an answer
        self._later: list[tuple[float, int, str]] = []  # commands that are to come: when, number, command
        self._count = 0
        self.names: dict[str, str] = {}  # and how they stand, as far as the client has heard
        self.counts = Counts()
        self._channel: socket.socket | None = None
        self._ready = self._gone = False
        self._rest = b""

    # ------------------------------------------------------------------ the whole

    def run(self) -> Counts:
        """All lives: the last one ends when all executions have."""
        began = time.monotonic()
        Log(self._world).close()
        for _ in range(self._plan.kills):
            self._life(self._plan.shortest + self._chance.random() * (self._plan.longest - self._plan.shortest))
        self._life(None)
        self._log.close()
        self.counts.seconds = time.monotonic() - began
        return self.counts

    def start_all(self, names: list[str]) -> None:
        """Without kills: these executions, to their ends."""
        Log(self._world).close()
        for name in names:
            self._start(name)
        self._life(None)
        self._log.close()

    def _life(self, seconds: float | None) -> None:
        self.counts.lives += 1
        self._ready = self._gone = False
        child = self._spawn()
        if seconds is not None:
            self._attend(seconds)
            os.kill(child, signal.SIGKILL)
            self.counts.kills += 1
            self.counts.killed_in_recovery += not self._ready
        else:
            self._attend_to_the_end()
        assert self._channel is not None
        self._hear_out(killed=seconds is not None)
        self._channel.close()
        os.waitpid(child, 0)
        if seconds is not None and self._chance.random() < LOOKS:
            self._look_into_the_file()

    def _spawn(self) -> int:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            ours.close()
            code = 1
            try:
                main(self._folder, theirs, self._plan.max_awake, self._wrap)
                code = 0
            finally:
                os._exit(code) if code == 0 else _die()
        theirs.close()
        self._channel, self._rest = ours, b""
        return child

    def _look_into_the_file(self) -> None:
        """Completions that were written, but the process died before it could say so."""
        store, log = SQLiteStore(self._folder / "runs.db", check=False), Log(self._world)
        try:
            for listed in store.list(Query(status="RUNNING", children=True, limit=10**6)):
                stored = store.load(listed.arn)
                for key in ended_tasks(listed.arn, stored.events if stored else ()):
                    log.write("over", key)
        except StoreUnavailable:
            pass  # it has no tables yet
        finally:
            log.close()
            store.close()

    # ------------------------------------------------------------------ one life

    def _attend(self, seconds: float) -> None:
        """So many seconds, counted from the instant at which the process is ready, or from its start."""
        if self._chance.random() < FROM_READY:
            while not self._ready and not self._gone:
                self._round(0.02, fill=True)
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._gone:
            self._round(min(left, 0.02), fill=True)

    def _attend_to_the_end(self) -> None:
        heard = time.monotonic()
        while any(status == "" for status in self.names.values()) or self._pending or self._later:
            if self._round(0.02, fill=False):
                heard = time.monotonic()
            if time.monotonic() - heard > self._plan.patience or self._gone:
                return

    def _round(self, seconds: float, *, fill: bool) -> bool:
        """Hear and say what there is; whether something was heard."""
        assert self._channel is not None
        readable = select.select([self._channel], [], [], seconds)[0]
        data = self._channel.recv(1 << 20) if readable else b""
        self._gone = bool(readable and not data)
        self._hear(data)
        if self._ready:
            self._look_for_tokens()
            while fill and self._open() < self._plan.in_flight:
                self._start_one()
            while self._later and self._later[0][0] <= time.monotonic():
                self._ask(heapq.heappop(self._later)[2])
        self._sync()
        return bool(data)

    def _hear_out(self, killed: bool) -> None:
        """What the process had said before it was killed is heard."""
        assert self._channel is not None
        if not killed:
            self._channel.shutdown(socket.SHUT_WR)
        try:
            while data := self._channel.recv(1 << 20):
                self._hear(data)
        except ConnectionError:
            pass
        self._sync()

    def _open(self) -> int:
        return sum(status == "" for status in self.names.values())

    def _sync(self) -> None:
        self._log.write(self._noted)
        self._noted.clear()

    def _note(self, what: str, command: str, **more: str) -> None:
        self._noted.append({"what": what, "command": command, **more})

    # ------------------------------------------------------------------ asking

    def _start_one(self) -> None:
        number = len(self.names)
        shape = self._plan.shapes[number % len(self._plan.shapes)]
        self._start(f"{shape}-{self._chance.randrange(VARIANTS)}-{number}")

    def _start(self, name: str) -> None:
        self.names[name] = ""
        self._ask(f"start {name}")

    def _ask(self, command: str) -> None:
        if command not in self._pending:
            self._pending[command] = None
            self._note("asked", command)
        self._send(command)

    def _send(self, command: str) -> None:
        assert self._channel is not None or not self._ready
        if not self._ready:
            return  # it is said as soon as the process is ready
        self._sync()
        try:
            self._channel.sendall((command + "\n").encode())  # type: ignore[union-attr]
        except ConnectionError:
            pass  # it is dead: the next one is asked

    def _ask_later(self, command: str, seconds: float) -> None:
        self._count += 1
        heapq.heappush(self._later, (time.monotonic() + seconds, self._count, command))

    def _look_for_tokens(self) -> None:
        for name, state, token in self._new_tokens():
            if token in self._tokens:
                continue
            self._tokens[token] = f"{name} {state}"
            self._note("token", token, name=name)
            for nonce in ("first", "second"):  # who is first counts, the other one must be refused
                self._count += 1
                self._ask_later(f"answer {token} {nonce}{self._count}", self._chance.random() * 0.5)

    def _new_tokens(self) -> Iterator[tuple[str, str, str]]:
        with self._world.open("rb") as file:
            file.seek(self._read)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode().splitlines():
            if line.startswith("token "):
                _, name, state, token = line.split(" ")
                yield name, state, token

    # ------------------------------------------------------------------ hearing

    def _hear(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            verb, _, rest = line.decode().partition(" ")
            getattr(self, f"_on_{verb}")(rest)

    def _on_ready(self, recovered: str) -> None:
        self._ready = True
        self.counts.recovered.append(int(recovered))
        for command in list(self._pending):
            self._send(command)
        for name, status in self.names.items():
            if status == "" and f"start {name}" not in self._pending:
                self._send(f"look {name}")  # it may have ended when nobody could say so any more

    def _on_ok(self, command: str) -> None:
        if self._pending.pop(command, "") is None:
            self._note("acknowledged", command)
            self._settle(command, acknowledged=True)

    def _on_no(self, rest: str) -> None:
        command, _, error = rest.rpartition(" ")
        if command.startswith("look "):
            self.names[command[5:]] = error  # the checker says what is wrong with it
        if self._pending.pop(command, "") is None:
            self._note("refused", command, error=error)
            if error in SETTLED:
                self._settle(command, acknowledged=False)

    def _settle(self, command: str, acknowledged: bool) -> None:
        verb, name = command.split(" ")[:2]
        if verb == "start":
            self.counts.started += 1
            if SHAPES[shape_of(name)[0]].told == "stop":
                self._ask_later(f"stop {name}", self._chance.random())
        elif verb == "answer":
            self.counts.answered += acknowledged

    def _on_ended(self, rest: str) -> None:
        name, status = rest.split(" ")
        if self.names.get(name) != "":
            return  # of an execution that another one has started, or it is known
        self._note("ended", name, status=status)
        if status == "FAILED" and SHAPES[shape_of(name)[0]].told == "redrive":
            self._ask_later(f"redrive {name}", 0.0)
        else:
            self.names[name] = status


def _die() -> None:
    """A child that fails says why, and does nothing of what its parent would do at its end."""
    import traceback

    traceback.print_exc()
    sys.stderr.flush()
    os._exit(1)
