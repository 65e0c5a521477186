"""Validation: everything that is to be said about a definition, errors and warnings, without running anything.

Rules that a change must keep:

1. What can be opened never raises: whatever bytes or JSON a document is, the answer is a list of diagnostics.
2. Errors are what ``load`` refuses, word for word; warnings come only where there are no errors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..errors import Diagnostic, InvalidDefinition
from ..values import JSON
from .loading import compiled


def validate(
    source: str | os.PathLike[str] | Mapping[str, JSON], *, name: str | None = None, type: str = "STANDARD"
) -> list[Diagnostic]:
    """Everything that is wrong with a definition, or looks wrong: errors, and where there are none, warnings.

    Takes what ``load`` takes; ``type`` is ``STANDARD`` or ``EXPRESS``. An empty list: nothing to say. Raises
    ``ValueError`` or ``TypeError`` for another type, a name that is no text or a source that is no document.

    >>> for found in validate({"StartAt": "A", "States": {"A": {"Type": "Pas", "End": True}}}):
    ...     print(found)
    States.A.Type: must be one of Task, Parallel, Map, Pass, Wait, Choice, Succeed, Fail, not "Pas"; did you mean Pass?
    """
    try:
        return compiled(source, name=name, type=type).problems
    except InvalidDefinition as invalid:
        return list(invalid.diagnostics)
