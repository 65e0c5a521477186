"""The bytes of an object as text: decompressed, decoded and cut into lines, chunk by chunk.

Rules that a change must keep:

1. Nothing here holds more than a chunk and the unfinished line.
2. Compression is known by its magic number, not by the key: Athena's data files have no telling names.
3. Text is UTF-8, a byte order mark is dropped; anything else is a ``ValueError`` (``UnicodeDecodeError`` is one).
"""

from __future__ import annotations

import zlib
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
MAX_LINE = 8 * 1024 * 1024
"""Characters of one line: the service reads items of up to 8 MB."""


def plain(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content without its GZIP or ZSTD compression, if it has one.

    >>> import gzip
    >>> b"".join(plain([gzip.compress(b"a,b")])), b"".join(plain([b"a", b",b"]))
    (b'a,b', b'a,b')
    """
    rest = iter(chunks)
    start = b""
    while len(start) < len(ZSTD):
        chunk = next(rest, None)
        if chunk is None:
            break
        start += chunk
    unpack = next((unpack for magic, unpack in _UNPACK.items() if start.startswith(magic)), None)
    whole = chain((start,), rest)
    return whole if unpack is None else unpack(whole)


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A GZIP file may have several members, one after the other."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for chunk in chunks:
        data = chunk
        while data:
            try:
                yield member.decompress(data)
            except zlib.error as error:
                raise ValueError(f"the GZIP data is damaged: {error}") from error
            data = member.unused_data
            if member.eof:
                member = zlib.decompressobj(_GZIP_WINDOW)
                data = data.lstrip(b"\0")  # padding between and after members


def _unzstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    frame = None
    new_frame = _zstd()
    for chunk in chunks:
        data = chunk
        while data:
            frame = frame or new_frame()
            yield frame.decompress(data)
            data = frame.unused_data
            if frame.eof:
                frame = None


def _zstd() -> Callable[[], zlib._Decompress]:
    """What makes a decompressor of one frame: of Python from 3.14 on, of the package ``zstandard`` before."""
    try:
        return import_module("compression.zstd").ZstdDecompressor  # type: ignore[no-any-return]
    except ImportError:
        pass
    try:
        return import_module("zstandard").ZstdDecompressor().decompressobj  # type: ignore[no-any-return]
    except ImportError:
        raise ValueError("a ZSTD compressed object needs Python 3.14 or the package zstandard") from None


_UNPACK: dict[bytes, Callable[[Iterable[bytes]], Iterator[bytes]]] = {GZIP: _gunzip, ZSTD: _unzstd}


def text(chunks: Iterable[bytes]) -> Iterator[str]:
    """The decompressed content as text, in pieces that are not empty."""
    decoder = getincrementaldecoder("utf-8-sig")()
    for chunk in plain(chunks):
        if piece := decoder.decode(chunk):
            yield piece
    if piece := decoder.decode(b"", final=True):
        yield piece


def lines(pieces: Iterable[str]) -> Iterator[str]:
    r"""Lines without their ``\n`` (a ``\r`` before it stays); a last one without an end counts, an empty one does not.

    >>> list(lines(["a\nb", "c\n\nd"])), list(lines(["a\n"]))
    (['a', 'bc', '', 'd'], ['a'])
    """
    unfinished: list[str] = []
    length = 0
    for piece in pieces:
        first, *more = piece.split("\n")
        unfinished.append(first)
        length += len(first)
        if length > MAX_LINE:
            raise ValueError(f"a line is longer than {MAX_LINE} characters")
        if more:
            yield "".join(unfinished)
            unfinished = [more.pop()]
            length = len(unfinished[0])
            yield from more
    if last := "".join(unfinished):
        yield last
