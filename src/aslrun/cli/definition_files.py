"""The files that the arguments of ``aslrun validate`` mean: names, patterns, folders, the standard input.

Rules that a change must keep:

1. A file that is named is looked at, whatever it holds. In a folder only what is a definition by its name, or looks
   like a definition or a template with state machines, is meant: a folder has other JSON too.
2. Each file once, in the order of the arguments; within a pattern or a folder in the order of names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from .inputs import STDIN, near_files
from .problems import Problem

_BY_NAME = re.compile(r"\.asl(?:\.(?:json|jsonc|ya?ml))?$", re.IGNORECASE)
_MAYBE = re.compile(r"\.(?:json|jsonc|ya?ml|template)$", re.IGNORECASE)
_MACHINE = re.compile(rb"AWS::(?:StepFunctions|Serverless)::StateMachine")
_PATTERN = re.compile(r"[*?\[]")
_LEFT_OUT = ("node_modules", "__pycache__", "venv")
LONGEST = 8_000_000
"""Bytes of a file in a folder that is still looked into: far more than any definition or template may have."""


def expand(arguments: Sequence[str]) -> list[str]:
    """The files that are meant. Raises ``Problem`` for an argument that means none."""
    found: dict[str, None] = {}
    for each in arguments:
        found.update(dict.fromkeys(_files(each)))
    return list(found)


def _files(argument: str) -> list[str]:
    if argument == STDIN or os.path.isfile(argument):
        return [argument]
    if os.path.isdir(argument):
        return list(_in_folder(argument))
    if os.path.exists(argument):
        return [argument]  # a pipe or a device
    if not _PATTERN.search(argument):
        raise Problem(f"there is no file {argument}", *near_files(argument))
    from glob import glob  # imported here: the shell has expanded most patterns

    matched = [path for path in sorted(glob(argument, recursive=True)) if os.path.isfile(path)]
    if not matched:
        raise Problem(f"no file is named like {argument}")
    return matched


def _in_folder(folder: str) -> Iterator[str]:
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(files):
            full = os.path.normpath(os.path.join(path, name))
            if _BY_NAME.search(name) or (_MAYBE.search(name) and _looks_like_one(full)):
                yield full


def _looks_like_one(path: str) -> bool:
    """Whether a file has the words of a definition, or of a template with state machines, in it."""
    try:
        if os.path.getsize(path) > LONGEST:
            return False
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return False
    return (b"StartAt" in content and b"States" in content) or _MACHINE.search(content) is not None
