"""Batches: the limits, and that nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.engine.item_batches import MAX_BATCH_BYTES, ItemBatcher, batches
from aslrun.values import JSON, size, to_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    items=st.lists(VALUES, max_size=30),
    max_items=st.none() | st.integers(1, 10),
    max_bytes=st.none() | st.integers(1, 200),
    head=st.lists(VALUES, max_size=1),
)
def test_batches_are_full_within_their_limits_and_lose_nothing(
    items: list[JSON], max_items: int | None, max_bytes: int | None, head: list[JSON]
) -> None:
    given_ = {"batch_input": head[0]} if head else {}
    made = list(batches(items, max_items, max_bytes, **given_))
    contents = [batch["Items"] for batch in made]  # type: ignore[index,call-overload]
    assert [item for content in contents for item in content] == items  # type: ignore[union-attr]
    for number, (batch, content) in enumerate(zip(made, contents, strict=True)):
        assert isinstance(content, list)
        assert 1 <= len(content) <= (max_items or len(items))
        if max_bytes is not None:
            assert size(batch) <= max_bytes or len(content) == 1
        if number + 1 < len(made):
            following = contents[number + 1]
            assert isinstance(following, list)
            more: JSON = {**batch, "Items": [*content, following[0]]}  # type: ignore[dict-item]
            assert len(content) == max_items or size(more) > (max_bytes or MAX_BATCH_BYTES)


def test_a_batch_has_its_input_before_its_items_as_aws_recorded() -> None:
    (batch,) = batches([1], batch_input={"BatchTimestamp": "now"})
    assert to_text(batch) == '{"BatchInput":{"BatchTimestamp":"now"},"Items":[1]}'


def test_a_batch_input_of_null_is_there() -> None:
    assert list(batches([1], batch_input=None)) == [{"BatchInput": None, "Items": [1]}]


def test_without_a_limit_of_bytes_a_batch_keeps_to_the_quota_of_an_input() -> None:
    item = "x" * 99_998
    assert [len(batch["Items"]) for batch in batches([item] * 5)] == [2, 2, 1]  # type: ignore[index,arg-type,call-overload]


def test_an_item_that_is_too_large_is_a_batch_of_its_own() -> None:
    assert [batch["Items"] for batch in batches(["x" * 50, 1, 2], max_bytes=20)] == [["x" * 50], [1, 2]]  # type: ignore[index,call-overload]


def test_no_items_make_no_batch() -> None:
    assert list(batches([], max_items=3)) == []
    assert ItemBatcher(2).rest() is None


def test_what_waits_in_a_batcher_can_be_carried_over_to_another() -> None:
    first, second = ItemBatcher(3), ItemBatcher(3)
    assert [first.add(1), first.add(2)] == [None, None]
    for item in first.items:
        second.add(item)
    assert second.add(3) == {"Items": [1, 2, 3]}


def test_batches_are_those_that_aws_recorded(shared_dir: Path) -> None:
    folder = shared_dir / "aws-recorded" / "cases" / "assign" / "assign_reference_variables"
    (path,) = folder.glob("*MAX_PER_BATCH_PATH.json")
    case = json.loads(path.read_text())
    (items,) = [json.loads(call["request"]) for call in case["other_service_calls"] if call["path"].endswith(".json")]
    output = case["recorded"]["get_execution_history"]["events"][-1]["executionSucceededEventDetails"]["output"]
    assert to_text(list(batches(items, 2, 15_000))) == output


@pytest.mark.parametrize("count", [1130])
def test_the_example_of_the_guide(count: int) -> None:
    sizes = [len(batch["Items"]) for batch in batches(range(count), max_items=100)]  # type: ignore[index,arg-type,call-overload]
    assert sizes == [100] * 11 + [30]
