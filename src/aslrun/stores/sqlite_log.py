"""Whether SQLite's write-ahead log is whole, asked before SQLite itself opens it.

A frame of the log that does not have its checksum is, to SQLite, the end of the log: it was being written when the
power failed. A flipped bit looks the same, and everything behind it would be dropped without a word. But the index of
the log (``-shm``) says how far it was acknowledged: SQLite writes it when a transaction is on the disk, and it outlives
a process that is killed. So a log that ends before that is damaged.

Rules that a change must keep:

1. Only reads, and opens nothing with SQLite: its last connection would put the log in order and remove it.
2. The index is not closed while it exists. When a process closes any descriptor of a file, POSIX takes away all locks
   that it has on it, those of SQLite's connections too; another process would then take the index for abandoned, and
   truncate it under the feet of whoever has it in memory (SIGBUS). So this is the one place with state of the process,
   and one thread at a time looks at it.
3. No false alarm: an index that is not whole itself, or that belongs to another log, says nothing. Others may write
   meanwhile; what has changed while it was read is read again.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, unpack
from threading import Lock

_LOG_HEADER = Struct(">8I")
_FRAME_HEADER = Struct(">6I")
_MAGIC = 0x377F0682  # one more if the sums are over big-endian words
_INDEX = Struct("=6I")  # version, unused, change, flags and page size, frames, pages
_SUMS = 24  # where the sums of the last frame, the salts of the log and the sums of the index stand
_INDEX_SIZE = 48  # of one copy; there are two
_LONGEST = 32 * 1024 * 1024  # bytes of a log that is read
_TRIES = 5
_WORD = 0xFFFFFFFF

LOG_DAMAGED = "its log (-wal) is damaged: it lacks transactions that were acknowledged"

Sums = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Index:
    """How far a log was acknowledged: so many frames, with these sums, behind a header with these salts."""

    frames: int
    sums: Sums
    salts: bytes


def is_log_damaged(path: Path) -> bool:
    """Whether the log of an SQLite file lacks a part that was acknowledged. Raises ``OSError``."""
    for _ in range(_TRIES):
        index, header = _index_of(path), _start_of(path)
        if index is None or not index.frames or not header or not _may_lack(path, index):
            return False
        if (index, header) == (_index_of(path), _start_of(path)):
            return True
    return False  # somebody writes all the time: it is that one who knows


def _index_of(path: Path) -> _Index | None:
    """What the index says, if it is whole."""
    try:
        content = _beginning(path.with_name(path.name + "-shm"), 2 * _INDEX_SIZE)
    except FileNotFoundError:
        return None
    copy = content[:_INDEX_SIZE]
    if len(content) < 2 * _INDEX_SIZE or copy != content[_INDEX_SIZE:]:
        return None
    words = unpack("=12I", copy)
    if _summed((0, 0), unpack("=10I", copy[:40])) != words[10:]:
        return None
    return _Index(words[4], (words[6], words[7]), copy[32:40])


def _beginning(index: Path, size: int) -> bytes:
    """The first bytes of an index, which stays open."""
    if sys.platform == "win32":  # its locks belong to a descriptor
        with index.open("rb") as file:
            return file.read(size)
    with _ONE_AT_A_TIME:
        _let_go()
        there = index.stat()
        held = _HELD.get((there.st_dev, there.st_ino))
        if held is None:
            held = os.open(index, os.O_RDONLY)
            opened = os.fstat(held)
            _HELD.setdefault((opened.st_dev, opened.st_ino), held)  # if there is one by now, both stay open
        return os.pread(held, size, 0)


def _let_go() -> None:
    """Close the indexes that were removed."""
    for key, held in list(_HELD.items()):
        if os.fstat(held).st_nlink == 0:
            del _HELD[key]
            os.close(held)


_HELD: dict[tuple[int, int], int] = {}  # descriptors of indexes, by device and inode
_ONE_AT_A_TIME = Lock()


def _start_of(path: Path, size: int = _LOG_HEADER.size) -> bytes:
    """The header of the log, or more of it; nothing if it is not there (any more)."""
    try:
        with path.with_name(path.name + "-wal").open("rb") as file:
            return file.read(size)
    except FileNotFoundError:
        return b""


def _may_lack(path: Path, index: _Index) -> bool:
    """Whether the log ends before its index does, as it stands now."""
    content = _start_of(path, _LONGEST + 1)
    if len(content) > _LONGEST:
        return False
    header = content[: _LOG_HEADER.size]
    if len(header) < _LOG_HEADER.size:
        return False  # it has been emptied: all of it is in the file
    magic, _, page, *_ = _LOG_HEADER.unpack(header)
    order = ">" if magic & 1 else "<"
    sums = _summed((0, 0), unpack(f"{order}6I", header[:24]))
    if magic & ~1 != _MAGIC or sums != _LOG_HEADER.unpack(header)[6:]:
        return True
    if header[16:24] != index.salts:
        return False  # it has begun anew, and nothing of that was acknowledged
    return not _goes_on(content, order, page, sums, index)


def _goes_on(content: bytes, order: str, page: int, sums: Sums, index: _Index) -> bool:
    """Whether all acknowledged frames are there."""
    words = Struct(f"{order}{page // 4}I")
    size = _FRAME_HEADER.size + page
    if len(content) < _LOG_HEADER.size + index.frames * size:
        return False
    for at in range(_LOG_HEADER.size, _LOG_HEADER.size + index.frames * size, size):
        header = _FRAME_HEADER.unpack_from(content, at)
        sums = _summed(sums, unpack(f"{order}2I", content[at : at + 8]))
        sums = _summed(sums, words.unpack_from(content, at + _FRAME_HEADER.size))
        if sums != header[4:] or content[at + 8 : at + 16] != index.salts:
            return False
    return sums == index.sums


def _summed(sums: Sums, words: tuple[int, ...]) -> Sums:
    """SQLite's checksum, over some words more."""
    first, second = sums
    pairs = iter(words)
    for one, other in zip(pairs, pairs, strict=True):
        first = (first + one + second) & _WORD
        second = (second + other + first) & _WORD
    return first, second
