"""Item readers: from the evaluated fields of an ItemReader to a lazy sequence of items.

Rules that a change must keep (developer guide, "ItemReader (Map)", and recordings):

1. Reading streams: only the item at hand is in memory, whatever the size of the file.
2. Whatever is wrong with the source is ``ItemReaderFailed`` and surfaces when the item is asked for: the map run has
   started by then (recorded: MapRunStarted, MapRunFailed).
3. MaxItems counts over all files together; 0 means no limit, and so does what is above the maximum (recorded).
4. ``$$.Map.Item.Source`` names the object an item came from, the bucket for items of a listing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple, TypeAlias

from ..errors import AslrunError
from ..values import JSON, is_number, size
from . import item_csv, item_json, item_parquet, item_text
from .item_csv import DELIMITERS
from .objects import ListedObject, ObjectStore

LIST_OBJECTS = "s3:listObjectsV2"
GET_OBJECT = "s3:getObject"
MAX_ITEMS = 100_000_000
MAX_MANIFEST_BYTES = 64 * 1024 * 1024

Config: TypeAlias = Mapping[str, JSON]
"""ReaderConfig with every ``...Path`` and expression evaluated: ``MaxItems``, never ``MaxItemsPath``."""


class Item(NamedTuple):
    """An item, what ``$$.Map.Item.Source`` says of it, and ``$$.Map.Item.Key`` where the items come from an object."""

    value: JSON
    source: str
    key: str | None = None


class ItemReaderFailed(AslrunError):
    """The source cannot be read; ``cause`` is the text for the history."""

    error = "States.ItemReaderFailed"

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


def read_items(
    store: ObjectStore, resource: str, arguments: Mapping[str, JSON], config: Config | None = None
) -> Iterator[Item]:
    """The items of an ItemReader, one after the other.

    ``resource`` is the ARN of the definition, ``arguments`` its evaluated Parameters or Arguments, ``config`` its
    evaluated ReaderConfig. Going through it raises ``ItemReaderFailed``.

    >>> from aslrun.stores.objects import MemoryObjectStore
    >>> store = MemoryObjectStore({"data": {"ratings.csv": b"user,rating\\n1,3.5\\n"}})
    >>> config = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
    >>> [*read_items(store, "arn:aws:states:::s3:getObject", {"Bucket": "data", "Key": "ratings.csv"}, config)]
    [Item(value={'rating': '3.5', 'user': '1'}, source='S3://data/ratings.csv', key=None)]
    """
    try:
        yield from _limited(store, resource, arguments, config or {})
    except (AslrunError, ValueError) as error:
        raise ItemReaderFailed(str(error)) from error


def _limited(store: ObjectStore, resource: str, arguments: Mapping[str, JSON], config: Config) -> Iterator[Item]:
    action = _ACTIONS.get(resource.partition(":::")[2])
    if action is None:
        raise ItemReaderFailed(f"The resource {resource} is not one of an ItemReader.")
    limit = item_limit(config.get("MaxItems"))
    return islice(action(store, arguments, config), limit)


def read_chunk(items: Iterator[Item], most: int = 1_000, most_bytes: int = 262_144) -> tuple[list[Item], bool]:
    """The next items, as many as one event should carry, and whether they were the last.

    A chunk has one item at least, unless there is none left. Raises ``ItemReaderFailed``.

    >>> items = iter([Item(number, "S3://data") for number in range(3)])
    >>> [len(read_chunk(items, 2)[0]), read_chunk(items, 2)]
    [2, ([Item(value=2, source='S3://data', key=None)], True)]
    """
    chunk: list[Item] = []
    length = 0
    for item in items:
        chunk.append(item)
        length += size(item.value)
        if len(chunk) >= most or length >= most_bytes:
            return chunk, False
    return chunk, True


def item_limit(value: JSON) -> int | None:
    """MaxItems as a number of items, ``None`` for no limit; digits in text are a number too (recorded).

    Raises ``ItemReaderFailed`` for a negative one and for what is no whole number.

    >>> item_limit("2"), item_limit(0), item_limit(100_000_001)
    (2, None, 100000000)
    """
    if value is None:
        return None
    try:
        number = float(value) if is_number(value) or isinstance(value, str) else float("nan")  # type: ignore[arg-type]
        limit = int(number)
    except (ValueError, OverflowError):
        raise ItemReaderFailed("field MaxItems must be an integer") from None
    if limit != number:
        raise ItemReaderFailed("field MaxItems must be an integer")
    if limit < 0:
        raise ItemReaderFailed("field MaxItems must be positive")
    return min(limit, MAX_ITEMS) or None


# --------------------------------------------------------------------------- what the resource is


def _object(store: ObjectStore, arguments: Mapping[str, JSON], config: Config) -> Iterator[Item]:
    """s3:getObject: the items of one file, or of the files that a manifest names."""
    bucket, key = _name(arguments, "Bucket"), _name(arguments, "Key")
    version = arguments.get("VersionId")
    chunks = store.read(bucket, key, None if version is None else str(version))
    manifest = config.get("ManifestType")
    if manifest == "ATHENA_DATA":
        return _athena(store, chunks, config)
    if manifest == "S3_INVENTORY" or config.get("InputType") == "MANIFEST":
        return _inventory(store, bucket, chunks)
    return _parsed(chunks, config, _source(bucket, key))


def _listing(store: ObjectStore, arguments: Mapping[str, JSON], config: Config) -> Iterator[Item]:
    """s3:listObjectsV2: what the listing says of each object, or what is in the objects."""
    bucket = _name(arguments, "Bucket")
    prefix = arguments.get("Prefix")
    listed = store.list(bucket, "" if prefix is None else str(prefix))
    if config.get("Transformation") != "LOAD_AND_FLATTEN":
        source = f"S3://{bucket}"
        return (Item(_metadata(each), source) for each in listed)
    files = (each for each in listed if not (each.key.endswith("/") and not each.size))
    return (item for each in files for item in _file(store, bucket, each.key, config))


_ACTIONS: dict[str, Callable[[ObjectStore, Mapping[str, JSON], Config], Iterator[Item]]] = {
    GET_OBJECT: _object,
    LIST_OBJECTS: _listing,
}


def _name(arguments: Mapping[str, JSON], field: str) -> str:
    value = arguments.get(field)
    if not isinstance(value, str) or not value:
        raise ItemReaderFailed(f"The field {field} of the ItemReader must be a text that is not empty.")
    return value


def _metadata(each: ListedObject) -> JSON:
    return {
        "Etag": f'"{each.etag}"',
        "Key": each.key,
        "LastModified": int(each.last_modified),
        "Size": each.size,
        "StorageClass": each.storage_class,
    }


def _source(bucket: str, key: str) -> str:
    return f"S3://{bucket}/{key}"


# --------------------------------------------------------------------------- what is in a file


def _file(store: ObjectStore, bucket: str, key: str, config: Config) -> Iterator[Item]:
    return _parsed(store.read(bucket, key), config, _source(bucket, key))


def _parsed(chunks: Iterator[bytes], config: Config, source: str) -> Iterator[Item]:
    input_type = config.get("InputType")
    parse = _INPUT_TYPES.get(input_type) if isinstance(input_type, str) else None
    if parse is None:
        raise ItemReaderFailed(f"InputType must be one of {', '.join(_INPUT_TYPES)}, not {json.dumps(input_type)}.")
    return (Item(value, source, key) for key, value in parse(chunks, config))


def _csv(chunks: Iterator[bytes], config: Config) -> Iterator[item_json.Member]:
    delimiter = config.get("CSVDelimiter")
    separator = DELIMITERS.get(str(delimiter)) if delimiter is not None else ","
    if separator is None:
        raise ItemReaderFailed(f"CSVDelimiter must be one of {', '.join(DELIMITERS)}, not {json.dumps(delimiter)}.")
    items = item_csv.items(item_text.text(chunks), separator, _headers(config))
    return ((None, value) for value in items)


def _headers(config: Config) -> list[str] | None:
    location = config.get("CSVHeaderLocation")
    if location == "FIRST_ROW":
        return None
    headers = config.get("CSVHeaders")
    if location != "GIVEN" or not isinstance(headers, list):
        raise ItemReaderFailed("CSVHeaderLocation must be FIRST_ROW, or GIVEN together with CSVHeaders.")
    return [str(header) for header in headers]


def _json(chunks: Iterator[bytes], config: Config) -> Iterator[item_json.Member]:
    pointer = config.get("ItemsPointer")
    return item_json.items(item_text.text(chunks), None if pointer is None else str(pointer))


def _json_lines(chunks: Iterator[bytes], config: Config) -> Iterator[item_json.Member]:
    return ((None, value) for value in item_json.json_lines(item_text.lines(item_text.text(chunks))))


def _parquet(chunks: Iterator[bytes], config: Config) -> Iterator[item_json.Member]:
    return ((None, value) for value in item_parquet.items(chunks))


_INPUT_TYPES: dict[str, Callable[[Iterator[bytes], Config], Iterator[item_json.Member]]] = {
    "CSV": _csv,
    "JSON": _json,
    "JSONL": _json_lines,
    "PARQUET": _parquet,
}


# --------------------------------------------------------------------------- manifests


def _inventory(store: ObjectStore, bucket: str, chunks: Iterator[bytes]) -> Iterator[Item]:
    """The objects that an S3 inventory lists; the data files lie in the manifest's destination bucket."""
    manifest = _manifest(chunks)
    if manifest.get("fileFormat") != "CSV":
        raise ItemReaderFailed(f"The inventory must have the file format CSV, not {manifest.get('fileFormat')}.")
    schema = manifest.get("fileSchema")
    headers = [name.strip() for name in schema.split(",")] if isinstance(schema, str) else []
    destination = manifest.get("destinationBucket")
    data = destination.rpartition(":")[2] if isinstance(destination, str) else bucket
    for key in _data_files(manifest):
        source = _source(data, key)
        for value in item_csv.items(item_text.text(store.read(data, key)), headers=headers):
            yield Item(value, source)


def _manifest(chunks: Iterator[bytes]) -> dict[str, JSON]:
    text = ""
    for piece in item_text.text(chunks):
        text += piece
        if len(text) > MAX_MANIFEST_BYTES:
            raise ItemReaderFailed("The manifest is too large.")
    manifest = json.loads(text)
    if not isinstance(manifest, dict):
        raise ItemReaderFailed("The manifest must be a JSON object.")
    return manifest


def _data_files(manifest: dict[str, JSON]) -> Iterator[str]:
    files = manifest.get("files")
    for file in files if isinstance(files, list) else []:
        key = file.get("key") if isinstance(file, dict) else None
        if not isinstance(key, str):
            raise ItemReaderFailed("Each of the manifest's files must be an object with a key.")
        yield key


def _athena(store: ObjectStore, chunks: Iterator[bytes], config: Config) -> Iterator[Item]:
    """The items of the files that an UNLOAD query wrote: the manifest has one S3 URI per line."""
    for uri in item_csv.uris(item_text.text(chunks)):
        scheme, _, path = uri.partition("://")
        bucket, _, key = path.partition("/")
        if scheme.lower() != "s3" or not key:
            raise ItemReaderFailed(f"The manifest names {json.dumps(uri)}, which is no S3 URI.")
        yield from _file(store, bucket, key, config)
