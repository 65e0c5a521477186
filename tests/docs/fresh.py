"""New environments with a wheel of this tree, and in them nothing but what a page installs.

A page says it in its first ``pip install`` line; one without such a line must be content with ``pip install aslrun``.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_INSTALL = re.compile(r"(?:^\$ (?:\S*/)?|`)pip install ([^`\n]+)", re.MULTILINE)
_OURS = re.compile(r"^aslrun(\[[\w,]+\])?$")


def requirements(page: str) -> tuple[str, ...]:
    """What a page installs.

    >>> requirements("$ pip install 'aslrun[cli]'  # and more"), requirements("`pip install aslrun pytest`")
    (('aslrun[cli]',), ('aslrun', 'pytest'))
    """
    for match in _INSTALL.finditer(page):
        words = shlex.split(match[1], comments=True)
        if any(_OURS.match(word) for word in words):
            return tuple(words)
    return ("aslrun",)


class Environments:
    """Virtual environments below a folder, one for each set of requirements, made when it is first wanted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, ...], Path] = {}
        self._wheel: Path | None = None

    def programs(self, wanted: tuple[str, ...]) -> Path:
        """The folder of the programs of an environment in which these are installed, and nothing else."""
        if wanted not in self._made:
            self._made[wanted] = self._make(wanted)
        return self._made[wanted]

    def _make(self, wanted: tuple[str, ...]) -> Path:
        environment = self._folder / f"environment{len(self._made)}"
        _run(sys.executable, "-m", "venv", str(environment))
        programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run(*pip, *(f"{word} @ {self._built().as_uri()}" if _OURS.match(word) else word for word in wanted))
        return programs

    def _built(self) -> Path:
        """The wheel."""
        if self._wheel is None:
            target = str(self._folder / "wheel")
            _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", target, str(REPOSITORY))
            (self._wheel,) = Path(target).glob("*.whl")
        return self._wheel


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=REPOSITORY)
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
