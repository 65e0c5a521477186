"""Jobs: ``.sync`` tasks that start something, look at it until it is over, and give what it has become.

Rules that a change must keep:

1. The answer of the call that starts the job is told before anybody waits (TaskSubmitted).
2. A job that ends badly is ``States.TaskFailed``, with its last description as cause (developer guide, "Run a Job").
3. A task that is over before its job is stops the job, as Step Functions does, and says nothing of how that went.
4. Between two looks the task sleeps: in the time of its execution, and it wakes when nobody waits any more.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple, TypeAlias

from ...errors import TaskError, TaskTimedOut
from ...values import JSON, parse, to_text
from ..task_context import TaskContext
from . import optimized
from .calls import Answer, Caller
from .reading import Document, Request, at, by, by_name, document, first_as, first_of, under, whole


class Job(NamedTuple):
    """How a kind of job is looked at: by which operation, where its description is, and what its statuses mean."""

    look: str
    asked: Request
    shown: Callable[[Document], Document]
    """The result of the task, of the answer."""
    status: Callable[[Document], JSON]
    """The status, of the result."""
    good: frozenset[str]
    bad: frozenset[str]
    stop: str | None = None
    stopped: Request = lambda arguments, started: {}
    is_good: Callable[[Document], bool] = lambda result: True
    """Whether a job that came to its end did what it should."""
    gone: str = ""
    """The end of the error's name by which the service says that there is nothing left: what was to be deleted is."""


Start: TypeAlias = Callable[[JSON, TaskContext], Answer]
"""The call that starts a job."""


def handler(
    caller: Caller, service: str, job: Job, start: Start, poll_seconds: float
) -> Callable[[JSON, TaskContext], JSON]:
    """The handler of ``<service>:<action>.sync``; ``start`` makes the call of ``<service>:<action>``."""

    def run(arguments: JSON, task: TaskContext) -> JSON:
        answer = start(arguments, task)
        _check_started(answer.result)
        task.submitted(answer.with_metadata() if optimized.SERVICES[service].shows_metadata else answer.result)
        running = _Running(caller, service, job, arguments if isinstance(arguments, dict) else {}, answer.result)
        return running.end(task, poll_seconds)

    return run


def _check_started(answer: Document) -> None:
    """ECS answers that it could start nothing, where others refuse."""
    if answer.get("Failures") and not answer.get("Tasks"):
        raise TaskError("States.TaskFailed", to_text(answer))


class _Running:
    """A job that has been started."""

    def __init__(self, caller: Caller, service: str, job: Job, arguments: Document, started: Document) -> None:
        self._caller, self._job = caller, job
        self._service = optimized.SERVICES[service]
        self._arguments, self._started = arguments, started
        self._last: Document = {}

    def end(self, task: TaskContext, poll_seconds: float) -> JSON:
        """Wait for the end; the task's result."""
        try:
            while (over := self._over(task)) is None:
                task.sleep(poll_seconds)
        except TaskTimedOut:
            self._stop(task)
            raise
        return over

    def _over(self, task: TaskContext) -> Document | None:
        job = self._job
        try:
            result = job.shown(self._call(job.look, job.asked(self._arguments, self._started), task))
        except TaskError as error:
            if not job.gone or not error.error.endswith(job.gone):
                raise
            return self._last
        self._last, status = result, job.status(result)
        if status in job.bad or (status in job.good and not job.is_good(result)):
            raise TaskError("States.TaskFailed", to_text(result))
        return result if status in job.good else None

    def _stop(self, task: TaskContext) -> None:
        if self._job.stop is not None:
            with suppress(TaskError):
                self._call(self._job.stop, self._job.stopped(self._arguments, self._started), task)

    def _call(self, operation: str, request: Document, task: TaskContext) -> Document:
        return self._caller.optimized(self._service.boto3, operation, request, task, self._service.wording).result


# --------------------------------------------------------------------------- the jobs


def _parsed_texts(description: Document) -> Document:
    """``.sync:2`` gives input and output as values, not as texts."""
    texts = {name: description[name] for name in ("Input", "Output") if isinstance(description.get(name), str)}
    return description | {name: parse(str(text)) for name, text in texts.items()}


def _task_of_ecs(name: str) -> Request:
    def request(arguments: Document, started: Document) -> Document:
        arn = first_of("Tasks")(started).get("TaskArn")
        return {"Cluster": arguments.get("Cluster"), name: [arn] if name == "Tasks" else arn}

    return request


def _containers_ended_well(task: Document) -> bool:
    containers = task.get("Containers")
    codes = [document(each).get("ExitCode") for each in containers] if isinstance(containers, list) else []
    return task.get("StopCode") != "TaskFailedToStart" and all(code in (None, 0) for code in codes)


def _run_of_glue(job: str, run: str, *, many: bool = False) -> Request:
    def request(arguments: Document, started: Document) -> Document:
        identifier = started.get("JobRunId") or started.get("RunId")
        name = arguments.get("JobName") or arguments.get("Name")
        return {job: name, run: [identifier] if many else identifier}

    return request


_EXECUTION = Job(
    look="DescribeExecution",
    asked=by(ExecutionArn=at("ExecutionArn")),
    shown=lambda answer: dict(sorted(answer.items())),
    status=at("Status"),
    good=frozenset({"SUCCEEDED"}),
    bad=frozenset({"FAILED", "TIMED_OUT", "ABORTED"}),
    stop="StopExecution",
    stopped=by(ExecutionArn=at("ExecutionArn")),
)


def _build(what: str, look: str, found: str, stop: str) -> Job:
    return Job(
        look=look,
        asked=lambda arguments, started: {"Ids": [at(what, "Id")(started)]},
        shown=first_as(found, what),
        status=at(what, f"{what}Status"),
        good=frozenset({"SUCCEEDED"}),
        bad=frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"}),
        stop=stop,
        stopped=by(Id=at(what, "Id")),
    )


def _sagemaker(kind: str, *, name: str = "", status: str = "") -> Job:
    name = name or f"{kind}Name"
    return Job(
        look=f"Describe{kind}",
        asked=by_name(name),
        shown=whole,
        status=at(status or f"{kind}Status"),
        good=frozenset({"Completed"}),
        bad=frozenset({"Failed", "Stopped"}),
        stop=f"Stop{kind}",
        stopped=by_name(name),
    )


JOBS: dict[tuple[str, str], Job] = {
    ("states", "startExecution.sync"): _EXECUTION,
    ("states", "startExecution.sync:2"): _EXECUTION._replace(
        shown=lambda answer: _parsed_texts(_EXECUTION.shown(answer))
    ),
    ("athena", "startQueryExecution.sync"): Job(
        look="GetQueryExecution",
        asked=by(QueryExecutionId=at("QueryExecutionId")),
        shown=whole,
        status=at("QueryExecution", "Status", "State"),
        good=frozenset({"SUCCEEDED"}),
        bad=frozenset({"FAILED", "CANCELLED"}),
        stop="StopQueryExecution",
        stopped=by(QueryExecutionId=at("QueryExecutionId")),
    ),
    ("batch", "submitJob.sync"): Job(
        look="DescribeJobs",
        asked=lambda arguments, started: {"Jobs": [started.get("JobId")]},
        shown=first_of("Jobs"),
        status=at("Status"),
        good=frozenset({"SUCCEEDED"}),
        bad=frozenset({"FAILED"}),
        stop="TerminateJob",
        stopped=lambda arguments, started: {
            "JobId": started.get("JobId"),
            "Reason": "The task that waits for it is over",
        },
    ),
    ("bedrock", "createModelCustomizationJob.sync"): Job(
        look="GetModelCustomizationJob",
        asked=by(JobIdentifier=at("JobArn")),
        shown=whole,
        status=at("Status"),
        good=frozenset({"Completed"}),
        bad=frozenset({"Failed", "Stopped"}),
        stop="StopModelCustomizationJob",
        stopped=by(JobIdentifier=at("JobArn")),
    ),
    ("codebuild", "startBuild.sync"): _build("Build", "BatchGetBuilds", "Builds", "StopBuild"),
    ("codebuild", "startBuildBatch.sync"): _build(
        "BuildBatch", "BatchGetBuildBatches", "BuildBatches", "StopBuildBatch"
    ),
    ("codebuild", "retryBuildBatch.sync"): _build(
        "BuildBatch", "BatchGetBuildBatches", "BuildBatches", "StopBuildBatch"
    ),
    ("databrew", "startJobRun.sync"): Job(
        look="DescribeJobRun",
        asked=_run_of_glue("Name", "RunId"),
        shown=whole,
        status=at("State"),
        good=frozenset({"SUCCEEDED"}),
        bad=frozenset({"FAILED", "STOPPED", "TIMEOUT"}),
        stop="StopJobRun",
        stopped=_run_of_glue("Name", "RunId"),
    ),
    ("ecs", "runTask.sync"): Job(
        look="DescribeTasks",
        asked=_task_of_ecs("Tasks"),
        shown=first_of("Tasks"),
        status=at("LastStatus"),
        good=frozenset({"STOPPED"}),
        bad=frozenset(),
        stop="StopTask",
        stopped=_task_of_ecs("Task"),
        is_good=_containers_ended_well,
    ),
    ("glue", "startJobRun.sync"): Job(
        look="GetJobRun",
        asked=_run_of_glue("JobName", "RunId"),
        shown=under("JobRun"),
        status=at("JobRunState"),
        good=frozenset({"SUCCEEDED"}),
        bad=frozenset({"FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"}),
        stop="BatchStopJobRun",
        stopped=_run_of_glue("JobName", "JobRunIds", many=True),
    ),
    ("mediaconvert", "createJob.sync"): Job(
        look="GetJob",
        asked=by(Id=at("Job", "Id")),
        shown=whole,
        status=at("Job", "Status"),
        good=frozenset({"COMPLETE"}),
        bad=frozenset({"ERROR", "CANCELED"}),
        stop="CancelJob",
        stopped=by(Id=at("Job", "Id")),
    ),
    ("sagemaker", "createTrainingJob.sync"): _sagemaker("TrainingJob"),
    ("sagemaker", "createTransformJob.sync"): _sagemaker("TransformJob"),
    ("sagemaker", "createProcessingJob.sync"): _sagemaker("ProcessingJob"),
    ("sagemaker", "createLabelingJob.sync"): _sagemaker("LabelingJob", status="LabelingJobStatus"),
    ("sagemaker", "createHyperParameterTuningJob.sync"): _sagemaker("HyperParameterTuningJob"),
}
