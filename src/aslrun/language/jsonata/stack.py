"""The stack of a thread: how much of it is used, and a fresh one for what needs more.

This is the only place of the engine that knows of threads. A fresh thread is not concurrency: whoever asks for
one waits for it, and the result is the same. It is there because Python counts nested calls per thread, and
the alternative, raising the recursion limit, would change it for the whole process.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

T = TypeVar("T")


def stack_depth() -> int:
    """How many frames the current thread has in use."""
    frame: FrameType | None = sys._getframe()
    depth = 0
    while frame is not None:
        depth += 1
        frame = frame.f_back
    return depth


def in_fresh_thread(work: Callable[[], T]) -> T:
    """Run the work in a new thread, wait for it, and give its result or raise its error."""
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the waiting thread, whatever it is
            errors.append(error)

    thread = threading.Thread(target=body, name="jsonata", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
