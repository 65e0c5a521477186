"""Item readers: every format, from the definition's fields to items; what AWS recorded; memory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslrun.resources import item_csv, item_json
from aslrun.resources.item_readers import Item, ItemReaderFailed, read_chunk, read_items
from aslrun.stores.objects import MemoryObjectStore
from aslrun.values import JSON, to_text

GET, LIST = "arn:aws:states:::s3:getObject", "arn:aws:states:::s3:listObjectsV2"
FIRST_ROW: dict[str, JSON] = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
RECORDED = Path(__file__).resolve().parents[3] / "shared" / "aws-recorded" / "cases"


def read(content: bytes | str, config: dict[str, JSON]) -> list[JSON]:
    """The items of one object."""
    data = content.encode() if isinstance(content, str) else content
    store = MemoryObjectStore({"data": {"file": data}})
    return [item.value for item in read_items(store, GET, {"Bucket": "data", "Key": "file"}, config)]


def failure(content: bytes | str, config: dict[str, JSON]) -> str:
    with pytest.raises(ItemReaderFailed) as caught:
        read(content, config)
    return caught.value.cause


def table(text: str, **config: JSON) -> list[JSON]:
    return read(text, {**FIRST_ROW, **config})


# --------------------------------------------------------------------------- recorded


def recordings() -> list[Any]:
    """(reader, input of the state, objects, last event) of every recorded run with an ItemReader and no ItemBatcher."""
    found = []
    for path in sorted(RECORDED.glob("**/*.json")):
        text = path.read_text()
        if '"ItemReader"' in text and '"MapRunStarted"' in text and '"ItemBatcher"' not in text:
            case = json.loads(text)
            found.append(pytest.param(case, id=case["id"]))
    return found or [pytest.param(None, marks=pytest.mark.skip(f"needs the recorded data in {RECORDED}"))]


def objects_of(case: dict[str, Any]) -> MemoryObjectStore:
    buckets: dict[str, dict[str, bytes]] = {}
    for call in case["other_service_calls"]:
        bucket, _, key = call["path"].lstrip("/").partition("/")
        if call["method"] == "PUT":
            objects = buckets.setdefault(bucket, {})
            if key:
                objects[key] = call["request"].encode()
    return MemoryObjectStore(buckets)


@pytest.mark.parametrize("case", recordings())
def test_items_are_those_that_aws_read(case: dict[str, Any]) -> None:
    states = case["definitions"]["D0"]["json"]["States"]
    reader = next(state["ItemReader"] for state in states.values() if "ItemReader" in state)
    events = case["recorded"]["get_execution_history"]["events"]
    input_ = events[0]["executionStartedEventDetails"]["input"]
    config = dict(reader["ReaderConfig"])
    if "MaxItemsPath" in config:
        config["MaxItems"] = input_.get("MaxItems", "2")  # "2" is what the recorded variable holds
    if isinstance(config.get("MaxItems"), str) and config["MaxItems"].startswith("{%"):
        config["MaxItems"] = 2  # the value of the recorded expression
    arguments = {"Bucket": input_["Bucket"], "Key": input_["Key"]}
    end = events[-1]
    if end["type"] == "ExecutionFailed":
        with pytest.raises(ItemReaderFailed) as caught:
            list(read_items(objects_of(case), reader["Resource"], arguments, config))
        details = end["executionFailedEventDetails"]
        assert (caught.value.error, caught.value.cause) == (details["error"], details["cause"])
    else:
        items = [item.value for item in read_items(objects_of(case), reader["Resource"], arguments, config)]
        assert to_text(items) == end["executionSucceededEventDetails"]["output"]


# --------------------------------------------------------------------------- CSV


def test_cells_of_a_table_are_text() -> None:
    assert table("n,b,z\n1,true,null\n") == [{"n": "1", "b": "true", "z": "null"}]


def test_given_headers_make_the_first_row_an_item() -> None:
    config: dict[str, JSON] = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x", "y"]}
    assert read("1,2\n3,4", config) == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]


def test_a_short_row_is_filled_with_empty_cells() -> None:
    assert table("a,b,c\n1\n") == [{"a": "1", "b": "", "c": ""}]


def test_a_long_row_loses_its_further_cells() -> None:
    assert table("a,b\n1,2,3,4\n") == [{"a": "1", "b": "2"}]
    assert table("a\n1,2\n") == [{"a": "1"}]


def test_an_empty_line_is_a_row_of_empty_cells() -> None:
    assert table("a,b\n\n1,2\n") == [{"a": "", "b": ""}, {"a": "1", "b": "2"}]


def test_the_end_of_the_last_line_makes_no_row() -> None:
    assert len(table("a\n1\n2\n")) == len(table("a\n1\n2")) == 2


def test_blanks_count() -> None:
    assert table("a,b\n 1 ,\t2\n") == [{"a": " 1 ", "b": "\t2"}]


def test_a_file_of_windows_has_the_same_rows() -> None:
    assert table('a,b\r\n1,"x\r\ny"\r\n"2",3\r\n') == [{"a": "1", "b": "x\r\ny"}, {"a": "2", "b": "3"}]


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert read(b"\xef\xbb\xbfa\n1", FIRST_ROW) == [{"a": "1"}]


def test_quotes_keep_delimiters_newlines_and_doubled_quotes() -> None:
    assert table('a,b\n"1,\n2","say ""hi"""\n') == [{"a": "1,\n2", "b": 'say "hi"'}]


def test_the_example_of_the_guide_with_doubled_quotes_in_a_field_without_quotes() -> None:
    (item,) = table('a,b\n{""MyKey"":""MyValue""},"[1,2,3]"\n')
    assert item == {"a": '{"MyKey":"MyValue"}', "b": "[1,2,3]"}


def test_a_backslash_escapes_itself_a_quote_and_the_delimiter_and_vanishes_elsewhere() -> None:
    assert table("a,b\nC:\\\\Files\\,x,\\n\n") == [{"a": "C:\\Files,x", "b": "n"}]
    assert table('a\n"\\"x\\""\n') == [{"a": '"x"'}]


@pytest.mark.parametrize(
    ("name", "delimiter"), [("COMMA", ","), ("PIPE", "|"), ("SEMICOLON", ";"), ("SPACE", " "), ("TAB", "\t")]
)
def test_the_delimiter_is_chosen_by_name(name: str, delimiter: str) -> None:
    assert table(f"a{delimiter}b\n1{delimiter}2\n", CSVDelimiter=name) == [{"a": "1", "b": "2"}]


def test_an_unknown_delimiter_is_a_failure() -> None:
    assert failure("a", {**FIRST_ROW, "CSVDelimiter": "COLON"}).startswith("CSVDelimiter must be one of COMMA")


def test_headers_must_differ() -> None:
    assert failure("a,b,a\n1,2,3", FIRST_ROW) == "CSV headers cannot contain duplicates."
    given_: dict[str, JSON] = {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "a"]}
    assert failure("1,2", given_) == "CSV headers cannot contain duplicates."


def test_a_header_of_more_than_ten_kibibytes_is_a_failure() -> None:
    assert failure("x" * 10_241, FIRST_ROW) == "CSV headers cannot exceed 10 KiB."


def test_an_empty_file_has_no_items() -> None:
    assert table("") == []
    assert table("a,b\n") == []


def test_a_quote_that_is_never_closed_is_a_failure() -> None:
    assert failure('a\n"1\n', FIRST_ROW).startswith("Unterminated quoted field")


def test_a_quote_that_is_never_closed_does_not_collect_a_large_file() -> None:
    endless = ("x" * 1000 + "\n" for _ in range(100_000))
    with pytest.raises(item_csv.InvalidTable, match="longer than"):
        list(item_csv.rows(iter(['"', *endless]), ","))


def test_properties_stand_in_the_order_of_a_java_hash_map() -> None:
    """The three examples: two of the guide, one recorded."""
    assert list(item_csv.java_order(["userId", "movieId", "rating", "timestamp"])) == [2, 1, 0, 3]
    assert list(item_csv.java_order(["Bucket", "Key", "Size", "LastModifiedDate"])) == [3, 0, 2, 1]
    assert list(item_csv.java_order(["0", "True", "{}"])) == [0, 2, 1]


def test_many_columns_make_the_hash_map_grow() -> None:
    headers = [f"c{number}" for number in range(13)]
    assert sorted(item_csv.java_order(headers)) == list(range(13))
    assert list(table(",".join(headers) + "\n")) == []


def test_text_that_is_not_utf_8_is_a_failure() -> None:
    assert "utf-8" in failure(b"a\n\xff\xfe", FIRST_ROW)


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\\\r\0"))


@given(
    rows=st.lists(st.lists(CELL, min_size=2, max_size=5), max_size=8),
    delimiter=st.sampled_from([",", "|", ";", "\t", " "]),
    chunk=st.integers(1, 20),
)
def test_what_the_csv_module_wrote_is_read_back(rows: list[list[str]], delimiter: str, chunk: int) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    pieces = [text.getvalue()[start : start + chunk] for start in range(0, len(text.getvalue()), chunk)]
    assert list(item_csv.rows(pieces, delimiter)) == rows


# --------------------------------------------------------------------------- JSON


def test_the_elements_of_an_array_are_the_items() -> None:
    assert read(' [1, "two", {"three": [3]}, null, [] ]\n', {"InputType": "JSON"}) == [
        1,
        "two",
        {"three": [3]},
        None,
        [],
    ]
    assert read("[]", {"InputType": "JSON"}) == []


@pytest.mark.parametrize("content", ['{"Hello": "world"}', '"text"', "12", "null", ""])
def test_a_file_that_is_no_array_is_a_failure(content: str) -> None:
    assert failure(content, {"InputType": "JSON"}) == "Attempting to map over non-iterable node."


@pytest.mark.parametrize("content", ["[1, 2", "[1 2]", "[1,]", "[NaN]", "[1] x", "[1.]", "[tru]", "[" * 100_000])
def test_broken_json_is_a_failure(content: str) -> None:
    assert failure(content, {"InputType": "JSON"})


def test_items_before_the_broken_place_were_read() -> None:
    store = MemoryObjectStore({"data": {"file": b"[1, 2, oops]"}})
    items = read_items(store, GET, {"Bucket": "data", "Key": "file"}, {"InputType": "JSON"})
    assert (next(items).value, next(items).value) == (1, 2)
    with pytest.raises(ItemReaderFailed):
        next(items)


def test_a_pointer_leads_to_the_items() -> None:
    content = '{"skip": [{"featured": 1}], "inventory": {"a": {"x": []}, "products": {"featured": [1, 2], "z": 3}}}'
    assert read(content, {"InputType": "JSON", "ItemsPointer": "/inventory/products/featured"}) == [1, 2]


def test_a_pointer_goes_through_arrays_and_escapes() -> None:
    assert read('[[], {"a/b~c": [7]}]', {"InputType": "JSON", "ItemsPointer": "/1/a~1b~0c"}) == [7]


def test_a_pointer_may_lead_to_an_object_whose_members_are_the_items() -> None:
    store = MemoryObjectStore({"data": {"file": b'{"a": {"x": 1, "y": [2]}}'}})
    config: dict[str, JSON] = {"InputType": "JSON", "ItemsPointer": "/a"}
    items = list(read_items(store, GET, {"Bucket": "data", "Key": "file"}, config))
    assert items == [Item(1, "S3://data/file", "x"), Item([2], "S3://data/file", "y")]


def test_a_pointer_that_leads_nowhere_is_a_failure() -> None:
    assert "leads to nothing" in failure('{"a": [1]}', {"InputType": "JSON", "ItemsPointer": "/a/1"})
    assert "must be empty or begin" in failure('{"a": [1]}', {"InputType": "JSON", "ItemsPointer": "a"})


def test_a_pointer_to_a_text_is_a_failure() -> None:
    cause = failure('{"a": "b"}', {"InputType": "JSON", "ItemsPointer": "/a"})
    assert cause == "Attempting to map over non-iterable node."


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(value=st.lists(VALUES), chunk=st.integers(1, 9), indent=st.sampled_from([None, 1]))
def test_an_array_cut_anywhere_gives_the_same_items(value: list[JSON], chunk: int, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    pieces = [text[start : start + chunk] for start in range(0, len(text), chunk)]
    assert [item for _, item in item_json.items(pieces)] == value


# --------------------------------------------------------------------------- other formats


def test_lines_of_json_are_items_and_blank_lines_are_none() -> None:
    assert read('{"a": 1}\n\n[2]\r\n"x"', {"InputType": "JSONL"}) == [{"a": 1}, [2], "x"]


def test_a_line_that_is_no_json_is_a_failure_with_its_number() -> None:
    assert failure("1\n{", {"InputType": "JSONL"}).startswith("line 2 is no JSON")


def test_gzip_is_seen_by_its_content() -> None:
    assert read(gzip.compress(b"a\n1\n") + gzip.compress(b"2\n"), FIRST_ROW) == [{"a": "1"}, {"a": "2"}]


def test_damaged_gzip_is_a_failure() -> None:
    damaged = bytearray(gzip.compress(b"a\n" + bytes(range(48, 100)) * 20))
    damaged[12:20] = b"\xff" * 8
    assert "GZIP" in failure(bytes(damaged), FIRST_ROW)


def test_the_rows_of_a_parquet_file_are_items() -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [{"id": 1, "name": "a", "tags": ["x"]}, {"id": 2, "name": None, "tags": []}]
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), file)
    assert read(file.getvalue(), {"InputType": "PARQUET"}) == rows


def test_what_is_no_parquet_is_a_failure() -> None:
    pytest.importorskip("pyarrow")
    assert failure(b"a,b", {"InputType": "PARQUET"})


def test_an_unknown_input_type_is_a_failure() -> None:
    assert failure("", {"InputType": "XML"}).startswith("InputType must be one of CSV, JSON, JSONL, PARQUET")


# --------------------------------------------------------------------------- listings and manifests


def values(store: MemoryObjectStore, resource: str, arguments: dict[str, JSON], **config: JSON) -> list[JSON]:
    return [item.value for item in read_items(store, resource, arguments, config)]


def test_the_items_of_a_listing_are_what_it_says_of_the_objects() -> None:
    store = MemoryObjectStore({"data": {"a/1": b"hello", "b": b""}}, now=lambda: 1668699881.7)
    items = list(read_items(store, LIST, {"Bucket": "data", "Prefix": "a/"}))
    expected: JSON = {
        "Etag": '"5d41402abc4b2a76b9719d911017c592"',
        "Key": "a/1",
        "LastModified": 1668699881,
        "Size": 5,
        "StorageClass": "STANDARD",
    }
    assert items == [Item(expected, "S3://data")]


def test_load_and_flatten_gives_the_items_of_all_listed_objects() -> None:
    store = MemoryObjectStore({"data": {"logs/": b"", "logs/1": b'{"a": 1}\n{"a": 2}', "logs/2": b'{"a": 3}'}})
    config: dict[str, JSON] = {"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN"}
    items = list(read_items(store, LIST, {"Bucket": "data", "Prefix": "logs/"}, config))
    assert [item.value for item in items] == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert [item.source for item in items] == ["S3://data/logs/1"] * 2 + ["S3://data/logs/2"]


INVENTORY = {
    "sourceBucket": "source",
    "destinationBucket": "arn:aws:s3:::inventory",
    "fileFormat": "CSV",
    "fileSchema": "Bucket, Key, Size, LastModifiedDate",
    "files": [{"key": "data/1.csv.gz", "size": 10, "MD5checksum": ""}],
}


@pytest.mark.parametrize("config", [{"InputType": "MANIFEST"}, {"ManifestType": "S3_INVENTORY"}])
def test_the_items_of_an_inventory_are_its_rows(config: dict[str, JSON]) -> None:
    rows = b'"source","csvDataset/titles.csv","3399671","2022-11-16T00:29:32.000Z"\n'
    store = MemoryObjectStore(
        {"inventory": {"manifest.json": json.dumps(INVENTORY).encode(), "data/1.csv.gz": gzip.compress(rows)}}
    )
    arguments: dict[str, JSON] = {"Bucket": "inventory", "Key": "manifest.json"}
    (item,) = values(store, GET, arguments, **config)
    assert to_text(item) == (  # the guide's example, in the guide's order
        '{"LastModifiedDate":"2022-11-16T00:29:32.000Z","Bucket":"source","Size":"3399671","Key":"csvDataset/titles.csv"}'
    )


def test_an_inventory_in_another_format_is_a_failure() -> None:
    assert "CSV" in failure(json.dumps({**INVENTORY, "fileFormat": "ORC"}), {"InputType": "MANIFEST"})


def test_the_items_of_an_athena_manifest_are_those_of_the_files_it_names() -> None:
    store = MemoryObjectStore(
        {
            "q": {
                "id-manifest.csv": b"s3://q/out/1.gz\ns3://q/out/2\n",
                "out/1.gz": gzip.compress(b'{"a":1}\n'),
                "out/2": b"2",
            }
        }
    )
    arguments: dict[str, JSON] = {"Bucket": "q", "Key": "id-manifest.csv"}
    config: dict[str, JSON] = {"ManifestType": "ATHENA_DATA", "InputType": "JSONL"}
    assert list(read_items(store, GET, arguments, config)) == [
        Item({"a": 1}, "S3://q/out/1.gz"),
        Item(2, "S3://q/out/2"),
    ]


# --------------------------------------------------------------------------- the fields


@pytest.mark.parametrize(("limit", "count"), [(None, 4), (0, 4), (2, 2), ("2", 2), (100_000_001, 4), (2.0, 2)])
def test_max_items_limits_the_items(limit: JSON, count: int) -> None:
    assert len(read("[1, 2, 3, 4]", {"InputType": "JSON", "MaxItems": limit})) == count


def test_max_items_counts_over_all_files() -> None:
    store = MemoryObjectStore({"data": {"1": b"[1, 2]", "2": b"[3, 4]"}})
    config: dict[str, JSON] = {"InputType": "JSON", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 3}
    assert values(store, LIST, {"Bucket": "data"}, **config) == [1, 2, 3]


def test_what_comes_after_max_items_is_not_read() -> None:
    assert read("[1, 2, oops", {"InputType": "JSON", "MaxItems": 2}) == [1, 2]


def test_max_items_must_be_positive() -> None:
    assert failure("[]", {"InputType": "JSON", "MaxItems": -1}) == "field MaxItems must be positive"


@pytest.mark.parametrize("limit", ["many", 1.5, True, "nan", [1]])
def test_max_items_must_be_a_whole_number(limit: JSON) -> None:
    assert failure("[]", {"InputType": "JSON", "MaxItems": limit}) == "field MaxItems must be an integer"


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"Bucket": "data", "Key": "nothing"}, "The specified key does not exist."),
        ({"Bucket": "nothing", "Key": "file"}, "The specified bucket does not exist"),
        ({"Bucket": "data"}, "The field Key of the ItemReader must be a text that is not empty."),
        ({"Bucket": 1, "Key": "file"}, "The field Bucket of the ItemReader must be a text that is not empty."),
    ],
)
def test_a_source_that_is_not_there_fails_when_the_first_item_is_asked_for(
    arguments: dict[str, JSON], cause: str
) -> None:
    items = read_items(MemoryObjectStore({"data": {}}), GET, arguments, {"InputType": "JSON"})
    with pytest.raises(ItemReaderFailed) as caught:
        next(items)
    assert caught.value.cause == cause


def test_another_resource_is_a_failure() -> None:
    with pytest.raises(ItemReaderFailed, match="not one of an ItemReader"):
        next(read_items(MemoryObjectStore(), "arn:aws:states:::s3:putObject", {}))


# --------------------------------------------------------------------------- chunks


def test_chunks_end_at_a_number_of_items_or_of_bytes_and_tell_the_last_one() -> None:
    items = iter([Item("x" * 8, "source") for _ in range(5)])
    sizes = [(len(chunk), last) for chunk, last in (read_chunk(items, 10, 15) for _ in range(3))]
    assert sizes == [(2, False), (2, False), (1, True)]
    assert read_chunk(items) == ([], True)


# --------------------------------------------------------------------------- memory


class Generated:
    """An object store whose one object is made while it is read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks

    def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
        return self._chunks

    def list(self, bucket: str, prefix: str = "") -> Iterator[Any]:
        raise NotImplementedError

    def write(self, bucket: str, key: str) -> Any:
        raise NotImplementedError


CHUNKS, ROWS = 2_000, 100


def lines_of_a_table() -> Iterator[bytes]:
    yield b"id,name,comment\n"
    for chunk in range(CHUNKS):
        yield b"".join(
            b'%d,"name, %d",comment %d\n' % (row, row, row) for row in range(chunk * ROWS, (chunk + 1) * ROWS)
        )


def elements_of_an_array() -> Iterator[bytes]:
    yield b'{"skipped": ['
    yield from (b"[1, 2, 3]," * ROWS for _ in range(200))
    yield b'0], "items": ['
    for chunk in range(CHUNKS):
        yield b"".join(b'{"id": %d, "tags": ["a", "b"]},' % row for row in range(chunk * ROWS, (chunk + 1) * ROWS))
    yield b"{}]}"


@pytest.mark.parametrize(
    ("chunks", "config", "count"),
    [
        pytest.param(lines_of_a_table, FIRST_ROW, CHUNKS * ROWS, id="CSV"),
        pytest.param(
            elements_of_an_array, {"InputType": "JSON", "ItemsPointer": "/items"}, CHUNKS * ROWS + 1, id="JSON"
        ),
    ],
)
def test_two_hundred_thousand_items_do_not_sit_in_memory(chunks: Any, config: dict[str, JSON], count: int) -> None:
    store = Generated(chunks())
    tracemalloc.start()
    try:
        items = read_items(store, GET, {"Bucket": "data", "Key": "large"}, config)
        assert sum(1 for _ in items) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000, f"{peak:,} bytes at the most"
