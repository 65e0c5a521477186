"""From here to AWS: a definition as text and templates, the policy of its role, its deployment, and what it will cost.

``boto3`` (extra ``aws``) is imported only by ``connect``, and PyYAML only for YAML.
"""

from __future__ import annotations

from .compare import Comparison, amended, compare
from .deploy import (
    Deployment,
    DeploymentFailed,
    Plan,
    Settings,
    StepFunctions,
    UnfilledPlaceholders,
    connect,
    deploy,
    plan,
    pull,
)
from .diff import Change, Diff, diff
from .exporting import export, template
from .iam import policy
from .iam_policy import Policy
from .report import Assumptions, Finding, Report, report
from .stack import Options

__all__ = [
    "Assumptions",
    "Change",
    "Comparison",
    "Deployment",
    "DeploymentFailed",
    "Diff",
    "Finding",
    "Options",
    "Plan",
    "Policy",
    "Report",
    "Settings",
    "StepFunctions",
    "UnfilledPlaceholders",
    "amended",
    "compare",
    "connect",
    "deploy",
    "diff",
    "export",
    "plan",
    "policy",
    "pull",
    "report",
    "template",
]
