"""``$eval``: an expression in a text, evaluated where it stands. Step Functions does not have it."""

from __future__ import annotations

from typing import Any

from ..calls import ContextNative
from ..errors import JsonataError, JsonataLimitError
from ..frames import Frame
from ..values import UNDEFINED, Sequence


def evaluate(frame: Frame, input: Any, text: Any, focus: Any = UNDEFINED) -> Any:
    """The value of the expression in the text, with the focus or the context as its input."""
    if text is UNDEFINED:
        return UNDEFINED
    if focus is not UNDEFINED:
        input = focus
        if isinstance(input, list) and type(input) is not Sequence:
            input = Sequence((input,))
            input.outer = True
    assert frame.run.compile is not None
    try:
        code = frame.run.compile(text)
    except JsonataLimitError:
        raise
    except JsonataError as error:
        raise JsonataError("D3120", value=error.message, error=error) from error
    try:
        return code(input, frame)
    except JsonataLimitError:
        raise
    except JsonataError as error:
        raise JsonataError("D3121", value=error.message, error=error) from error


EVAL = ContextNative("eval", evaluate, "<sx?:x>", 2)
