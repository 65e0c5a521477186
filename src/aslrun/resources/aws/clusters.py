"""Clusters and what runs on them: EMR, EMR on EKS, EMR Serverless, and EKS itself.

EMR's integration has actions of its own, with one cluster or step where the service's API takes several.

Rules that a change must keep (developer guide, "Create and manage Amazon EMR clusters", "... Amazon EKS clusters"):

1. Step Functions does not terminate a cluster of EMR whose task is over; it cancels a step.
2. What is deleted is over when the service no longer knows it.
3. A fleet or a group is called by its name, which the service is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ...errors import TaskError
from ...values import JSON
from ..task_context import TaskContext
from ..unusable import unusable
from .calls import Answer, Caller
from .jobs import Job
from .optimized import SERVICES
from .reading import Document, Request, at, by, by_name, document, under, whole

EMR = "elasticmapreduce"


class Renamed(NamedTuple):
    """An action that EMR's own API has under another name and in another shape."""

    operation: str
    request: Callable[[Document], Document]
    answer: Callable[[Document], Document] = lambda answer: {}


class Named(NamedTuple):
    """A change of something that is called by its name: how it is found, and where its id goes."""

    look: str
    found: str
    named: str
    operation: str
    request: Callable[[Document, JSON], Document]


def _new_cluster(given: Document) -> Document:
    """A cluster that stays until it is terminated, and has no steps yet."""
    instances = document(given.get("Instances"))
    if "Steps" in given:
        raise unusable(given, "The field 'Steps' is not supported by Step Functions")
    if instances.get("KeepJobFlowAliveWhenNoSteps") is not True:
        raise unusable(given, "The field 'KeepJobFlowAliveWhenNoSteps' must be true")
    return given


def _first(name: str) -> Callable[[Document], JSON]:
    def first(answer: Document) -> JSON:
        found = answer.get(name)
        return found[0] if isinstance(found, list) and found else None

    return first


def _moved(given: Document, moved: Mapping[str, str]) -> Document:
    """A request with members under other names, in an array of one."""
    kept = {name: value for name, value in given.items() if name not in moved}
    return kept | {new: [given[old]] for old, new in moved.items() if old in given}


RENAMED: Mapping[str, Renamed] = {
    "createCluster": Renamed(
        "RunJobFlow",
        _new_cluster,
        lambda answer: {"ClusterId": answer.get("JobFlowId"), "ClusterArn": answer.get("ClusterArn")},
    ),
    "addStep": Renamed(
        "AddJobFlowSteps",
        lambda given: {
            "JobFlowId": given.get("ClusterId"),
            **_moved({name: value for name, value in given.items() if name != "ClusterId"}, {"Step": "Steps"}),
        },
        lambda answer: {"StepId": _first("StepIds")(answer)},
    ),
    "cancelStep": Renamed(
        "CancelSteps",
        lambda given: _moved(given, {"StepId": "StepIds"}),
        lambda answer: {"CancelStepsInfo": _first("CancelStepsInfoList")(answer)},
    ),
    "terminateCluster": Renamed("TerminateJobFlows", lambda given: _moved(given, {"ClusterId": "JobFlowIds"})),
    "setClusterTerminationProtection": Renamed(
        "SetTerminationProtection", lambda given: _moved(given, {"ClusterId": "JobFlowIds"})
    ),
}
NAMED: Mapping[str, Named] = {
    "modifyInstanceFleetByName": Named(
        "ListInstanceFleets",
        "InstanceFleets",
        "InstanceFleetName",
        "ModifyInstanceFleet",
        lambda given, identifier: {
            "ClusterId": given.get("ClusterId"),
            "InstanceFleet": {**document(given.get("InstanceFleet")), "InstanceFleetId": identifier},
        },
    ),
    "modifyInstanceGroupByName": Named(
        "ListInstanceGroups",
        "InstanceGroups",
        "InstanceGroupName",
        "ModifyInstanceGroups",
        lambda given, identifier: {
            "ClusterId": given.get("ClusterId"),
            "InstanceGroups": [{**document(given.get("InstanceGroup")), "InstanceGroupId": identifier}],
        },
    ),
}


ACTIONS = (*RENAMED, *NAMED)


def call(caller: Caller, action: str, arguments: JSON, task: TaskContext) -> Answer:
    """Call an action of EMR's integration."""
    given, wording = document(arguments), SERVICES[EMR].wording
    if (named := NAMED.get(action)) is not None:
        answer = caller.optimized("emr", named.look, {"ClusterId": given.get("ClusterId")}, task, wording)
        request = named.request(given, _identifier(named, given, answer.result))
        return caller.optimized("emr", named.operation, request, task, wording)
    renamed = RENAMED[action]
    answer = caller.optimized("emr", renamed.operation, renamed.request(given), task, wording)
    return Answer(renamed.answer(answer.result), answer.metadata)


def _identifier(named: Named, given: Document, answer: Document) -> JSON:
    """The id of the one that has the name."""
    name, found = given.get(named.named), answer.get(named.found)
    for each in found if isinstance(found, list) else ():
        if document(each).get("Name") == name:
            return document(each).get("Id")
    raise TaskError("EMR.InvalidRequestException", f"The cluster has no {named.named} {name}")


# --------------------------------------------------------------------------- what .sync waits for


def _with(name: str, identifier: str) -> Callable[[Document], Document]:
    """The description under its name, and its id beside it."""
    return lambda answer: {name: document(answer.get(name)), identifier: document(answer.get(name)).get("Id")}


def _cluster(good: str, bad: str) -> Job:
    return Job(
        look="DescribeCluster",
        asked=lambda arguments, started: {"ClusterId": started.get("ClusterId") or arguments.get("ClusterId")},
        shown=_with("Cluster", "ClusterId"),
        status=at("Cluster", "Status", "State"),
        good=frozenset(good.split()),
        bad=frozenset(bad.split()),
    )


_OF_STEP: Request = lambda arguments, started: {  # noqa: E731
    "ClusterId": arguments.get("ClusterId"),
    "StepId": started.get("StepId"),
}


def _of_serverless(kind: str, names: tuple[str, ...], good: str, bad: str, stop: str | None) -> Job:
    asked: Request = lambda arguments, started: {  # noqa: E731
        name: started.get(name) or arguments.get(name) for name in names
    }
    return Job(
        look=f"Get{kind}",
        asked=asked,
        shown=under(kind),
        status=at("State"),
        good=frozenset(good.split()),
        bad=frozenset(bad.split()),
        stop=stop,
        stopped=asked,
    )


def _application(good: str, bad: str = "", stop: str | None = None) -> Job:
    return _of_serverless("Application", ("ApplicationId",), good, bad, stop)


def _run(good: str, bad: str, stop: str | None = "CancelJobRun") -> Job:
    return _of_serverless("JobRun", ("ApplicationId", "JobRunId"), good, bad, stop)


def _of_eks(kind: str, names: tuple[str, ...], bad: str, *, delete: bool = False) -> Job:
    asked: Request = lambda arguments, started: {name: arguments.get(name) for name in names}  # noqa: E731
    return Job(
        look=f"Describe{kind}",
        asked=asked,
        shown=whole,
        status=at(kind, "Status"),
        good=frozenset() if delete else frozenset({"ACTIVE"}),
        bad=frozenset(bad.split()),
        stop=None if delete else f"Delete{kind}",
        stopped=asked,
        gone="ResourceNotFoundException" if delete else "",
    )


_NODES, _PROFILE = ("ClusterName", "NodegroupName"), ("ClusterName", "FargateProfileName")

JOBS: dict[tuple[str, str], Job] = {
    (EMR, "createCluster.sync"): _cluster("WAITING", "TERMINATING TERMINATED TERMINATED_WITH_ERRORS"),
    (EMR, "terminateCluster.sync"): _cluster("TERMINATED", "TERMINATED_WITH_ERRORS"),
    (EMR, "addStep.sync"): Job(
        look="DescribeStep",
        asked=_OF_STEP,
        shown=_with("Step", "StepId"),
        status=at("Step", "Status", "State"),
        good=frozenset({"COMPLETED"}),
        bad=frozenset({"CANCELLED", "FAILED", "INTERRUPTED"}),
        stop="CancelSteps",
        stopped=lambda arguments, started: {
            "ClusterId": arguments.get("ClusterId"),
            "StepIds": [started.get("StepId")],
        },
    ),
    ("emr-containers", "startJobRun.sync"): Job(
        look="DescribeJobRun",
        asked=by(Id=at("Id"), VirtualClusterId=at("VirtualClusterId")),
        shown=under("JobRun"),
        status=at("State"),
        good=frozenset({"COMPLETED"}),
        bad=frozenset({"FAILED", "CANCELLED"}),
        stop="CancelJobRun",
        stopped=by(Id=at("Id"), VirtualClusterId=at("VirtualClusterId")),
    ),
    ("emr-containers", "deleteVirtualCluster.sync"): Job(
        look="DescribeVirtualCluster",
        asked=by_name("Id"),
        shown=under("VirtualCluster"),
        status=at("State"),
        good=frozenset({"TERMINATED"}),
        bad=frozenset({"ARRESTED"}),
    ),
    ("emr-serverless", "createApplication.sync"): _application("CREATED STARTED", "TERMINATED", "DeleteApplication"),
    ("emr-serverless", "startApplication.sync"): _application("STARTED", "STOPPED TERMINATED", "StopApplication"),
    ("emr-serverless", "stopApplication.sync"): _application("STOPPED CREATED", "TERMINATED"),
    ("emr-serverless", "deleteApplication.sync"): _application("TERMINATED"),
    ("emr-serverless", "startJobRun.sync"): _run("SUCCESS", "FAILED CANCELLED"),
    ("emr-serverless", "cancelJobRun.sync"): _run("CANCELLED", "SUCCESS FAILED", stop=None),
    ("eks", "createCluster.sync"): _of_eks("Cluster", ("Name",), "FAILED DELETING"),
    ("eks", "deleteCluster.sync"): _of_eks("Cluster", ("Name",), "FAILED", delete=True),
    ("eks", "createNodegroup.sync"): _of_eks("Nodegroup", _NODES, "CREATE_FAILED DEGRADED DELETING"),
    ("eks", "deleteNodegroup.sync"): _of_eks("Nodegroup", _NODES, "DELETE_FAILED", delete=True),
    ("eks", "createFargateProfile.sync"): _of_eks("FargateProfile", _PROFILE, "CREATE_FAILED DELETING"),
    ("eks", "deleteFargateProfile.sync"): _of_eks("FargateProfile", _PROFILE, "DELETE_FAILED", delete=True),
}
