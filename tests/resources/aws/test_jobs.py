"""``.sync``: jobs that are started, looked at until they are over, and stopped when nobody waits any more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from aslrun import Result, TaskContext, TaskTimedOut, simulate
from aslrun.definition.rules.resource import SERVICES as INTEGRATIONS
from aslrun.resources.aws import clusters, jobs
from aslrun.resources.aws.naming import operation
from aslrun.resources.aws.optimized import ACTIONS, SERVICES, operation_of
from aslrun.resources.task_context import ACKNOWLEDGED

from .calling import Cloud, cloud

NO_DOCKER = {"lambda": {"use_docker": False}, "batch": {"use_docker": False}}
JOBS = {**jobs.JOBS, **clusters.JOBS}
ROLE = "arn:aws:iam::123456789012:role/a"


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud(NO_DOCKER) as made:
        yield made


def run(aws: Cloud, action: str, arguments: Any) -> Result:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Parameters": arguments, "End": True}
    return simulate({"StartAt": "T", "States": {"T": state}}, {}, aws.resources)


class Service:
    """Answers of one service by operation, each the last one when it has no other; what was asked is kept."""

    def __init__(self, aws: Cloud, service: str, answers: dict[str, list[dict[str, Any]]]) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._answers = answers
        aws.session.events.register(f"before-parameter-build.{service}", self._remember)
        aws.session.events.register(f"before-call.{service}", self._answer)

    def _remember(self, params: Any, model: Any, **about: Any) -> None:
        self.asked.append((model.name, dict(params)))

    def _answer(self, model: Any, **about: Any) -> Any:
        answers = self._answers[model.name]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return SimpleNamespace(status_code=200, headers={}), {"ResponseMetadata": {"HTTPStatusCode": 200}, **answer}


# --------------------------------------------------------------------------- the table


@pytest.mark.parametrize(("service", "action"), [*JOBS, *((s, a) for s, actions in ACTIONS.items() for a in actions)])
def test_every_row_is_of_operations_that_boto3_has(service: str, action: str) -> None:
    botocore_session = pytest.importorskip("botocore.session", reason="needs boto3: pip install 'aslrun[aws]'")
    known = botocore_session.get_session().get_service_model(SERVICES[service].boto3).operation_names
    plain = action.partition(".")[0]
    names = [clusters.RENAMED[plain].operation if service == clusters.EMR else operation_of(plain)]
    if job := JOBS.get((service, action)):
        names += [job.look, *([job.stop] if job.stop else [])]
    assert [operation(name, known) for name in names] == names


@pytest.mark.parametrize("action", clusters.NAMED)
def test_what_is_called_by_its_name_is_of_operations_that_boto3_has(action: str) -> None:
    botocore_session = pytest.importorskip("botocore.session", reason="needs boto3: pip install 'aslrun[aws]'")
    known = botocore_session.get_session().get_service_model("emr").operation_names
    assert {clusters.NAMED[action].look, clusters.NAMED[action].operation} <= set(known)


def test_every_action_that_step_functions_has_is_served_but_for_those_that_call_kubernetes(aws: Cloud) -> None:
    integrations = [
        f"{service}:{action}{end}"
        for service, about in INTEGRATIONS.items()
        for actions, end in ((f"{about.actions} {about.jobs}", ""), (about.jobs, ".sync"))
        for action in actions.split()
    ]
    unserved = [each for each in integrations if aws.resources.find(f"arn:aws:states:::{each}") is None]
    assert unserved == ["eks:call", "eks:runJob", "eks:runJob.sync"]


# --------------------------------------------------------------------------- against moto


INSTANCES = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m5.xlarge"}
CLUSTER = {"Name": "c", "ReleaseLabel": "emr-6.10.0", "Instances": INSTANCES, "ServiceRole": "s", "JobFlowRole": "j",
           "VisibleToAllUsers": True}  # fmt: skip
STEP = {"Name": "one", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar"}}


def test_a_cluster_is_made_given_steps_and_terminated(aws: Cloud) -> None:
    made = run(aws, "elasticmapreduce:createCluster.sync", CLUSTER).output
    cluster = made["ClusterId"]
    step = run(aws, "elasticmapreduce:addStep", {"ClusterId": cluster, "Step": STEP}).output
    protected = {"ClusterId": cluster, "TerminationProtected": False}
    asked = run(aws, "elasticmapreduce:setClusterTerminationProtection", protected)
    ended = run(aws, "elasticmapreduce:terminateCluster.sync", {"ClusterId": cluster}).output

    assert (made["Cluster"]["Name"], made["Cluster"]["Status"]["State"]) == ("c", "WAITING")
    assert step["StepId"].startswith("s-")
    assert (asked.status, asked.output["SdkHttpMetadata"]["HttpStatusCode"]) == ("SUCCEEDED", 200)
    assert (ended["ClusterId"], ended["Cluster"]["Status"]["State"]) == (cluster, "TERMINATED")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({**CLUSTER, "Steps": [STEP]}, "The field 'Steps' is not supported by Step Functions"),
        ({**CLUSTER, "Instances": {}}, "The field 'KeepJobFlowAliveWhenNoSteps' must be true"),
    ],
)
def test_a_cluster_stays_and_has_no_steps_of_its_own(aws: Cloud, arguments: Any, reason: str) -> None:
    failed = aws.fail("elasticmapreduce:createCluster", arguments)
    assert failed.error == "States.Runtime"
    assert str(failed.cause).endswith(f"[{reason}]")


def test_a_group_is_changed_by_its_name(aws: Cloud) -> None:
    groups = [{"Name": "head", "InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
              {"Name": "work", "InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 1}]  # fmt: skip
    instances = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceGroups": groups}
    cluster = aws.call("elasticmapreduce:createCluster", {**CLUSTER, "Instances": instances})["ClusterId"]
    change = {"ClusterId": cluster, "InstanceGroup": {"InstanceCount": 3}}
    aws.call("elasticmapreduce:modifyInstanceGroupByName", {**change, "InstanceGroupName": "work"})
    unknown = aws.fail("elasticmapreduce:modifyInstanceGroupByName", {**change, "InstanceGroupName": "other"})

    counts = {each["Name"]: each["RequestedInstanceCount"]
              for each in aws.client("emr").list_instance_groups(ClusterId=cluster)["InstanceGroups"]}  # fmt: skip
    assert counts == {"head": 1, "work": 3}
    assert (unknown.error, unknown.cause) == (
        "EMR.InvalidRequestException", "The cluster has no InstanceGroupName other")  # fmt: skip


def test_an_application_of_emr_serverless_is_made_started_stopped_and_deleted(aws: Cloud) -> None:
    given = {"Name": "a", "ReleaseLabel": "emr-6.10.0", "Type": "SPARK"}
    made = run(aws, "emr-serverless:createApplication.sync", given).output
    about = {"ApplicationId": made["ApplicationId"]}
    states = [run(aws, f"emr-serverless:{verb}Application.sync", about) for verb in ("start", "stop", "delete")]

    assert [each.status for each in states] == ["SUCCEEDED"] * 3
    assert [each.output["State"] for each in states] == ["STARTED", "STOPPED", "TERMINATED"]


def test_a_cluster_of_kubernetes_is_made_and_deleted(aws: Cloud) -> None:
    given = {"Name": "k", "RoleArn": ROLE, "ResourcesVpcConfig": {"SubnetIds": ["a", "b"]}}
    nodes = {"ClusterName": "k", "NodegroupName": "n", "NodeRole": ROLE, "Subnets": ["a"]}
    made = [run(aws, "eks:createCluster.sync", given), run(aws, "eks:createNodegroup.sync", nodes)]
    gone = [run(aws, "eks:deleteNodegroup.sync", {"ClusterName": "k", "NodegroupName": "n"}),
            run(aws, "eks:deleteCluster.sync", {"Name": "k"})]  # fmt: skip

    assert [made[0].output["Cluster"]["Status"], made[1].output["Nodegroup"]["Status"]] == ["ACTIVE", "ACTIVE"]
    assert made[0].output["Cluster"]["CertificateAuthority"]["Data"]
    assert [each.status for each in gone] == ["SUCCEEDED", "SUCCEEDED"]
    assert aws.client("eks").list_clusters()["clusters"] == []


def test_a_job_on_a_virtual_cluster_is_started(aws: Cloud) -> None:
    provider = {"Id": "k", "Type": "EKS", "Info": {"EksInfo": {"Namespace": "n"}}}
    made = aws.call("emr-containers:createVirtualCluster", {"Name": "v", "ContainerProvider": provider})
    job = {"VirtualClusterId": made["Id"], "ExecutionRoleArn": ROLE, "ReleaseLabel": "emr-6.3.0-latest",
           "JobDriver": {"SparkSubmitJobDriver": {"EntryPoint": "s3://b/x.py"}}}  # fmt: skip
    started = aws.call("emr-containers:startJobRun", {**job, "Name": "j"})
    assert (started["Name"], started["VirtualClusterId"]) == ("j", made["Id"])


def test_a_build_is_over_when_it_has_been_built(aws: Cloud) -> None:
    aws.client("codebuild").create_project(
        name="shop",
        source={"type": "S3", "location": "bucket/path"},
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "i", "computeType": "BUILD_GENERAL1_SMALL"},
        serviceRole=ROLE,
    )
    result = run(aws, "codebuild:startBuild.sync", {"ProjectName": "shop"})
    types = [event["type"] for event in result.history]
    assert types[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert (result.output["Build"]["ProjectName"], result.output["Build"]["BuildStatus"]) == ("shop", "SUCCEEDED")


def test_a_query_is_over_when_it_has_been_answered(aws: Cloud) -> None:
    result = run(aws, "athena:startQueryExecution.sync", {"QueryString": "SELECT 1", "WorkGroup": "primary"})
    assert result.output["QueryExecution"]["Status"]["State"] == "SUCCEEDED"


def test_a_job_of_glue_gives_its_last_run(aws: Cloud) -> None:
    aws.client("glue").create_job(Name="j", Role=ROLE, Command={"Name": "glueetl"})
    result = run(aws, "glue:startJobRun.sync", {"JobName": "j", "Arguments": {"--a": "b"}})
    assert (result.output["JobName"], result.output["JobRunState"]) == ("j", "SUCCEEDED")


def test_training_gives_its_description(aws: Cloud) -> None:
    job = {
        "TrainingJobName": "t",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "i", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://a/b"},
        "ResourceConfig": {"InstanceType": "ml.m4.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    result = run(aws, "sagemaker:createTrainingJob.sync", job)
    assert result.output["TrainingJobStatus"] == "Completed"


# --------------------------------------------------------------------------- each job's own shape

EXECUTION = "arn:aws:states:us-east-1:1:execution:m:e"
DONE = {"executionArn": EXECUTION, "status": "SUCCEEDED", "input": '{"a":1}', "output": "[2]", "name": "e"}
CONTAINERS = {"lastStatus": "STOPPED", "containers": [{"exitCode": 0}, {}]}

SHAPES: dict[str, tuple[Any, dict[str, list[dict[str, Any]]], Callable[[Any], Any], Any]] = {
    "states:startExecution.sync": (
        {"StateMachineArn": "m"},
        {"StartExecution": [{"executionArn": EXECUTION}], "DescribeExecution": [{"status": "RUNNING"}, DONE]},
        lambda output: (output["Status"], output["Input"], output["Output"]),
        ("SUCCEEDED", '{"a":1}', "[2]"),
    ),
    "states:startExecution.sync:2": (
        {"StateMachineArn": "m"},
        {"StartExecution": [{"executionArn": EXECUTION}], "DescribeExecution": [DONE]},
        lambda output: (output["Status"], output["Input"], output["Output"]),
        ("SUCCEEDED", {"a": 1}, [2]),
    ),
    "batch:submitJob.sync": (
        {"JobName": "j", "JobQueue": "q", "JobDefinition": "d"},
        {
            "SubmitJob": [{"jobId": "1", "jobName": "j"}],
            "DescribeJobs": [{"jobs": [{"status": "RUNNABLE"}]}, {"jobs": [{"jobId": "1", "status": "SUCCEEDED"}]}],
        },
        lambda output: output,
        {"JobId": "1", "Status": "SUCCEEDED"},
    ),
    "ecs:runTask.sync": (
        {"TaskDefinition": "d", "Cluster": "c"},
        {
            "RunTask": [{"tasks": [{"taskArn": "t"}]}],
            "DescribeTasks": [{"tasks": [{"lastStatus": "RUNNING"}]}, {"tasks": [CONTAINERS]}],
        },
        lambda output: output,
        {"Containers": [{"ExitCode": 0}, {}], "LastStatus": "STOPPED"},
    ),
    "bedrock:createModelCustomizationJob.sync": (
        {
            "JobName": "j", "CustomModelName": "m", "RoleArn": ROLE, "BaseModelIdentifier": "b",
            "TrainingDataConfig": {"S3Uri": "s3://a"}, "OutputDataConfig": {"S3Uri": "s3://b"},
        },
        {
            "CreateModelCustomizationJob": [{"jobArn": "a"}],
            "GetModelCustomizationJob": [{"status": "InProgress"}, {"jobArn": "a", "status": "Completed"}],
        },
        lambda output: output,
        {"JobArn": "a", "Status": "Completed"},
    ),
    "databrew:startJobRun.sync": (
        {"Name": "j"},
        {
            "StartJobRun": [{"RunId": "r"}],
            "DescribeJobRun": [{"State": "RUNNING"}, {"RunId": "r", "State": "SUCCEEDED"}],
        },
        lambda output: output,
        {"RunId": "r", "State": "SUCCEEDED"},
    ),
    "mediaconvert:createJob.sync": (
        {"Role": ROLE, "Settings": {}},
        {"CreateJob": [{"Job": {"Id": "1"}}], "GetJob": [{"Job": {"Id": "1", "Status": "COMPLETE"}}]},
        lambda output: output["Job"]["Status"],
        "COMPLETE",
    ),
    "elasticmapreduce:addStep.sync": (
        {"ClusterId": "j-1", "Step": STEP},
        {
            "AddJobFlowSteps": [{"StepIds": ["s-1"]}],
            "DescribeStep": [{"Step": {"Id": "s-1", "Status": {"State": state}}} for state in ("PENDING", "COMPLETED")],
        },
        lambda output: output,
        {"Step": {"Id": "s-1", "Status": {"State": "COMPLETED"}}, "StepId": "s-1"},
    ),
    "emr-containers:startJobRun.sync": (
        {"VirtualClusterId": "v"},
        {
            "StartJobRun": [{"id": "r", "virtualClusterId": "v"}],
            "DescribeJobRun": [{"jobRun": {"id": "r", "state": state}} for state in ("RUNNING", "COMPLETED")],
        },
        lambda output: output,
        {"Id": "r", "State": "COMPLETED"},
    ),
    "emr-containers:deleteVirtualCluster.sync": (
        {"Id": "v"},
        {
            "DeleteVirtualCluster": [{"id": "v"}],
            "DescribeVirtualCluster": [
                {"virtualCluster": {"id": "v", "state": state}} for state in ("TERMINATING", "TERMINATED")
            ],
        },
        lambda output: output,
        {"Id": "v", "State": "TERMINATED"},
    ),
    "emr-serverless:startJobRun.sync": (
        {"ApplicationId": "a", "ExecutionRoleArn": ROLE},
        {
            "StartJobRun": [{"applicationId": "a", "jobRunId": "r"}],
            "GetJobRun": [{"jobRun": {"jobRunId": "r", "state": state}} for state in ("RUNNING", "SUCCESS")],
        },
        lambda output: output,
        {"JobRunId": "r", "State": "SUCCESS"},
    ),
    "emr-serverless:cancelJobRun.sync": (
        {"ApplicationId": "a", "JobRunId": "r"},
        {
            "CancelJobRun": [{"applicationId": "a", "jobRunId": "r"}],
            "GetJobRun": [{"jobRun": {"jobRunId": "r", "state": state}} for state in ("CANCELLING", "CANCELLED")],
        },
        lambda output: output["State"],
        "CANCELLED",
    ),
    "codebuild:startBuildBatch.sync": (
        {"ProjectName": "p"},
        {
            "StartBuildBatch": [{"buildBatch": {"id": "1"}}],
            "BatchGetBuildBatches": [{"buildBatches": [{"id": "1", "buildBatchStatus": "SUCCEEDED"}]}],
        },
        lambda output: output,
        {"BuildBatch": {"Id": "1", "BuildBatchStatus": "SUCCEEDED"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("action", SHAPES)
def test_the_result_is_what_became_of_the_job(aws: Cloud, action: str) -> None:
    arguments, answers, picked, expected = SHAPES[action]
    Service(aws, SERVICES[action.partition(":")[0]].boto3, answers)
    result = run(aws, action, arguments)
    assert (result.status, result.error, result.cause) == ("SUCCEEDED", None, None)
    assert picked(result.output) == expected


def test_time_passes_between_two_looks(aws: Cloud) -> None:
    arguments, _, _, _ = SHAPES["batch:submitJob.sync"]
    looks = [{"jobs": [{"status": status}]} for status in ("SUBMITTED", "RUNNING", "RUNNING", "SUCCEEDED")]
    Service(aws, "batch", {"SubmitJob": [{"jobId": "1", "jobName": "j"}], "DescribeJobs": looks})
    result = run(aws, "batch:submitJob.sync", arguments)
    assert result.stopped_at is not None
    assert result.stopped_at - result.started_at == 15


# --------------------------------------------------------------------------- jobs that end badly


EXITED = {"lastStatus": "STOPPED", "containers": [{"exitCode": 1}]}
NOT_STARTED = {"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart"}


@pytest.mark.parametrize(
    ("action", "end"),
    [
        ("batch:submitJob.sync", {"DescribeJobs": [{"jobs": [{"status": "FAILED", "statusReason": "no"}]}]}),
        ("ecs:runTask.sync", {"DescribeTasks": [{"tasks": [EXITED]}]}),
        ("ecs:runTask.sync", {"DescribeTasks": [{"tasks": [NOT_STARTED]}]}),
        ("states:startExecution.sync", {"DescribeExecution": [{"status": "ABORTED"}]}),
        ("databrew:startJobRun.sync", {"DescribeJobRun": [{"State": "TIMEOUT"}]}),
        ("emr-serverless:startJobRun.sync", {"GetJobRun": [{"jobRun": {"state": "FAILED", "stateDetails": "no"}}]}),
    ],
)  # fmt: skip
def test_a_job_that_ended_badly_fails_the_task_with_its_description(aws: Cloud, action: str, end: Any) -> None:
    arguments, answers, _, _ = SHAPES[action]
    Service(aws, SERVICES[action.partition(":")[0]].boto3, {**answers, **end})
    result = run(aws, action, arguments)
    assert (result.status, result.error) == ("FAILED", "States.TaskFailed")
    (look,) = end
    (described,) = end[look]
    raw = described.get("jobs") or described.get("tasks") or [described.get("jobRun", described)]
    assert json.loads(str(result.cause)).keys() == {name[0].upper() + name[1:] for name in raw[0]}


def test_a_task_that_could_not_be_placed_fails_at_once(aws: Cloud) -> None:
    failures = {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}
    service = Service(aws, "ecs", {"RunTask": [failures]})
    result = run(aws, "ecs:runTask.sync", {"TaskDefinition": "d"})
    assert (result.error, "RESOURCE:MEMORY" in str(result.cause)) == ("States.TaskFailed", True)
    assert [name for name, _ in service.asked] == ["RunTask"]


# --------------------------------------------------------------------------- jobs that are started again


@pytest.mark.parametrize(
    ("action", "member"),
    [("states:startExecution.sync", "name"), ("ecs:runTask.sync", "clientToken")],
)
def test_a_call_that_is_made_again_is_the_same_call(aws: Cloud, action: str, member: str) -> None:
    arguments, answers, _, _ = SHAPES[action]
    service = Service(
        aws, SERVICES[action.partition(":")[0]].boto3, {name: said[-1:] for name, said in answers.items()}
    )
    for key in ("one", "one", "two"):
        aws.call(action, arguments, idempotency_key=key)
    first, again, other = (asked[member] for name, asked in service.asked if name in ("StartExecution", "RunTask"))
    assert first == again != other


def test_a_token_of_the_definition_is_kept(aws: Cloud) -> None:
    arguments, answers, _, _ = SHAPES["ecs:runTask.sync"]
    service = Service(aws, "ecs", answers)
    aws.call("ecs:runTask", {**arguments, "ClientToken": "mine"}, idempotency_key="one")
    assert service.asked[0][1]["clientToken"] == "mine"


# --------------------------------------------------------------------------- jobs that nobody waits for


class Over:
    """A task whose time is over when it first sleeps."""

    def now(self) -> float:
        return 0.0

    def heartbeat(self) -> None:
        return None

    def submitted(self, output: Any) -> None:
        return None

    def sleep(self, seconds: float) -> Any:
        raise TaskTimedOut

    def call_back(self, after: float, output: Any, error: str | None, cause: str | None) -> Any:
        return ACKNOWLEDGED


@pytest.mark.parametrize(
    ("action", "running", "stopped"),
    [
        (
            "states:startExecution.sync",
            {"DescribeExecution": [{"status": "RUNNING"}], "StopExecution": [{}]},
            ("StopExecution", {"executionArn": EXECUTION}),
        ),
        (
            "ecs:runTask.sync",
            {"DescribeTasks": [{"tasks": [{"lastStatus": "RUNNING"}]}], "StopTask": [{}]},
            ("StopTask", {"cluster": "c", "task": "t"}),
        ),
        (
            "batch:submitJob.sync",
            {"DescribeJobs": [{"jobs": [{"status": "RUNNING"}]}], "TerminateJob": [{}]},
            ("TerminateJob", {"jobId": "1", "reason": "The task that waits for it is over"}),
        ),
        (
            "elasticmapreduce:addStep.sync",
            {"DescribeStep": [{"Step": {"Status": {"State": "RUNNING"}}}], "CancelSteps": [{}]},
            ("CancelSteps", {"ClusterId": "j-1", "StepIds": ["s-1"]}),
        ),
        (
            "emr-serverless:startJobRun.sync",
            {"GetJobRun": [{"jobRun": {"state": "RUNNING"}}], "CancelJobRun": [{}]},
            ("CancelJobRun", {"applicationId": "a", "jobRunId": "r"}),
        ),
    ],
)
def test_a_job_whose_task_is_over_is_stopped(aws: Cloud, action: str, running: Any, stopped: Any) -> None:
    arguments, answers, _, _ = SHAPES[action]
    service = Service(aws, SERVICES[action.partition(":")[0]].boto3, {**answers, **running})
    resource = f"arn:aws:states:::{action}"
    handler = aws.resources.find(resource)
    assert handler is not None
    with pytest.raises(TaskTimedOut):
        handler.function(arguments, TaskContext(resource=resource, driver=Over()))
    assert service.asked[-1] == stopped
