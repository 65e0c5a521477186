"""S3 as the object store of item readers and result writers.

Rules that a change must keep:

1. Reading and writing stream: a part of a file is in memory, never the file.
2. An object appears whole or not at all: parts that were uploaded before an error are dropped.
3. A request that fails raises ``S3Error`` with the text of the AWS SDK.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from ...errors import AslrunError, TaskError
from .clients import Client, Clients, EndpointUrl, Session
from .failures import sdk_wording, told_as

CHUNK = 65_536
PART = 8 * 1024 * 1024
"""Bytes of a part of an upload; S3 takes no smaller one than 5 MiB, but for the last."""
S3 = sdk_wording("S3")


class S3Error(AslrunError):
    """S3 refused a request; the message is the one of a task that made it."""

    def __init__(self, error: str, message: str) -> None:
        self.error = error
        super().__init__(message)


class ListedS3Object(NamedTuple):
    """What a listing says of an object."""

    key: str
    size: int
    etag: str
    last_modified: float
    storage_class: str


class S3ObjectStore:
    """The buckets of S3, for ``Resources(objects=...)``.

    ``session`` is a ``boto3.Session`` (a new one if not given), ``endpoint_url`` another address than AWS's own.
    Errors of S3 come out as ``S3Error``, which a map run shows as ``States.ItemReaderFailed``.

    >>> S3ObjectStore(endpoint_url="http://127.0.0.1:5000")
    <S3ObjectStore>
    """

    __slots__ = ("_clients",)

    def __init__(
        self, session: Session | None = None, *, endpoint_url: EndpointUrl = None, region: str | None = None
    ) -> None:
        self._clients = Clients(session, endpoint_url, region)

    def __repr__(self) -> str:
        return "<S3ObjectStore>"

    def read(self, bucket: str, key: str, version: str | None = None) -> Iterator[bytes]:
        """The content of an object, in chunks. Raises ``S3Error``, here or while it is read."""
        request = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version is not None else {})}
        with self._asked() as client:
            body = client.get_object(**request)["Body"]
        return self._chunks(body)

    def _chunks(self, body: Any) -> Iterator[bytes]:
        try:
            with self._asked():
                yield from body.iter_chunks(CHUNK)
        finally:
            body.close()

    def list(self, bucket: str, prefix: str = "") -> Iterator[ListedS3Object]:
        """The objects whose keys have the prefix, in the order of their keys. Raises ``S3Error``."""
        with self._asked() as client:
            for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                yield from map(_listed, page.get("Contents", ()))

    @contextmanager
    def write(self, bucket: str, key: str) -> Iterator[Callable[[bytes], object]]:
        """A function that takes the chunks of a new object. Raises ``S3Error``."""
        with self._asked() as client:
            upload = _Upload(client, bucket, key)
        try:
            yield lambda chunk: self._added(upload, chunk)
            with self._asked():
                upload.finish()
        except BaseException:
            upload.drop()
            raise

    def _added(self, upload: _Upload, chunk: bytes) -> None:
        with self._asked():
            upload.add(chunk)

    @contextmanager
    def _asked(self) -> Iterator[Client]:
        client = self._clients.client("s3")
        try:
            with told_as(S3, client):
                yield client
        except TaskError as error:
            raise S3Error(error.error, error.cause or "") from None


class _Upload:
    """An object that is being written: in one piece if it is short, else in parts."""

    def __init__(self, client: Client, bucket: str, key: str) -> None:
        self._client = client
        self._place = {"Bucket": bucket, "Key": key}
        self._rest = bytearray()
        self._id: str | None = None
        self._parts: list[dict[str, object]] = []

    def add(self, chunk: bytes) -> None:
        self._rest += chunk
        while len(self._rest) >= PART:
            self._send(bytes(self._rest[:PART]))
            del self._rest[:PART]

    def finish(self) -> None:
        if self._id is None:
            self._client.put_object(**self._place, Body=bytes(self._rest))
            return
        if self._rest:
            self._send(bytes(self._rest))
        parts = {"Parts": self._parts}
        self._client.complete_multipart_upload(**self._place, UploadId=self._id, MultipartUpload=parts)

    def drop(self) -> None:
        """Leave nothing behind."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self._id is not None:
            with suppress(BotoCoreError, ClientError):
                self._client.abort_multipart_upload(**self._place, UploadId=self._id)

    def _send(self, content: bytes) -> None:
        if self._id is None:
            self._id = self._client.create_multipart_upload(**self._place)["UploadId"]
        number = len(self._parts) + 1
        answer = self._client.upload_part(**self._place, UploadId=self._id, PartNumber=number, Body=content)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


def _listed(entry: dict[str, Any]) -> ListedS3Object:
    modified = entry["LastModified"].timestamp()
    return ListedS3Object(
        entry["Key"], entry["Size"], entry["ETag"].strip('"'), modified, entry.get("StorageClass", "STANDARD")
    )


def place_of(uri: str) -> tuple[str, str]:
    """Bucket and key of an ``s3://`` address.

    >>> place_of("s3://data/prompts/one.json")
    ('data', 'prompts/one.json')
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key
