"""scope: a branch or item processor leads to its own states only.

> A state in a branch MUST NOT have a Next field whose value is the name of a state outside of it
> (after the States Language, Parallel; AWS answers Missing 'Next' target)

The state exists, but around this branch or in another one. End the branch, and put the transition on the Parallel or
Map state; to leave early, fail and catch the error there.

Bad::

    {"StartAt": "Fork", "States": {
      "Fork": {"Type": "Parallel", "Next": "Done", "Branches": [
        {"StartAt": "One", "States": {"One": {"Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge",
          "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]}}}]},
      "Done": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Fork", "States": {
      "Fork": {"Type": "Parallel", "Next": "Done", "Branches": [
        {"StartAt": "One", "States": {"One": {"Type": "Task", "End": true,
          "Resource": "arn:aws:lambda:us-east-1:111122223333:function:charge"}}}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}]},
      "Done": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Document
from ..json_text import render_location
from ..problem import Problem
from .outline import Outline
from .transitions import missing, no_such_state


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """A target that stands elsewhere in the document."""
    for program in parts.astray:
        for target in missing(program):
            if target.name in parts.names:
                around = render_location(program.location) or "the states of the machine"
                hint = f"it is not one of {around}, which may lead to its own states only"
                yield no_such_state(target, hint)
