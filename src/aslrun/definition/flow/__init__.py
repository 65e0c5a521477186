"""Data flow: what can be known of a machine's values before it runs, and what is suspicious about it.

``flow_of`` is the whole: an abstract interpretation (``analysis``) over the compiled model and the parse trees of its
expressions. The rules in ``definition/rules`` ask it for their findings.
"""

from __future__ import annotations

from .analysis import Analysis, GaveUp
from .reading import Finding

__all__ = ["Analysis", "Finding", "GaveUp"]
