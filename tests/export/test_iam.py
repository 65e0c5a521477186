"""The policy of a role: every integration has what it needs, and nothing is wider than the definition makes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

import aslrun
from aslrun.export import Options, amended, compare, policy
from aslrun.export.arguments import tasks
from aslrun.export.iam import MACHINE_NAME
from aslrun.export.iam_integrations import OWN, SYNC
from aslrun.export.iam_names import PREFIXES, has_no_resource
from aslrun.export.stack import stack

from .conftest import fleet, machine, needs, task
from .published import ACCOUNT, PUBLISHED, REGION
from .side_by_side import called, deployed, ours, page, sides

Corpus = Callable[..., list[tuple[str, aslrun.Machine]]]
Allowed = dict[str, list[str]]

HOME = {"region": "eu-west-1", "account": "123456789012"}
HERE = "eu-west-1:123456789012"
CHILD = f"arn:aws:states:{HERE}:stateMachine:child"
LOOKS = ["states:DescribeExecution", "states:StopExecution"]
RULE = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]


def allowed(*machines: aslrun.Machine) -> Allowed:
    """Action to resources, without logs and traces; ``<Name>`` is what only whoever deploys knows."""
    found = policy(*machines, logging=False, tracing=False)
    named = {
        name: f"<{name}>" for name in found.defaults if name.endswith(("Name", "S0Bucket")) and name != MACHINE_NAME
    }
    document = found.document(**HOME, values=named)
    allows: Allowed = {}
    for statement in document["Statement"]:  # type: ignore[union-attr]
        for action in _list(statement["Action"]):  # type: ignore[index,call-overload]
            allows.setdefault(action, []).extend(_list(statement["Resource"]))  # type: ignore[index,call-overload]
    return allows


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def each(actions: list[str], resource: str) -> Allowed:
    """Several actions on one resource."""
    return {action: [resource] for action in actions}


CASES: dict[str, tuple[dict[str, Any], Allowed]] = {
    "a table by its name": (
        task("dynamodb:putItem", Parameters={"TableName": "orders", "Item": {}}),
        {"dynamodb:PutItem": [f"arn:aws:dynamodb:{HERE}:table/orders"]},
    ),
    "an index of a table": (
        task("aws-sdk:dynamodb:query", Parameters={"TableName": "orders", "IndexName": "by-day"}),
        {"dynamodb:Query": [f"arn:aws:dynamodb:{HERE}:table/orders/index/by-day"]},
    ),
    "a table that the input names": (
        task("dynamodb:getItem", Parameters={"TableName.$": "$.table", "Key": {}}),
        {"dynamodb:GetItem": [f"arn:aws:dynamodb:{HERE}:table/*"]},
    ),
    "a table of which a part is known": (
        task("dynamodb:getItem", Parameters={"TableName.$": "States.Format('orders-{}', $.year)", "Key": {}}),
        {"dynamodb:GetItem": [f"arn:aws:dynamodb:{HERE}:table/orders-*"]},
    ),
    "a function by its name": (
        task("lambda:invoke", Parameters={"FunctionName": "charge", "Payload.$": "$"}),
        {"lambda:InvokeFunction": [f"arn:aws:lambda:{HERE}:function:charge{end}" for end in ("", ":*")]},
    ),
    "a function with a version": (
        {"Type": "Task", "Resource": f"arn:aws:lambda:{HERE}:function:charge:live"},
        {"lambda:InvokeFunction": [f"arn:aws:lambda:{HERE}:function:charge:live"]},
    ),
    "a queue by its URL": (
        task("sqs:sendMessage", Parameters={"QueueUrl": "https://sqs.us-east-2.amazonaws.com/210987654321/q.fifo"}),
        {"sqs:SendMessage": ["arn:aws:sqs:us-east-2:210987654321:q.fifo"]},
    ),
    "a message to a phone": (
        task("sns:publish", Parameters={"PhoneNumber": "+100", "Message": "hi"}),
        {"sns:Publish": ["*"]},
    ),
    "events on two buses": (
        task("events:putEvents", Parameters={"Entries": [{"EventBusName": "own"}, {"Source": "x"}]}),
        {"events:PutEvents": [f"arn:aws:events:{HERE}:event-bus/default", f"arn:aws:events:{HERE}:event-bus/own"]},
    ),
    "a nested execution": (
        task("states:startExecution", Parameters={"StateMachineArn": f"arn:aws:states:{HERE}:stateMachine:child"}),
        {"states:StartExecution": [f"arn:aws:states:{HERE}:stateMachine:child"]},
    ),
    "a nested execution that is waited for": (
        task("states:startExecution.sync:2", Parameters={"StateMachineArn": CHILD}),
        {
            "states:StartExecution": [f"arn:aws:states:{HERE}:stateMachine:child"],
            "states:DescribeExecution": [f"arn:aws:states:{HERE}:execution:child:*"],
            "states:StopExecution": [f"arn:aws:states:{HERE}:execution:child:*"],
            **each(RULE, f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        },
    ),
    "a container that is waited for": (
        task("ecs:runTask.sync", Parameters={"Cluster": "c", "TaskDefinition": "t:1", "Overrides": {
            "TaskRoleArn": "arn:aws:iam::123456789012:role/t"}}),
        {
            "ecs:RunTask": [f"arn:aws:ecs:{HERE}:task-definition/t:1"],
            "ecs:StopTask": [f"arn:aws:ecs:{HERE}:task/c/*"],
            "ecs:DescribeTasks": [f"arn:aws:ecs:{HERE}:task/c/*"],
            "iam:PassRole": ["arn:aws:iam::123456789012:role/t"],
            **each(RULE, f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForECSTaskRule"),
        },
    ),
    "a job of Glue": (
        task("glue:startJobRun.sync", Parameters={"JobName": "j"}),
        each(
            ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"],
            f"arn:aws:glue:{HERE}:job/j",
        ),
    ),
    "a build": (
        task("codebuild:startBuild.sync", Parameters={"ProjectName": "p"}),
        {
            **each(
                ["codebuild:StartBuild", "codebuild:StopBuild", "codebuild:BatchGetBuilds"],
                f"arn:aws:codebuild:{HERE}:project/p",
            ),
            "codebuild:BatchGetReports": [f"arn:aws:codebuild:{HERE}:report-group/*"],
            **each(RULE, f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventForCodeBuildStartBuildRule"),
        },
    ),
    "a model of another's making": (
        task("bedrock:invokeModel", Parameters={"ModelId": "anthropic.claude-v2", "Body": {}}),
        {"bedrock:InvokeModel": ["arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-v2"]},
    ),
    "an API that is signed for": (
        task("apigateway:invoke", Parameters={"ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com", "Method": "GET",
             "Stage": "live", "Path": "/pets", "AuthType": "IAM_ROLE"}),
        {"execute-api:Invoke": [f"arn:aws:execute-api:{HERE}:abc/live/GET/pets"]},
    ),
    "an API that is open": (
        task("apigateway:invoke", Parameters={"ApiEndpoint": "abc.execute-api.eu-west-1.amazonaws.com"}),
        {},
    ),
    "an activity": ({"Type": "Task", "Resource": f"arn:aws:states:{HERE}:activity:paint"}, {}),
    "a role of its own": (
        task("sns:publish", Parameters={"TopicArn": f"arn:aws:sns:{HERE}:t"},
             Credentials={"RoleArn": "arn:aws:iam::210987654321:role/their"}),
        {"sts:AssumeRole": ["arn:aws:iam::210987654321:role/their"]},
    ),
    "an action with another name than the call": (
        task("aws-sdk:s3:listObjectsV2", Parameters={"Bucket": "b"}),
        {"s3:ListBucket": ["arn:aws:s3:::b"]},
    ),
    "a service with another prefix than its SDK": (
        task("aws-sdk:cloudwatchlogs:startQuery", Parameters={"LogGroupName": "/a"}),
        {"logs:StartQuery": [f"arn:aws:logs:{HERE}:log-group:/a:*"]},
    ),
    "an object that a service reads for its caller": (
        task("aws-sdk:rekognition:detectText", Parameters={"Image": {"S3Object": {"Bucket": "b", "Name.$": "$.key"}}}),
        {"rekognition:DetectText": ["*"], "s3:GetObject": ["arn:aws:s3:::b/*"]},
    ),
    "a queue whose URL is known when it is deployed": (
        task("sqs:sendMessage", Parameters={"QueueUrl": "${Orders}", "MessageBody": "x"}),
        {"sqs:SendMessage": [f"arn:aws:sqs:{HERE}:<OrdersName>"]},
    ),
    "a machine whose ARN is known when it is deployed": (
        task("states:startExecution.sync", Parameters={"StateMachineArn": "${ChildArn}"}),
        {
            "states:StartExecution": ["${ChildArn}"],
            **each(LOOKS, f"arn:aws:states:{HERE}:execution:<ChildName>:*"),
            **each(RULE, f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        },
    ),
    "a version of a machine that is waited for": (
        task("states:startExecution.sync:2", Parameters={"StateMachineArn": f"{CHILD}:7"}),
        {
            "states:StartExecution": [f"{CHILD}:7"],
            **each(LOOKS, f"arn:aws:states:{HERE}:execution:child:*"),
            **each(RULE, f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        },
    ),
    "the machine itself": (
        task("aws-sdk:sfn:listExecutions", Parameters={"StateMachineArn.$": "$$.StateMachine.Id"}),
        {"states:ListExecutions": [f"arn:aws:states:{HERE}:stateMachine:machine"]},
    ),
    "an alias of a function": (
        task("lambda:invoke", Parameters={"FunctionName": "charge", "Qualifier": "live"}),
        {"lambda:InvokeFunction": [f"arn:aws:lambda:{HERE}:function:charge:live"]},
    ),
    "a function whose name says the version, too": (
        task("lambda:invoke", Parameters={"FunctionName": "charge:live", "Qualifier": "live"}),
        {"lambda:InvokeFunction": [f"arn:aws:lambda:{HERE}:function:charge:live"]},
    ),
    "a function that is called after its region": (
        task("lambda:invoke", Parameters={"FunctionName": "charge-${AWS::Region}"}),
        {"lambda:InvokeFunction": [
            f"arn:aws:lambda:{HERE}:function:charge-${{AWS::Region}}{end}" for end in ("", ":*")]},
    ),
    "a transaction": (
        task("aws-sdk:dynamodb:transactWriteItems", Parameters={"TransactItems": [
            {"Put": {"TableName": "orders"}}, {"ConditionCheck": {"TableName": "stock"}}]}),
        {"dynamodb:PutItem": [f"arn:aws:dynamodb:{HERE}:table/orders"],
         "dynamodb:ConditionCheckItem": [f"arn:aws:dynamodb:{HERE}:table/stock"]},
    ),
    "a batch": (
        task("aws-sdk:dynamodb:batchWriteItem", Parameters={"RequestItems": {"orders": [], "stock": []}}),
        {"dynamodb:BatchWriteItem": [f"arn:aws:dynamodb:{HERE}:table/{name}" for name in ("orders", "stock")]},
    ),
    "a batch of what only an execution knows": (
        task("aws-sdk:dynamodb:batchWriteItem", Parameters={"RequestItems": {"orders.$": "$.requests"}}),
        {"dynamodb:BatchWriteItem": [f"arn:aws:dynamodb:{HERE}:table/orders"]},
    ),
    "a transaction with a table whose ARN is known when it is deployed": (
        task("aws-sdk:dynamodb:transactGetItems", Parameters={
            "TransactItems": [{"Get": {"TableName": "${OrdersArn}"}}]}),
        {"dynamodb:GetItem": ["${OrdersArn}"]},
    ),
    "a statement of PartiQL": (
        task("aws-sdk:dynamodb:executeStatement", Parameters={"Statement": 'DELETE FROM "orders" WHERE id = ?'}),
        {"dynamodb:PartiQLDelete": [f"arn:aws:dynamodb:{HERE}:table/orders"]},
    ),
    "a name in the case of the SDK": (
        task("aws-sdk:rds:stopDBInstance", Parameters={"DbInstanceIdentifier": "main"}),
        {"rds:StopDBInstance": [f"arn:aws:rds:{HERE}:db:main"]},
    ),
    "a language that is guessed": (
        task("aws-sdk:translate:translateText", Parameters={"SourceLanguageCode": "auto", "Text.$": "$"}),
        {"translate:TranslateText": ["*"], "comprehend:DetectDominantLanguage": ["*"]},
    ),
    "a language that is named": (
        task("aws-sdk:translate:translateText", Parameters={"SourceLanguageCode": "de", "Text.$": "$"}),
        {"translate:TranslateText": ["*"]},
    ),
    "a warehouse that is logged in to": (
        task("aws-sdk:redshiftdata:executeStatement", Parameters={
            "ClusterIdentifier": "w", "Database": "dev", "DbUser": "ann", "Sql": "select 1"}),
        {"redshift-data:ExecuteStatement": [f"arn:aws:redshift:{HERE}:cluster:w"],
         "redshift:GetClusterCredentials": [
             f"arn:aws:redshift:{HERE}:{each}" for each in ("dbname:w/dev", "dbuser:w/ann")]},
    ),
    "a database with a secret": (
        task("aws-sdk:rdsdata:executeStatement", Parameters={
            "ResourceArn": f"arn:aws:rds:{HERE}:cluster:c",
            "SecretArn": f"arn:aws:secretsmanager:{HERE}:secret:s-abcdef"}),
        {"rds-data:ExecuteStatement": [f"arn:aws:rds:{HERE}:cluster:c"],
         "secretsmanager:GetSecretValue": [f"arn:aws:secretsmanager:{HERE}:secret:s-abcdef"]},
    ),
    "a prompt that lies in S3": (
        task("bedrock:invokeModel", Parameters={"ModelId": "m", "Input": {"S3Uri": "s3://b/in.json"},
             "Output": {"S3Uri.$": "$.out"}}),
        {"bedrock:InvokeModel": ["arn:aws:bedrock:eu-west-1::foundation-model/m"],
         "s3:GetObject": ["arn:aws:s3:::b/in.json"], "s3:PutObject": ["arn:aws:s3:::<S0Bucket>/*"]},
    ),
    "a role that is handed on": (
        task("aws-sdk:scheduler:createSchedule", Parameters={"Name": "n", "Target": {
            "RoleArn": "arn:aws:iam::123456789012:role/s"}}),
        {
            "scheduler:CreateSchedule": [f"arn:aws:scheduler:{HERE}:schedule/default/n"],
            "iam:PassRole": ["arn:aws:iam::123456789012:role/s"],
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_an_integration_needs_exactly(case: str) -> None:
    state, expected = CASES[case]
    assert allowed(machine(state)) == expected


def test_jsonata_arguments_are_read_too() -> None:
    ask = task("sns:publish", Arguments={"TopicArn": "{% $states.input.topic %}", "Message": "hi"})
    assert allowed(machine(ask, QueryLanguage="JSONata")) == {"sns:Publish": [f"arn:aws:sns:{HERE}:*"]}


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("{% 'orders' %}", "table/orders"),
        ("{% 'orders-' & $states.input.day %}", "table/orders-*"),
        ("{% 'orders' & $x ? 'a' : 'b' %}", "table/*"),
        ("{% $states.context.StateMachine.Name %}", "table/machine"),
    ],
)
def test_what_is_known_of_an_expression_stands_in_the_resource(name: str, resource: str) -> None:
    get = task("dynamodb:getItem", Arguments={"TableName": name, "Key": {}})
    assert allowed(machine(get, QueryLanguage="JSONata")) == {
        "dynamodb:GetItem": [f"arn:aws:dynamodb:{HERE}:{resource}"]
    }


def test_what_only_an_execution_knows_can_be_said() -> None:
    tell = machine(task("sqs:sendMessage", Parameters={"QueueUrl.$": "$.queue", "MessageBody": "x"}))
    found = policy(tell, logging=False, tracing=False)

    assert [each.reason for each in found.wide()] == [
        "S0Queue: What S0 calls (QueueUrl); the input of the execution says it"
    ]
    statement = found.document(**HOME, values={"S0Queue": "orders"})["Statement"][0]  # type: ignore[index,call-overload]
    assert statement["Resource"] == f"arn:aws:sqs:{HERE}:orders"  # type: ignore[index,call-overload]
    with pytest.raises(ValueError, match="the policy has no parameter Queue; it has S0Queue"):
        found.document(values={"Queue": "orders"})


def test_a_role_is_handed_on_to_one_service_only() -> None:
    run = task("ecs:runTask", Parameters={"TaskDefinition": "t"})
    statements = policy(machine(run), logging=False, tracing=False).document()["Statement"]

    assert {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}} in [
        statement.get("Condition")
        for statement in statements  # type: ignore[union-attr]
    ]


def test_each_role_of_a_cluster_is_handed_on_to_the_service_that_takes_it() -> None:
    roles = {"ServiceRole": "emr", "JobFlowRole": "nodes"}
    run = task("elasticmapreduce:createCluster", Parameters={"Name": "c", **roles})
    found = policy(machine(run), logging=False, tracing=False).document(**HOME)["Statement"]

    assert [
        (each["Resource"], each["Condition"]["StringEquals"]["iam:PassedToService"])  # type: ignore[index,call-overload]
        for each in found  # type: ignore[union-attr]
        if each["Action"] == "iam:PassRole"  # type: ignore[index,call-overload]
    ] == [
        ("arn:aws:iam::123456789012:role/emr", "elasticmapreduce.amazonaws.com"),
        ("arn:aws:iam::123456789012:role/nodes", "ec2.amazonaws.com"),
    ]


def test_an_http_task_is_bound_to_its_endpoint_and_method() -> None:
    connection = f"arn:aws:events:{HERE}:connection/shop/uuid"
    call = task("http:invoke", Parameters={"ApiEndpoint": "https://shop.example/orders", "Method": "POST",
                "InvocationConfig": {"ConnectionArn": connection}})  # fmt: skip
    found = policy(machine(call), logging=False, tracing=False).document(**HOME)["Statement"]
    assert isinstance(found, list)

    assert found[0] == {
        "Sid": "States", "Effect": "Allow", "Action": "states:InvokeHTTPEndpoint",
        "Resource": f"arn:aws:states:{HERE}:stateMachine:machine",
        "Condition": {"StringEquals": {"states:HTTPMethod": "POST", "states:HTTPEndpoint": "https://shop.example/orders"}},
    }  # fmt: skip
    assert allowed(machine(call))["events:RetrieveConnectionCredentials"] == [connection]
    assert allowed(machine(call))["secretsmanager:GetSecretValue"] == [
        f"arn:aws:secretsmanager:{HERE}:secret:events!connection/*"
    ]


def test_a_distributed_map_starts_itself_and_reads_and_writes_its_files() -> None:
    work = {"StartAt": "W", "States": {"W": {"Type": "Pass", "End": True}},
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}  # fmt: skip
    states = {
        "Type": "Map", "ItemProcessor": work,
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "in", "Key": "a.csv"},
                       "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}},
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out", "Prefix": "r"}},
    }  # fmt: skip
    found = allowed(machine(states))

    assert found == {
        "s3:GetObject": ["arn:aws:s3:::in/a.csv", "arn:aws:s3:::out/r/*"],
        "s3:PutObject": ["arn:aws:s3:::out/r/*"],
        "s3:ListMultipartUploadParts": ["arn:aws:s3:::out/r/*"],
        "s3:AbortMultipartUpload": ["arn:aws:s3:::out/r/*"],
        "states:StartExecution": [f"arn:aws:states:{HERE}:stateMachine:machine"],
        **each(
            ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
            f"arn:aws:states:{HERE}:execution:machine/*",
        ),
    }


def test_logs_traces_and_a_key_are_added_on_demand() -> None:
    nothing = machine({"Type": "Pass"})
    key = "arn:aws:kms:eu-west-1:123456789012:key/k"

    assert policy(nothing, logging=False, tracing=False).statements == ()
    assert [s.sid for s in policy(nothing, kms_key=key).statements] == ["Logs", "Xray", "Kms"]


# --------------------------------------------------------------------------- the fleet's documented policy


def documented(shared_dir: Path) -> dict[str, Any]:
    """The policy in the document that the example comes from."""
    text = (shared_dir / "seeds" / "003_5c99193d179a7bc5.txt").read_text(encoding="utf-8")
    return next(
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) if "Statement" in block
    )


def test_the_policy_of_the_fleet_is_the_documented_one_and_what_that_forgot(shared_dir: Path) -> None:
    given = documented(shared_dir)
    comparison = compare(policy(fleet("emergency"), fleet("business")), given)

    made = amended(given, comparison)["Statement"]
    assert isinstance(made, list)

    assert made[: len(given["Statement"])] == given["Statement"]
    assert {statement["Sid"]: statement["Action"] for statement in made[len(given["Statement"]) :]} == {  # type: ignore[index,call-overload]
        "ForgottenLogs": [
            "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
        ],
        "ForgottenXray": ["xray:GetSamplingRules", "xray:GetSamplingTargets"],
    }  # fmt: skip
    assert [action for action, _ in comparison.unused] == ["dynamodb:GetItem", "logs:PutLogEvents"]


def test_a_policy_that_is_its_own_measure_forgets_nothing_and_has_nothing_unused() -> None:
    ours = policy(fleet("emergency"), fleet("business"))
    assert compare(ours, ours.document()) == ((), ())


# --------------------------------------------------------------------------- published definitions


def test_forty_published_definitions_have_a_grant_for_each_call(corpus: Corpus) -> None:
    calling = [(case, loaded) for case, loaded in corpus("S") if any(tasks(loaded.document))]
    assert len(calling) >= 40
    without: list[tuple[str, str]] = []
    for case, loaded in calling:
        found = policy(loaded, logging=False, tracing=False)
        by_state = {state for statement in found.statements for state in statement.needed_by}
        without += [(case, each.state) for each in tasks(loaded.document) if each.state not in by_state and calls(each)]
    assert without == []


def calls(each: Any) -> bool:
    """Whether a task calls something under the role (an open API and an activity are not)."""
    kind = each.argument("AuthType")
    return each.service not in ("activity", "apigateway") or (kind is not None and kind.text == "IAM_ROLE")


@pytest.mark.parametrize("sample", PUBLISHED)
def test_each_pair_of_a_published_policy_and_of_ours_is_in_both_or_has_a_reason(sample: str, shared_dir: Path) -> None:
    needs("moto", "samtranslator")
    found = sides(shared_dir, sample)

    assert found.ours
    assert (found.unexplained, found.stale) == ((), ())


@pytest.mark.parametrize("sample", PUBLISHED)
def test_no_action_that_a_published_policy_has_in_vain_is_called_by_a_state(sample: str, shared_dir: Path) -> None:
    needs("moto", "samtranslator")
    found, names = sides(shared_dir, sample), called(deployed(shared_dir, sample))
    allowed_too = {pair.action.lower() for pair, _ in found.ours}

    assert [pair for pair, _ in found.spare if pair.action.lower() in names - allowed_too] == []


@pytest.mark.parametrize("sample", PUBLISHED)
def test_what_a_policy_of_a_sample_allows_widely_is_named_with_its_reason(sample: str, shared_dir: Path) -> None:
    sampled = deployed(shared_dir, sample)
    wide = policy(sampled, logging=False, tracing=False).wide()
    named = {action for each in wide if each.resource == "*" for action in each.actions}

    assert {each.reason.partition(":")[0] for each in wide} >= set(PUBLISHED[sample].known)
    assert {
        pair.action for pair in ours(sampled, {}) if pair.resource == "*" and not has_no_resource(pair.action)
    } <= named


OF_ANOTHER_KIND = {
    "human-task-reminder/": "a placeholder stands for a number of seconds",
    "sfn-sns-task-timer/": "a name that is not called Arn stands for an ARN",
    "inventory-management-sam/statemachine/create-purchase-order": "a name that is called Arn stands for a name",
}


@pytest.mark.parametrize("sample", [each for each in PUBLISHED if each not in OF_ANOTHER_KIND])
def test_the_role_of_a_template_is_allowed_the_same_when_its_parameters_are_set(sample: str, shared_dir: Path) -> None:
    made = stack(deployed(shared_dir, sample, filled=False), Options(alarms=False, log_level="OFF", tracing=False))
    values = {**PUBLISHED[sample].values, **PUBLISHED[sample].known}
    values |= {re.sub("(?:Arn|Url)$", "", name) + "Name": re.split("[:/]", value)[-1] for name, value in values.items()}
    set_ = {name: values[name] for name in made.policy.defaults if name in values}
    document = made.policy.document(region=REGION, account=ACCOUNT, values=set_)

    assert sorted(allowed_by(document)) == sorted(
        (pair.action, pair.resource) for pair in ours(deployed(shared_dir, sample), PUBLISHED[sample].known)
    )


def allowed_by(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (action, resource)
        for statement in document["Statement"]
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
    }


def test_the_page_that_compares_policies_is_the_one_in_the_docs(shared_dir: Path) -> None:
    needs("moto", "samtranslator")
    written = (Path(__file__).parents[2] / "docs" / "reference" / "iam-samples.md").read_text(encoding="utf-8")

    assert written == page(shared_dir), (
        "write it anew: python -m tests.export.side_by_side > docs/reference/iam-samples.md"
    )


def test_nothing_is_allowed_on_everything_where_the_definition_names_the_resource(corpus: Corpus) -> None:
    wide: list[tuple[str, str, str]] = []
    for case, loaded in corpus("S", "A"):
        found = policy(loaded, logging=False, tracing=False)
        for each in tasks(loaded.document):
            prefix = PREFIXES.get(each.service, each.service)
            arguments = each.arguments if isinstance(each.arguments, dict) else {}
            named = [v for v in arguments.values() if isinstance(v, str) and v.startswith(f"arn:aws:{prefix}:")]
            for statement in found.statements if named and each.role is None else ():
                if each.state in statement.needed_by and statement.actions[0].startswith(f"{prefix}:"):
                    wide += [(case, each.state, action) for action in statement.actions if "*" in statement.resources]
    assert wide == []


def test_every_action_is_one_that_some_policy_of_aws_allows(corpus: Corpus) -> None:
    needs("moto")
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    known = {action.lower() for action in _actions(json.loads(aws_managed_policies_data))}
    exact = {action for action in known if "*" not in action}
    globs = [action for action in known if "*" in action and not action.endswith(":*") and action != "*"]
    needs_ = [need for needs_ in OWN.values() for need in needs_]
    needs_ += [need for waiting in SYNC.values() for need in waiting.needs]
    all_ours = {action for need in needs_ for action in need.actions.split()}
    for _, loaded in corpus():
        all_ours |= {action for statement in policy(loaded).statements for action in statement.actions}
    unknown = {
        a for a in all_ours if a.lower() not in exact and not any(fnmatchcase(a.lower(), glob) for glob in globs)
    }
    assert unknown <= set(NOT_IN_MANAGED.split())


# Real actions (Service Authorization Reference) that AWS's managed policies only allow as part of "service:*".
NOT_IN_MANAGED = """
batch:TerminateJob codebuild:BatchDeleteBuilds codebuild:DeleteBuildBatch eks:DeleteFargateProfile eks:DeleteNodegroup
emr-containers:CancelJobRun events:RetrieveConnectionCredentials forecast:DeleteDataset forecast:DeleteDatasetGroup
forecast:DeleteDatasetImportJob forecast:DeleteForecast forecast:DeleteForecastExportJob forecast:DeletePredictor
forecast:DeletePredictorBacktestExportJob mediaconvert:CancelJob mediaconvert:CreateJob polly:StartSpeechSynthesisTask
rekognition:StartSegmentDetection states:InvokeHTTPEndpoint states:RedriveExecution states:SendTaskFailure
states:SendTaskSuccess transcribe:CreateVocabularyFilter transcribe:StartTranscriptionJob
execute-api:ManageConnections
"""


def _actions(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = value.get("Action", [])
        found = {own} if isinstance(own, str) else {each for each in own if isinstance(each, str)}
        return found.union(*(_actions(item) for item in value.values()))
    return set().union(*(_actions(item) for item in value)) if isinstance(value, list) else set()
