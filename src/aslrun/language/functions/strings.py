"""Strings: States.Format and States.StringSplit."""

from __future__ import annotations

import re

from ...values import JSON
from .arguments import InvalidArguments, invalid, text
from .java import java_text

_MARKS = re.compile(r"\\[\\'{}]|\{\}|[{}]")


class FormatTemplate:
    """A template of ``States.Format``: the pieces around its ``{}``."""

    __slots__ = ("pieces",)

    def __init__(self, template: str) -> None:
        """Read the text of a template, in which ``\\'``, ``\\{``, ``\\}`` and ``\\\\`` are escapes."""
        pieces, end = [""], 0
        for mark in _MARKS.finditer(template):
            pieces[-1] += template[end : mark.start()]
            end = mark.end()
            if mark[0] == "{}":
                pieces.append("")
            elif len(mark[0]) == 2:
                pieces[-1] += mark[0][1]
            else:
                missing = "}" if mark[0] == "{" else "{"
                raise InvalidArguments(
                    f"Invalid template in States.Format: matching '{missing}' not found for '{mark[0]}'."
                )
        pieces[-1] += template[end:]
        self.pieces = pieces


def format_(template: JSON | FormatTemplate, *arguments: JSON) -> JSON:
    """``States.Format``: the template with each ``{}`` replaced by the text of an argument.

    >>> format_("{} is {}", "x", None), format_("\\\\{{}\\\\}", {"a": [1, "b"]})
    ('x is null', '{{a=[1, b]}}')
    """
    pieces = template.pieces if isinstance(template, FormatTemplate) else FormatTemplate(java_text(template)).pieces
    if len(arguments) != len(pieces) - 1:
        detail = ": number of arguments do not match the occurrences of {}."
        raise invalid("States.Format", detail)
    result = pieces[0]
    for argument, piece in zip(arguments, pieces[1:], strict=True):
        result += (argument if type(argument) is str else java_text(argument)) + piece
    return result


def string_split(value: JSON, delimiters: JSON) -> JSON:
    """``States.StringSplit``: the pieces between any of the characters; empty ones are left out.

    >>> string_split("This.is+a,test=string", ".+,="), string_split(",,,,", ",")
    (['This', 'is', 'a', 'test', 'string'], [])
    """
    value, delimiters = text(value, "States.StringSplit"), text(delimiters, "States.StringSplit")
    if not delimiters:
        return [value] if value else []
    for delimiter in set(delimiters[1:]):
        value = value.replace(delimiter, delimiters[0])
    return [piece for piece in value.split(delimiters[0]) if piece]
