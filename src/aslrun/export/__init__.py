"""From here to AWS: a definition as text and templates, the policy of its role, its deployment, and what it will cost.

``boto3`` (extra ``aws``) is imported only by ``deploy``, ``plan`` and ``pull``, and PyYAML only for YAML.
"""

from __future__ import annotations

from .exporting import export, template
from .iam import Policy, policy
from .stack import Options

__all__ = ["Options", "Policy", "export", "policy", "template"]
