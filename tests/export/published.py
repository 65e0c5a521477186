"""What AWS's own samples allow the role of their machine: facts read from their templates, as names of actions.

Sample of aws-samples/step-functions-workflows-collection (commit 83bbec48d8) -> actions; policy templates of SAM are
written out (``s3:Get*`` stands for the several Get actions of S3ReadPolicy). ``unmet`` are actions that the machine
calls and the sample does not allow, each with the state that fails without it: what the samples forgot.
"""

from __future__ import annotations

from typing import NamedTuple

INVOKE, PUBLISH, SEND = "lambda:InvokeFunction", "sns:Publish", "sqs:SendMessage*"
S3_READ = "s3:GetObject s3:ListBucket s3:GetBucketLocation s3:GetObjectVersion s3:GetLifecycleConfiguration"
S3_WRITE = "s3:PutObject s3:PutObjectAcl s3:PutLifecycleConfiguration"
S3_CRUD = f"{S3_READ} {S3_WRITE} s3:DeleteObject"
TABLE_WRITE = "dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem"
TABLE_READ = "dynamodb:GetItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem"
TABLE_CRUD = f"{TABLE_WRITE} dynamodb:GetItem dynamodb:DeleteItem dynamodb:Scan dynamodb:Query dynamodb:BatchGetItem"
START = "states:StartExecution"
JOB_RULES = "events:PutTargets events:PutRule events:DescribeRule states:DescribeExecution states:StopExecution"
CHILDREN = "states:DescribeExecution states:StopExecution states:RedriveExecution"


class Published(NamedTuple):
    """Actions that a sample allows, and those that its machine needs beside them."""

    allowed: str
    unmet: str = ""


PUBLISHED: dict[str, Published] = {
    "account-vending-machine/": Published(
        "organizations:ListRoots organizations:CreateOrganizationalUnit organizations:CreateAccount "
        "organizations:DescribeCreateAccountStatus organizations:MoveAccount "
        "organizations:ListOrganizationalUnitsForParent cloudformation:CreateStack sts:AssumeRole"
    ),
    "call-http-api/": Published(INVOKE),
    "celebrity-identifier-sam/": Published(f"{TABLE_WRITE} {S3_READ} rekognition:RecognizeCelebrities"),
    "distributed-map-montecarlo/": Published(f"{S3_CRUD} {START} {INVOKE}", CHILDREN),
    "dynamodb-migrations/": Published(f"{INVOKE} dynamodb:CreateBackup dynamodb:Scan dynamodb:PutItem"),
    "eventbridge-rules-to-schedules/": Published(
        f"{INVOKE} scheduler:CreateSchedule events:EnableRule events:DisableRule {START} iam:PassRole", CHILDREN
    ),
    "generate-thumbnail/": Published(f"{START} {INVOKE}"),
    "tts-converter/statemachine/": Published(
        f"{S3_READ} {S3_WRITE} polly:StartSpeechSynthesisTask polly:GetSpeechSynthesisTask"
    ),
    "s3-glacier-multi-file-restore-sam/": Published(f"{INVOKE} s3:GetObjectAttributes s3:GetObject s3:ListBucket"),
    "resource-configuration-backup-sam/": Published(
        "s3:PutObject config:ListAggregateDiscoveredResources config:BatchGetAggregateResourceConfig"
    ),
    "stepfunction-redshift-batchexecutestatement-sam/": Published("redshift-data:*"),
    "parallel-translate/": Published(f"{TABLE_WRITE} translate:TranslateText comprehend:DetectDominantLanguage"),
    "word-filtering-script-generator/": Published(
        f"{S3_READ} {S3_WRITE} transcribe:GetTranscriptionJob transcribe:StartTranscriptionJob "
        "transcribe:CreateVocabularyFilter"
    ),
    "moderated-image-catalog/": Published(f"rekognition:Detect* {S3_READ} {PUBLISH} {TABLE_WRITE}"),
    "uml-statemachine/statemachine/BlogServiceRequestSM": Published(f"{INVOKE} {START} {JOB_RULES}"),
    "uml-statemachine/statemachine/BlogOpenRequestSM": Published(INVOKE),
    "uml-statemachine/statemachine/BlogBuySellSM": Published(INVOKE),
    "eventbridge-replay-events/": Published(f"events:PutEvents {INVOKE}"),
    "human-task-reminder/": Published(f"{TABLE_WRITE} {PUBLISH}", "dynamodb:GetItem"),
    "dynamodb-import-json/": Published(f"s3:* states:* {INVOKE}"),
    "execution-error-notification-workflow/": Published(f"{INVOKE} {PUBLISH}"),
    "webhook-provider/": Published(f"{INVOKE} {TABLE_CRUD} {SEND}"),
    "checkout-processing-workflow/": Published(f"{INVOKE} dynamodb:* events:* execute-api:Invoke"),
    "curbside-pickup/": Published(f"{TABLE_WRITE} {TABLE_READ} {PUBLISH} {SEND}"),
    "dynamodb-transfer/": Published(f"{INVOKE} dynamodb:Scan dynamodb:PutItem"),
    "event-sourcing/": Published(f"{TABLE_WRITE} {TABLE_READ} {INVOKE}"),
    "eventbridge-custom-sam/": Published("events:PutEvents"),
    "gif-generator/": Published(INVOKE),
    "github-repo-views-counter/": Published(f"{INVOKE} {TABLE_WRITE} {TABLE_READ}"),
    "pagination-loop/": Published("states:ListExecutions"),
    "retry-with-exponential-backoff-sam/": Published(INVOKE),
    "script-generator/statemachine/": Published(
        f"{S3_READ} {S3_WRITE} transcribe:GetTranscriptionJob transcribe:StartTranscriptionJob"
    ),
    "sfn-sns-task-timer/": Published(INVOKE),
    "simple-retry/": Published(S3_READ),
    "stateless-roundrobin/": Published(INVOKE, "states:ListExecutions"),
    "synchronous-api/": Published(INVOKE),
    "inventory-management-sam/statemachine/reserve-stock": Published(f"{TABLE_CRUD} {PUBLISH} events:PutEvents"),
    "inventory-management-sam/statemachine/create-purchase-order": Published(f"{INVOKE} {TABLE_WRITE}"),
    "common-error-handling/": Published(INVOKE),
    "ec2-instance-isolation-cdk/": Published(
        "ec2:DescribeInstances ec2:ModifyInstanceAttribute autoscaling:DescribeAutoScalingGroups "
        "autoscaling:DescribeAutoScalingInstances autoscaling:DetachInstances ec2:RunInstances ec2:CreateSnapshot "
        "ec2:DescribeSnapshots ec2:CreateVolume ec2:DescribeVolumes ec2:AttachVolume "
        "ec2:AuthorizeSecurityGroupIngress ec2:CreateTags"
    ),
}
