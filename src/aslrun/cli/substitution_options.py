"""What ``--substitutions`` gives: ``KEY=VALUE``, or a file with an object of names and values."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ..definition.documents import NamedFile, read_document
from ..errors import InvalidDefinition
from ..values import JSON, type_name
from .inputs import near_files
from .problems import InvalidDocument, Problem

_KEY_VALUE = re.compile(r"([\w.:-]+)=(.*)", re.DOTALL)


def read_substitutions(given: Sequence[str]) -> dict[str, JSON]:
    """Names and values; of two values for a name the later one goes. Raises ``Problem``."""
    values: dict[str, JSON] = {}
    for each in given:
        pair = _KEY_VALUE.fullmatch(each)
        if pair and not os.path.isfile(each):
            values[pair[1]] = pair[2]
        else:
            values.update(_from_file(each))
    return values


def _from_file(path: str) -> dict[str, JSON]:
    if not os.path.exists(path):
        raise Problem(f"--substitutions {path} is neither KEY=VALUE nor a file", *near_files(path))
    try:
        value = read_document(NamedFile(path)).value
    except InvalidDefinition as error:
        raise InvalidDocument("a file of substitutions", path, error.diagnostics) from None
    except ImportError as error:
        raise Problem(str(error)) from None
    for name, item in value.items():
        if isinstance(item, (dict, list)) or item is None:
            raise Problem(
                f"{path}: the substitution {name} must be text, a number, true or false, not {type_name(item)}"
            )
    return value
