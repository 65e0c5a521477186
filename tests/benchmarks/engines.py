"""Measures our JSONata engine: beside the other engines of Python that are installed, and in a loop beside JSONPath.

Rules that a change must keep:

1. All engines evaluate the same expression on the same bindings, compiled once, and must give the same value.
2. Neither of the others is a dependency, not even of the tests. `make bench` installs them (extra `bench`); what is not
   installed is said to be so.
3. A bar is the least factor by which ours is to be the quicker one; it was given, and is not moved to fit.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from aslrun.language import jsonata

from .measure import REPEATS, Contender, samples, simulated
from .workloads import assign_loop

LOOP_BAR = 0.5  # of the rate of the same loop in JSONPath
SIZE_BAR = 1.25  # a path into a large input may cost this much more than one into a small one

OTHERS = ("jsonata-python", "jsonata2py")
"""The other engines, by the name of their distribution."""

TOTAL = "$sum($states.input.items.(price*qty))"
PATH = "$states.input.a.b.c"


def states(items: int) -> dict[str, Any]:
    """What ``$states`` is."""
    rows = [{"sku": f"s{index}", "price": index * 1.5, "qty": index % 7} for index in range(items)]
    return {"input": {"items": rows, "a": {"b": {"c": 7}}}}


STATES = states(1_000)


@dataclass(frozen=True, slots=True)
class Task:
    """What the engines do, and how much quicker than each of the others ours is to be."""

    title: str
    text: str
    bars: dict[str, float]
    compiles: bool = False


TASKS = (
    Task(f"{TOTAL}, 1,000 items", TOTAL, {"jsonata-python": 15, "jsonata2py": 1}),
    Task(f"{PATH}, in the same input", PATH, {"jsonata-python": 10}),
    Task(f"compile {TOTAL}", TOTAL, {"jsonata-python": 1 / 3}, compiles=True),
    Task("filter, map and order", "$states.input.items[qty > 3]^(>price).{'sku': sku, 'total': price * qty}", {}),
    Task("$map with a lambda", "$map($states.input.items, function($v, $i) { $v.sku & $i })", {}),
    Task("$reduce with a lambda", "$reduce($states.input.items.qty, function($a, $b) { $a + $b })", {}),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """CPU microseconds of ours and of another engine, and theirs in ours for each pair of samples, ascending."""

    task: Task
    other: str
    ours: float
    theirs: float
    factors: tuple[float, ...]

    @property
    def factor(self) -> float:
        return median(self.factors)


# --------------------------------------------------------------------------- engines


def _ours(text: str) -> Callable[[], Any]:
    expression, bindings = jsonata.compile(text), {"states": STATES}
    return lambda: expression(bindings=bindings)


def _jsonata_python(text: str) -> Callable[[], Any]:
    import jsonata as other

    expression = other.Jsonata(text)  # type: ignore[attr-defined]

    def evaluate() -> Any:
        frame = expression.create_frame()
        frame.bind("states", STATES)
        return expression.evaluate(None, frame)

    return evaluate


def _jsonata2py(text: str) -> Callable[[], Any]:
    import jsonata2py as other  # type: ignore[import-not-found]

    expression, bindings = other.compile(text), other.JsonataBindings()
    bindings.bind_value("states", STATES)
    return lambda: expression.evaluate(None, bindings)


ENGINES = {"ours": _ours, "jsonata-python": _jsonata_python, "jsonata2py": _jsonata2py}


def is_installed(other: str) -> bool:
    try:
        importlib.metadata.version(other)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def tasks(other: str) -> list[Task]:
    """What to compare with another engine; how long it compiles only if there is a bar (one remembers what it did)."""
    return [task for task in TASKS if not task.compiles or other in task.bars]


def evaluated(engine: str, task: Task) -> Any:
    """What an engine makes of a task's expression."""
    return ENGINES[engine](task.text)()


def contender(engine: str, task: Task) -> Contender:
    """Does a task again and again."""
    prepare, text = ENGINES[engine], task.text
    once = (lambda: prepare(text)) if task.compiles else prepare(text)

    def times(runs: int) -> list[Any]:
        for _ in range(runs):
            once()
        return []

    return times


# --------------------------------------------------------------------------- measuring


def compare(task: Task, other: str, repeats: int = REPEATS) -> Compared:
    """Ours beside another engine."""
    ours, theirs = samples(contender("ours", task), contender(other, task), repeats)
    factors = sorted(their / our for our, their in zip(ours, theirs, strict=True))
    return Compared(task, other, median(ours) * 1e6, median(theirs) * 1e6, tuple(factors))


def size_factor(repeats: int = REPEATS) -> float:
    """What a path into an input of 1,000 items costs, in costs of one into an empty input."""
    expression, small = jsonata.compile(PATH), {"states": states(0)}

    def times(runs: int) -> list[Any]:
        for _ in range(runs):
            expression(bindings=small)
        return []

    large, little = samples(contender("ours", TASKS[1]), times, repeats)
    return median(a / b for a, b in zip(large, little, strict=True))


def loop_shares(rounds: int = 10_000, repeats: int = REPEATS) -> tuple[float, ...]:
    """The rate of a loop in JSONata, in rates of the same loop in JSONPath; per pair of samples, ascending."""
    jsonpath, query = (simulated(assign_loop(language, rounds)) for language in ("JSONPath", "JSONata"))
    pairs = zip(*samples(jsonpath, query, repeats), strict=True)
    return tuple(sorted(theirs / ours for theirs, ours in pairs))
