"""Small machines, and what is said of their data flow."""

from __future__ import annotations

import json
from typing import Any

import pytest

import aslrun

Fields = dict[str, Any]

PASS: Fields = {"Type": "Pass"}
TASK: Fields = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:111122223333:function:fn"}
SUCCEED: Fields = {"Type": "Succeed"}
CALLBACK = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"


def to(state: Fields, target: str) -> Fields:
    """The state with this transition."""
    return {**state, "Next": target}


def end(state: Fields) -> Fields:
    """The state as the last one."""
    return {**state, "End": True}


def inner(**states: Fields) -> Fields:
    """A branch or an item processor."""
    return {"StartAt": next(iter(states)), "States": states}


def machine(**states: Any) -> Fields:
    """A machine that begins with the first state; QueryLanguage and TimeoutSeconds are its own."""
    top = {name: states.pop(name) for name in ("QueryLanguage", "TimeoutSeconds") if name in states}
    return {**top, **inner(**states)}


def jsonata(**states: Any) -> Fields:
    """A machine in JSONata."""
    return machine(QueryLanguage="JSONata", **states)


def data_test(operator: str, operand: object, variable: str = "$.n") -> Fields:
    """A data test."""
    return {"Variable": variable, operator: operand}


def query(text: str) -> Fields:
    """A condition in JSONata."""
    return {"Condition": "{% " + text + " %}"}


def choice(*rules: Fields, default: str | None = "Z") -> Fields:
    """A Choice state whose rules lead to Y, X, W and V."""
    state: Fields = {"Type": "Choice", "Choices": [to(rule, name) for rule, name in zip(rules, "YXWV", strict=False)]}
    return state if default is None else {**state, "Default": default}


def chosen(state: Fields, in_jsonata: bool = False) -> Fields:
    """A machine that is one Choice state and the states that it leads to."""
    targets = [*(rule["Next"] for rule in state["Choices"]), state.get("Default")]
    states = {name: SUCCEED for name in targets if name}
    return jsonata(C=state, **states) if in_jsonata else machine(C=state, **states)


def rest(target: str) -> Fields:
    """A short wait."""
    return {"Type": "Wait", "Seconds": 3, "Next": target}


def waiting(parameters: Fields) -> Fields:
    """A task that waits for its token."""
    return end({"Type": "Task", "Resource": CALLBACK, "TimeoutSeconds": 60, "Parameters": parameters})


def case(name: str, definition: Fields, *expected: str, type: str = "STANDARD") -> Any:
    """A machine with all that is to be said of it: the rule and the place."""
    return pytest.param(definition, type, set(expected), id=name)


def said(definition: Fields, type: str = "STANDARD") -> set[str]:
    """The rule and the place of each finding."""
    return {f"{found.rule} {found.location}" for found in aslrun.validate(json.dumps(definition), type=type)}
