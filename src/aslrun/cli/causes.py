"""Errors and causes for people: what a Lambda function reports about an exception is JSON inside the cause."""

from __future__ import annotations

import json
from typing import NamedTuple

from .terminal import visible


class Report(NamedTuple):
    """A cause, taken apart: what happened, and the lines of the traceback where there are some."""

    message: str
    trace: tuple[str, ...] = ()


def report(cause: str | None) -> Report:
    """Read a cause.

    >>> report('{"errorMessage": "no", "errorType": "E", "stackTrace": ["  File \\\\"f.py\\\\"\\\\n    f()\\\\n"]}')
    Report(message='no', trace=('  File "f.py"', '    f()'))
    """
    if not cause:
        return Report("")
    if not cause.startswith("{"):
        return Report(cause)
    try:
        document = json.loads(cause)
    except ValueError:
        return Report(cause)
    message = document.get("errorMessage")
    if not isinstance(message, str):
        return Report(cause)
    stack = document.get("stackTrace")
    entries = stack if isinstance(stack, list) else []
    return Report(message, tuple(line for entry in entries for line in str(entry).rstrip().split("\n")))


def one_line(error: str | None, cause: str | None) -> str:
    """Error and cause in one line.

    >>> one_line("CardBusy", "try\\nlater"), one_line(None, None)
    ('CardBusy: try later', 'an error without a name')
    """
    name = visible(error) if error else "an error without a name"
    message = visible(report(cause).message.strip())
    return f"{name}: {message}" if message else name
