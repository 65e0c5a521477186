"""The services behind the state machine: local stand-ins (folder, SQLite, file) or the real ones through boto3.

A ``World`` is what the definition and the webhook need: a bucket, the table of waiting stories and the secret with the
bearer tokens. The stand-ins take and give what the AWS calls take and give, errors included, so the definition cannot
tell them apart.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aslrun import TaskError

Object = dict[str, Any]

SECRET_NAME = "jira-callback/bearer-tokens"
TABLE = "jira-callback-task-tokens"
BUCKET = "jira-callback"


class Bucket(Protocol):
    """Objects by key; the two calls of S3 that the definition makes."""

    def get_object(self, arguments: Object) -> Object: ...

    def put_object(self, arguments: Object) -> Object: ...


class StoryTable(Protocol):
    """Which execution waits for which story; the calls of DynamoDB that the definition and the webhook make."""

    def put_item(self, arguments: Object) -> Object: ...

    def update_item(self, arguments: Object) -> Object: ...

    def get_item(self, story: str) -> Object | None: ...

    def answered(self, story: str, token: str, now: float) -> None: ...


@dataclass(frozen=True)
class World:
    """Where the workflow lives; ``secret`` reads the tokens anew each time."""

    bucket: Bucket
    table: StoryTable
    secret: Callable[[], Mapping[str, str]]


# --------------------------------------------------------------------------- local stand-ins


class FolderBucket:
    """A folder as a bucket: a key is a path below it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def get_object(self, arguments: Object) -> Object:
        path = self._path(arguments["Key"])
        if not path.is_file():
            raise TaskError("S3.NoSuchKeyException", "The specified key does not exist. (Service: S3, Status Code: 404)")
        return {"Body": path.read_text(encoding="utf-8"), "ContentLength": path.stat().st_size}

    def put_object(self, arguments: Object) -> Object:
        path = self._path(arguments["Key"])
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(arguments["Body"], encoding="utf-8")
        unfinished.replace(path)  # all or nothing, as an object is
        return {"ETag": f'"{len(arguments["Body"])}"'}

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise TaskError("S3.S3Exception", f"the key leaves the bucket: {key}")
        return path


class SQLiteTable:
    """A SQLite file as the table; it knows the conditions of this definition, and no others."""

    _RESERVE = (
        "attribute_not_exists(jiraStoryId) OR attribute_exists(answeredAt) OR waitUntil < :now OR execution = :me"
    )

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA busy_timeout = 10000")
        self._database.execute("CREATE TABLE IF NOT EXISTS stories (jiraStoryId TEXT PRIMARY KEY, item TEXT NOT NULL)")

    def close(self) -> None:
        self._database.close()

    def put_item(self, arguments: Object) -> Object:
        """StoreTaskToken: reserve the story, unless somebody else waits for it."""
        if arguments["ConditionExpression"] != self._RESERVE:
            raise TaskError("DynamoDB.AmazonDynamoDBException", "this stand-in knows one condition of PutItem")
        item, values = _plain(arguments["Item"]), _plain(arguments["ExpressionAttributeValues"])

        def reserve(known: Object | None) -> Object | None:
            free = known is None or "answeredAt" in known or known["waitUntil"] < values[":now"]
            return item if free or (known or {}).get("execution") == values[":me"] else None

        self._change(item["jiraStoryId"], reserve)
        return {}

    def update_item(self, arguments: Object) -> Object:
        """WaitForCallback: put the token into the row that this execution has reserved."""
        if arguments["UpdateExpression"] != "SET taskToken = :token":
            raise TaskError("DynamoDb.DynamoDbException", "this stand-in knows one expression of UpdateItem")
        values = _plain(arguments["ExpressionAttributeValues"])

        def store(known: Object | None) -> Object | None:
            mine = known is not None and known["execution"] == values[":me"]
            return {**(known or {}), "taskToken": values[":token"]} if mine else None

        self._change(_plain(arguments["Key"])["jiraStoryId"], store)
        return {}

    def get_item(self, story: str) -> Object | None:
        """The row of a story."""
        row = self._database.execute("SELECT item FROM stories WHERE jiraStoryId = ?", (story,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def answered(self, story: str, token: str, now: float) -> None:
        """The token has been used: keep when, drop the token."""

        def close(known: Object | None) -> Object | None:
            if known is None or known.get("taskToken") != token:
                return None
            return {key: value for key, value in known.items() if key != "taskToken"} | {"answeredAt": int(now)}

        self._change(story, close, missing_ok=True)

    def _change(self, story: str, change: Callable[[Object | None], Object | None], *, missing_ok: bool = False) -> None:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                item = change(self.get_item(story))
                if item is not None:
                    self._database.execute("INSERT OR REPLACE INTO stories VALUES (?, ?)", (story, json.dumps(item)))
            finally:
                self._database.execute("COMMIT")
        if item is None and not missing_ok:
            raise TaskError("DynamoDB.ConditionalCheckFailedException", f"another execution waits for the story {story}")


def _plain(item: Mapping[str, Mapping[str, str]]) -> Object:
    """The attributes of DynamoDB (``{"N": "7"}``) as plain values."""
    return {name: int(value["N"]) if "N" in value else value["S"] for name, value in item.items()}


def local_world(folder: Path) -> World:
    """Everything in one folder: ``bucket/``, ``stories.db`` and ``secret.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "secret.json"
    if not secret.exists():
        secret.write_text(json.dumps(new_secret(), indent=2) + "\n", encoding="utf-8")
        secret.chmod(0o600)
    return World(
        FolderBucket(folder / "bucket"),
        SQLiteTable(folder / "stories.db"),
        lambda: dict(json.loads(secret.read_text(encoding="utf-8"))),
    )


def new_secret() -> dict[str, str]:
    """A bearer token for each API, and the secret of the webhook."""
    import secrets

    return {name: secrets.token_urlsafe(24) for name in ("validation", "deployment", "notification", "webhook")}


# --------------------------------------------------------------------------- AWS, or what looks like it


class S3Bucket:
    """A bucket of S3."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_object(self, arguments: Object) -> Object:
        answer = _called("S3", self._client.get_object, arguments)
        return {"Body": answer["Body"].read().decode(), "ContentLength": answer["ContentLength"]}

    def put_object(self, arguments: Object) -> Object:
        return {"ETag": _called("S3", self._client.put_object, arguments)["ETag"]}


class DynamoDBTable:
    """A table of DynamoDB; ``expiresAt`` is its TTL attribute."""

    def __init__(self, client: Any, table: str = TABLE) -> None:
        self._client, self._table = client, table

    def put_item(self, arguments: Object) -> Object:
        _called("DynamoDB", self._client.put_item, arguments)
        return {}

    def update_item(self, arguments: Object) -> Object:
        _called("DynamoDb", self._client.update_item, arguments)
        return {}

    def get_item(self, story: str) -> Object | None:
        key = {"jiraStoryId": {"S": story}}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _plain(item)

    def answered(self, story: str, token: str, now: float) -> None:
        from botocore.exceptions import ClientError

        try:
            self._client.update_item(
                TableName=self._table,
                Key={"jiraStoryId": {"S": story}},
                UpdateExpression="REMOVE taskToken SET answeredAt = :now",
                ConditionExpression="taskToken = :token",
                ExpressionAttributeValues={":now": {"N": str(int(now))}, ":token": {"S": token}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise


def _called(prefix: str, operation: Callable[..., Any], arguments: Object) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return operation(**arguments)
    except ClientError as error:
        told = error.response["Error"]
        code = told["Code"] if told["Code"].endswith("Exception") else f"{told['Code']}Exception"
        raise TaskError(f"{prefix}.{code}", told.get("Message", "")) from None
    except BotoCoreError as error:
        raise TaskError(f"{prefix}.SdkClientException", str(error)) from None


def aws_world(endpoint: str | None, region: str = "us-east-1") -> World:
    """Services of AWS, or of whatever answers at ``endpoint``; makes the bucket, the table and the secret if missing."""
    import boto3

    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=endpoint, region_name=region)

    s3, dynamodb, secretsmanager = client("s3"), client("dynamodb"), client("secretsmanager")
    _provide(s3, dynamodb, secretsmanager)

    def secret() -> Mapping[str, str]:
        return dict(json.loads(secretsmanager.get_secret_value(SecretId=SECRET_NAME)["SecretString"]))

    return World(S3Bucket(s3), DynamoDBTable(dynamodb), secret)


def _provide(s3: Any, dynamodb: Any, secretsmanager: Any) -> None:
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    if TABLE not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=TABLE,
            AttributeDefinitions=[{"AttributeName": "jiraStoryId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "jiraStoryId", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.get_waiter("table_exists").wait(TableName=TABLE)
        dynamodb.update_time_to_live(
            TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
        )
    if SECRET_NAME not in [secret["Name"] for secret in secretsmanager.list_secrets()["SecretList"]]:
        secretsmanager.create_secret(Name=SECRET_NAME, SecretString=json.dumps(new_secret()))
