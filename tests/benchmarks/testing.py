"""Measures the testing toolkit: short simulations, hypothesis examples, and how exploration grows.

Rules that a change must keep:

1. CPU time of the process, the best of several samples: whatever else the machine does only adds.
2. The bars are requirements for a quiet machine; they are shown and never asserted.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import aslrun
from aslrun.testing import check_examples, explore
from tests.conftest import REPOSITORY

from .workloads import FUNCTION, Value, pay, paying

SIMULATIONS_BAR = 25_000  # short executions per CPU second
EXAMPLES, EXAMPLES_BAR = 1_000, 2.0  # hypothesis examples on the business workflow, in CPU seconds
EXPLORE_BAR = 1.0  # CPU seconds for 4 branches of two steps
GROWTH = ((2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (2, 4), (3, 4), (4, 4))  # branches, steps

PAPERS = {"Type": "Pass", "Parameters": {"id.$": "$.id", "paid.$": "$.payment.paid"}}


@dataclass(frozen=True, slots=True)
class Growth:
    """What exploring so many branches of so many steps takes."""

    branches: int
    steps: int
    runs: float
    states: int
    seconds: float


def simulations(repeats: int, runs: int = 2_000) -> float:
    """Short executions per CPU second: five states, one retry."""
    machine, resources = aslrun.load(paying("Papers", PAPERS)), aslrun.Resources()
    resources.task(FUNCTION + "pay", pay)
    order: Value = {"id": 1, "total": 150}

    def all_runs() -> None:
        for _ in range(runs):
            aslrun.simulate(machine, order, resources)

    return runs / _best(all_runs, repeats)


def examples(repeats: int) -> float:
    """CPU seconds of hypothesis examples on the business workflow, with the invariants of every machine."""
    machine = aslrun.load(REPOSITORY / "examples" / "fleet" / "business.asl.json")
    return _best(lambda: check_examples(machine, examples=EXAMPLES), repeats)


def growth(repeats: int) -> Iterator[Growth]:
    """How exploration grows with branches and steps."""
    for branches, steps in GROWTH:
        machine = aslrun.load(branching(branches, steps))
        found = explore(machine, {}, {"arn:*": {"result": {}}})
        seconds = _best(lambda machine=machine: explore(machine, {}, {"arn:*": {"result": {}}}), repeats)  # type: ignore[misc]
        yield Growth(branches, steps, found.runs, found.states, seconds)


def branching(branches: int, steps: int) -> Value:
    """A Parallel of branches that are chains of Tasks."""
    programs = [{"StartAt": f"B{number}S0", "States": _steps(number, steps)} for number in range(branches)]
    return {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": programs, "End": True}}}


def _steps(branch: int, steps: int) -> Value:
    task = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish"}
    names = [f"B{branch}S{step}" for step in range(steps)]
    on = [{"Next": name} for name in names[1:]]
    return {name: task | way for name, way in zip(names, [*on, {"End": True}], strict=True)}


def _best(work: Callable[[], object], repeats: int) -> float:
    work()
    taken = []
    for _ in range(max(1, repeats)):
        gc.collect()
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def report(repeats: int) -> Iterator[str]:
    """The figures as lines, beside their bars."""
    rate = simulations(repeats)
    judged = f"at least {SIMULATIONS_BAR:,}: {_met(rate >= SIMULATIONS_BAR)}"
    yield f"\n{'short simulations per CPU second':<52} {rate:>12,.0f}   {judged}"
    taken = examples(min(repeats, 3))
    title = f"{EXAMPLES:,} hypothesis examples on the business workflow"
    yield f"{title:<52} {taken:>10.2f} s   at most {EXAMPLES_BAR:.0f} s: {_met(taken <= EXAMPLES_BAR)}"
    yield f"\n{'explore':<24} {'runs':>16} {'states':>8} {'CPU seconds':>12}"
    for row in growth(min(repeats, 3)):
        judged = f"   under {EXPLORE_BAR:.0f} s: {_met(row.seconds < EXPLORE_BAR)}" if row.runs == 2520 else ""
        title = f"{row.branches} branches of {row.steps} steps"
        yield f"{title:<24} {row.runs:>16,.0f} {row.states:>8,} {row.seconds:>12.3f}{judged}"


def _met(met: bool) -> str:
    return "bar met" if met else "BELOW"
