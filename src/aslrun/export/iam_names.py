"""Names of IAM: which prefix a service of the SDK has, which action stands for a call, and what a resource is called.

The rule is that the call ``service:doThing`` needs ``service:DoThing``. The tables below hold only what differs from
it; sources are AWS's Service Authorization Reference, and botocore's service models for the prefixes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# What an SDK calls a service (lower case, without blanks) -> the prefix of its actions.
_PREFIXES = """
accessanalyzer access-analyzer · acmpca acm-pca · amp aps · apigatewaymanagementapi execute-api
apigatewayv2 apigateway · appconfigdata appconfig · appintegrations app-integrations
applicationautoscaling application-autoscaling · applicationcostprofiler application-cost-profiler
applicationdiscoveryservice discovery · applicationdiscovery discovery · applicationsignals application-signals
arcregionswitch arc-region-switch · arczonalshift arc-zonal-shift · autoscalingplans autoscaling-plans
backupgateway backup-gateway · backupsearch backup-search · bcmdataexports bcm-data-exports
bcmpricingcalculator bcm-pricing-calculator · bedrockagent bedrock · bedrockagentcore bedrock-agentcore
bedrockagentcorecontrol bedrock-agentcore · bedrockagentruntime bedrock · bedrockdataautomation bedrock
bedrockdataautomationruntime bedrock · bedrockruntime bedrock · chimesdkidentity chime · chimesdkmediapipelines chime
chimesdkmeetings chime · chimesdkmessaging chime · chimesdkvoice chime · cleanroomsml cleanrooms-ml
cloudcontrol cloudformation · cloudhsmv2 cloudhsm · cloudfrontkeyvaluestore cloudfront-keyvaluestore
cloudsearchdomain cloudsearch · cloudtraildata cloudtrail-data · cloudwatchlogs logs
codeguruprofiler codeguru-profiler · codegurureviewer codeguru-reviewer · codegurusecurity codeguru-security
codestarconnections codestar-connections · codestarnotifications codestar-notifications
cognitoidentity cognito-identity · cognitoidentityprovider cognito-idp · cognitosync cognito-sync
computeoptimizer compute-optimizer · configservice config · connectcampaigns connect-campaigns
connectcampaignsv2 connect-campaigns · connectcases cases · connectcontactlens connect · costandusagereport cur
costandusagereportservice cur · costexplorer ce · costoptimizationhub cost-optimization-hub · customerprofiles profile
databasemigration dms · databasemigrationservice dms · devopsguru devops-guru · directory ds · directoryservice ds
directoryservicedata ds-data · docdb rds · docdbelastic docdb-elastic · dynamodbstreams dynamodb
ec2instanceconnect ec2-instance-connect · ecrpublic ecr-public · efs elasticfilesystem · eksauth eks-auth
elasticloadbalancingv2 elasticloadbalancing · elasticsearch es · elasticsearchservice es · emr elasticmapreduce
emrcontainers emr-containers · emrserverless emr-serverless · eventbridge events · cloudwatchevents events
forecastquery forecast · geomaps geo-maps · geoplaces geo-places · georoutes geo-routes · greengrassv2 greengrass
inspectorscan inspector-scan · iotdataplane iot · iotjobsdataplane iotjobsdata · iotsecuretunneling iot
ivsrealtime ivs · kendraranking kendra-ranking · keyspaces cassandra · kinesisanalyticsv2 kinesisanalytics
kinesisvideoarchivedmedia kinesisvideo · kinesisvideomedia kinesisvideo · kinesisvideosignaling kinesisvideo
kinesisvideowebrtcstorage kinesisvideo · lexmodelbuilding lex · lexmodelbuildingservice lex · lexmodelsv2 lex
lexruntime lex · lexruntimeservice lex · lexruntimev2 lex · licensemanager license-manager
licensemanagerlinuxsubscriptions license-manager-linux-subscriptions
licensemanagerusersubscriptions license-manager-user-subscriptions · location geo · mailmanager ses
managedblockchainquery managedblockchain-query · marketplaceagreement aws-marketplace
marketplacecatalog aws-marketplace · marketplacedeployment aws-marketplace · marketplaceentitlement aws-marketplace
marketplaceentitlementservice aws-marketplace · marketplacemetering aws-marketplace · mediapackagevod mediapackage-vod
mediastoredata mediastore · medicalimaging medical-imaging · migrationhub mgh · migrationhubconfig mgh
migrationhuborchestrator migrationhub-orchestrator · migrationhubrefactorspaces refactor-spaces
migrationhubstrategy migrationhub-strategy · mturk mechanicalturk · mwaa airflow · neptune rds
neptunedata neptune-db · neptunegraph neptune-graph · networkfirewall network-firewall
notificationscontacts notifications-contacts · opensearch es · opensearchserverless aoss
paymentcryptography payment-cryptography · paymentcryptographydata payment-cryptography
pcaconnectorad pca-connector-ad · pcaconnectorscep pca-connector-scep · personalizeevents personalize
personalizeruntime personalize · pinpoint mobiletargeting · pinpointemail ses · pinpointsmsvoice sms-voice
pinpointsmsvoicev2 sms-voice · qconnect wisdom · rdsdata rds-data · redshiftdata redshift-data
redshiftserverless redshift-serverless · resiliencehubv2 resiliencehub · resourceexplorer2 resource-explorer-2
resourcegroups resource-groups · resourcegroupstaggingapi tag · route53recoverycluster route53-recovery-cluster
route53recoverycontrolconfig route53-recovery-control-config · route53recoveryreadiness route53-recovery-readiness
s3control s3 · s3outposts s3-outposts · sagemakera2iruntime sagemaker · sagemakeredge sagemaker
sagemakerfeaturestoreruntime sagemaker · sagemakergeospatial sagemaker-geospatial · sagemakermetrics sagemaker
sagemakerruntime sagemaker · securityir security-ir · serverlessapplicationrepository serverlessrepo
servicecatalogappregistry servicecatalog · sesv2 ses · sfn states · stepfunctions states · signerdata signer
simpledb sdb · socialmessaging social-messaging · ssmcontacts ssm-contacts · ssmguiconnect ssm-guiconnect
ssmincidents ssm-incidents · ssmquicksetup ssm-quicksetup · ssmsap ssm-sap · ssoadmin sso · ssooidc sso-oauth
supplychain scn · taxsettings tax · timestreaminfluxdb timestream-influxdb · timestreamquery timestream
timestreamwrite timestream · vpclattice vpc-lattice · wafregional waf-regional
workspacesinstances workspaces-instances · workspacesthinclient thinclient · workspacesweb workspaces-web
"""
PREFIXES: Mapping[str, str] = {
    words[0]: words[1] for line in _PREFIXES.split("\n") for pair in line.split("·") if (words := pair.split())
}

# Calls whose action has another name, or that need several.
_ACTIONS = """
s3:HeadObject s3:GetObject · s3:GetObjectAttributes s3:GetObject s3:GetObjectAttributes
s3:SelectObjectContent s3:GetObject · s3:HeadBucket s3:ListBucket · s3:ListObjects s3:ListBucket
s3:ListObjectsV2 s3:ListBucket · s3:ListObjectVersions s3:ListBucketVersions · s3:ListBuckets s3:ListAllMyBuckets
s3:ListMultipartUploads s3:ListBucketMultipartUploads · s3:ListParts s3:ListMultipartUploadParts
s3:CopyObject s3:GetObject s3:PutObject · s3:UploadPartCopy s3:GetObject s3:PutObject
s3:CreateMultipartUpload s3:PutObject · s3:UploadPart s3:PutObject · s3:CompleteMultipartUpload s3:PutObject
s3:DeleteObjects s3:DeleteObject · s3:GetBucketLifecycleConfiguration s3:GetLifecycleConfiguration
s3:PutBucketLifecycleConfiguration s3:PutLifecycleConfiguration
s3:DeleteBucketLifecycle s3:PutLifecycleConfiguration · s3:GetBucketEncryption s3:GetEncryptionConfiguration
s3:PutBucketEncryption s3:PutEncryptionConfiguration · s3:DeleteBucketEncryption s3:PutEncryptionConfiguration
s3:GetBucketReplication s3:GetReplicationConfiguration · s3:PutBucketReplication s3:PutReplicationConfiguration
s3:DeleteBucketReplication s3:PutReplicationConfiguration
s3:GetBucketNotificationConfiguration s3:GetBucketNotification
s3:PutBucketNotificationConfiguration s3:PutBucketNotification
s3:GetBucketAccelerateConfiguration s3:GetAccelerateConfiguration
s3:PutBucketAccelerateConfiguration s3:PutAccelerateConfiguration
s3:GetPublicAccessBlock s3:GetBucketPublicAccessBlock · s3:PutPublicAccessBlock s3:PutBucketPublicAccessBlock
s3:DeletePublicAccessBlock s3:PutBucketPublicAccessBlock · s3:GetBucketCors s3:GetBucketCORS
s3:PutBucketCors s3:PutBucketCORS · s3:DeleteBucketCors s3:PutBucketCORS · s3:DeleteBucketTagging s3:PutBucketTagging
s3:GetObjectLockConfiguration s3:GetBucketObjectLockConfiguration
s3:PutObjectLockConfiguration s3:PutBucketObjectLockConfiguration · lambda:Invoke lambda:InvokeFunction
lambda:InvokeAsync lambda:InvokeFunction
sqs:SendMessageBatch sqs:SendMessage · sqs:DeleteMessageBatch sqs:DeleteMessage
sqs:ChangeMessageVisibilityBatch sqs:ChangeMessageVisibility · sns:PublishBatch sns:Publish
bedrock:Converse bedrock:InvokeModel · bedrock:ConverseStream bedrock:InvokeModelWithResponseStream
bedrock:StartAsyncInvoke bedrock:InvokeModel · bedrock:InvokeModelWithBidirectionalStream bedrock:InvokeModel
bedrock:RetrieveAndGenerate bedrock:RetrieveAndGenerate bedrock:Retrieve bedrock:InvokeModel
execute-api:PostToConnection execute-api:ManageConnections · execute-api:GetConnection execute-api:ManageConnections
execute-api:DeleteConnection execute-api:ManageConnections
kms:ReEncrypt kms:ReEncryptFrom kms:ReEncryptTo · ses:SendBulkEmail ses:SendBulkTemplatedEmail
"""
ACTIONS: Mapping[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:]) for line in _ACTIONS.split("\n") for pair in line.split("·") if (words := pair.split())
}

# API Gateway's own API is allowed by HTTP method, not by action.
_METHODS = {"Get": "GET", "Create": "POST", "Update": "PATCH", "Delete": "DELETE", "Put": "PUT", "Import": "POST"}

# Resources of a service, by the last part of their ARN; a name in braces is an argument. The first whose arguments are
# given is taken. Services without an entry are asked about arguments that hold an ARN, else they get "*".
RESOURCES: Mapping[str, tuple[str, ...]] = {
    "lambda": ("function:{FunctionName}",),
    "sns": ("{TopicArn}", "{TargetArn}"),
    "sqs": ("{QueueUrl}", "{QueueName}"),
    "dynamodb": ("table/{TableName}/index/{IndexName}", "table/{TableName}"),
    "s3": ("{Bucket}/{Key}", "{Bucket}"),
    "states": (
        "stateMachine:{StateMachineArn}",
        "execution:{ExecutionArn}",
        "mapRun:{MapRunArn}",
        "activity:{ActivityArn}",
    ),
    "events": ("rule/{EventBusName}/{Name}", "rule/{EventBusName}/{Rule}", "event-bus/{Entries.EventBusName}"),
    "scheduler": ("schedule/{GroupName}/{Name}",),
    "secretsmanager": ("secret:{SecretId}", "secret:{Name}"),
    "ssm": ("parameter/{Name}", "parameter/{Names}", "document/{DocumentName}"),
    "kms": ("key/{KeyId}",),
    "logs": ("log-group:{LogGroupName}:*", "log-group:{LogGroupNames}:*"),
    "kinesis": ("stream/{StreamName}", "stream/{StreamARN}"),
    "firehose": ("deliverystream/{DeliveryStreamName}",),
    "ecs": ("service/{Cluster}/{Service}", "task-definition/{TaskDefinition}", "cluster/{Cluster}"),
    "eks": ("nodegroup/{ClusterName}/{NodegroupName}/*", "fargateprofile/{ClusterName}/{FargateProfileName}/*",
            "cluster/{ClusterName}", "cluster/{Name}"),
    "batch": ("job-queue/{JobQueue}",),
    "codebuild": ("project/{ProjectName}",),
    "databrew": ("job/{Name}",),
    "athena": ("workgroup/{WorkGroup}",),
    "rds": ("db:{DBInstanceIdentifier}", "cluster:{DBClusterIdentifier}", "snapshot:{DBSnapshotIdentifier}"),
    "redshift-data": ("redshift|cluster:{ClusterIdentifier}", "redshift-serverless|workgroup/*"),
    "rds-data": ("rds|cluster:{ResourceArn}",),
    "ec2": ("instance/{InstanceId}", "instance/{InstanceIds}", "volume/{VolumeId}", "snapshot/{SnapshotId}",
            "security-group/{GroupId}"),
    "autoscaling": ("autoScalingGroup:*:autoScalingGroupName/{AutoScalingGroupName}",),
    "cloudformation": ("stack/{StackName}/*",),
    "transcribe": ("transcription-job/{TranscriptionJobName}", "vocabulary-filter/{VocabularyFilterName}"),
    "cognito-idp": ("userpool/{UserPoolId}",),
    "iot": ("topic/{Topic}", "thing/{ThingName}"),
    "sagemaker": ("endpoint/{EndpointName}",),
    "bedrock": (":foundation-model/{ModelId}", "knowledge-base/{KnowledgeBaseId}", "agent/{AgentId}"),
    "emr-containers": ("/virtualclusters/{VirtualClusterId}", "/virtualclusters/{Id}"),
    "emr-serverless": ("/applications/{ApplicationId}",),
    "elasticmapreduce": ("cluster/{ClusterId}", "cluster/{JobFlowId}"),
    "iam": ("role/{RoleName}", "user/{UserName}", "group/{GroupName}", "policy/{PolicyArn}"),
    "cloudwatch": ("alarm:{AlarmName}",),
    "appconfig": ("application/{Application}",),
    "ecr": ("repository/{RepositoryName}",),
    "mediaconvert": ("queues/{Queue}",),
    "appflow": ("flow/{FlowName}",),
    "fis": ("experiment-template/{ExperimentTemplateId}", "experiment/{Id}"),
}  # fmt: skip

# Actions whose resource is another one than the service's usual, or none. "*": IAM knows no resource for it.
RESOURCES_OF: Mapping[str, tuple[str, ...]] = {
    "s3:ListBucket": ("{Bucket}",),
    "s3:ListAllMyBuckets": ("*",),
    "s3:CreateBucket": ("{Bucket}",),
    "states:SendTaskSuccess": ("*",),
    "states:SendTaskFailure": ("*",),
    "states:SendTaskHeartbeat": ("*",),
    "events:PutEvents": ("event-bus/{Entries.EventBusName}",),
    "ecs:RunTask": ("task-definition/{TaskDefinition}",),
    "glue:StartJobRun": ("job/{JobName}",),
    "glue:GetJobRun": ("job/{JobName}",),
    "glue:StartCrawler": ("crawler/{Name}",),
    "glue:GetCrawler": ("crawler/{Name}",),
    "glue:StartWorkflowRun": ("workflow/{Name}",),
    "glue:GetWorkflowRun": ("workflow/{Name}",),
    "glue:CreateDatabase": ("catalog", "database/{DatabaseInput.Name}"),
    "glue:GetDatabase": ("catalog", "database/{Name}"),
    **{
        f"glue:{action}": ("catalog", "database/{DatabaseName}", f"table/{{DatabaseName}}/{{{table}}}")
        for action, table in {
            "GetTable": "Name", "CreateTable": "TableInput.Name", "UpdateTable": "TableInput.Name",
            "DeleteTable": "Name", "GetPartition": "TableName", "CreatePartition": "TableName",
            "GetPartitions": "TableName", "BatchCreatePartition": "TableName", "DeletePartition": "TableName",
            "UpdatePartition": "TableName",
        }.items()
    },
    "glue:ListCrawlers": ("*",),
    "secretsmanager:ListSecrets": ("*",),
    "ec2:RunInstances": ("*",),
    "ec2:CreateVolume": ("*",),
    "ec2:CreateTags": ("*",),
    "ec2:CreateSnapshot": ("volume/{VolumeId}", ":snapshot/*"),
    "ec2:AttachVolume": ("instance/{InstanceId}", "volume/{VolumeId}"),
    "ec2:DetachVolume": ("instance/{InstanceId}", "volume/{VolumeId}"),
    "ec2:ModifyInstanceAttribute": ("instance/{InstanceId}", "security-group/*"),
    "rds:CreateDBSnapshot": ("db:{DBInstanceIdentifier}", "snapshot:{DBSnapshotIdentifier}"),
    "redshift-data:DescribeStatement": ("*",),
    "redshift-data:GetStatementResult": ("*",),
    "transcribe:ListVocabularyFilters": ("*",),
    "athena:ListWorkGroups": ("*",),
    "iot:Publish": ("topic/{Topic}",),
    "fis:StartExperiment": ("experiment-template/{ExperimentTemplateId}", "experiment/*"),
    "fis:CreateExperimentTemplate": ("experiment-template/*", "action/*"),
    "autoscaling:DescribeAutoScalingInstances": ("*",),
    "bedrock:CreateEvaluationJob": ("evaluation-job/*", ":foundation-model/*"),
    "bedrock:GetEvaluationJob": ("evaluation-job/{JobIdentifier}",),
    "bedrock:CreateKnowledgeBase": ("*",),
    "config:ListAggregateDiscoveredResources": ("config-aggregator/*",),
    "config:BatchGetAggregateResourceConfig": ("config-aggregator/*",),
    "config:GetAggregateResourceConfig": ("config-aggregator/*",),
    "config:SelectAggregateResourceConfig": ("config-aggregator/*",),
    "rds:DescribeDBInstances": ("db:{DBInstanceIdentifier}",),
    "rds:DescribeDBClusters": ("cluster:{DBClusterIdentifier}",),
    "rds:DescribeDBSnapshots": ("snapshot:{DBSnapshotIdentifier}", "db:{DBInstanceIdentifier}"),
    "rds:ModifyDBCluster": ("cluster:{DBClusterIdentifier}", "cluster-pg:*", "og:*"),
    "rds:CreateDBInstance": ("db:{DBInstanceIdentifier}", "cluster:*", "og:*", "pg:*", "secgrp:*", "subgrp:*"),
    "rds:RestoreDBClusterFromSnapshot": (
        "cluster:{DBClusterIdentifier}", "cluster-snapshot:*", "snapshot:*", "cluster-pg:*", "og:*", "subgrp:*"),
}  # fmt: skip
"""Where several are given, all of them are needed."""

DEFAULTS = {"EventBusName": "default", "Entries.EventBusName": "default", "Cluster": "default", "GroupName": "default",
            "WorkGroup": "primary"}  # fmt: skip
"""What a service takes for an argument that is not given."""

INNER = frozenset(("Key", "Name", "Names", "IndexName", "Topic", "Service", "ExecutionArn", "MapRunArn"))
"""Arguments that name something inside a thing: where only an execution knows them, any will do."""

_FIELD = re.compile(r"\{(?:\w+\.)*(\w+)\}")
_NAMING = {
    field for forms in (*RESOURCES.values(), *RESOURCES_OF.values()) for form in forms for field in _FIELD.findall(form)
}
NAMING = frozenset(field.lower() for field in (_NAMING | {"DbUser"}) - INNER - {"Id", "Rule", "Application"})
"""Arguments, in lower case, whose value stands in the ARN of a resource and that mean nothing else."""

OBJECTS = ("Uri", "OutputLocation")
"""Ends of arguments that are addresses of objects, bucket and all."""

_DESCRIBES = re.compile(r"(Describe|List)[A-Z]\w*s\Z")


def actions_of(service: str, action: str) -> tuple[str, ...]:
    """The IAM actions that a call of the SDK needs.

    >>> actions_of("sfn", "startExecution"), actions_of("s3", "headObject"), actions_of("apigateway", "getRestApi")
    (('states:StartExecution',), ('s3:GetObject',), ('apigateway:GET',))
    """
    prefix = PREFIXES.get(service, service)
    name = action[:1].upper() + action[1:]
    if prefix == "apigateway":
        return (f"apigateway:{next((m for verb, m in _METHODS.items() if name.startswith(verb)), '*')}",)
    return ACTIONS.get(f"{prefix}:{name}", (f"{prefix}:{name}",))


_WITHOUT = """
autoscaling:DescribeAutoScalingInstances batch:DescribeJobs bedrock:CreateKnowledgeBase ec2:Describe glue:ListCrawlers
comprehend:Detect lakeformation:GetDataAccess organizations:CreateAccount organizations:DescribeCreateAccountStatus
organizations:ListRoots polly: rekognition:Detect rekognition:Recognize rekognition:GetSegmentDetection
rekognition:StartSegmentDetection s3:ListAllMyBuckets secretsmanager:ListSecrets sns:Publish states:SendTask support:
textract: transcribe:List translate: elasticmapreduce:RunJobFlow logs: xray:
"""
_NO_RESOURCE = tuple(_WITHOUT.split())


def has_no_resource(action: str) -> bool:
    """Whether ``*`` is all that a policy can say for an action: IAM knows no resource of it that a task could name.

    (``sns:Publish`` has one, but not for a message to a phone, the one case in which it is allowed on ``*``.)

    >>> has_no_resource("ec2:DescribeInstances"), has_no_resource("ec2:RunInstances")
    (True, False)
    """
    return action.startswith(_NO_RESOURCE)


def templates_of(action: str) -> tuple[tuple[str, ...], bool]:
    """The forms of an action's resources, and whether all of them are needed (or the first that is given)."""
    own = RESOURCES_OF.get(action)
    if own is not None:
        return own, True
    prefix, _, name = action.partition(":")
    if prefix in ("ec2", "rds", "autoscaling", "cloudwatch") and _DESCRIBES.match(name):
        return ("*",), True  # these lists know no resources
    return RESOURCES.get(prefix, ()), False
