"""The state machines of the crash test: every kind of wait, with outputs that do not depend on time or order.

Rules that a change must keep:

1. The output of an execution is a function of its input, however often it was interrupted: a ``nonce`` in it, which
   says whose callback counted, is the only exception.
2. Waits are short, of a second: a life of the process is shorter still.
3. ``exact`` says that also the history (its types and states, whatever their order) is that of an undisturbed run.
   Where a crash may cost an attempt, because a worker lost its task or ``on_recovery="fail"`` says so, it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aslrun.values import JSON
from tests.engine.shapes import catch, distributed, mapping, parallel, passing, program, retry, task, wait

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"
START = "arn:aws:states:::states:startExecution.sync:2"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:"
VARIANTS = 3  # of the input of every shape

Fields = dict[str, Any]


@dataclass(frozen=True)
class Shape:
    """``told`` is what the client does beside answering callbacks: stop or redrive the execution."""

    definition: Fields
    status: str = "SUCCEEDED"
    exact: bool = True
    told: str = ""
    more: Fields = field(default_factory=dict)

    def input(self, variant: int) -> JSON:
        """The input of a variant."""
        return {"n": variant, "items": [{"n": variant + index} for index in range(4)], **self.more}


def work(**fields: Any) -> Fields:
    """An async handler that works for a moment."""
    return task(FUNCTION + "work", **fields)


def thread(**fields: Any) -> Fields:
    """A handler in a thread."""
    return task(FUNCTION + "thread", **fields)


def quick(**fields: Any) -> Fields:
    """A handler that is called inline."""
    return task(FUNCTION + "quick", **fields)


def flaky(**fields: Any) -> Fields:
    """A handler that fails twice and succeeds then."""
    return task(FUNCTION + "flaky", **fields)


def silent(**fields: Any) -> Fields:
    """A handler that never answers."""
    return task(FUNCTION + "silent", **fields)


def asked(**fields: Any) -> Fields:
    """Somebody outside has the token."""
    return task(CALLBACK, Parameters={"n.$": "$.n", "token.$": "$$.Task.Token"}, **fields)


def second(**fields: Any) -> Fields:
    """A handler that fails unless its execution was redriven."""
    return task(FUNCTION + "second", Parameters={"n.$": "$.n", "driven.$": "$$.Execution.RedriveCount"}, **fields)


def nested(machine: str, **fields: Any) -> Fields:
    """Another execution is waited for."""
    parameters = {"StateMachineArn": MACHINE + machine, "Input.$": "$"}
    return task(START, Parameters=parameters, ResultSelector={"inner.$": "$.Output"}, **fields)


def again(error: str, attempts: int) -> list[Fields]:
    return [retry(error, IntervalSeconds=1, MaxAttempts=attempts, BackoffRate=1.0)]


def rounds(count: int) -> Fields:
    """A loop of quick tasks, long enough for snapshots."""
    return {
        "Init": passing(Result=0, ResultPath="$.n", Next="More"),
        "More": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": count, "Next": "Work"}],
            "Default": "Breathe",
        },
        "Work": quick(Next="Add"),
        "Add": passing(Parameters={"n.$": "States.MathAdd($.n, 1)"}, Next="More"),
        "Breathe": wait(1, Next="Last"),
        "Last": work(),
    }


INNER = {"A": work(Next="B"), "B": wait(1, Next="C"), "C": thread()}

SHAPES: dict[str, Shape] = {
    "chain": Shape({"A": work(Next="B"), "B": thread(Next="C"), "C": quick(Next="D"), "D": work()}),
    "retried": Shape({"A": flaky(Retry=again("Flaky", 3), Next="B"), "B": work()}),
    "waiting": Shape({"A": wait(1, Next="B"), "B": work(Next="C"), "C": wait(1, Next="D"), "D": thread()}),
    "callback": Shape({"A": work(Next="B"), "B": asked(Next="C"), "C": work()}),
    "parallel": Shape(
        {
            "A": parallel(
                {"P1": work(Next="P2"), "P2": thread()},
                {"Q1": wait(1, Next="Q2"), "Q2": work()},
                {"R1": asked()},
                Next="B",
            ),
            "B": passing(),
        }
    ),
    "map": Shape({"A": mapping({"I1": work(Next="I2"), "I2": quick()}, ItemsPath="$.items", MaxConcurrency=2)}),
    "nested": Shape({"A": work(Next="B"), "B": nested("inner", Next="C"), "C": passing()}),
    "activity": Shape(
        {"A": task(ACTIVITY, TimeoutSeconds=2, Retry=again("States.Timeout", 99), Next="B"), "B": work()}, exact=False
    ),
    "distributed": Shape(
        {"A": distributed({"D1": work(Next="D2"), "D2": thread()}, ItemsPath="$.items", MaxConcurrency=2)}
    ),
    "caught": Shape(
        {
            "A": silent(TimeoutSeconds=1, Catch=[catch("B", "States.Timeout", ResultPath="$.caught")]),
            "B": work(Next="C"),
            "C": task(FUNCTION + "broken", Catch=[catch("D", ResultPath="$.caught")]),
            "D": thread(),
        }
    ),
    "loop": Shape(rounds(70)),
    "once": Shape(
        {"A": task(FUNCTION + "once", Retry=again("States.TaskFailed", 99), Next="B"), "B": work()}, exact=False
    ),
    "stopped": Shape({"A": work(Next="B"), "B": wait(1_000_000)}, status="ABORTED", exact=False, told="stop"),
    "redriven": Shape({"A": work(Next="B"), "B": second(Next="C"), "C": work()}, told="redrive"),
}


def definition(shape: str) -> Fields:
    """The definition of a shape."""
    return program(SHAPES[shape].definition)


def inner() -> Fields:
    """The definition of what ``nested`` starts."""
    return program(INNER)
