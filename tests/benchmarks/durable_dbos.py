"""The same steps on DBOS over SQLite, in a process of its own: prints steps a second, alone and 200 at once.

``python -m tests.benchmarks.durable_dbos``; wants the package ``dbos``, which ``make bench`` installs.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ALONE, WORKFLOWS, STEPS = 200, 200, 10


async def measured(chain: Callable[[int], Awaitable[Any]]) -> list[float]:
    await chain(5)
    started = time.perf_counter()
    await chain(ALONE)
    alone = ALONE / (time.perf_counter() - started)
    started = time.perf_counter()
    await asyncio.gather(*(chain(STEPS) for _ in range(WORKFLOWS)))
    return [alone, WORKFLOWS * STEPS / (time.perf_counter() - started)]


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
        print(json.dumps(asyncio.run(measured(chain))))
        DBOS.destroy()


if __name__ == "__main__":
    main()
