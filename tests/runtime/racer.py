"""A process that races for task tokens: ``python -m tests.runtime.racer FILE NAME THREADS``.

A line of its input is a token. Every thread sends it, with its own name as the output, through the file; a line of the
output is what became of each, as a JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from random import Random

from aslrun import AslrunError, TaskCallbacks

HEAD_START = 0.03  # seconds at most, by which racers are apart


def race(callbacks: TaskCallbacks, token: str, name: str, delay: float) -> str:
    """What became of one racer."""
    time.sleep(delay)
    try:
        callbacks.send_task_success(name, token=token)
    except AslrunError as error:
        return type(error).__name__
    return "acknowledged"


def main(path: str, process: str, threads: int) -> None:
    """Race until the input ends."""
    chance = Random(process)
    with closing(TaskCallbacks.file(path, wait=30)) as callbacks, ThreadPoolExecutor(threads) as pool:
        print("ready", flush=True)
        for line in sys.stdin:
            names = [f'"{process} {number}"' for number in range(threads)]
            races = [pool.submit(race, callbacks, line.strip(), name, chance.random() * HEAD_START) for name in names]
            print(json.dumps({json.loads(name): each.result() for name, each in zip(names, races, strict=True)}))
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
