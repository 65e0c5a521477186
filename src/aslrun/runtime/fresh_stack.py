"""A stack of its own for expressions that recurse deeply: the core may not make threads, a driver may."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def on_fresh_stack(work: Callable[[], T]) -> T:
    """Do the work in a new thread, wait for it, and give what it gives or raise what it raises.

    >>> on_fresh_stack(lambda: 6 * 7)
    42
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001  # handed on to the thread that waits
            errors.append(error)

    thread = Thread(target=body, name="aslrun-stack", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
