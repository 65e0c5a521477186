"""Rows of a Parquet file as items; the extra ``parquet`` (pyarrow) reads it.

Parquet is read from its end, so the object is first copied to a temporary file; above ``IN_MEMORY`` bytes that file
is on the disk. What JSON has no type for becomes text: dates and times as ISO 8601, binary as UTF-8 or else Base64.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from math import isfinite
from typing import IO, cast

from ..errors import extra_needed
from ..values import JSON

IN_MEMORY = 16 * 1024 * 1024
ROWS = 1_000  # read at a time


class InvalidParquet(ValueError):
    """The file is no Parquet, or pyarrow is missing."""


def items(chunks: Iterable[bytes]) -> Iterator[JSON]:
    """The rows as objects, in the order of the columns. Raises ``InvalidParquet``."""
    try:
        parquet = import_module("pyarrow.parquet")
        errors = (import_module("pyarrow").ArrowException, OSError)
    except ImportError:
        raise InvalidParquet(str(extra_needed("read InputType PARQUET", "pyarrow", "parquet"))) from None
    from tempfile import SpooledTemporaryFile  # imported here: few need it, and bz2 and lzma come with it

    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        for chunk in chunks:
            file.write(chunk)
        file.seek(0)
        try:
            for batch in parquet.ParquetFile(cast("IO[bytes]", file)).iter_batches(ROWS):
                for row in batch.to_pylist():
                    yield {name: _json(value) for name, value in row.items()}
        except errors as error:
            raise InvalidParquet(str(error)) from error


def _json(value: object) -> JSON:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): _json(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(each) for each in value]
    return _text_of(value)


def _text_of(value: object) -> JSON:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return b64encode(value).decode()
    return str(value)
