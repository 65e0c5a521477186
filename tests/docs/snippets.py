"""Runs the Python blocks of a Markdown page and compares what they print with what the page says.

- A fenced ``python`` block runs; all blocks of a page share one namespace, in order.
- A ``text`` or ``console`` block that follows it under the same heading is the output to expect, compared as a
  doctest is: ``...`` stands for anything, ``<BLANKLINE>`` for an empty line inside. A ``console`` block
  that starts with ``$ `` shows a terminal and is left alone.
- A Python block that starts with ``>>>`` is a session and is checked line by line.
- ``<!-- no-run -->`` on the line above a fence takes that block out, as code and as output; so do
  ``<!-- file: ... -->`` and ``<!-- run -->``.
- ``python snippets.py PAGE`` runs one page in the current folder, by any Python: it needs no other package.
"""

from __future__ import annotations

import doctest
import io
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import dedent

CODE = ("python", "py", "pycon")
OUTPUT = ("text", "console")
NO_RUN = "<!-- no-run -->"
WALKED = ("<!-- file: ", "<!-- run")  # the block is a file, or the commands in it are run: see walk.py

FENCE = re.compile(r"^(?P<indent>\s*)(?P<fence>`{3,}|~{3,})\s*(?P<language>[\w+-]*)[^`]*$")
HEADING = re.compile(r"^#{1,6} ")
FLAGS = doctest.ELLIPSIS


class SnippetFailure(AssertionError):
    """A block raised, or printed something other than the page says."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block; ``line`` is the number of its first line of text."""

    language: str
    text: str
    line: int
    section: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """A block of code, and the output that the page shows for it (``None``: the page shows none)."""

    code: Block
    output: Block | None


def blocks(markdown: str) -> Iterator[Block]:
    """Every fenced block of a page, in order.

    >>> [block.language for block in blocks("```python\\n1\\n```\\n\\n~~~text\\n1\\n~~~")]
    ['python', 'text']
    """
    lines = markdown.splitlines()
    at, section, marked = 0, 0, False
    while at < len(lines):
        if opening := FENCE.match(lines[at]):
            end = _closing(lines, at + 1, opening["fence"])
            text = dedent("\n".join(lines[at + 1 : end])) + "\n"
            yield Block(opening["language"], text, at + 2, section, marked)
            at, marked = end, False
        elif lines[at].strip():
            section += bool(HEADING.match(lines[at]))
            marked = lines[at].strip().startswith((NO_RUN, *WALKED))
        at += 1


def _closing(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fence: the same character, at least as many of them."""
    for at in range(start, len(lines)):
        stripped = lines[at].strip()
        if len(stripped) >= len(fence) and not stripped.strip(fence[0]):
            return at
    raise SnippetFailure(f"line {start}: the fence {fence} is never closed")


def snippets(markdown: str) -> list[Snippet]:
    """The blocks to run, each with its expected output."""
    page = list(blocks(markdown))
    return [
        Snippet(code, _output_of(code, following))
        for code, following in zip_longest(page, page[1:])
        if code.language in CODE and not code.skipped
    ]


def _output_of(code: Block, following: Block | None) -> Block | None:
    if following is None or following.skipped or following.section != code.section:
        return None
    if following.language not in OUTPUT or following.text.startswith("$ "):
        return None
    return following


def run(page: str, markdown: str) -> int:
    """Run a page's blocks and tell how many there were; raises ``SnippetFailure`` with place and difference."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    found = snippets(markdown)
    for snippet in found:
        if snippet.code.text.lstrip().startswith(">>>"):
            _run_session(page, snippet.code, namespace)
        else:
            _run_block(page, snippet, namespace)
    return len(found)


def _run_block(page: str, snippet: Snippet, namespace: dict[str, object]) -> None:
    code, printed = snippet.code, io.StringIO()
    padded = "\n" * (code.line - 1) + code.text  # so that a traceback names the page's own lines
    try:
        with redirect_stdout(printed):
            exec(compile(padded, page, "exec"), namespace)
    except Exception as error:
        raise SnippetFailure(f"{page}:{code.line}: raised {type(error).__name__}: {error}") from error
    if snippet.output is not None:
        _compare(page, snippet.output, printed.getvalue())


def _compare(page: str, expected: Block, printed: str) -> None:
    checker, want, got = doctest.OutputChecker(), _trimmed(expected.text), _trimmed(printed)
    if not checker.check_output(want, got, FLAGS):
        difference = checker.output_difference(doctest.Example("", want), got, FLAGS)
        raise SnippetFailure(f"{page}:{expected.line}: printed something else\n{difference}")


def _trimmed(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def _run_session(page: str, code: Block, namespace: dict[str, object]) -> None:
    report = io.StringIO()
    session = doctest.DocTestParser().get_doctest(code.text, namespace, page, page, code.line - 1)
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    runner.run(session, out=report.write, clear_globs=False)
    namespace.update(session.globs)
    if runner.failures:
        raise SnippetFailure(f"{page}:{code.line}: the session went another way\n{report.getvalue()}")


def pages(repository: Path) -> list[Path]:
    """README.md and all pages below docs/."""
    return [repository / "README.md", *sorted((repository / "docs").rglob("*.md"))]


if __name__ == "__main__":
    sys.path[0] = ""  # what a page imports lies in the current folder
    print(run(sys.argv[1], Path(sys.argv[1]).read_text(encoding="utf-8")), "blocks")
