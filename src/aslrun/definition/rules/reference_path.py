"""reference-path: a path that is written to, or compared with, leads to one place.

> A Reference Path is a Path with syntax limited in such a way that it can only identify a single node in a JSON
> structure
> (States Language, Reference Paths)

`ResultPath`, the `Variable` of a Choice rule, and every field that ends in `Path` but InputPath and OutputPath, take
names and indexes only: no wildcard, slice, filter, union or descent. ResultPath is a place in the input, so it starts
with `$`. The numbers of a Map state (MaxConcurrencyPath and its kin) do not come from the context object.

Bad::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "ResultPath": "$.orders[*].kept", "End": true}}}

Good::

    {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "ResultPath": "$.orders[0].kept", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ..problem import Problem
from .mistake import Mistake


def check(mistake: Mistake) -> Iterator[Problem]:
    """A path may lead to many places, or starts where it must not."""
    yield Problem(mistake.location, no_reference_path(mistake), hint=mistake.hint)


def no_reference_path(mistake: Mistake) -> str:
    """AWS's sentence, with its reason where that is known."""
    reason = mistake.error.reason
    return "Value is not a Reference Path" + (f": {reason}" if reason else "")
