"""What the optimized integrations need: the actions of each, what waiting with ``.sync`` adds, the roles handed on.

Rules that a change must keep:

1. An integration that is not in ``OWN`` needs the action that its name says (``sqs:sendMessage``: ``sqs:SendMessage``).
2. A form of a resource is read by ``resources.resolve``; ``"*"`` is an action for which IAM knows no resource, or one
   whose resource exists only when the execution runs.

Sources: "IAM policies for integrated services" of the Step Functions guide; facts reference, section 23.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Need(NamedTuple):
    """Some actions on some resources (forms as in ``iam_names``)."""

    actions: str
    resources: tuple[str, ...] = ("*",)


class Waiting(NamedTuple):
    """What ``.sync`` adds: actions on the job, and the rule by which EventBridge tells its end."""

    needs: tuple[Need, ...]
    rule: str = ""


class Passing(NamedTuple):
    """Roles that the call hands on: where they stand in the arguments, and the service that takes them.

    ``always``: one is handed on even if the arguments do not show it, since a default or an expression gives it.
    """

    arguments: tuple[str, ...]
    service: str
    always: bool = True


_GLUE_READS = (
    "glue:GetDatabase glue:GetDatabases glue:GetTable glue:GetTables glue:GetPartition glue:GetPartitions "
    "glue:BatchGetPartition"
)
_ATHENA_DATA = (
    Need("athena:GetDataCatalog", ("datacatalog/{QueryExecutionContext.Catalog}",)),
    Need(_GLUE_READS),
    Need("lakeformation:GetDataAccess"),
    Need("s3:GetBucketLocation s3:ListBucket s3:GetObject s3:ListBucketMultipartUploads"),
    Need("s3:PutObject s3:AbortMultipartUpload s3:ListMultipartUploadParts",
         ("s3|{ResultConfiguration.OutputLocation}*",)),
)  # fmt: skip
_CLUSTER, _WORKGROUP = ("cluster/{ClusterId}",), ("workgroup/{WorkGroup}",)

OWN: Mapping[str, tuple[Need, ...]] = {
    "lambda:invoke": (Need("lambda:InvokeFunction", ("function:{FunctionName}",)),),
    "batch:submitJob": (Need("batch:SubmitJob", ("job-queue/{JobQueue}", "job-definition/{JobDefinition}")),),
    "ecs:runTask": (Need("ecs:RunTask", ("task-definition/{TaskDefinition}",)),),
    "glue:startJobRun": (Need("glue:StartJobRun", ("job/{JobName}",)),),
    "databrew:startJobRun": (Need("databrew:StartJobRun", ("job/{Name}",)),),
    "athena:startQueryExecution": (Need("athena:StartQueryExecution", _WORKGROUP), *_ATHENA_DATA),
    "athena:stopQueryExecution": (Need("athena:StopQueryExecution", ("workgroup/*",)),),
    "athena:getQueryExecution": (Need("athena:GetQueryExecution", ("workgroup/*",)),),
    "athena:getQueryResults": (Need("athena:GetQueryResults", ("workgroup/*",)), Need("s3:GetObject")),
    "bedrock:invokeModel": (Need("bedrock:InvokeModel", (":foundation-model/{ModelId}",)),),
    "bedrock:createModelCustomizationJob": (
        Need("bedrock:CreateModelCustomizationJob",
             (":foundation-model/{BaseModelIdentifier}", "model-customization-job/*", "custom-model/*")),
    ),
    "mediaconvert:createJob": (Need("mediaconvert:CreateJob", ("queues/{Queue}", "presets/*", "jobTemplates/*")),),
    "codebuild:stopBuild": (Need("codebuild:StopBuild", ("project/*",)),),
    "codebuild:stopBuildBatch": (Need("codebuild:StopBuildBatch", ("project/*",)),),
    "codebuild:retryBuildBatch": (Need("codebuild:RetryBuildBatch", ("project/*",)),),
    "codebuild:deleteBuildBatch": (Need("codebuild:DeleteBuildBatch", ("project/*",)),),
    "codebuild:batchDeleteBuilds": (Need("codebuild:BatchDeleteBuilds", ("project/*",)),),
    "codebuild:batchGetReports": (Need("codebuild:BatchGetReports", ("report-group/*",)),),
    "elasticmapreduce:createCluster": (
        Need("elasticmapreduce:RunJobFlow"), Need("elasticmapreduce:AddTags", ("cluster/*",))),
    "elasticmapreduce:addStep": (Need("elasticmapreduce:AddJobFlowSteps", _CLUSTER),),
    "elasticmapreduce:cancelStep": (Need("elasticmapreduce:CancelSteps", _CLUSTER),),
    "elasticmapreduce:terminateCluster": (Need("elasticmapreduce:TerminateJobFlows", _CLUSTER),),
    "elasticmapreduce:setClusterTerminationProtection": (
        Need("elasticmapreduce:SetTerminationProtection", _CLUSTER),
    ),
    "elasticmapreduce:modifyInstanceFleetByName": (
        Need("elasticmapreduce:ModifyInstanceFleet elasticmapreduce:ListInstanceFleets", _CLUSTER),
    ),
    "elasticmapreduce:modifyInstanceGroupByName": (
        Need("elasticmapreduce:ModifyInstanceGroups elasticmapreduce:ListInstanceGroups", _CLUSTER),
    ),
    "eks:createCluster": (Need("eks:CreateCluster"),),
    "eks:createNodegroup": (
        Need("eks:CreateNodegroup", ("cluster/{ClusterName}",)),
        Need("ec2:DescribeSubnets"),
        Need("iam:GetRole iam:ListAttachedRolePolicies", ("role/{NodeRole}",)),
    ),
    "eks:createFargateProfile": (Need("eks:CreateFargateProfile", ("cluster/{ClusterName}",)),),
    "eks:call": (),  # the cluster's own access control decides
    "eks:runJob": (),
    "emr-serverless:createApplication": (Need("emr-serverless:CreateApplication", ("/",)),),
    "emr-containers:createVirtualCluster": (Need("emr-containers:CreateVirtualCluster"),),
    "sagemaker:createEndpoint": (
        Need("sagemaker:CreateEndpoint", ("endpoint-config/{EndpointConfigName}", "endpoint/{EndpointName}")),
    ),
    "sagemaker:createEndpointConfig": (
        Need("sagemaker:CreateEndpointConfig", ("endpoint-config/{EndpointConfigName}",)),
    ),
    "sagemaker:createModel": (Need("sagemaker:CreateModel", ("model/{ModelName}",)),),
    "sagemaker:updateEndpoint": (
        Need("sagemaker:UpdateEndpoint", ("endpoint/{EndpointName}", "endpoint-config/{EndpointConfigName}")),
    ),
}  # fmt: skip

_JOBS = {
    # action: (name argument, what the ARN calls it, rule)
    "TrainingJob": ("TrainingJobName", "training-job", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"),
    "TransformJob": ("TransformJobName", "transform-job", "StepFunctionsGetEventsForSageMakerTransformJobsRule"),
    "ProcessingJob": ("ProcessingJobName", "processing-job", "StepFunctionsGetEventsForSageMakerProcessingJobsRule"),
    "LabelingJob": ("LabelingJobName", "labeling-job", "StepFunctionsGetEventsForSageMakerLabelingJobsRule"),
    "HyperParameterTuningJob": (
        "HyperParameterTuningJobName",
        "hyper-parameter-tuning-job",
        "StepFunctionsGetEventsForSageMakerTuningJobsRule",
    ),
}

OWN = {
    **OWN,
    **{
        f"sagemaker:create{job}": (
            Need(f"sagemaker:Create{job}", (f"{kind}/{{{name}}}",)),
            Need("sagemaker:AddTags sagemaker:ListTags", (f"{kind}/{{{name}}}",)),
        )
        for job, (name, kind, _) in _JOBS.items()
    },
}

_BUILD, _BATCH_BUILD = ("StepFunctionsGetEventForCodeBuildStartBuildRule",
                        "StepFunctionsGetEventForCodeBuildStartBuildBatchRule")  # fmt: skip
_APPLICATION, _JOB_RUN = ("StepFunctionsGetEventsForEMRServerlessApplicationRule",
                          "StepFunctionsGetEventsForEMRServerlessJobRule")  # fmt: skip
_APPLICATIONS = ("/applications/{ApplicationId}",)
_BATCHES = Waiting((Need("codebuild:StopBuildBatch codebuild:BatchGetBuildBatches", ("project/{ProjectName}",)),),
                   _BATCH_BUILD)  # fmt: skip

SYNC: Mapping[str, Waiting] = {
    "states:startExecution": Waiting(
        (Need("states:DescribeExecution states:StopExecution", ("execution:{StateMachineArn}:*",)),),
        "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
    "batch:submitJob": Waiting(
        (Need("batch:DescribeJobs"), Need("batch:TerminateJob", ("job/*",))), "StepFunctionsGetEventsForBatchJobsRule"
    ),
    "ecs:runTask": Waiting(
        (Need("ecs:StopTask ecs:DescribeTasks", ("task/{Cluster}/*",)),), "StepFunctionsGetEventsForECSTaskRule"
    ),
    "glue:startJobRun": Waiting((Need("glue:GetJobRun glue:GetJobRuns glue:BatchStopJobRun", ("job/{JobName}",)),)),
    "databrew:startJobRun": Waiting((Need("databrew:ListJobRuns databrew:StopJobRun", ("job/{Name}",)),)),
    "athena:startQueryExecution": Waiting(
        (Need("athena:StopQueryExecution athena:GetQueryExecution", _WORKGROUP),)
    ),
    "bedrock:createModelCustomizationJob": Waiting(
        (Need("bedrock:GetModelCustomizationJob bedrock:StopModelCustomizationJob", ("model-customization-job/*",)),)
    ),
    "mediaconvert:createJob": Waiting(
        (Need("mediaconvert:GetJob mediaconvert:CancelJob", ("jobs/*",)),),
        "StepFunctionsGetEventsForMediaConvertJobRule",
    ),
    "codebuild:startBuild": Waiting(
        (Need("codebuild:StopBuild codebuild:BatchGetBuilds", ("project/{ProjectName}",)),
         Need("codebuild:BatchGetReports", ("report-group/*",))), _BUILD
    ),
    "codebuild:startBuildBatch": _BATCHES,
    "codebuild:retryBuildBatch": Waiting(
        (Need("codebuild:StopBuildBatch codebuild:BatchGetBuildBatches", ("project/*",)),), _BATCH_BUILD
    ),
    "elasticmapreduce:createCluster": Waiting(
        (Need("elasticmapreduce:DescribeCluster elasticmapreduce:TerminateJobFlows", ("cluster/*",)),),
        "StepFunctionsGetEventForEMRRunJobFlowRule",
    ),
    "elasticmapreduce:addStep": Waiting(
        (Need("elasticmapreduce:DescribeStep elasticmapreduce:CancelSteps", _CLUSTER),),
        "StepFunctionsGetEventForEMRAddJobFlowStepsRule",
    ),
    "elasticmapreduce:terminateCluster": Waiting(
        (Need("elasticmapreduce:DescribeCluster", _CLUSTER),), "StepFunctionsGetEventForEMRTerminateJobFlowsRule"
    ),
    "emr-containers:deleteVirtualCluster": Waiting(
        (Need("emr-containers:DescribeVirtualCluster", ("/virtualclusters/{Id}",)),)
    ),
    "emr-containers:startJobRun": Waiting(
        (Need("emr-containers:DescribeJobRun emr-containers:CancelJobRun",
              ("/virtualclusters/{VirtualClusterId}/jobruns/*",)),)
    ),
    "emr-serverless:createApplication": Waiting(
        (Need("emr-serverless:GetApplication emr-serverless:DeleteApplication", ("/applications/*",)),), _APPLICATION
    ),
    "emr-serverless:startApplication": Waiting(
        (Need("emr-serverless:GetApplication emr-serverless:StopApplication", _APPLICATIONS),), _APPLICATION
    ),
    "emr-serverless:stopApplication": Waiting((Need("emr-serverless:GetApplication", _APPLICATIONS),), _APPLICATION),
    "emr-serverless:deleteApplication": Waiting((Need("emr-serverless:GetApplication", _APPLICATIONS),), _APPLICATION),
    "emr-serverless:startJobRun": Waiting(
        (Need("emr-serverless:GetJobRun emr-serverless:CancelJobRun", ("/applications/{ApplicationId}/jobruns/*",)),),
        _JOB_RUN,
    ),
    "emr-serverless:cancelJobRun": Waiting(
        (Need("emr-serverless:GetJobRun", ("/applications/{ApplicationId}/jobruns/*",)),), _JOB_RUN
    ),
    "eks:createCluster": Waiting((Need("eks:DescribeCluster eks:DeleteCluster", ("cluster/{Name}",)),)),
    "eks:deleteCluster": Waiting((Need("eks:DescribeCluster", ("cluster/{Name}",)),)),
    "eks:createNodegroup": Waiting(
        (Need("eks:DescribeNodegroup eks:DeleteNodegroup", ("nodegroup/{ClusterName}/{NodegroupName}/*",)),)
    ),
    "eks:deleteNodegroup": Waiting(
        (Need("eks:DescribeNodegroup", ("nodegroup/{ClusterName}/{NodegroupName}/*",)),)
    ),
    "eks:createFargateProfile": Waiting(
        (Need("eks:DescribeFargateProfile eks:DeleteFargateProfile",
              ("fargateprofile/{ClusterName}/{FargateProfileName}/*",)),)
    ),
    "eks:deleteFargateProfile": Waiting(
        (Need("eks:DescribeFargateProfile", ("fargateprofile/{ClusterName}/{FargateProfileName}/*",)),)
    ),
    **{
        f"sagemaker:create{job}": Waiting(
            (Need(f"sagemaker:Describe{job} sagemaker:Stop{job}", (f"{kind}/{{{name}}}",)),), rule
        )
        for job, (name, kind, rule) in _JOBS.items()
    },
}  # fmt: skip

_TO_SAGEMAKER = Passing(("RoleArn", "ExecutionRoleArn"), "sagemaker.amazonaws.com")

PASSED: Mapping[str, Passing | tuple[Passing, ...]] = {
    "ecs:runTask": Passing(("Overrides.TaskRoleArn", "Overrides.ExecutionRoleArn"), "ecs-tasks.amazonaws.com"),
    **{f"sagemaker:create{job}": _TO_SAGEMAKER for job in (*_JOBS, "Model")},
    "mediaconvert:createJob": Passing(("Role",), "mediaconvert.amazonaws.com"),
    "bedrock:createModelCustomizationJob": Passing(("RoleArn",), "bedrock.amazonaws.com"),
    "elasticmapreduce:createCluster": (
        Passing(("ServiceRole",), "elasticmapreduce.amazonaws.com"), Passing(("JobFlowRole",), "ec2.amazonaws.com"),
        Passing(("AutoScalingRole",), "application-autoscaling.amazonaws.com", always=False),
    ),
    "eks:createCluster": Passing(("RoleArn",), "eks.amazonaws.com"),
    "eks:createNodegroup": Passing(("NodeRole",), "eks.amazonaws.com"),
    "eks:createFargateProfile": Passing(("PodExecutionRoleArn",), "eks-fargate-pods.amazonaws.com"),
    "emr-serverless:startJobRun": Passing(("ExecutionRoleArn",), "emr-serverless.amazonaws.com"),
}  # fmt: skip

# aws-sdk calls: arguments that are roles to hand on, and to whom if not to the called service.
_ROLES = """
    RoleArn Role RoleARN ExecutionRoleArn TaskRoleArn ServiceRole ServiceRoleArn DataAccessRoleArn JobExecutionRoleArn
    LambdaRoleArn IamRoleArn ServiceAccessRoleArn
"""
ROLE_ARGUMENTS = frozenset(_ROLES.split())
ALWAYS_PASSES = frozenset(
    ("scheduler:createSchedule", "scheduler:updateSchedule", "pipes:createPipe", "lambda:createFunction",
     "sfn:createStateMachine", "glue:createJob", "glue:createCrawler", "bedrock:createEvaluationJob",
     "bedrock:createModelCustomizationJob", "bedrockagent:createKnowledgeBase", "ecs:runTask")
)  # fmt: skip
"""aws-sdk calls that hand on a role even if the definition does not show it, since an expression gives it."""
ROLE_TAKERS = {"ecs": "ecs-tasks.amazonaws.com", "states": "states.amazonaws.com", "sts": ""}


class Also(NamedTuple):
    """What a call does with the rights of its caller, if an argument is given (with this value, if one is named)."""

    argument: str
    need: Need
    value: str = ""


def _reads(bucket: str, key: str) -> Also:
    return Also(bucket, Need("s3:GetObject", (f"{{{bucket}}}/{{{key}}}",)))


_SECRET = Also("SecretArn", Need("secretsmanager:GetSecretValue", ("secret:{SecretArn}",)))
_TO_REDSHIFT = (
    _SECRET,
    Also("DbUser", Need("redshift:GetClusterCredentials",
                        ("dbuser:{ClusterIdentifier}/{DbUser}", "dbname:{ClusterIdentifier}/{Database}"))),
    Also("WorkgroupName", Need("redshift-serverless:GetCredentials", ("workgroup/*",))),
)  # fmt: skip
_TO_AURORA = (_SECRET,)
_GUESSES = (Also("SourceLanguageCode", Need("comprehend:DetectDominantLanguage"), "auto"),)

ALSO: Mapping[str, tuple[Also, ...]] = {
    "bedrock:invokeModel": (
        Also("Input.S3Uri", Need("s3:GetObject", ("{Input.S3Uri}",))),
        Also("Output.S3Uri", Need("s3:PutObject", ("{Output.S3Uri}",))),
    ),
    "aws-sdk:rekognition": (
        _reads("Image.S3Object.Bucket", "Image.S3Object.Name"),
        _reads("Video.S3Object.Bucket", "Video.S3Object.Name"),
    ),
    "aws-sdk:textract": (
        _reads("Document.S3Object.Bucket", "Document.S3Object.Name"),
        _reads("DocumentLocation.S3Object.Bucket", "DocumentLocation.S3Object.Name"),
    ),
    "aws-sdk:transcribe": (
        Also("Media.MediaFileUri", Need("s3:GetObject", ("{Media.MediaFileUri}",))),
        Also("OutputBucketName", Need("s3:PutObject", ("{OutputBucketName}/*",))),
    ),
    "aws-sdk:polly": (
        Also("OutputS3BucketName", Need("s3:PutObject", ("{OutputS3BucketName}/*",))),
        Also("SnsTopicArn", Need("sns:Publish", ("{SnsTopicArn}",))),
    ),
    "aws-sdk:translate:translateText": _GUESSES,
    "aws-sdk:translate:translateDocument": _GUESSES,
    **{
        f"aws-sdk:redshiftdata:{action}": _TO_REDSHIFT
        for action in ("executeStatement", "batchExecuteStatement", "describeTable", "listTables", "listSchemas",
                       "listDatabases")
    },
    "aws-sdk:rdsdata": _TO_AURORA,
    "aws-sdk:dynamodb:exportTableToPointInTime": (
        Also("S3Bucket", Need("s3:PutObject s3:AbortMultipartUpload", ("{S3Bucket}/*",))),
    ),
    "aws-sdk:dynamodb:importTable": (
        Also("S3BucketSource.S3Bucket", Need("s3:ListBucket", ("{S3BucketSource.S3Bucket}",))),
        Also("S3BucketSource.S3Bucket", Need("s3:GetObject", ("{S3BucketSource.S3Bucket}/*",))),
    ),
    "aws-sdk:lambda:createFunction": (_reads("Code.S3Bucket", "Code.S3Key"),),
    "aws-sdk:lambda:updateFunctionCode": (_reads("S3Bucket", "S3Key"),),
}  # fmt: skip
"""By integration, or by service of the SDK. Sources: the services' guides, on the permissions of each operation."""
