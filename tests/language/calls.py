"""Calls of intrinsic functions, and the words in which they fail."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from aslrun.language.errors import IntrinsicFailure
from aslrun.language.intrinsics import compile_intrinsic
from aslrun.language.scope import Scope

CONTEXT = {"Execution": {"Name": "run"}, "Map": {"Item": {"Index": 3}}}


def scope_of(input: Any = None, seed: int = 7, **variables: Any) -> Scope:
    source = Random(seed)
    return Scope(input, lambda: CONTEXT, variables, lambda: source)


def evaluate(text: str, input: Any = None, **variables: Any) -> Any:
    return compile_intrinsic(text).evaluate(scope_of(input, **variables))


def call(function: str, *arguments: Any) -> Any:
    """Call a function with values that come from the input."""
    places = ", ".join(f"$[{index}]" for index in range(len(arguments)))
    return evaluate(f"{function}({places})", list(arguments))


def failure(text: str, input: Any = None, **variables: Any) -> str:
    with pytest.raises(IntrinsicFailure) as caught:
        evaluate(text, input, **variables)
    assert caught.value.error == "States.Runtime"
    return caught.value.message


def refusal(text: str, input: Any = None) -> str:
    """What follows the sentence about the call in a failure."""
    start = f"There was an error while evaluating the intrinsic function: {text}. "
    message = failure(text, input)
    assert message.startswith(start)
    return message.removeprefix(start)
