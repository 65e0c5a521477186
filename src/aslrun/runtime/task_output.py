"""The output that comes with a task token: JSON text as in ``SendTaskSuccess``, or a JSON value that is no text."""

from __future__ import annotations

from ..errors import InvalidOutput
from ..values import JSON, NotJSON, parse, plain, to_text


def value_of(output: JSON | str) -> JSON:
    """The value that is meant. Raises ``InvalidOutput``."""
    if not isinstance(output, str):
        return _checked(output)
    try:
        return parse(output)
    except ValueError as error:
        raise InvalidOutput(f"Invalid Output: the output must be JSON text: {error}") from error
    except RecursionError:
        raise InvalidOutput("Invalid Output: the output is nested too deep") from None


def text_of(output: JSON | str) -> str:
    """The JSON text that is meant. Raises ``InvalidOutput``.

    >>> text_of({"approved": True}), text_of('{"approved":  true}')
    ('{"approved":true}', '{"approved":  true}')
    """
    value = value_of(output)
    return output if isinstance(output, str) else to_text(value)


def _checked(output: JSON) -> JSON:
    try:
        return plain(output)
    except NotJSON as problem:
        message = f"Invalid Output: the output must be JSON: at {problem.path} {problem.reason}"
        raise InvalidOutput(message) from None
