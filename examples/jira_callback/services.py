"""The services behind the state machine: stand-ins on this machine, or the real ones through boto3.

A ``World`` is what the definition and the webhook need: the handlers of its tasks, a bucket, the table of waiting
stories, the secret with the bearer tokens. The stand-ins take and give what the AWS calls take and give, errors
included, so the definition cannot tell them apart. The table is a token store of aslrun, by story: in SQLite here, in
DynamoDB there.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aslrun import Resources, TaskError, aws
from aslrun.stores.sqlite_tokens import SQLiteTokenStore
from aslrun.stores.tokens import StoredToken, TokenStore

Object = dict[str, Any]

BUCKET, TABLE, SECRET_NAME = "jira-callback", "jira-callback-task-tokens", "jira-callback/bearer-tokens"
KEPT = 7 * 86_400  # seconds that a row outlives its wait, so that who comes too late hears so


@dataclass(frozen=True)
class World:
    """Where the workflow lives: what its tasks call, a bucket to upload to, the table, and the secret, read anew each
    time."""

    handlers: Resources
    upload: Callable[[str, str], object]
    tokens: TokenStore
    secret: Callable[[], Mapping[str, str]]


def new_secret() -> str:
    """A bearer token for each API, and one for the webhook."""
    names = ("validation", "deployment", "notification", "webhook")
    return json.dumps({name: secrets.token_urlsafe(24) for name in names}, indent=2)


# --------------------------------------------------------------------------- on this machine


def local_world(folder: Path, now: Callable[[], float] = time.time) -> World:
    """Everything in one folder: ``bucket/``, ``secret.json``, and the table in ``runs.db`` beside the executions."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "secret.json"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(new_secret(), encoding="utf-8")
    bucket, tokens = FolderBucket(folder / "bucket"), SQLiteTokenStore(folder / "runs.db")
    table, handlers = SQLiteTable(tokens, now), Resources()
    handlers.task("arn:aws:states:::aws-sdk:s3:getObject", bucket.get_object, name="getObject")
    handlers.task("arn:aws:states:::aws-sdk:s3:putObject", bucket.put_object, name="putObject")
    handlers.task("arn:aws:states:::dynamodb:putItem", table.put_item, name="putItem")
    handlers.task("arn:aws:states:::aws-sdk:dynamodb:putItem.waitForTaskToken", table.put_item, name="storeToken")
    return World(handlers, bucket.upload, tokens, lambda: dict(json.loads(secret.read_text(encoding="utf-8"))))


class FolderBucket:
    """A folder as a bucket: a key is a path below it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def get_object(self, arguments: Object) -> Object:
        path = self._path(arguments["Key"])
        if not path.is_file():
            raise TaskError(
                "S3.NoSuchKeyException", "The specified key does not exist. (Service: S3, Status Code: 404)"
            )
        return {"Body": path.read_text(encoding="utf-8"), "ContentLength": path.stat().st_size}

    def put_object(self, arguments: Object) -> Object:
        self.upload(arguments["Key"], json.dumps(arguments["Body"]))  # a task always writes JSON, as on AWS
        return {"ServerSideEncryption": arguments["ServerSideEncryption"]}

    def upload(self, key: str, body: str) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.part")
        unfinished.write_text(body, encoding="utf-8")
        unfinished.replace(path)  # all or nothing, as an object is

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder):
            raise TaskError("S3.S3Exception", f"the key leaves the bucket: {key}")
        return path


class SQLiteTable:
    """PutItem for rows of waiting stories, in a token store. Its one condition is that of the definition: the story is
    free, answered, over, or reserved by this very execution."""

    def __init__(self, tokens: TokenStore, now: Callable[[], float]) -> None:
        self._tokens, self._now = tokens, now

    def put_item(self, arguments: Object) -> Object:
        item = arguments["Item"]
        story, entry = item["jiraStoryId"]["S"], StoredToken(item["token"]["S"], float(item["expires"]["N"]))
        known, now = self._tokens.find(story), self._now()
        mine = known is not None and known.token in (entry.token, f"reserved:{item['execution']['S']}")
        free = known is None or known.used or known.expires - KEPT < now
        if not (mine or free) or not self._tokens.put(story, entry, known, now):
            raise TaskError(
                "DynamoDB.ConditionalCheckFailedException", f"another execution waits for the story {story}"
            )
        return {}


# --------------------------------------------------------------------------- AWS, or what looks like it


def aws_world(endpoint: str | None, region: str = "us-east-1") -> World:
    """Services of AWS, or of what answers at ``endpoint``; bucket, table and secret are made if they are missing."""
    import boto3

    session = boto3.Session(region_name=region)
    s3, dynamodb, secretsmanager = (
        session.client(service, endpoint_url=endpoint) for service in ("s3", "dynamodb", "secretsmanager")
    )
    _provide(s3, dynamodb, secretsmanager)
    return World(
        aws.services(session, endpoint_url=endpoint, region=region),
        lambda key, body: s3.put_object(Bucket=BUCKET, Key=key, Body=body, ServerSideEncryption="AES256"),
        aws.DynamoDBTokenStore(TABLE, dynamodb, key_name="jiraStoryId"),
        lambda: dict(json.loads(secretsmanager.get_secret_value(SecretId=SECRET_NAME)["SecretString"])),
    )


def _provide(s3: Any, dynamodb: Any, secretsmanager: Any) -> None:
    if BUCKET not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=BUCKET)
    if TABLE not in dynamodb.list_tables()["TableNames"]:
        aws.create_token_table(TABLE, dynamodb, key_name="jiraStoryId")
    if SECRET_NAME not in [secret["Name"] for secret in secretsmanager.list_secrets()["SecretList"]]:
        secretsmanager.create_secret(Name=SECRET_NAME, SecretString=new_secret())
