"""What AWS's own samples allow the role of their machine: facts read from their templates.

Sample of aws-samples/step-functions-workflows-collection (commit 83bbec48d8) -> its policies, with the names that its
resources would have in the account ``ACCOUNT``. What the role may do with logs and traces is left out.

- ``values`` are the ``DefinitionSubstitutions``: what stands for each ``${Name}`` of the definition.
- ``allows`` are the statements: SAM's policy templates and AWS's managed policies by name, others written out.
- ``known`` sets parameters of our policy, for what only an execution of the sample knows.
- ``forgot`` are actions that the machine needs and the sample does not allow, each with the reason.
- ``spare`` are actions (or whole templates) that the sample allows and no state needs, each with the reason.
- ``renamed`` maps texts of the definition's file to what the template deploys in their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

REGION, ACCOUNT = "eu-west-1", "123456789012"
HERE = f"{REGION}:{ACCOUNT}"


class Sam(NamedTuple):
    """A policy template of SAM, with its parameter."""

    name: str
    value: str = ""


class Managed(NamedTuple):
    """A policy of AWS."""

    name: str


class Own(NamedTuple):
    """A statement of the template."""

    actions: str
    resources: tuple[str, ...] = ("*",)


class Published(NamedTuple):
    """What a sample deploys with its definition."""

    allows: tuple[Sam | Managed | Own, ...]
    values: Mapping[str, str] = {}
    known: Mapping[str, str] = {}
    forgot: Mapping[str, str] = {}
    spare: Mapping[str, str] = {}
    renamed: Mapping[str, str] = {}
    machine: str = "machine"


def function(name: str) -> str:
    return f"arn:aws:lambda:{HERE}:function:{name}"


def topic(name: str) -> str:
    return f"arn:aws:sns:{HERE}:{name}"


def table(name: str) -> str:
    return f"arn:aws:dynamodb:{HERE}:table/{name}"


def machine(name: str) -> str:
    return f"arn:aws:states:{HERE}:stateMachine:{name}"


def queue(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"


def invokes(*names: str) -> tuple[Sam, ...]:
    return tuple(Sam("LambdaInvokePolicy", name) for name in names)


def connects(*names: str) -> tuple[Own, ...]:
    """What a Connector of SAM allows a machine to do with a function."""
    return tuple(Own("lambda:InvokeAsync lambda:InvokeFunction", (function(name),)) for name in names)


CHILDREN = dict.fromkeys(
    ("states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"),
    "a distributed Map looks after its children: developer guide, IAM policies for using Distributed Map states",
)
VERSIONS = {
    "lambda:InvokeFunction": "versions and aliases of the function, as the policies that Step Functions generates have"
}
ASYNC = {"lambda:InvokeAsync": "a connector allows it for every caller; Step Functions calls Invoke"}
METRICS = {"CloudWatchPutMetricPolicy": "Step Functions writes its metrics by itself"}
_FOREIGN = "bucket-776177632559-us-east-1-transcript-results"
_BUCKETS = f"bucket-{ACCOUNT}-{REGION}"
_EC2 = """
    ec2:DescribeInstances ec2:ModifyInstanceAttribute autoscaling:DescribeAutoScalingInstances ec2:CreateTags
    autoscaling:DetachInstances ec2:RunInstances ec2:CreateSnapshot ec2:DescribeSnapshots ec2:CreateVolume
    ec2:DescribeVolumes ec2:AttachVolume ec2:AuthorizeSecurityGroupIngress
"""

PUBLISHED: Mapping[str, Published] = {
    "account-vending-machine/": Published(
        (Own("organizations:ListRoots organizations:CreateOrganizationalUnit organizations:CreateAccount "
             "organizations:DescribeCreateAccountStatus organizations:MoveAccount "
             "organizations:ListOrganizationalUnitsForParent cloudformation:CreateStack sts:AssumeRole"),),
        spare={"cloudformation:CreateStack": "called under the role of the new account (Credentials)"},
    ),
    "call-http-api/": Published(invokes("CallToApi"), {"CallToAPIFunctionName": "CallToApi"}),
    "celebrity-identifier-sam/": Published(
        (Sam("DynamoDBWritePolicy", "CelebrityTable"), Sam("S3ReadPolicy", "images"),
         Own("rekognition:RecognizeCelebrities rekognition:GetCelebrityInfo")),
        {"Table": "CelebrityTable"},
        {"RecognizeCelebritiesBucket": "images"},
        spare={"rekognition:GetCelebrityInfo": "no state asks for more about a celebrity"},
    ),
    "distributed-map-montecarlo/": Published(
        (Sam("S3CrudPolicy", "samples"), Sam("StepFunctionsExecutionPolicy", "montecarlo"),
         *connects("sampling", "calculator", "aggregator")),
        {"SamplingFunctionArn": function("sampling"), "CalculatorFunctionArn": function("calculator"),
         "AggregatorFunctionArn": function("aggregator")},
        {"MonteCarloSimulationDistributedMapBucket": "samples"},
        {**CHILDREN, **VERSIONS},
        ASYNC,
        machine="montecarlo",
    ),
    "dynamodb-migrations/": Published(
        (*invokes("Migrate"), Own("dynamodb:CreateBackup dynamodb:Scan dynamodb:PutItem", (table("users"),))),
        {"MigrateTableName": "users", "MigrateFunctionArn": function("Migrate")},
    ),
    "eventbridge-rules-to-schedules/": Published(
        (Own("lambda:InvokeFunction", (function("ProcessRules"),)),
         Own("scheduler:CreateSchedule", (f"arn:aws:scheduler:*:{ACCOUNT}:schedule/*",)),
         Own("events:EnableRule events:DisableRule", (f"arn:aws:events:*:{ACCOUNT}:rule/*",)),
         Own("states:StartExecution", (f"arn:aws:states:*:{ACCOUNT}:stateMachine:*",)),
         Own("iam:PassRole", (f"arn:aws:iam::{ACCOUNT}:role/*",))),
        {"ProcessRulesFunctionArn": function("ProcessRules")},
        forgot={**CHILDREN, **VERSIONS},
    ),
    "generate-thumbnail/": Published(
        (Sam("StepFunctionsExecutionPolicy", "thumbnails"), *connects("metadata", "thumbnail")),
        {"getImageMetadataArn": function("metadata"), "generateThumbnailArn": function("thumbnail")},
        forgot=VERSIONS,
        spare={"StepFunctionsExecutionPolicy": "no state starts an execution", **ASYNC},
    ),
    "tts-converter/statemachine/": Published(
        (Sam("S3ReadPolicy", f"{_BUCKETS}-tts-media"), Sam("S3ReadPolicy", f"{_BUCKETS}-tts-results"),
         Sam("S3WritePolicy", f"{_BUCKETS}-tts-results"), Sam("CloudWatchPutMetricPolicy"),
         Own("polly:StartSpeechSynthesisTask polly:GetSpeechSynthesisTask")),
        known={"GetTextFileBucket": f"{_BUCKETS}-tts-media"},
        spare={f"S3ReadPolicy {_BUCKETS}-tts-results": "no state reads the results", **METRICS},
        renamed={_FOREIGN: f"{_BUCKETS}-tts-results"},
    ),
    "s3-glacier-multi-file-restore-sam/": Published(
        (Own("lambda:InvokeFunction", (function("restore"),)),
         Own("s3:GetObjectAttributes s3:GetObject s3:ListBucket")),
        {"restoreFunctionArn": function("restore")},
        {"HeadObjectBucket": "archive"},
        forgot=VERSIONS,
        spare={"s3:GetObjectAttributes": "HeadObject needs GetObject",
               "s3:ListBucket": "no state lists; with it a missing object is 404 instead of 403"},
    ),
    "resource-configuration-backup-sam/": Published(
        (Own("s3:PutObject", ("arn:aws:s3:::backup/*",)),
         Own("config:ListAggregateDiscoveredResources config:BatchGetAggregateResourceConfig",
             (f"arn:aws:config:{HERE}:config-aggregator/*",))),
        known={"PutObjectUsingResourceIdBucket": "backup", "PutObjectUsingResourceNameBucket": "backup"},
    ),
    "stepfunction-redshift-batchexecutestatement-sam/": Published(
        (Managed("AmazonRedshiftDataFullAccess"), Managed("AmazonRedshiftFullAccess")),
        {"ClusterName": "warehouse", "MasterUsername": "admin", "S3BucketName": "files", "Region": REGION,
         "RedShiftRole": f"arn:aws:iam::{ACCOUNT}:role/redshift"},
    ),
    "parallel-translate/": Published(
        (Sam("DynamoDBWritePolicy", "TranslatedTextTable"),
         Own("translate:TranslateText comprehend:DetectDominantLanguage")),
    ),
    "word-filtering-script-generator/": Published(
        (Sam("S3ReadPolicy", f"{_BUCKETS}-filtering-media"), Sam("S3ReadPolicy", f"{_BUCKETS}-filtering-results"),
         Sam("S3WritePolicy", f"{_BUCKETS}-filtering-results"), Sam("CloudWatchPutMetricPolicy"),
         Own("transcribe:GetTranscriptionJob transcribe:StartTranscriptionJob transcribe:CreateVocabularyFilter")),
        known={"StartTranscriptionJobBucket": f"{_BUCKETS}-filtering-media"},
        spare=METRICS,
        renamed={_FOREIGN: f"{_BUCKETS}-filtering-results"},
    ),
    "moderated-image-catalog/": Published(
        (Sam("RekognitionDetectOnlyPolicy"), Sam("S3ReadPolicy", "images"),
         Sam("SNSPublishMessagePolicy", "moderators"), Sam("DynamoDBWritePolicy", "catalog")),
        {"CatalogTable": "catalog", "ModeratorSNSTopic": topic("moderators")},
        dict.fromkeys(("CheckForInappropriateContentBucket", "DetectObjectsInImageBucket", "DetectTextInImageBucket"),
                      "images"),
    ),
    "uml-statemachine/statemachine/BlogServiceRequestSM": Published(
        (Own("lambda:InvokeFunction", (function("handler"),)),
         Own("states:StartExecution", (machine("open-request"),)),
         Own("states:DescribeExecution states:StopExecution"),
         Own("events:PutTargets events:PutRule events:DescribeRule")),
        {"BlogDummyUMLHandlerLambdaArn": function("handler"), "OpenRequestArn": machine("open-request")},
        forgot=VERSIONS,
    ),
    "uml-statemachine/statemachine/BlogOpenRequestSM": Published(
        (Own("lambda:InvokeFunction", (function("handler"),)),),
        {"BlogDummyUMLHandlerLambdaArn": function("handler")},
        forgot=VERSIONS,
    ),
    "uml-statemachine/statemachine/BlogBuySellSM": Published(
        (Own("lambda:InvokeFunction", (function("handler"),)),),
        {"BlogDummyUMLHandlerLambdaArn": function("handler")},
        forgot=VERSIONS,
    ),
    "eventbridge-replay-events/": Published(
        (Own("events:PutEvents", (f"arn:aws:events:{HERE}:event-bus/default",)),
         Own("lambda:InvokeFunction", (function("transform"),))),
        {"functionArn": function("transform"), "EventBusName": "default"},
        forgot=VERSIONS,
    ),
    "human-task-reminder/": Published(
        (Sam("DynamoDBWritePolicy", "tasks"), Sam("SNSPublishMessagePolicy", "reminders")),
        {"DDBTable": "tasks", "TopicArn": topic("reminders"), "ReminderTimeout": "120"},
        forgot={"dynamodb:GetItem": "DDB Get Task Status reads the table, and DynamoDBWritePolicy does not"},
    ),
    "dynamodb-import-json/": Published(
        (Managed("AmazonS3FullAccess"), Managed("AWSStepFunctionsFullAccess"),
         Own("lambda:InvokeFunction", (function("marshal"), function("import")))),
        {"MarshallLambda": "marshal", "ImportTableLambda": "import"},
        {"DistributedMapBucket": "input"},
        forgot=VERSIONS,
    ),
    "execution-error-notification-workflow/": Published(
        (Own("lambda:InvokeFunction sns:Publish"),),
        {"LambdaArn": function("work"), "SnsTopicArn": topic("errors")},
    ),
    "webhook-provider/": Published(
        (*invokes("call", "prepare"), Sam("DynamoDBCrudPolicy", "hooks"), Sam("SQSSendMessagePolicy", "calls")),
        {"PrepareWebHookCallFunctionArn": function("prepare"), "WebHookTable": "hooks", "QueueUrl": queue("calls")},
        spare={"LambdaInvokePolicy call": "the queue calls this function, not the machine"},
    ),
    "checkout-processing-workflow/": Published(
        (*invokes("payment", "shipping"), Managed("CloudWatchEventsFullAccess"),
         Managed("AmazonAPIGatewayInvokeFullAccess"), Managed("AmazonDynamoDBFullAccess"),
         Managed("AmazonEventBridgeFullAccess")),
        {"ApiGateWayEndpoint": f"abc.execute-api.{REGION}.amazonaws.com", "DynamoName": "orders",
         "EventBusName": "notifications"},
        spare={"LambdaInvokePolicy payment": "API Gateway calls this function, not the machine",
               "LambdaInvokePolicy shipping": "API Gateway calls this function, not the machine",
               "AmazonAPIGatewayInvokeFullAccess": "the calls are not signed (no AuthType)"},
    ),
    "curbside-pickup/": Published(
        (Sam("DynamoDBWritePolicy", "orders"), Sam("DynamoDBReadPolicy", "orders"),
         Sam("SNSPublishMessagePolicy", "customer"), Sam("SNSPublishMessagePolicy", "backend"),
         Sam("SQSSendMessagePolicy", "pick"), Sam("SQSSendMessagePolicy", "restock")),
        {"DDBTable": "orders", "SNSCustomer": topic("customer"), "SNSBackend": topic("backend"),
         "SQSPick": queue("pick"), "SQSRestock": queue("restock")},
        spare={"DynamoDBReadPolicy orders": "no state reads; the functions do, under their own roles"},
    ),
    "dynamodb-transfer/": Published(
        (*invokes("transfer"), Own("dynamodb:Scan", (table("source"),)), Own("dynamodb:PutItem", (table("target"),))),
        {"SourceTableName": "source", "TargetTableName": "target", "TransferFunctionArn": function("transfer")},
    ),
    "event-sourcing/": Published(
        (Sam("DynamoDBWritePolicy", "events"), Sam("DynamoDBReadPolicy", "events"),
         *invokes("validate", "received", "shipped", "adjusted")),
        {"ESPDynamoDBTableName": "events", "ESPValidateEventArn": function("validate"),
         "ESPProcessProductReceivedArn": function("received"), "ESPProcessProductShippedArn": function("shipped"),
         "ESPProcessProductAdjustedArn": function("adjusted")},
        spare={"DynamoDBReadPolicy events": "no state reads; the functions do, under their own roles"},
    ),
    "eventbridge-custom-sam/": Published(
        (Sam("EventBridgePutEventsPolicy", "stepfunctions-sampleproject-eventbus"),),
    ),
    "gif-generator/": Published(invokes("snippets", "generate"), {"snippets": "snippets", "generate": "generate"}),
    "github-repo-views-counter/": Published(
        (*invokes("github"), Sam("DynamoDBWritePolicy", "views"), Sam("DynamoDBReadPolicy", "views")),
        {"FunctionNameGitHub": "github", "table": "views"},
        spare={"DynamoDBReadPolicy views": "no state reads the table"},
    ),
    "pagination-loop/": Published(
        (Own("states:ListExecutions", (f"arn:aws:states:{HERE}:stateMachine:*",)),),
    ),
    "retry-with-exponential-backoff-sam/": Published(invokes("random"), {"generateRandomResponsesLambda": "random"}),
    "script-generator/statemachine/": Published(
        (Sam("S3ReadPolicy", f"{_BUCKETS}-transcript-media"), Sam("S3ReadPolicy", f"{_BUCKETS}-transcript-results"),
         Sam("S3WritePolicy", f"{_BUCKETS}-transcript-results"), Sam("CloudWatchPutMetricPolicy"),
         Own("transcribe:GetTranscriptionJob transcribe:StartTranscriptionJob")),
        known={"StartTranscriptionJobBucket": f"{_BUCKETS}-transcript-media"},
        spare=METRICS,
        renamed={_FOREIGN: f"{_BUCKETS}-transcript-results"},
    ),
    "sfn-sns-task-timer/": Published(
        (Own("lambda:InvokeFunction", (function("task"),)),),
        {"SomeUserDependentTask": function("task")},
        forgot=VERSIONS,
    ),
    "simple-retry/": Published((Sam("S3ReadPolicy", "ExampleS3Bucket"),)),
    "stateless-roundrobin/": Published(
        invokes("modulo", "call"),
        {"ModuloFunctionName": "modulo", "CallToAPIFunctionName": "call"},
        forgot={"states:ListExecutions": "ListExecutions lists the machine's own executions"},
    ),
    "synchronous-api/": Published(
        invokes("sum", "average", "range"), {"sumFunction": "sum", "AvgFunction": "average", "MaxMinFunction": "range"}
    ),
    "inventory-management-sam/statemachine/reserve-stock": Published(
        (Sam("DynamoDBCrudPolicy", "stock"), Sam("DynamoDBWritePolicy", "reserved"),
         Sam("SNSPublishMessagePolicy", "news"), Sam("EventBridgePutEventsPolicy", "inventory-event-bus")),
        {"InventoryManagementTopicArn": topic("news"), "InventoryEventBusName": "inventory-event-bus",
         "InventoryTableName": "stock", "InventoryReservationTableName": "reserved"},
    ),
    "inventory-management-sam/statemachine/create-purchase-order": Published(
        (*invokes("mail"), Sam("DynamoDBWritePolicy", "stock")),
        {"SendPurchaseOrderEmailLambdaArn": "mail", "InventoryTableName": "stock"},
    ),
    "common-error-handling/": Published(
        invokes("odd", "number", "even", "common"),
        {"OddFunctionArn": function("odd"), "NumberFunctionArn": function("number"),
         "EvenFunctionArn": function("even"), "CommonErrorOption1FunctionArn": function("common")},
    ),
    "ec2-instance-isolation-cdk/": Published((Own(_EC2),), {"EC2IsolationSecurityGroup": "sg-1"}),
}  # fmt: skip
