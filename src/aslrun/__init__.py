"""aslrun: an embeddable, async interpreter of the Amazon States Language."""

from .definition.loading import load
from .definition.model import Machine
from .errors import TaskError
from .resources.registry import Resources
from .runtime.result import Result
from .runtime.simulate import simulate

__all__ = ["Machine", "Resources", "Result", "TaskError", "load", "simulate"]
