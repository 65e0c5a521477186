"""Arbitrary machines: small, valid, of every state type, with data flow that often does not fit the data.

Rules that a change must keep:

1. States, choices and catchers lead forwards or to the end, so every machine ends or waits.
2. Only what AWS takes: a machine that ``load`` refuses is rare, and is left out by whoever generates.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from hypothesis import strategies as st

SERVICE = "arn:aws:states:::dynamodb:getItem"
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
SYNC = "arn:aws:states:::glue:startJobRun.sync"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:charge"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:approve"

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.sampled_from(["", "a", "x y", "1970-01-01T01:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3),
    max_leaves=6,
)
SAFE = ["$", "$..a", "$$", "$$.State.Name", "$$.Execution.Input"]
RISKY = ["$.a", "$.b.c", "$[0]", "$['a'][1]", "$.b[*]", "$$.Map.Item.Value", "$$.Task.Token", "$v", "$w.a"]
PATHS = st.sampled_from([*SAFE * 8, *RISKY])
INPUTS = JSON_VALUES | st.just({"a": [1, {"b": 2}], "b": {"c": 3}})
REFERENCES = st.sampled_from(["$", "$", "$", "$.d", "$.a[1]"]) | st.none()
CALLS = st.sampled_from(
    ["States.UUID()", "States.Array($)", "States.Format('{}', $)", "States.MathAdd($.a, 1)", "States.ArrayLength($v)"]
)
TEMPLATES = st.fixed_dictionaries(
    {}, optional={"p.$": PATHS | CALLS, "q": JSON_VALUES, "r": st.fixed_dictionaries({"s.$": PATHS | CALLS})}
)
ERRORS = st.sampled_from(
    ["Boom", "Bad", "States.Timeout", "States.HeartbeatTimeout", "States.BranchFailed", "States.TaskFailed"]
)
SECONDS = st.integers(1, 20)


@st.composite
def programs(draw: st.DrawFn, depth: int = 2, numbers: Any = None) -> dict[str, Any]:
    """A chain of states whose choices and catchers lead forwards or to the end, so that it always ends."""
    numbers = numbers or count()
    names = [f"S{next(numbers)}" for _ in range(draw(st.integers(1, 3 if depth else 2)))]
    states: dict[str, Any] = {}
    for index, name in enumerate(names):
        following = names[index + 1 :]
        state = draw(states_of(depth, numbers))
        if state["Type"] == "Choice":
            if not following:
                state = {"Type": "Succeed"}
            else:
                state["Choices"] = [rule | {"Next": draw(st.sampled_from(following))} for rule in state["Choices"]]
                state["Default"] = following[0]
        elif state["Type"] not in ("Succeed", "Fail"):
            state |= {"Next": following[0]} if following else {"End": True}
            state.pop("Catch" if not following else "", None)
            for catcher in state.get("Catch", ()):
                catcher["Next"] = draw(st.sampled_from(following))
        elif following:
            state = {"Type": "Pass", "Next": following[0]}
        states[name] = state
    return {"StartAt": names[0], "States": states}


def states_of(depth: int, numbers: Any) -> st.SearchStrategy[dict[str, Any]]:
    kinds = [PASS, TASK, WAIT, CHOICE, FAIL, SUCCEED]
    if depth:
        kinds += [parallels(depth, numbers), maps(depth, numbers)]
    return st.one_of(kinds)


def _state(
    type: str, optional: dict[str, st.SearchStrategy[Any]], **required: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"Type": st.just(type), **required}, optional=optional)


FLOW: dict[str, Any] = {"InputPath": PATHS | st.none(), "OutputPath": PATHS | st.none()}
ASSIGN = st.fixed_dictionaries({}, optional={"v.$": PATHS, "w": JSON_VALUES})
RETRIER = st.fixed_dictionaries(
    {"ErrorEquals": ERRORS.map(lambda name: [name])},
    optional={
        "MaxAttempts": st.integers(0, 3),
        "IntervalSeconds": SECONDS,
        "BackoffRate": st.sampled_from([1, 1.5, 3]),
        "MaxDelaySeconds": st.integers(21, 40),
        "JitterStrategy": st.sampled_from(["FULL", "NONE"]),
    },
)
CATCHER = st.fixed_dictionaries({"ErrorEquals": ERRORS.map(lambda name: [name])}, optional={"ResultPath": REFERENCES})


def _unmixed(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A wildcard stands last."""
    ordinary = [entry for entry in entries if entry["ErrorEquals"] != ["States.TaskFailed"]]
    return [*ordinary, {**entries[0], "ErrorEquals": ["States.ALL"]}]


HANDLED: dict[str, Any] = {
    "Retry": st.lists(RETRIER, min_size=1, max_size=2).map(_unmixed),
    "Catch": st.lists(CATCHER, min_size=1, max_size=2).map(_unmixed),
}
PASS = _state(
    "Pass", {**FLOW, "ResultPath": REFERENCES, "Parameters": TEMPLATES, "Result": JSON_VALUES, "Assign": ASSIGN}
)
TASK = _state(
    "Task",
    {
        **FLOW,
        **HANDLED,
        "ResultPath": REFERENCES,
        "Parameters": TEMPLATES,
        "ResultSelector": TEMPLATES,
        "Assign": ASSIGN,
        "TimeoutSeconds": st.integers(11, 20),
        "HeartbeatSeconds": st.integers(1, 10),
    },
    Resource=st.sampled_from([SERVICE, SYNC, CALLBACK, LAMBDA, ACTIVITY]),
)
WAIT = st.one_of(
    _state("Wait", FLOW, Seconds=st.integers(0, 9)),
    _state("Wait", {}, SecondsPath=st.sampled_from(["$.a", "$[0]"])),
    _state("Wait", FLOW, TimestampPath=st.sampled_from(["$$.State.EnteredTime", "$$.Execution.StartTime", "$.a"])),
)
CHOICE = _state(
    "Choice",
    {**FLOW, "Assign": ASSIGN},
    Choices=st.lists(
        st.fixed_dictionaries({"Variable": st.sampled_from(["$", "$.a"]), "NumericEquals": st.integers(-1, 1)})
        | st.fixed_dictionaries({"Variable": st.sampled_from(["$.a", "$.b.c"]), "IsPresent": st.booleans()}),
        min_size=1,
        max_size=2,
    ),
)
FAIL = _state(
    "Fail",
    {"Error": ERRORS.filter(lambda name: "." not in name), "CausePath": PATHS.filter(lambda path: "*" not in path)},
)
SUCCEED = _state("Succeed", FLOW)


def parallels(depth: int, numbers: Any) -> st.SearchStrategy[dict[str, Any]]:
    branches = st.lists(programs(depth - 1, numbers), min_size=1, max_size=3)
    optional = {**FLOW, **HANDLED, "ResultPath": REFERENCES, "Parameters": TEMPLATES, "ResultSelector": TEMPLATES}
    return _state("Parallel", optional, Branches=branches)


def maps(depth: int, numbers: Any) -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        **FLOW,
        **HANDLED,
        "ResultPath": REFERENCES,
        "ItemsPath": st.sampled_from(["$.a", "$.b", "$.b.c", "$$.Execution", "$"]),
        "ItemSelector": TEMPLATES,
        "MaxConcurrency": st.integers(0, 2),
        "ResultSelector": TEMPLATES,
    }
    return _state("Map", optional, ItemProcessor=programs(depth - 1, numbers))
