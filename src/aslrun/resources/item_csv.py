r"""Rows of text delimited files as items: header to cell, all cells text.

Rules that a change must keep (developer guide, "How Step Functions parses input CSV files", and recordings):

1. A row with fewer cells than the header gets empty ones, further cells are dropped. An empty line is a row of one
   empty cell: the guide makes no exception for it.
2. ``"`` quotes delimiters and newlines; ``""`` is a quote inside a field, also in one that is not quoted. ``\`` escapes
   itself, a quote and the delimiter; before anything else it vanishes. Blanks count.
3. An item's properties stand in the order of a Java hash map, as the service's do (recorded, and in every example of
   the guide): whoever prints an item, or asks for its keys, sees it.
4. A row without a quote or a backslash is one ``str.split``: that is nearly every row of a large file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter

from ..values import JSON
from .item_text import MAX_LINE, lines

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
MAX_HEADER_BYTES = 10 * 1024
DUPLICATE_HEADERS = "CSV headers cannot contain duplicates."


class InvalidTable(ValueError):
    """The file, or its header, is no table."""


def items(pieces: Iterable[str], delimiter: str = ",", headers: Sequence[str] | None = None) -> Iterator[JSON]:
    r"""The rows as objects; ``headers`` is ``None`` where the first row has them. Raises ``InvalidTable``.

    >>> list(items(["a,b\n1,2\n3"]))
    [{'a': '1', 'b': '2'}, {'a': '3', 'b': ''}]
    """
    all_rows = rows(pieces, delimiter)
    if headers is None:
        headers = next(all_rows, None)
        if headers is None:
            return iter(())
    _check(headers)
    return _objects(all_rows, headers)


def _check(headers: Sequence[str]) -> None:
    if len(set(headers)) < len(headers):
        raise InvalidTable(DUPLICATE_HEADERS)
    if sum(len(header.encode()) for header in headers) > MAX_HEADER_BYTES:
        raise InvalidTable(f"CSV headers cannot exceed {MAX_HEADER_BYTES // 1024} KiB.")


def _objects(all_rows: Iterable[list[str]], headers: Sequence[str]) -> Iterator[JSON]:
    order = java_order(headers)
    names = [headers[index] for index in order]
    arrange: Callable[[list[str]], Iterable[str]] = itemgetter(*order) if len(order) > 1 else list
    width = len(names)
    for row in all_rows:
        if len(row) < width:
            row.extend([""] * (width - len(row)))
        yield dict(zip(names, arrange(row), strict=False))  # one column: further cells are dropped here


# --------------------------------------------------------------------------- the order of properties


def java_order(keys: Sequence[str]) -> list[int]:
    """Indexes of the keys in the order in which a ``java.util.HashMap`` goes through them.

    >>> java_order(["userId", "movieId", "rating", "timestamp"])
    [2, 1, 0, 3]
    """
    buckets = 16
    while len(keys) > buckets * 3 // 4:
        buckets *= 2
    places = [_spread(_java_hash(key)) & (buckets - 1) for key in keys]
    return sorted(range(len(keys)), key=places.__getitem__)


def _java_hash(text: str) -> int:
    """``String.hashCode``: over UTF-16 code units, in 32 bits."""
    units = text.encode("utf-16-be", "surrogatepass")
    code = 0
    for high, low in zip(units[::2], units[1::2], strict=True):
        code = (code * 31 + (high << 8 | low)) & 0xFFFFFFFF
    return code


def _spread(code: int) -> int:
    return code ^ code >> 16


# --------------------------------------------------------------------------- rows


def rows(pieces: Iterable[str], delimiter: str = ",") -> Iterator[list[str]]:
    r"""The cells of each row. Raises ``InvalidTable`` where the last quote is not closed.

    >>> list(rows(['a,"b,""c""\n', 'd",\\,e']))
    [['a', 'b,"c"\nd', ',e']]
    """
    special = re.compile(f'["\\\\{re.escape(delimiter)}]').search
    row: _Row | None = None
    for line in lines(pieces):
        end = "\n"
        if line.endswith("\r"):
            line, end = line[:-1], "\r\n"
        if row is None:
            if '"' not in line and "\\" not in line:
                yield line.split(delimiter)
                continue
            row = _Row(delimiter, special)
        row.take(line)
        if row.quoted:
            row.text.append(end)
            row.length += len(line)
            if row.length > MAX_LINE:
                raise InvalidTable(f"a quoted field is longer than {MAX_LINE} characters")
        else:
            yield row.finished()
            row = None
    if row is not None:
        raise InvalidTable(f"Unterminated quoted field at end of CSV line: {''.join(row.text)[:100]}")


class _Row:
    """A row that needs reading character by character; it may go over several lines."""

    __slots__ = ("cells", "delimiter", "inside", "length", "quoted", "special", "text")

    def __init__(self, delimiter: str, special: Callable[[str, int], re.Match[str] | None]) -> None:
        self.delimiter = delimiter
        self.special = special
        self.cells: list[str] = []
        self.text: list[str] = []
        self.quoted = False
        self.inside = False  # something of the field has been seen
        self.length = 0

    def take(self, line: str) -> None:
        """One more line of the row."""
        position = 0
        while (found := self.special(line, position)) is not None:
            at = found.start()
            if at > position:
                self.text.append(line[position:at])
                self.inside = True
            position = _STEPS.get(line[at], _Row._end)(self, line, at)
        if position < len(line):
            self.text.append(line[position:])

    def finished(self) -> list[str]:
        """The cells, when the last line was taken."""
        self.cells.append("".join(self.text))
        return self.cells

    def _end(self, line: str, at: int) -> int:
        """A delimiter ends the field, unless it is quoted."""
        if self.quoted:
            self.text.append(line[at])
        else:
            self.cells.append("".join(self.text))
            self.text = []
            self.inside = False
        return at + 1

    def _quote(self, line: str, at: int) -> int:
        """A doubled quote is one; a single one opens or closes, and is text too where it stands in midst of text."""
        after = line[at + 1 : at + 2]
        if after == '"' and (self.quoted or self.inside):
            self.text.append('"')
            return at + 2
        self.quoted = not self.quoted
        before = line[at - 1] if at else self.delimiter
        if before != self.delimiter and after not in ("", self.delimiter):
            self.text.append('"')
        self.inside = not self.inside
        return at + 1

    def _backslash(self, line: str, at: int) -> int:
        after = line[at + 1 : at + 2]
        self.inside = True
        if after and after in ('"', "\\", self.delimiter):
            self.text.append(after)
            return at + 2
        return at + 1


_STEPS = {'"': _Row._quote, "\\": _Row._backslash}


def uris(pieces: Iterable[str]) -> Iterator[str]:
    r"""The first cell of every row that has one: how Athena lists the files that it wrote.

    >>> list(uris(["s3://b/1\n\ns3://b/2\n"]))
    ['s3://b/1', 's3://b/2']
    """
    return (row[0].strip() for row in rows(pieces) if row[0].strip())
