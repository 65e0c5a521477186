"""How a command runs a machine: in virtual time, or in real time with somebody watching."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ..runtime.simulate import simulate

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..engine.history import Record
    from ..resources.registry import Resources
    from ..runtime.recovery import Progress
    from ..runtime.result import Result
    from ..runtime.runs import Run
    from ..stores.protocols import ExecutionStore
    from ..values import JSON

Follow: TypeAlias = "Callable[[Sequence[Record]], None]"
Tick: TypeAlias = "Callable[[float], None]"

LOOK_EVERY = 0.05  # seconds between two looks at the history of a running execution


def in_virtual_time(
    machine: Machine, input: JSON, resources: Resources, name: str, follow: Follow | None = None
) -> Result:
    """Simulate; ``follow`` is given history records as they come."""
    root: list[str] = []

    def of_root(arn: str, records: Sequence[Record]) -> None:
        if not root:
            root.append(arn)  # the first that is heard of; others are children of a distributed Map
        if follow is not None and arn == root[0]:
            follow(records)

    return simulate(machine, input, resources, name=name, on_history=of_root)


def in_real_time(
    machine: Machine,
    input: JSON,
    resources: Resources,
    name: str | None,
    follow: Follow | None = None,
    tick: Tick | None = None,
    store: ExecutionStore | None = None,
    on_recovery: Progress | None = None,
) -> Result:
    """Run an execution to its end; ``follow`` is given new history records, ``tick`` the seconds since the start.

    With a ``store`` it is kept there, and goes on if it is there already.
    """
    import anyio  # imported here, as is the interpreter: a simulation does without both

    from ..runtime.interpreter import Interpreter

    async def main() -> Result:
        async with Interpreter(resources, store=store, on_recovery=on_recovery) as interpreter:
            execution = await interpreter.start(machine, input, name=name)
            watch = _Watch(execution.run, follow, tick)
            async with anyio.create_task_group() as group:
                group.start_soon(watch.go_on)
                result = await execution.result()
                group.cancel_scope.cancel()
            watch.look()
            return result

    return anyio.run(main)


class _Watch:
    """Looks at a running execution."""

    def __init__(self, run: Run, follow: Follow | None, tick: Tick | None) -> None:
        self._run, self._follow, self._tick = run, follow, tick
        self._seen = 0

    async def go_on(self) -> None:
        import anyio

        start = anyio.current_time()
        while True:
            self.look()
            if self._tick is not None:
                self._tick(anyio.current_time() - start)
            await anyio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Hand on what is new."""
        records = self._run.records
        if self._follow is not None and len(records) > self._seen:
            new = records[self._seen :]
            self._seen += len(new)
            self._follow(new)
