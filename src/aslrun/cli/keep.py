"""``aslrun run --store``: an execution that is kept in a file, and goes on there when the command is given again."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from ..errors import ExecutionAlreadyExists
from . import stored
from .problems import Problem
from .terminal import stderr, visible

if TYPE_CHECKING:
    from ..definition.model import Machine
    from ..resources.registry import Resources
    from ..runtime.result import Result
    from ..values import JSON
    from .drive import Follow, Tick


class Kept:
    """The file in which an execution is kept."""

    def __init__(self, path: str) -> None:
        self.path = path

    def prepare(self, resources: Resources, name: str | None) -> str:
        """Refuse what cannot be run; the name of the execution, made up if there is none."""
        import os
        from uuid import uuid4

        from ..stores.sqlite import SQLiteStore

        folder = os.path.dirname(self.path) or "."
        if not os.path.isdir(folder):
            raise Problem(f"there is no folder {folder} for {self.path}")
        self._store = SQLiteStore(self.path)
        with self._telling_the_owner(), self._store.opened():
            pass  # what is wrong with the file is told before anything else
        stored.check_handlers(self._store, resources)
        return str(uuid4()) if name is None else name

    def _telling_the_owner(self) -> AbstractContextManager[None]:
        help = "Run it there, or end that process first; aslrun executions describe shows how it stands."
        return stored.telling_the_owner(self.path, help)

    def run(
        self,
        machine: Machine,
        input: JSON,
        resources: Resources,
        name: str | None,
        follow: Follow | None,
        tick: Tick | None,
    ) -> Result:
        """Run it to its end, or on to its end."""
        from .drive import in_real_time

        progress = stored.showing_recovery(self.path)
        try:
            with self._telling_the_owner():
                return in_real_time(machine, input, resources, name, follow, tick, self._store, progress)
        except ExecutionAlreadyExists:
            raise Problem(
                f"{name} is in {self.path} already, and over or with another input",
                f"Look at it: aslrun executions describe {name} --store {self.path}",
            ) from None
        except KeyboardInterrupt:
            terminal = stderr()
            terminal.line(f"{visible(name or '')} stays in {visible(self.path)}; it goes on when you run this again,")
            terminal.line(f"or with: aslrun resume --store {visible(self.path)} --handlers MODULE:NAME")
            raise
