"""The token store in a DynamoDB table, for webhooks and handlers on AWS.

An item of the table is a key with its token: ``key`` (the partition key), ``token``, ``expires`` (whole seconds since
the epoch, the table's time-to-live attribute) and ``used``. One more item, ``aslrun:secret``, has the secret of an
interpreter that uses the table, if one does: on AWS it is the service that makes the tokens.

Rules that a change must keep:

1. Every write is one conditional request; a condition that fails is an answer, and no error.
2. Reads are consistent: what was stored is found at once.
3. An item may outlive its time by days. Whether it has expired is for the caller to see.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from ..errors import extra_needed
from .signing import SignedTokens, TokenSigner
from .tokens import RESERVED, StoredToken, TokenStoreError

SECRET = f"{RESERVED}secret"

Attribute = Mapping[str, str | bool | bytes]
Item = Mapping[str, Attribute]


class Client(Protocol):
    """What is asked of boto3's client for ``dynamodb``."""

    def get_item(self, **request: object) -> Mapping[str, Item]: ...
    def put_item(self, **request: object) -> object: ...


class TableClient(Client, Protocol):
    """What is asked of it to make a table."""

    def create_table(self, **request: object) -> object: ...
    def update_time_to_live(self, **request: object) -> object: ...
    def get_waiter(self, waiter_name: str) -> Waiter: ...


class Waiter(Protocol):
    """What boto3 waits with."""

    def wait(self, **request: object) -> None: ...


class DynamoDBTokenStore:
    """A token store in a table; ``client`` is boto3's for ``dynamodb``, made if it is not given.

    ``key_name`` is the name of the table's partition key. Needs the extra ``aws`` if it is to make the client; errors
    of the service come out as boto3's own exceptions.
    """

    __slots__ = ("_client", "_key_name", "_table")

    def __init__(self, table: str, client: Client | None = None, *, key_name: str = "key") -> None:
        self._table, self._key_name = table, key_name
        self._client: Client = _new_client() if client is None else client

    def __repr__(self) -> str:
        return f"DynamoDBTokenStore({self._table!r})"

    def signer(self, fresh: bytes) -> TokenSigner:
        """What makes the tokens, with the secret in the table; ``fresh`` is stored if there is none."""
        if not self._get(SECRET):
            self._put({self._key_name: {"S": SECRET}, "secret": {"B": fresh}}, None)
        secret = self._get(SECRET).get("secret", {}).get("B")
        if not isinstance(secret, bytes):
            raise TokenStoreError(f"DynamoDB table {self._table}: the item {SECRET} has no binary attribute 'secret'")
        return SignedTokens(secret)

    def find(self, key: str) -> StoredToken | None:
        """What lies under a key, expired or not."""
        item = self._get(key)
        if not item:
            return None
        try:
            return StoredToken(str(item["token"]["S"]), float(item["expires"]["N"]), bool(item["used"]["BOOL"]))
        except (KeyError, ValueError):
            expected = "'token' (S), 'expires' (N) and 'used' (BOOL)"
            raise TokenStoreError(f"DynamoDB table {self._table}: the item {key!r} must have {expected}") from None

    def put(self, key: str, entry: StoredToken, instead_of: StoredToken | None, now: float) -> bool:
        """Store an entry if the key holds ``instead_of``; whether it did. What has expired is the table's to drop."""
        item: Item = {
            self._key_name: {"S": key},
            "token": {"S": entry.token},
            "expires": {"N": str(math.ceil(entry.expires))},
            "used": {"BOOL": entry.used},
        }
        return self._put(item, instead_of)

    def _get(self, key: str) -> Item:
        request = {"TableName": self._table, "Key": {self._key_name: {"S": key}}, "ConsistentRead": True}
        return self._client.get_item(**request).get("Item", {})

    def _put(self, item: Item, instead_of: StoredToken | None) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._client.put_item(TableName=self._table, Item=item, **self._condition(instead_of))
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _condition(self, seen: StoredToken | None) -> dict[str, object]:
        if seen is None:
            return {
                "ConditionExpression": "attribute_not_exists(#key)",
                "ExpressionAttributeNames": {"#key": self._key_name},
            }
        return {
            "ConditionExpression": "#token = :token AND #used = :used",
            "ExpressionAttributeNames": {"#token": "token", "#used": "used"},
            "ExpressionAttributeValues": {":token": {"S": seen.token}, ":used": {"BOOL": seen.used}},
        }


def create_token_table(table: str, client: TableClient | None = None, *, key_name: str = "key") -> None:
    """Make the table of a ``DynamoDBTokenStore``, paid by request, with its time to live; wait until it is there."""
    client = _new_client() if client is None else client
    client.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": key_name, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key_name, "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=table)
    client.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"})


def _new_client() -> TableClient:
    try:
        import boto3
    except ImportError:
        raise extra_needed("keep tokens in DynamoDB", "boto3", "aws") from None
    client: TableClient = boto3.client("dynamodb")
    return client
