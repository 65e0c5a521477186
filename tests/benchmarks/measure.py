"""Measures a workload: ours and the program by hand in turn, in one process, by the CPU time that they take.

Rules that a change must keep:

1. Nothing absolute is judged. Ours and the program by hand run alternately, so that whatever else the machine does
   falls on both; a share is the median over such pairs, and its spread is shown with it.
2. CPU time of the whole process, all threads and the garbage collector with it; loading the machine is not in it.
3. A sample is long enough for its clock (``SAMPLE``): what is quick runs several times in it.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from statistics import median

import aslrun

from .workloads import Value, Workload, map_passes

SAMPLE = 0.12  # CPU seconds that one sample should take at least
REPEATS = 7

Contender = Callable[[int], list[Value]]
"""Does as many runs of a workload as it is told to; the outputs of the last."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Units per CPU second of both, and the share of each pair of samples, ascending."""

    workload: Workload
    driver: str
    ours: float
    by_hand: float
    shares: tuple[float, ...]

    @property
    def share(self) -> float:
        return median(self.shares)

    @property
    def of_bar(self) -> float:
        """1 is the bar, 2 the aim."""
        return self.share / self.workload.bar


# --------------------------------------------------------------------------- contenders


def by_hand(workload: Workload) -> Contender:
    """The asyncio program; a task per execution where there are several."""

    async def execute() -> list[Value]:
        if len(workload.inputs) == 1:
            return [await workload.by_hand(workload.inputs[0])]
        return await asyncio.gather(*(asyncio.create_task(_run(workload, input)) for input in workload.inputs))

    return _on_asyncio(execute)


async def _run(workload: Workload, input: Value) -> Value:
    return await workload.by_hand(input)


def simulated(workload: Workload) -> Contender:
    """``aslrun.simulate`` with plain handlers: no event loop."""
    machine, resources = aslrun.load(workload.machine), workload.resources(asynchronous=False)

    def execute(runs: int) -> list[Value]:
        outputs = []
        for _ in range(runs):
            outputs = [
                aslrun.simulate(machine, input, resources, limits=workload.limits).raise_for_status().output
                for input in workload.inputs
            ]
        return outputs

    return execute


def interpreted(workload: Workload) -> Contender:
    """``aslrun.Interpreter`` on asyncio with coroutine functions as handlers; every execution is started at once."""
    machine, resources = aslrun.load(workload.machine), workload.resources(asynchronous=True)

    async def execute() -> list[Value]:
        async with aslrun.Interpreter(resources, clock=aslrun.VirtualClock(), limits=workload.limits) as interpreter:
            executions = [
                await interpreter.start(machine, input, name=f"order-{number}")
                for number, input in enumerate(workload.inputs)
            ]
            return [(await execution.result()).raise_for_status().output for execution in executions]

    return _on_asyncio(execute)


DRIVERS = {"simulate": simulated, "interpreter": interpreted}


def _on_asyncio(execute: Callable[[], Coroutine[None, None, list[Value]]]) -> Contender:
    async def times(runs: int) -> list[Value]:
        outputs = []
        for _ in range(runs):
            outputs = await execute()
        return outputs

    def contender(runs: int) -> list[Value]:
        with asyncio.Runner() as runner:
            return runner.run(times(runs))

    return contender


# --------------------------------------------------------------------------- measuring


def compare(workload: Workload, driver: str, repeats: int = REPEATS) -> Measured:
    """Ours on a driver beside the program by hand."""
    ours, hand = samples(DRIVERS[driver](workload), by_hand(workload), repeats)
    shares = sorted(theirs / our for our, theirs in zip(ours, hand, strict=True))
    return Measured(workload, driver, workload.units / median(ours), workload.units / median(hand), tuple(shares))


def item_factor(many: int = 10_000, few: int = 1_000, repeats: int = REPEATS) -> tuple[float, ...]:
    """What an item of a Map of many costs, in costs of an item of a Map of few; per pair of samples, ascending."""
    large, small = samples(simulated(map_passes(many)), simulated(map_passes(few)), repeats)
    return tuple(sorted(a / many / (b / few) for a, b in zip(large, small, strict=True)))


def samples(one: Contender, other: Contender, repeats: int) -> tuple[list[float], list[float]]:
    """CPU seconds per run of both, sampled alternately."""
    runs = _enough(one), _enough(other)
    pairs = [(_sample(one, runs[0]), _sample(other, runs[1])) for _ in range(repeats)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def _enough(contender: Contender) -> int:
    """How many runs fill a sample; the contender is warm afterwards."""
    contender(1)
    runs = 1
    while (seconds := _sample(contender, runs) * runs) < SAMPLE / 4:
        runs *= 4
    return max(1, round(SAMPLE / (seconds / runs)))


def _sample(contender: Contender, runs: int) -> float:
    gc.collect()
    start = time.process_time()
    contender(runs)
    return (time.process_time() - start) / runs
