"""Streams, and the widths of texts."""

from __future__ import annotations

from io import BytesIO, StringIO, TextIOWrapper

import pytest

from aslrun.cli.terminal import Terminal, columns, cut, duration, wrapped


class Tty(StringIO):
    """A terminal that remembers."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_drawn_line_is_wiped_before_one_that_stays() -> None:
    stream = Tty()
    terminal = Terminal(stream, {"NO_COLOR": "1", "COLUMNS": "80"})

    terminal.draw("working")
    terminal.line("done")

    assert stream.getvalue() == "\r\x1b[2Kworking\r\x1b[2Kdone\n"


def test_nothing_is_drawn_where_lines_cannot_be_wiped() -> None:
    pipe, dumb = StringIO(), Tty()

    Terminal(pipe, {}).draw("working")
    Terminal(dumb, {"TERM": "dumb"}).draw("working")

    assert (pipe.getvalue(), dumb.getvalue()) == ("", "")


def test_marks_have_ascii_forms_where_the_stream_has_nothing_else() -> None:
    buffer = BytesIO()
    terminal = Terminal(TextIOWrapper(buffer, encoding="ascii"), {})

    terminal.line("▾ ├ ✓ ✗ ↻ │ ╰ → … · – é")
    terminal.flush()

    assert buffer.getvalue() == b"v | + x ~ | ` -> ... - - \\xe9\n"


@pytest.mark.parametrize(
    ("head", "text", "shown"),
    [
        ("Charge", "is new", "  Charge            is new\n"),
        ("Charge", "waits for a longer time", f"  Charge            waits for a longer\n{'':20}time\n"),
        ("Charge the customer", "is new", "  Charge the customer  is new\n"),
        ("Charge the customer", "waits for a longer time", "  Charge the customer\n      waits for a longer time\n"),
        (f"{'x' * 40} y", "new", f"  {'x' * 36}\n    xxxx y\n      new\n"),
        ("Charge", "", "  Charge\n"),
        ("Charge", "States.Charge.Parameters", "  Charge\n      States.Charge.Parameters\n"),
        ("", "States.Charge.Parameters", "      States.Charge.Parameters\n"),
    ],
)
def test_a_row_is_broken_where_a_person_reads_it_and_never_where_a_program_does(
    head: str, text: str, shown: str
) -> None:
    stream, pipe = Tty(), StringIO()
    for each in (stream, pipe):
        Terminal(each, {"NO_COLOR": "1", "COLUMNS": "40"}).row(head, "good", text, 20)

    assert stream.getvalue() == shown
    assert pipe.getvalue() == f"  {head:<20}  {text}".rstrip() + "\n"


def test_a_drawn_line_never_breaks() -> None:
    stream = Tty()
    terminal = Terminal(stream, {"NO_COLOR": "1", "COLUMNS": "40"})

    terminal.draw("x" * 100)

    assert stream.getvalue() == "\r\x1b[2K" + "x" * 38 + "…"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("注文", 4), ("e\u0301", 1), ("\x1b[32m✓\x1b[0m ok", 4)])
def test_columns_count_what_is_seen(text: str, width: int) -> None:
    assert columns(text) == width


def test_wrapping_keeps_every_word_and_breaks_what_is_too_long() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]


def test_cutting_counts_columns() -> None:
    assert cut("注文書", 5) == "注文…"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(59.94, "59.9s"), (59.99, "59s"), (86399.9, "23h59m59s"), (172800, "2d"), (0.9996, "1s"), (31536000, "365d")],
)
def test_a_duration_names_its_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text
