"""What an output stream can show: its width, its colours, its characters; and how times and foreign texts are written.

Rules that a change must keep:

1. Everything is composed with the characters of ``MARKS``; a stream that has no such characters gets their ASCII forms
   when the text is written, so nobody above asks what a stream can do.
2. Colours only for a terminal, unless ``FORCE_COLOR`` is set; never where ``NO_COLOR`` is. The meaning is always in
   the words and marks too.
3. Text that came from outside (names, causes, payloads) goes through ``visible``: it cannot move the cursor.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from typing import Literal, TextIO

Style = Literal["good", "bad", "warn", "dim", "strong", "plain"]

_COLOURS: dict[Style, str] = {"good": "32", "bad": "31", "warn": "33", "dim": "2", "strong": "1"}
_MARKS = "✓✗↻▾├│╰→…·–"
_PLAIN = str.maketrans(dict(zip(_MARKS, ("+", "x", "~", "v", "|", "|", "`", "->", "...", "-", "-"), strict=True)))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
DEFAULT_WIDTH, NARROWEST = 80, 40
ROOM = 20  # columns that a text needs beside its head


class Terminal:
    """A stream together with what it can show. ``live``: a line may be drawn and wiped again."""

    __slots__ = ("_drawn", "_encoding", "_marks", "colours", "live", "stream", "width")

    def __init__(self, stream: TextIO, environ: Mapping[str, str]) -> None:
        is_tty = stream.isatty()
        smart = environ.get("TERM") != "dumb"
        self.stream = stream
        self.live = is_tty and smart
        self.colours = not environ.get("NO_COLOR") and (self.live or bool(environ.get("FORCE_COLOR")))
        self.width = max(_width(stream, environ), NARROWEST)
        self._encoding = stream.encoding or "utf-8"
        self._marks = _can_encode(_MARKS, self._encoding)
        self._drawn = ""

    def style(self, text: str, style: Style) -> str:
        """The text in a style, if the stream has colours."""
        code = _COLOURS.get(style)
        return f"\x1b[{code}m{text}\x1b[0m" if self.colours and code and text else text

    def line(self, text: str = "") -> None:
        """Write a line that stays."""
        self.wipe()
        self.stream.write(self.shown(text.rstrip()) + "\n")

    def sentence(self, head: str, style: Style, text: str) -> None:
        """A line with a styled head: one line for programs to find, broken between words where a person reads it."""
        if not self.live:
            return self.line(f"{self.style(head, style)} {text}")
        taken = columns(head) + 1
        if taken > self.width - 12:  # no room for a word beside it
            first, *lines = "", *wrapped(text, self.width - 2)
        else:
            first, *lines = wrapped("\0" * taken + text, self.width - 2)
        self.line(f"{self.style(head, style)} {first[taken:]}")
        for line in lines:
            self.line(f"  {line}")

    def paragraph(self, text: str, style: Style = "plain", indent: str = "") -> None:
        """A line for programs to find, broken between words where a person reads it; ``indent`` begins each."""
        for part in wrapped(text, self.width - columns(indent)) if self.live else [text]:
            self.line(indent + self.style(part, style))

    def row(self, head: str, style: Style, text: str, width: int) -> None:
        """A head, and from column ``width`` on what there is to say of it: one line for programs to find.

        Where a person reads it the text is broken between words beside the head, or below it if there is no room.
        """
        if self.live:
            width = min(width, self.width - 4 - ROOM)
        begin = f"  {self.style(head, style)}{' ' * (width - columns(head))}  "
        if not self.live or columns(begin + text) <= self.width:
            return self.line(begin + text)
        room = self.width - width - 4
        if columns(head) <= width and max(map(columns, text.split(" "))) <= room:
            first, *lines = wrapped(text, room)
            self.line(begin + first)
        else:
            for number, part in enumerate(wrapped(head, self.width - 4) if head else ()):
                self.line(("    " if number else "  ") + self.style(part, style))
            width, lines = 2, wrapped(text, self.width - 6)
        for line in lines:
            self.line(" " * (width + 4) + line)

    def verbatim(self, text: str) -> None:
        """Write text as it is, and a line break."""
        self.stream.write(text + "\n")

    def draw(self, text: str) -> None:
        """Show a line until the next one is written; nothing where the stream is no terminal."""
        if self.live and text != self._drawn:
            self.stream.write("\r\x1b[2K" + self.shown(self.style(cut(text, self.width - 1), "dim")))
            self.stream.flush()
            self._drawn = text

    def wipe(self) -> None:
        """Take the drawn line away."""
        if self._drawn:
            self.stream.write("\r\x1b[2K")
            self._drawn = ""

    def flush(self) -> None:
        self.stream.flush()

    def can_show(self, text: str) -> bool:
        """Whether the stream has all characters of the text."""
        return text.isascii() or _can_encode(text, self._encoding)

    def shown(self, text: str) -> str:
        """The text in characters that the stream has."""
        if self.can_show(text):
            return text
        text = text if self._marks else text.translate(_PLAIN)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)


def stdout() -> Terminal:
    """The standard output, as it is now."""
    return Terminal(sys.stdout or _nowhere(), os.environ)


def stderr() -> Terminal:
    """Where errors go."""
    return Terminal(sys.stderr or _nowhere(), os.environ)


def _nowhere() -> TextIO:
    """For a process without standard streams."""
    return open(os.devnull, "w", encoding="utf-8")


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    given = environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or DEFAULT_WIDTH
    except (OSError, ValueError):  # no terminal, or no file at all
        return DEFAULT_WIDTH


def _can_encode(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


# --------------------------------------------------------------------------- texts


def visible(text: str) -> str:
    r"""A text from outside on one line: what would move the cursor is written out.

    >>> visible("a\nb\x1b[31m")
    'a b\\x1b[31m'
    """
    return _CONTROL.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    character = match.group()
    if character in "\n\r\t":
        return " "
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def unstyled(text: str) -> str:
    """The text without its styles."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def columns(text: str) -> int:
    """How many columns of a terminal the text takes; styles take none.

    >>> columns("abc"), columns("注文")
    (3, 4)
    """
    text = unstyled(text)
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # imported here: few texts need it

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def padded(text: str, width: int) -> str:
    """The text, filled up with blanks to a number of columns."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int) -> str:
    """The text, shortened to a number of columns; it must have no styles.

    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abc…', 'abcd')
    """
    if columns(text) <= width:
        return text
    kept = text[: max(width - 1, 0)]
    while columns(kept) > width - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most ``width`` columns, broken at blanks where it has some."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        while columns(word) > width:
            lines += [line] if line else []
            line, head = "", cut(word, width + 1)[:-1]
            lines.append(head)
            word = word[len(head) :]
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def counted(count: int, noun: str) -> str:
    """A number and its noun.

    >>> counted(1, "state"), counted(10000, "item"), counted(2, "branch")
    ('1 state', '10,000 items', '2 branches')
    """
    plural = "es" if noun.endswith(("ch", "s")) else "s"
    return f"{count:,} {noun}{'' if count == 1 else plural}"


def duration(seconds: float) -> str:
    """A length of time, as short as it stays exact enough.

    >>> [duration(s) for s in (0, 0.0004, 0.25, 2, 2.5, 65, 3600, 86410, 86400 * 3 + 7200)]
    ['0s', '<1ms', '250ms', '2s', '2.5s', '1m5s', '1h', '24h10s', '3d2h']
    """
    if seconds <= 0:
        return "0s"
    if seconds < 0.001:
        return "<1ms"
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    whole = int(seconds)
    if whole >= 48 * 3600:
        return _units((whole // 86400, "d"), (whole % 86400 // 3600, "h"))
    return _units((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))


def _units(*units: tuple[int, str]) -> str:
    return "".join(f"{count}{unit}" for count, unit in units if count)
