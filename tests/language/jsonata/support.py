"""What the tests of JSONata share: the data beside the repository, and equality as JSON has it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SUITE = Path(__file__).parents[4] / "shared" / "jsonata-suite"


def load(name: str) -> Any:
    """A file of the suite; the test is skipped where the folder is absent."""
    path = SUITE / name
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return json.loads(path.read_text(encoding="utf-8"))


def same(left: Any, right: Any) -> bool:
    """Deep equality: 1 is 1.0, but booleans are no numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


def in_a_thread(work: Callable[[], Any]) -> Any:
    """A fresh stack: do the work in a new thread and wait for it."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def body() -> None:
        try:
            results.append(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the waiting thread
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
