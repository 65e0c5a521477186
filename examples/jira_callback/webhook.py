"""The webhook that Jira calls when a story is closed: POST /callback {jiraStoryId, message, status}.

``answer`` is the whole of it: a request in, a status and a body out. It knows the token table only through
``TaskCallbacks``, so the same function serves beside the local interpreter and, as the callback Lambda, beside Step
Functions.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from aslrun import InvalidToken, TaskCallbacks, TaskDoesNotExist, TaskTimedOut
from aslrun.errors import AlreadyAnswered

STATUSES = ("success", "failure")
LONGEST_BODY = 65_536  # bytes


class Answer(NamedTuple):
    """What Jira gets: the status code, and a body with a message."""

    status: int
    body: dict[str, str]


class Callback(NamedTuple):
    """A callback that makes sense."""

    story: str
    message: str
    status: str


class BadRequest(Exception):
    """The body is not what was agreed on."""


def answer(headers: Mapping[str, str], body: bytes, callbacks: TaskCallbacks, secret: str) -> Answer:
    """Resume the execution that waits for a story. ``headers`` have lower-case names; call it off the event loop."""
    if not hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {secret}".encode()):
        return _said(401, "the webhook's secret is missing or wrong")
    try:
        callback = _read(body)
    except BadRequest as error:
        return _said(400, str(error))
    try:
        _send(callback, callbacks)
    except AlreadyAnswered:
        return _said(409, f"the story {callback.story} was answered already")
    except TaskTimedOut:
        return _said(410, f"nobody waits for the story {callback.story} any more")
    except TaskDoesNotExist:
        return _said(404, f"nobody waits for the story {callback.story}")
    except InvalidToken:
        return _said(503, f"the execution is about to wait for the story {callback.story}: try again in a moment")
    return _said(200, f"the execution that waited for {callback.story} goes on")


def _send(callback: Callback, callbacks: TaskCallbacks) -> None:
    if callback.status == "success":
        output = {"jiraStoryId": callback.story, "message": callback.message, "status": callback.status}
        callbacks.send_task_success(output, key=callback.story)
    else:
        callbacks.send_task_failure("StoryFailed", callback.message, key=callback.story)


def _read(body: bytes) -> Callback:
    if len(body) > LONGEST_BODY:
        raise BadRequest(f"the body must have at most {LONGEST_BODY} bytes, not {len(body)}")
    try:
        given: Any = json.loads(body)
    except ValueError:
        raise BadRequest("the body must be JSON: {jiraStoryId, message, status}") from None
    if not isinstance(given, dict):
        raise BadRequest("the body must be an object: {jiraStoryId, message, status}")
    callback = Callback(given.get("jiraStoryId", ""), given.get("message", ""), given.get("status", ""))
    if not all(isinstance(value, str) for value in callback) or not callback.story:
        raise BadRequest("jiraStoryId, message and status must be text, and jiraStoryId not empty")
    if callback.status not in STATUSES:
        raise BadRequest(f"status must be one of {', '.join(STATUSES)}, not {callback.status!r}")
    return callback


def _said(status: int, message: str) -> Answer:
    return Answer(status, {"message": message})
