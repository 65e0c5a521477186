"""empty-value: what must hold something is not empty.

> Value cannot be empty
> (CreateStateMachine, of a Parallel state's Branches)

States, Branches, Choices, And and Or hold at least one entry. Remove the whole field, or the state, if there is
nothing to put in.

Bad::

    {"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "Branches": [], "End": true}}}

Good::

    {"StartAt": "Fork", "States": {"Fork": {"Type": "Parallel", "End": true, "Branches": [
      {"StartAt": "One", "States": {"One": {"Type": "Succeed"}}}]}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from ..shape import Refusal


def check(refusal: Refusal) -> Iterator[Problem]:
    """An array or object has too few entries."""
    yield Problem(refusal.location, "Value cannot be empty")
