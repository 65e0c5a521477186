"""The fields of a definition: one table for each object that the Amazon States Language knows.

Facts reference, sections 1, 3, 8, 9, 10 and 11. A field that only one query language has says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...values import JSON
from .outline import LANGUAGES
from .shapes import (
    ANY,
    FLAG,
    OBJECT,
    PATH,
    PATH_OR_NULL,
    TEXT,
    TIMESTAMP,
    Each,
    Field,
    Kind,
    Shape,
    number,
    one_of,
    whole,
)

MAX_SECONDS = 99_999_999
MAX_DELAY = 31_622_399
MAX_ITEMS = 100_000_000
MAX_BATCH_BYTES = 262_144

JSONPATH, JSONATA = LANGUAGES


def _jsonpath(*names: str, content: Kind = PATH) -> dict[str, Field]:
    return {name: Field(content, JSONPATH) for name in names}


def _jsonata(*names: str, content: Kind = ANY) -> dict[str, Field]:
    return {name: Field(content, JSONATA) for name in names}


def _both(content: Kind | Shape | Each, *names: str) -> dict[str, Field]:
    return {name: Field(content) for name in names}


# --------------------------------------------------------------------------- kinds of one field

_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:\S+")


def _is_arn(value: JSON) -> bool:
    return isinstance(value, str) and _ARN.match(value) is not None


def _are_names(value: JSON) -> bool:
    return isinstance(value, list) and value != [] and all(isinstance(name, str) for name in value)


ARN = Kind("the ARN of a resource", _is_arn)
ERRORS = Kind("a non-empty array of error names", _are_names)
HEADERS = Kind("a non-empty array of column names", _are_names, expression=True)
ITEMS = Kind("an array, an object or a JSONata expression", lambda value: isinstance(value, (list, dict)), True)
CONDITION = Kind("true, false or a JSONata expression", lambda value: isinstance(value, bool), True)
SECONDS = whole(0, MAX_SECONDS, expression=True)
TIMEOUT = whole(1, MAX_SECONDS, expression=True)
READER = re.compile(r"arn:[\w-]+:states:::s3:(getObject|listObjectsV2)")
WRITER = re.compile(r"arn:[\w-]+:states:::s3:putObject")
READERS = Kind(
    "arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2",
    lambda value: isinstance(value, str) and READER.fullmatch(value) is not None,
)
WRITERS = Kind(
    "arn:aws:states:::s3:putObject",
    lambda value: isinstance(value, str) and WRITER.fullmatch(value) is not None,
)

# --------------------------------------------------------------------------- parts of states

RETRIER = Shape(
    "a retrier",
    {
        "ErrorEquals": Field(ERRORS),
        "IntervalSeconds": Field(whole(1, MAX_SECONDS)),
        "MaxAttempts": Field(whole(0, MAX_SECONDS)),
        "BackoffRate": Field(number(1)),
        "MaxDelaySeconds": Field(whole(1, MAX_DELAY)),
        "JitterStrategy": Field(one_of("NONE", "FULL")),
        "Comment": Field(TEXT),
    },
    required=("ErrorEquals",),
)

CATCHER = Shape(
    "a catcher",
    {
        "ErrorEquals": Field(ERRORS),
        "Next": Field(TEXT),
        "Assign": Field(OBJECT),
        "Comment": Field(TEXT),
        **_jsonpath("ResultPath", content=PATH_OR_NULL),
        **_jsonata("Output"),
    },
    required=("ErrorEquals", "Next"),
)

CREDENTIALS = Shape("Credentials", _both(TEXT, "RoleArn", "RoleArn.$"), exactly_one=(("RoleArn", "RoleArn.$"),))

PROCESSOR_CONFIG = Shape(
    "ProcessorConfig",
    {"Mode": Field(one_of("INLINE", "DISTRIBUTED")), "ExecutionType": Field(one_of("STANDARD", "EXPRESS"))},
)

READER_CONFIG = Shape(
    "ReaderConfig",
    {
        "InputType": Field(one_of("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST")),
        "CSVHeaderLocation": Field(one_of("FIRST_ROW", "GIVEN")),
        "CSVHeaders": Field(HEADERS),
        "CSVDelimiter": Field(one_of("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")),
        "ManifestType": Field(one_of("ATHENA_DATA", "S3_INVENTORY")),
        "Transformation": Field(one_of("NONE", "LOAD_AND_FLATTEN")),
        "ItemsPointer": Field(TEXT),
        "MaxItems": Field(whole(0, MAX_ITEMS, expression=True)),
        **_jsonpath("MaxItemsPath"),
    },
    at_most_one=(("MaxItems", "MaxItemsPath"),),
)

ITEM_READER = Shape(
    "ItemReader",
    {
        "Resource": Field(READERS),
        "ReaderConfig": Field(READER_CONFIG),
        **_jsonpath("Parameters", content=OBJECT),
        **_jsonata("Arguments"),
    },
    required=("Resource",),
)

ITEM_BATCHER = Shape(
    "ItemBatcher",
    {
        "BatchInput": Field(ANY),
        "MaxItemsPerBatch": Field(whole(1, expression=True)),
        "MaxInputBytesPerBatch": Field(whole(1, MAX_BATCH_BYTES, expression=True)),
        **_jsonpath("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"),
    },
    at_least_one=(("MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),),
    at_most_one=(
        ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
        ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
    ),
)

WRITER_CONFIG = Shape(
    "WriterConfig",
    {
        "Transformation": Field(one_of("NONE", "COMPACT", "FLATTEN")),
        "OutputType": Field(one_of("JSON", "JSONL")),
    },
    required=("Transformation", "OutputType"),
)

RESULT_WRITER = Shape(
    "ResultWriter",
    {
        "Resource": Field(WRITERS),
        "WriterConfig": Field(WRITER_CONFIG),
        **_jsonpath("Parameters", content=OBJECT),
        **_jsonata("Arguments"),
    },
    at_least_one=(("Resource", "WriterConfig"),),
)

# Operators are the business of the compiler of conditions; the rules of transitions look at Next.
JSONATA_RULE = Shape(
    "a Choice rule in JSONata",
    {
        "Condition": Field(CONDITION),
        "Next": Field(TEXT),
        "Assign": Field(OBJECT),
        "Output": Field(ANY),
        "Comment": Field(TEXT),
        **_jsonpath("Variable", "And", "Or", "Not", content=ANY),
    },
    required=("Condition", "Next"),
)

# --------------------------------------------------------------------------- states

_ALL = {"Type": Field(TEXT), **_both(TEXT, "Comment"), "QueryLanguage": Field(one_of(*LANGUAGES))}
_GOES_ON = {"Next": Field(TEXT), "End": Field(FLAG)}
_ASSIGNS = {"Assign": Field(OBJECT)}
_INPUT_OUTPUT = {**_jsonpath("InputPath", "OutputPath", content=PATH_OR_NULL), **_jsonata("Output")}
_RESULT_PATH = _jsonpath("ResultPath", content=PATH_OR_NULL)
_PARAMETERS = _jsonpath("Parameters", content=ANY)
_RESULT_SELECTOR = _jsonpath("ResultSelector", content=OBJECT)
_RECOVERS = {"Retry": Field(Each(RETRIER)), "Catch": Field(Each(CATCHER))}
_WORKS = {**_GOES_ON, **_ASSIGNS, **_INPUT_OUTPUT, **_RESULT_PATH, **_PARAMETERS, **_RESULT_SELECTOR, **_RECOVERS}

STATES: Mapping[str, Shape] = {
    "Task": Shape(
        "a Task state",
        {
            **_ALL,
            **_WORKS,
            **_jsonata("Arguments"),
            "Resource": Field(ARN),
            "Credentials": Field(CREDENTIALS),
            "TimeoutSeconds": Field(TIMEOUT),
            "HeartbeatSeconds": Field(TIMEOUT),
            **_jsonpath("TimeoutSecondsPath", "HeartbeatSecondsPath"),
        },
        required=("Resource",),
        at_most_one=(("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    ),
    "Parallel": Shape(
        "a Parallel state",
        {**_ALL, **_WORKS, **_jsonata("Arguments"), "Branches": Field(ANY)},
        required=("Branches",),
    ),
    "Map": Shape(
        "a Map state",
        {
            **_ALL,
            **_WORKS,
            "ItemProcessor": Field(ANY),
            "Iterator": Field(ANY),
            "ItemSelector": Field(ANY),
            "ItemReader": Field(ITEM_READER),
            "ItemBatcher": Field(ITEM_BATCHER),
            "ResultWriter": Field(RESULT_WRITER),
            "Label": Field(TEXT),
            "MaxConcurrency": Field(whole(0, expression=True)),
            "ToleratedFailureCount": Field(whole(0, expression=True)),
            "ToleratedFailurePercentage": Field(number(0, 100, expression=True)),
            **_jsonata("Items", content=ITEMS),
            **_jsonpath(
                "ItemsPath", "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"
            ),
        },
        exactly_one=(("ItemProcessor", "Iterator"),),
        at_most_one=(
            ("ItemSelector", "Parameters"),
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
        ),
    ),
    "Pass": Shape(
        "a Pass state",
        {
            **_ALL,
            **_GOES_ON,
            **_ASSIGNS,
            **_INPUT_OUTPUT,
            **_RESULT_PATH,
            **_PARAMETERS,
            **_jsonpath("Result", content=ANY),
        },
    ),
    "Wait": Shape(
        "a Wait state",
        {
            **_ALL,
            **_GOES_ON,
            **_ASSIGNS,
            **_INPUT_OUTPUT,
            "Seconds": Field(SECONDS),
            "Timestamp": Field(TIMESTAMP),
            **_jsonpath("SecondsPath", "TimestampPath"),
        },
        exactly_one=(("Seconds", "SecondsPath", "Timestamp", "TimestampPath"),),
    ),
    "Choice": Shape(
        "a Choice state",
        {**_ALL, **_ASSIGNS, **_INPUT_OUTPUT, "Choices": Field(ANY), "Default": Field(TEXT)},
        required=("Choices",),
    ),
    "Succeed": Shape("a Succeed state", {**_ALL, **_INPUT_OUTPUT}),
    "Fail": Shape(
        "a Fail state",
        {**_ALL, "Error": Field(TEXT), "Cause": Field(TEXT), **_jsonpath("ErrorPath", "CausePath")},
        at_most_one=(("Error", "ErrorPath"), ("Cause", "CausePath")),
    ),
}

# --------------------------------------------------------------------------- machines

_PROGRAM = {"StartAt": Field(TEXT), "States": Field(OBJECT), "Comment": Field(TEXT)}
_BEGINS = ("StartAt", "States")

PROGRAMS: Mapping[str, Shape] = {
    "machine": Shape(
        "a state machine",
        {
            **_PROGRAM,
            "Version": Field(TEXT),
            "TimeoutSeconds": Field(whole(1, MAX_SECONDS)),
            "QueryLanguage": Field(one_of(*LANGUAGES)),
        },
        required=_BEGINS,
    ),
    "branch": Shape("a branch", _PROGRAM, required=_BEGINS),
    "processor": Shape("an item processor", {**_PROGRAM, "ProcessorConfig": Field(PROCESSOR_CONFIG)}, required=_BEGINS),
}
