"""Small sound machines, between them every type of state and most fields, in both query languages: to be damaged."""

from __future__ import annotations

from typing import Any

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"
SERVICE = "arn:aws:states:::"
PASS = {"Type": "Pass", "End": True}

FLOW = {
    "Comment": "Data flow",
    "StartAt": "Begin",
    "TimeoutSeconds": 600,
    "States": {
        "Begin": {
            "Type": "Pass",
            "Result": {"items": [1, 2, 3], "n": 5, "when": "2030-01-01T00:00:00Z"},
            "ResultPath": "$.made",
            "Assign": {"kept.$": "$.made.n", "word": "x"},
            "Next": "Ask",
        },
        "Ask": {
            "Type": "Task",
            "Resource": f"{SERVICE}lambda:invoke",
            "Parameters": {"FunctionName": LAMBDA, "Payload": {"n.$": "States.MathAdd($.made.n, 1)", "v.$": "$kept"}},
            "ResultSelector": {"answer.$": "$.Payload", "at.$": "$$.State.EnteredTime"},
            "ResultPath": "$.asked",
            "TimeoutSeconds": 60,
            "HeartbeatSeconds": 10,
            "Retry": [
                {"ErrorEquals": ["Boom"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 1.5},
                {"ErrorEquals": ["States.ALL"], "MaxDelaySeconds": 9, "JitterStrategy": "FULL"},
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Fell"}],
            "Next": "Which",
        },
        "Which": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.asked.answer", "IsNull": True, "Next": "Rest"},
                {
                    "And": [
                        {"Variable": "$.made.n", "NumericGreaterThan": 3},
                        {"Not": {"Variable": "$.made.when", "TimestampLessThan": "2029-01-01T00:00:00Z"}},
                    ],
                    "Next": "Rest",
                },
                {
                    "Or": [{"Variable": "$.x", "IsPresent": False}, {"Variable": "$.x", "StringMatches": "a*"}],
                    "Next": "Go",
                },
            ],
            "Default": "Go",
        },
        "Rest": {"Type": "Wait", "TimestampPath": "$.made.when", "Next": "Go"},
        "Go": {"Type": "Succeed", "OutputPath": "$.made"},
        "Fell": {"Type": "Fail", "ErrorPath": "$.error.Error", "CausePath": "States.Format('{}', $.error.Cause)"},
    },
}

NESTED = {
    "StartAt": "Both",
    "States": {
        "Both": {
            "Type": "Parallel",
            "Parameters": {"items": [1, 2, {"a": 3}]},
            "Branches": [
                {"StartAt": "Wait one", "States": {"Wait one": {"Type": "Wait", "Seconds": 1, "End": True}}},
                {"StartAt": "Sum", "States": {"Sum": {"Type": "Task", "Resource": LAMBDA, "End": True}}},
            ],
            "Retry": [{"ErrorEquals": ["States.BranchFailed"], "MaxAttempts": 1}],
            "Next": "Each",
        },
        "Each": {
            "Type": "Map",
            "ItemsPath": "$[0].items",
            "ItemSelector": {"value.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "One",
                "States": {"One": {**PASS, "InputPath": "$.value"}},
            },
            "Catch": [{"ErrorEquals": ["States.TaskFailed", "Boom"], "Next": "Files"}],
            "Next": "Files",
        },
        "Files": {
            "Type": "Map",
            "Label": "files",
            "ItemReader": {
                "Resource": f"{SERVICE}s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 10},
                "Parameters": {"Bucket": "in", "Key": "k"},
            },
            "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"a": 1}},
            "ToleratedFailurePercentage": 50,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "Line",
                "States": {"Line": {"Type": "Task", "Resource": LAMBDA, "End": True}},
            },
            "ResultWriter": {"Resource": f"{SERVICE}s3:putObject", "Parameters": {"Bucket": "in", "Prefix": "out"}},
            "End": True,
        },
    },
}

JSONATA = {
    "QueryLanguage": "JSONata",
    "StartAt": "Set",
    "States": {
        "Set": {
            "Type": "Pass",
            "Output": {"items": "{% [1..3] %}", "n": "{% $exists($states.input.n) ? $states.input.n : 2 %}"},
            "Assign": {"turns": 0, "who": "{% $states.context.Execution.Name %}"},
            "Next": "Loop",
        },
        "Loop": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $turns < 3 %}", "Assign": {"turns": "{% $turns + 1 %}"}, "Next": "Pause"}],
            "Output": "{% $states.input %}",
            "Default": "Over",
        },
        "Pause": {"Type": "Wait", "Seconds": "{% $states.input.n %}", "Next": "Call"},
        "Call": {
            "Type": "Task",
            "Resource": f"{SERVICE}sqs:sendMessage.waitForTaskToken",
            "Arguments": {"QueueUrl": "q", "MessageBody": {"token": "{% $states.context.Task.Token %}"}},
            "TimeoutSeconds": "{% 60 %}",
            "Catch": [{"ErrorEquals": ["States.Timeout"], "Output": "{% $states.errorOutput %}", "Next": "Loop"}],
            "Output": "{% $merge([$states.input, {'got': $states.result}]) %}",
            "Next": "Loop",
        },
        "Over": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"},
            "ItemProcessor": {"StartAt": "Item", "States": {"Item": {**PASS, "Output": "{% $states.input.v * 2 %}"}}},
            "Next": "Stop",
        },
        "Stop": {"Type": "Fail", "Error": "{% 'Over' & $turns %}", "Cause": "done"},
    },
}

SEEDS: tuple[dict[str, Any], ...] = (FLOW, NESTED, JSONATA)
