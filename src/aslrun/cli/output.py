"""Where the result of a command goes: to the standard output, or to the file of ``--output``.

Rules that a change must keep:

1. The standard output has the result and nothing else. Where that goes to a file it stays empty, so that a pipe gets
   no notice for a result; that the file was written is said to whoever looks, on the standard error.
2. The result is the same in both, but for the line break at the end that a terminal adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from .problems import Problem
from .terminal import stderr, stdout

output_option = click.option("-o", "--output", metavar="FILE", help="Write to a file.  [default: standard output]")


def write_result(text: str, file: str | None) -> None:
    """Write a result to the file if there is one, else to the standard output. Raises ``Problem``."""
    if file is None:
        stdout().verbatim(text.removesuffix("\n"))
        return
    with writing(file):
        Path(file).write_text(text, encoding="utf-8")


@contextmanager
def writing(file: str) -> Iterator[None]:
    """A block that writes the file: its success is said, its failure is a ``Problem``."""
    try:
        yield
    except OSError as error:
        raise Problem(f"{file} cannot be written: {error.strerror}") from None
    stderr().line(f"wrote {file}")
