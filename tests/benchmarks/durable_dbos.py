"""The same steps on DBOS over SQLite, in a process of its own, as its documentation sets it up.

``python -m tests.benchmarks.durable_dbos`` reads the name of a measurement (``alone`` or ``together``) from each line
of its input, makes it, and prints steps a second: so whoever compares takes turns with it. It wants the package
``dbos``, which ``make bench`` installs.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ALONE, WORKFLOWS, STEPS = 200, 200, 10


async def measured(chain: Callable[[int], Awaitable[Any]]) -> None:
    await chain(20)  # nobody measures imports
    for line in sys.stdin:
        started = time.perf_counter()
        if line.strip() == "alone":
            await chain(ALONE)
            steps = ALONE
        else:
            await asyncio.gather(*(chain(STEPS) for _ in range(WORKFLOWS)))
            steps = WORKFLOWS * STEPS
        print(steps / (time.perf_counter() - started), flush=True)


def main() -> None:
    from dbos import DBOS  # imported here: it is there only for benchmarks

    @DBOS.step()
    async def step(order: Any) -> Any:
        return order

    @DBOS.workflow()
    async def chain(length: int) -> Any:
        order: Any = {"order": 7}
        for _ in range(length):
            order = await step(order)
        return order

    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        database = f"sqlite:///{folder}/dbos.sqlite"
        settings: Any = {
            "name": "bench",
            "system_database_url": database,
            "log_level": "ERROR",
            "run_admin_server": False,
        }
        DBOS(config=settings)
        DBOS.launch()
        asyncio.run(measured(chain))
        DBOS.destroy()


if __name__ == "__main__":
    main()
