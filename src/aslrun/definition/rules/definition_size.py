"""definition-size: a definition has at most 1 MiB.

> Maximum length of 1048576.
> (Step Functions API reference, the definition of CreateStateMachine)

Counted are the characters of the text as it is sent. Move parts into state machines of their own, started by
states:startExecution, or leave white space out.

Bad::

    {"Comment": "and more than 1,048,576 characters", "StartAt": "Note", "States": {"Note": {"Type": "Succeed"}}}

Good::

    {"StartAt": "Note", "States": {"Note": {"Type": "Succeed"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from ...values import to_text
from ..documents import Document
from ..problem import Problem
from .outline import Outline

MAX_DEFINITION = 1_048_576
"""Characters of a definition, AWS's quota."""


def check(document: Document, parts: Outline) -> Iterator[Problem]:
    """The text, or what it would be, is too long."""
    length = len(to_text(document.value) if document.text is None else document.text)
    if length > MAX_DEFINITION:
        yield Problem((), f"Maximum length is {MAX_DEFINITION}", hint=f"it is {length}")
