"""Small machines, and what is said of them: for the tests of the rules."""

from __future__ import annotations

from typing import Any

from aslrun.definition.checking import check_document
from aslrun.definition.documents import read_document
from aslrun.errors import Diagnostic

LAMBDA = "arn:aws:lambda:us-east-1:111122223333:function:charge"
PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": LAMBDA, "End": True}
WAIT = {"Type": "Wait", "End": True}
BRANCH = {"StartAt": "P", "States": {"P": PASS}}
MAP = {"Type": "Map", "ItemProcessor": BRANCH, "End": True}
DISTRIBUTED = {**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
RULE = {"Variable": "$.a", "IsNull": True, "Next": "B"}


def machine(*states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A machine whose states are called A, B, C ..."""
    names = "ABCDEFGH"
    return {"StartAt": "A", "States": dict(zip(names, states, strict=False)), **fields}


def check(definition: dict[str, Any], type: str = "STANDARD") -> list[Diagnostic]:
    return check_document(read_document(definition), type)


def said(definition: dict[str, Any], type: str = "STANDARD") -> list[str]:
    """The rule, the exact place and the words of each problem."""
    return [f"{problem.rule} {problem.path}: {problem.message}" for problem in check(definition, type)]


def said_of(state: dict[str, Any], **fields: Any) -> list[str]:
    """The problems of a machine with this one state; places count from the state."""
    return [text.replace(" States.A", " ", 1).replace(" .", " ", 1) for text in said(machine(state, **fields))]


def hints(definition: dict[str, Any]) -> list[str]:
    return [problem.hint for problem in check(definition)]
