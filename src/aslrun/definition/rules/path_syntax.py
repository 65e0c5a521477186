"""path-syntax: what must be a path is one.

> Value must be a valid JSONPath.
> Value is not a Reference Path: Reference path didn't start with '$'
> (CreateStateMachine: the first for InputPath and OutputPath, the second for all other paths)

A path starts with `$` (the input), `$$` (the context object) or `$name` (a variable), and goes on with names, indexes
and, where it may lead to many places, wildcards, slices and filters. An intrinsic function is no path.

Bad::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "InputPath": "order", "End": true}}}

Good::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "InputPath": "$.order", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake
from .reference_path import no_reference_path

ANY_PATH = ("InputPath", "OutputPath")


def check(mistake: Mistake) -> Iterator[Problem]:
    """The value of a field is no path."""
    any_path = mistake.location[-1] in ANY_PATH
    message = "Value must be a valid JSONPath." if any_path else no_reference_path(mistake)
    yield Problem(mistake.location, message, hint=mistake.hint)
