"""Which names come near to one that is not there: every mistake in a name is told with them."""

from __future__ import annotations

from collections.abc import Iterable


def near(name: str, names: Iterable[str], *, most: int = 3, alike: float = 0.6) -> list[str]:
    """The names that come near to one that is not there.

    >>> near("Chrage", ["Charge", "Ship"])
    ['Charge']
    """
    from difflib import get_close_matches  # imported here: it costs 5 ms, and only mistakes need it

    return get_close_matches(name, list(names), most, alike)


def hint(name: str, names: Iterable[str]) -> str:
    """``; near: A, B``, or nothing where nothing comes near."""
    meant = near(name, dict.fromkeys(names))
    return f"; near: {', '.join(meant)}" if meant else ""
