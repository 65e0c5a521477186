"""AWS Lambda as Step Functions meets it: how a function is named, what it is given, what comes back.

Rules that a change must keep (each is recorded from AWS, see tests/resources/test_lambda_recordings.py):

1. ``lambda:invoke`` sends ``Payload`` as the request's body. A payload that is text *is* that body, so it must
   be JSON text; no payload, or null, is the empty object.
2. A function writes its result and its exceptions as Python's ``json.dumps`` does, with blanks. A function ARN
   as Resource hands that very text on; ``lambda:invoke`` reads it and writes it anew without blanks.
   ``Content-Length`` counts what the function wrote.
3. What the service itself refuses is an error ``Lambda.<Name>`` whose cause ends in the AWS SDK's parenthesis.
"""

from __future__ import annotations

import base64
import json
import re
from typing import NamedTuple

from ..values import JSON, parse
from .task_context import TaskContext

INVOKE = "lambda:invoke"
"""Service and action of the optimized integration."""

_INVOKE = re.compile(rf"arn:[^:]+:states:::{INVOKE}(?:\.waitForTaskToken)?")


class FunctionReference(NamedTuple):
    """A Lambda function as a FunctionName or an ARN names it; what it leaves open is ``None``."""

    partition: str | None
    region: str | None
    account: str | None
    name: str
    qualifier: str | None

    def names(self) -> tuple[str, ...]:
        """The name with its qualifier, if it has one, and without."""
        return (self.name,) if self.qualifier is None else (f"{self.name}:{self.qualifier}", self.name)


class PayloadRefused(Exception):
    """The payload's text is no JSON text; the message is Lambda's own."""


def function_reference(text: str) -> FunctionReference | None:
    """Read a name, ``name:qualifier``, a partial ARN or a full one; ``None`` if it is none of these.

    >>> function_reference("111111111111:function:charge:prod")
    FunctionReference(partition=None, region=None, account='111111111111', name='charge', qualifier='prod')
    """
    parts = text.split(":")
    partition = region = account = None
    if parts[0] == "arn":
        if parts[2:3] != ["lambda"] or parts[5:6] != ["function"]:
            return None
        partition, region, account = parts[1], parts[3], parts[4]
        parts = parts[6:]
    elif parts[1:2] == ["function"] and len(parts) > 2:
        account, parts = parts[0], parts[2:]
    elif parts[0] == "function" and len(parts) > 1:
        parts = parts[1:]
    if not 1 <= len(parts) <= 2 or not all(parts):
        return None
    return FunctionReference(partition, region, account, parts[0], parts[1] if len(parts) == 2 else None)


def invoked_function(arguments: JSON) -> FunctionReference | None:
    """The function that arguments of ``lambda:invoke`` name; ``Qualifier`` may stand beside ``FunctionName``."""
    if not isinstance(arguments, dict) or not isinstance(name := arguments.get("FunctionName"), str):
        return None
    reference = function_reference(name)
    qualifier = arguments.get("Qualifier")
    if reference is None or reference.qualifier is not None or not isinstance(qualifier, str) or not qualifier:
        return reference
    return reference._replace(qualifier=qualifier)


def is_lambda_invoke(resource: str) -> bool:
    """Whether the resource is the optimized integration with Lambda, waiting for a token or not."""
    return INVOKE in resource and _INVOKE.fullmatch(resource) is not None


def is_function_arn(resource: str) -> bool:
    """Whether the resource is a Lambda function itself."""
    return ":function:" in resource and resource.startswith("arn:") and function_reference(resource) is not None


def event(arguments: JSON) -> JSON:
    """What a function is given by ``lambda:invoke``.

    Raises ``PayloadRefused`` if the payload is text that is no JSON.

    >>> event({"FunctionName": "charge", "Payload": '"text"'}), event({"FunctionName": "charge"})
    ('text', {})
    """
    payload = arguments.get("Payload") if isinstance(arguments, dict) else None
    if payload is None:
        return {}
    if not isinstance(payload, str):
        return payload
    try:
        return parse(payload)
    except ValueError:
        raise PayloadRefused(_unreadable(payload)) from None


def result_text(value: JSON) -> str:
    """The text in which a function answers.

    >>> result_text({"charged": [7, "é"]})
    '{"charged": [7, "é"]}'
    """
    return json.dumps(value, ensure_ascii=False)


def result_of_bytes(written: bytes) -> tuple[JSON, str]:
    """The value and the text of an answer that a function wrote itself; what is no JSON text stands as text.

    >>> result_of_bytes(b'"HelloWorld!"')
    ('HelloWorld!', '"HelloWorld!"')
    """
    text = written.decode("utf-8", "replace")
    try:
        return parse(text), text
    except ValueError:
        return text, text


def invoke_answer(arguments: JSON, payload: JSON, text: str, task: TaskContext, request_id: str) -> JSON:
    """The result of ``lambda:invoke`` around what the function returned (``text`` is how it wrote it)."""
    version = _executed_version(arguments)
    log = _log_tail(version, request_id) if _wants_log(arguments) else None
    headers = _headers(version, log, len(text.encode("utf-8", "surrogatepass")), task.time, request_id)
    answer: dict[str, JSON] = {"ExecutedVersion": version}
    if log is not None:
        answer["LogResult"] = log
    answer["Payload"] = payload
    answer["SdkHttpMetadata"] = {
        "AllHttpHeaders": {name: [headers[name]] for name in _RECEIVED if name in headers},
        "HttpHeaders": {name: headers[name] for name in _SORTED if name in headers},
        "HttpStatusCode": 200,
    }
    answer["SdkResponseMetadata"] = {"RequestId": request_id}
    answer["StatusCode"] = 200
    return answer


def error_text(error: str, message: str, stack: list[str], request_id: str, *, compact: bool) -> str:
    """The JSON text in which a function reports its exception."""
    report = {"errorMessage": message, "errorType": error, "requestId": request_id, "stackTrace": stack}
    return json.dumps(report, ensure_ascii=False, separators=(",", ":") if compact else None)


def function_not_found(reference: FunctionReference, task: TaskContext, request_id: str) -> tuple[str, str]:
    """Error and cause of a function that nothing serves; what the reference leaves open is the execution's own.

    >>> error, cause = function_not_found(function_reference("x"), TaskContext(region="us-east-1", account="1"), "id")
    >>> cause[:68]
    'Function not found: arn:aws:lambda:us-east-1:1:function:x:$LATEST (S'
    """
    region, account = reference.region or task.region, reference.account or task.account
    qualifier = reference.qualifier or "$LATEST"
    arn = f"arn:{reference.partition or 'aws'}:lambda:{region}:{account}:function:{reference.name}:{qualifier}"
    return refusal("ResourceNotFoundException", 404, f"Function not found: {arn}", request_id)


def refusal(name: str, status: int, message: str, request_id: str) -> tuple[str, str]:
    """Error and cause of a call that the Lambda service itself refuses."""
    details = f"Service: AWSLambda; Status Code: {status}; Error Code: {name}; Request ID: {request_id}; Proxy: null"
    return f"Lambda.{name}", f"{message} ({details})"


# --------------------------------------------------------------------------- the answer's parts

# Names of the headers in the order in which they arrived, and sorted without regard to case.
_RECEIVED = (
    "X-Amz-Log-Result",
    "X-Amz-Executed-Version",
    "x-amzn-Remapped-Content-Length",
    "Connection",
    "x-amzn-RequestId",
    "Content-Length",
    "Date",
    "X-Amzn-Trace-Id",
    "Content-Type",
)
_SORTED = tuple(sorted(_RECEIVED, key=str.lower))


def _headers(version: str, log: str | None, length: int, time: float, request_id: str) -> dict[str, str]:
    headers = {} if log is None else {"X-Amz-Log-Result": log}
    headers |= {
        "X-Amz-Executed-Version": version,
        "x-amzn-Remapped-Content-Length": "0",
        "Connection": "keep-alive",
        "x-amzn-RequestId": request_id,
        "Content-Length": str(length),
        "Date": _http_date(time),
        "X-Amzn-Trace-Id": _trace_id(time, request_id),
        "Content-Type": "application/json",
    }
    return headers


def _http_date(time: float) -> str:
    from email.utils import formatdate  # imported here: it loads the whole of email

    return formatdate(time, usegmt=True)


def _trace_id(time: float, request_id: str) -> str:
    # A trace is made up from the request, so that a replay of the execution repeats it.
    import hashlib  # imported here: it is slow to load, and few machines invoke functions

    digest = hashlib.sha256(request_id.encode()).hexdigest()
    root = f"1-{int(time) & 0xFFFFFFFF:08x}-{digest[:24]}"
    return f"Root={root};Parent={digest[24:40]};Sampled=0;Lineage=1:{digest[40:48]}:0"


def _executed_version(arguments: JSON) -> str:
    # Which version an alias stands for is known to AWS alone.
    reference = invoked_function(arguments)
    qualifier = reference.qualifier if reference else None
    return qualifier if qualifier is not None and qualifier.isdecimal() else "$LATEST"


def _wants_log(arguments: JSON) -> bool:
    return isinstance(arguments, dict) and arguments.get("LogType") == "Tail"


def _log_tail(version: str, request_id: str) -> str:
    log = (
        f"START RequestId: {request_id} Version: {version}\n"
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: 1.00 ms\tBilled Duration: 1 ms\t"
        "Memory Size: 128 MB\tMax Memory Used: 32 MB\t\n"
    )
    return base64.b64encode(log.encode()).decode()


def _unreadable(payload: str) -> str:
    word = re.match(r"[\w$]*", payload)
    token = word.group() if word else ""
    return (
        "Could not parse request body into json: Could not parse payload into json: "
        f"Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', "
        f"'true' or 'false')\n at [Source: (byte[])\"{payload}\"; line: 1, column: {len(token) + 1}]"
    )
