"""The command line. ``main`` is the entry point of the command ``aslrun``; it needs the extra ``cli``."""

from __future__ import annotations

import os
import sys

NO_CLICK = "aslrun: the command line needs click, which is not installed; install it with: pip install 'aslrun[cli]'"


def main() -> None:
    """Run the command that ``sys.argv`` names, and exit."""
    try:
        import click  # noqa: F401 - asked for here, so that a failure below is told as what it is
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        print(NO_CLICK, file=sys.stderr)
        sys.exit(2)
    try:
        from .app import aslrun

        aslrun.main()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _leave_abandoned_handlers()


def _leave_abandoned_handlers() -> None:
    """End the process now if a handler is still at work in its thread: nobody waits for it, but Python would."""
    threading = sys.modules.get("threading")
    if threading is None or not any("AnyIO worker" in thread.name for thread in threading.enumerate()):
        return
    end = sys.exc_info()[1]
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(end.code if isinstance(end, SystemExit) and isinstance(end.code, int) else 1)
