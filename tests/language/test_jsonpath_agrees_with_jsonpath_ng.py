"""Where the dialect of AWS and that of jsonpath-ng say the same, they find the same.

Left out, because the dialects differ: filters, unions, names in one bracket, slices with negative ends,
names behind a slice or a descent (ours may fail there), indexes on what is no array.
"""

from __future__ import annotations

from random import Random
from typing import Any

import jsonpath_ng
from hypothesis import given
from hypothesis import strategies as st

from aslrun.language.errors import PathNotFound
from aslrun.language.jsonpath import compile_path
from aslrun.language.scope import Scope

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text("xyz", max_size=2)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)


def ours(text: str, document: Any) -> list[Any] | None:
    """The matches; ``None`` where our dialect calls the path a failure."""
    path = compile_path(text)
    try:
        found: Any = path.evaluate(Scope(document, dict, {}, Random))
    except PathNotFound:
        return [] if path.kind == "reference" else None
    return found if path.kind == "indefinite" else [found]


def theirs(text: str, document: Any) -> list[Any]:
    return [match.value for match in jsonpath_ng.parse(text).find(document)]


def as_bag(values: list[Any]) -> list[str]:
    return sorted(map(repr, values))


@st.composite
def reference_paths(draw: st.DrawFn) -> str:
    steps = draw(st.lists(NAMES.map(".{}".format) | NAMES.map("['{}']".format) | st.integers(0, 2).map("[{}]".format)))
    return "$" + "".join(steps)


@given(reference_paths(), DOCUMENTS)
def test_names_and_indexes(text: str, document: Any) -> None:
    if _indexes_no_array(text, document):
        return
    assert ours(text, document) == theirs(text, document)


@given(st.lists(NAMES, max_size=2), st.lists(NAMES, max_size=2), st.lists(st.lists(DOCUMENTS, max_size=3), max_size=3))
def test_wildcards_over_arrays(before: list[str], after: list[str], rows: list[Any]) -> None:
    document: Any = rows
    for name in reversed(before):
        document = {name: document}
    text = "$" + "".join(f".{name}" for name in before) + "[*]" + "".join(f".{name}" for name in after)
    assert ours(text, document) == theirs(text, document)


@given(st.dictionaries(NAMES, DOCUMENTS))
def test_wildcards_over_objects(document: Any) -> None:
    assert ours("$.*", document) == theirs("$.*", document)


@given(st.lists(DOCUMENTS, max_size=5), st.integers(0, 6), st.integers(0, 6))
def test_slices_with_ends_counted_from_the_start(items: list[Any], start: int, stop: int) -> None:
    for text in (f"$.l[{start}:{stop}]", f"$.l[{start}:]", f"$.l[:{stop}]"):
        assert ours(text, {"l": items}) == theirs(text, {"l": items})


@given(NAMES, DOCUMENTS)
def test_a_descent_by_name_finds_the_same_in_another_order(name: str, document: Any) -> None:
    assert as_bag(ours(f"$..{name}", document) or []) == as_bag(theirs(f"$..{name}", document))


def _indexes_no_array(text: str, document: Any) -> bool:
    """jsonpath-ng wraps whatever is no array into one before it looks for an index."""
    place = document
    for segment in compile_path(text).segments:
        key = getattr(segment, "index", None)
        if key is not None and not isinstance(place, list):
            return True
        try:
            place = place[getattr(segment, "name", key)]
        except (KeyError, IndexError, TypeError):
            return False
    return False
