"""A lock on a file that the operating system takes back when its process is gone, however it went."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..errors import StoreInUse, StoreUnavailable


class FileLock:
    """Owned from ``acquire`` to ``release``; ``about`` is what an error says is in use."""

    __slots__ = ("_about", "_file", "_path")

    def __init__(self, path: Path, about: str) -> None:
        self._path, self._about = path, about
        self._file: int | None = None

    def acquire(self) -> None:
        """Own the lock. Raises ``StoreInUse`` or ``StoreUnavailable``."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreUnavailable(self._about, f"cannot open {self._path.name}: {error.strerror}") from error
        if not _locked(file):
            os.close(file)
            raise StoreInUse(self._about, self.owner())
        os.ftruncate(file, 0)
        os.write(file, f"{os.getpid()}\n".encode())
        self._file = file

    def release(self) -> None:
        """Give the lock back. The file stays: whoever removes it might remove that of the next owner."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def owner(self) -> int | None:
        """The process that has written its number last; ``None`` if nobody has."""
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
        return int(text) if text.isdecimal() else None


def _locked(file: int) -> bool:
    """Whether the lock is ours now."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 1_000, os.SEEK_SET)  # beyond the text, which stays readable
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(file, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
