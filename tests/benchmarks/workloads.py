"""The workloads: a state machine, what it is given, and the asyncio program that does the same by hand.

Rules that a change must keep:

1. The program by hand is what a reasonable Python developer writes: an ``async def`` per state, awaited in turn;
   ``gather`` for Parallel and Map, a semaphore of 40 where AWS runs 40 iterations at a time; a loop with ``try`` for
   Retry; a task per execution. It is neither slowed down nor golfed.
2. Both do the same to the same values and give the same outputs: ``tests.benchmarks.test_ratios`` compares them.
3. ``bar`` is a share of what the program by hand does per CPU second; it was given, and is not moved to fit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from aslrun import Limits, Resources, TaskContext, TaskError
from aslrun.engine.limits import DEFAULT_LIMITS

Value = Any
"""A JSON value; the programs by hand look into it without asking, as programs do."""
Program = Callable[[Value], Awaitable[Value]]

UNRECORDED = Limits(history=0)  # beyond 25,000 history events an execution of AWS would end
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
AT_A_TIME = 40  # iterations of an inline Map


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload. A run of it is an execution per input; ``units`` counts what a run does, in ``unit``.

    ``functions`` are the handlers by name, the sync and the async one.
    """

    name: str
    title: str
    unit: str
    units: int
    bar: float
    machine: dict[str, Value]
    inputs: tuple[Value, ...]
    by_hand: Program
    functions: tuple[tuple[str, Callable[..., Value], Callable[..., Value]], ...] = ()
    limits: Limits = DEFAULT_LIMITS
    drivers: tuple[str, ...] = ("simulate",)
    judged: bool = True

    def resources(self, asynchronous: bool) -> Resources:
        """The handlers: coroutine functions, or plain ones that are called in place."""
        resources = Resources()
        for name, plain, coroutine in self.functions:
            if asynchronous:
                resources.task(FUNCTION + name, coroutine)
            else:
                resources.task(FUNCTION + name, plain, inline=True)
        return resources


# --------------------------------------------------------------------------- a chain of Pass states


ORDER = {"id": 7, "total": 120, "tags": ["new", "gift"], "customer": {"name": "Ada", "city": "Ulm"}}


async def hand_on(order: Value) -> Value:
    return order


def chain_by_hand(length: int) -> Program:
    states = [hand_on] * length

    async def chain(order: Value) -> Value:
        for state in states:
            order = await state(order)
        return order

    return chain


def chain(length: int = 1_000) -> Workload:
    machine = _chained({"Type": "Pass"}, length)
    return Workload(
        "chain",
        f"{length:,} Pass states in a chain",
        "transitions",
        length,
        1 / 35,
        machine,
        (ORDER,),
        chain_by_hand(length),
    )


def _chained(state: dict[str, Value], length: int, prefix: str = "S") -> dict[str, Value]:
    names = [f"{prefix}{index}" for index in range(length)]
    states = {name: {**state, "Next": after} for name, after in pairwise(names)}
    return {"StartAt": names[0], "States": {**states, names[-1]: {**state, "End": True}}}


# --------------------------------------------------------------------------- a loop


async def increment(counter: Value) -> Value:
    return {"n": counter["n"] + 1}


def loop_by_hand(until: int) -> Program:
    async def is_below(counter: Value) -> bool:
        return bool(counter["n"] < until)

    async def loop(counter: Value) -> Value:
        while await is_below(counter):
            counter = await increment(counter)
        return counter

    return loop


def loop(rounds: int = 10_000) -> Workload:
    below = {"Variable": "$.n", "NumericLessThan": rounds, "Next": "Increment"}
    states = {
        "Check": {"Type": "Choice", "Choices": [below], "Default": "Done"},
        "Increment": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Check"},
        "Done": {"Type": "Succeed"},
    }
    return Workload(
        "loop",
        f"Choice loop to {rounds:,}, States.MathAdd",
        "transitions",
        2 * rounds + 2,
        1 / 80,
        {"StartAt": "Check", "States": states},
        ({"n": 0},),
        loop_by_hand(rounds),
        limits=UNRECORDED,
    )


def assign_loop(language: str, rounds: int = 10_000) -> Workload:
    """The same loop with a variable, in either query language."""
    return replace(
        loop(rounds),
        name=f"loop-{language.lower()}",
        title=f"Choice loop to {rounds:,}, Assign in {language}",
        machine={"QueryLanguage": language, "StartAt": "Begin", "States": _ASSIGN_LOOPS[language](rounds)},
        judged=False,
    )


def _assign_jsonpath(rounds: int) -> dict[str, Value]:
    below = {"Variable": "$i", "NumericLessThan": rounds, "Next": "Increment"}
    return {
        "Begin": {"Type": "Pass", "Assign": {"i.$": "$.n"}, "Next": "Check"},
        "Check": {"Type": "Choice", "Choices": [below], "Default": "Done"},
        "Increment": {"Type": "Pass", "Assign": {"i.$": "States.MathAdd($i, 1)"}, "Next": "Check"},
        "Done": {"Type": "Pass", "Parameters": {"n.$": "$i"}, "End": True},
    }


def _assign_jsonata(rounds: int) -> dict[str, Value]:
    below = {"Condition": f"{{% $i < {rounds} %}}", "Next": "Increment"}
    return {
        "Begin": {"Type": "Pass", "Assign": {"i": "{% $states.input.n %}"}, "Next": "Check"},
        "Check": {"Type": "Choice", "Choices": [below], "Default": "Done"},
        "Increment": {"Type": "Pass", "Assign": {"i": "{% $i + 1 %}"}, "Next": "Check"},
        "Done": {"Type": "Pass", "Output": {"n": "{% $i %}"}, "End": True},
    }


_ASSIGN_LOOPS = {"JSONPath": _assign_jsonpath, "JSONata": _assign_jsonata}


# --------------------------------------------------------------------------- Task states


def charge(payment: Value) -> Value:
    return {"charged": payment["amount"], "card": "visa", "reference": payment["step"]}


async def charge_async(payment: Value) -> Value:
    return charge(payment)


def tasks_by_hand(count: int) -> Program:
    def step(number: int) -> Program:
        async def charged(order: Value) -> Value:
            answer = await charge_async({"id": order["id"], "amount": order["total"], "step": number})
            return {**order, "receipt": {"charged": answer["charged"], "reference": answer["reference"]}}

        return charged

    steps = [step(number) for number in range(count)]

    async def run(order: Value) -> Value:
        for charged in steps:
            order = await charged(order)
        return order

    return run


def tasks(count: int = 100) -> Workload:
    machine = _chained({"Type": "Task", "Resource": FUNCTION + "charge"}, count)
    for number, state in enumerate(machine["States"].values()):
        state["Parameters"] = {"id.$": "$.id", "amount.$": "$.total", "step": number}
        state["ResultSelector"] = {"charged.$": "$.charged", "reference.$": "$.reference"}
        state["ResultPath"] = "$.receipt"
    return Workload(
        "tasks",
        f"{count} Task states, three data flow fields",
        "tasks",
        count,
        1 / 40,
        machine,
        (ORDER,),
        tasks_by_hand(count),
        (("charge", charge, charge_async),),
        drivers=("simulate", "interpreter"),
    )


# --------------------------------------------------------------------------- Parallel


def parallel_by_hand(branches: int, length: int) -> Program:
    branch = chain_by_hand(length)

    async def parallel(order: Value) -> Value:
        return await asyncio.gather(*(branch(order) for _ in range(branches)))

    return parallel


def parallel(branches: int = 10, length: int = 10) -> Workload:
    chains = [_chained({"Type": "Pass"}, length, prefix=f"B{branch}S") for branch in range(branches)]
    every = {"Type": "Parallel", "Branches": chains, "End": True}
    return Workload(
        "parallel",
        f"Parallel, {branches} branches x {length} states",
        "transitions",
        branches * length + 1,
        1 / 6,
        {"StartAt": "All", "States": {"All": every}},
        (ORDER,),
        parallel_by_hand(branches, length),
    )


# --------------------------------------------------------------------------- Map


async def wrap(item: Value) -> Value:
    return {"n": item + 1}


async def mark(item: Value) -> Value:
    return {**item, "ok": True}


def double(item: Value) -> Value:
    return {"n": item["n"] * 2}


async def double_async(item: Value) -> Value:
    return double(item)


def map_by_hand(first: Program, second: Program) -> Program:
    async def run(items: Value) -> Value:
        gate = asyncio.Semaphore(AT_A_TIME)

        async def iteration(item: Value) -> Value:
            async with gate:
                return await second(await first(item))

        return await asyncio.gather(*(iteration(item) for item in items))

    return run


WRAP = {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($, 1)"}}
MARK = {"Type": "Pass", "Result": True, "ResultPath": "$.ok"}
DOUBLE = {"Type": "Task", "Resource": FUNCTION + "double"}


def _map(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    states = {"First": {**first, "Next": "Second"}, "Second": {**second, "End": True}}
    processor = {"StartAt": "First", "States": states}
    return {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}}


def map_passes(items: int = 10_000) -> Workload:
    return Workload(
        "map",
        f"Map, {items:,} items x 2 Pass",
        "items",
        items,
        0.5,
        _map(WRAP, MARK),
        (list(range(items)),),
        map_by_hand(wrap, mark),
        limits=UNRECORDED,
        drivers=("simulate", "interpreter"),
    )


def map_tasks(items: int = 10_000) -> Workload:
    """The other reading of "2 states": a Pass and a Task. It has no bar of its own, and is shown beside the first."""
    return replace(
        map_passes(items),
        name="map-tasks",
        title=f"Map, {items:,} items x Pass + Task",
        machine=_map(WRAP, DOUBLE),
        by_hand=map_by_hand(wrap, double_async),
        functions=(("double", double, double_async),),
        judged=False,
    )


# --------------------------------------------------------------------------- short executions


class Unavailable(Exception):
    """The first attempt of every payment fails."""


def pay(order: Value, task: TaskContext) -> Value:
    if task.attempt == 0:
        raise TaskError("Unavailable", "try again")
    return {"paid": order["total"]}


async def pay_async(order: Value, task: TaskContext) -> Value:
    return pay(order, task)


async def pay_by_hand(order: Value, attempt: int) -> Value:
    if attempt == 0:
        raise Unavailable("try again")
    return {"paid": order["total"]}


async def paid(order: Value) -> Value:
    for attempt in range(3):
        try:
            return {**order, "payment": await pay_by_hand(order, attempt)}
        except Unavailable:
            await asyncio.sleep(0)  # the back-off; that of the machine is virtual
    raise Unavailable("three times")


async def terms(order: Value) -> Value:
    return {**order, "terms": {"currency": "EUR"}}


async def ship(order: Value) -> Value:
    return {"id": order["id"]}


async def bill(order: Value) -> Value:
    return {"amount": order["payment"]["paid"]}


async def is_large(order: Value) -> bool:
    return bool(order["total"] > 100)


async def order_by_hand(order: Value) -> Value:
    order = await terms(order)
    if await is_large(order):
        order = await paid(order)
        order = {**order, "papers": await asyncio.gather(ship(order), bill(order))}
    return order


def _branch(name: str, parameters: dict[str, Value]) -> dict[str, Value]:
    return {"StartAt": name, "States": {name: {"Type": "Pass", "Parameters": parameters, "End": True}}}


def paying(then: str, state: dict[str, Value]) -> dict[str, Value]:
    """An order is paid, which works the second time; ``then`` is the name of the state that follows."""
    return {
        "StartAt": "Terms",
        "States": {
            "Terms": {"Type": "Pass", "Result": {"currency": "EUR"}, "ResultPath": "$.terms", "Next": "Large"},
            "Large": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.total", "NumericGreaterThan": 100, "Next": "Pay"}],
                "Default": "Done",
            },
            "Pay": {
                "Type": "Task",
                "Resource": FUNCTION + "pay",
                "ResultPath": "$.payment",
                "Retry": [{"ErrorEquals": ["Unavailable"], "IntervalSeconds": 1, "MaxAttempts": 2}],
                "Next": then,
            },
            then: {**state, "Next": "Done"},
            "Done": {"Type": "Succeed"},
        },
    }


SHIP_AND_BILL = {
    "Type": "Parallel",
    "Branches": [_branch("Ship", {"id.$": "$.id"}), _branch("Bill", {"amount.$": "$.payment.paid"})],
    "ResultPath": "$.papers",
}


def short(executions: int = 5_000) -> Workload:
    return Workload(
        "short",
        f"{executions:,} short executions with a Retry",
        "executions",
        executions,
        0.4,
        paying("Both", SHIP_AND_BILL),
        tuple({**ORDER, "id": number} for number in range(executions)),
        order_by_hand,
        (("pay", pay, pay_async),),
        drivers=("simulate", "interpreter"),
    )


# --------------------------------------------------------------------------- all of them


def workloads() -> list[Workload]:
    """Every workload, in its full size."""
    return [make() for make in (chain, loop, tasks, parallel, map_passes, map_tasks, short)]


def small_workloads() -> list[Workload]:
    """Every workload, small enough for a test of the outputs."""
    loops = [loop(7), assign_loop("JSONPath", 7), assign_loop("JSONata", 7)]
    return [chain(5), *loops, tasks(3), parallel(3, 2), map_passes(50), map_tasks(50), short(3)]
