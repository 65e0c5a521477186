"""The command line. ``main`` is the entry point of the command ``aslrun``; it needs the extra ``cli``."""

from __future__ import annotations

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
