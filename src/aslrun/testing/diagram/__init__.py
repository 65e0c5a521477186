"""The graph of a state machine, as Mermaid text and as a picture (SVG), with coverage on it if there is some."""

from .mermaid import mermaid
from .svg import svg

__all__ = ["mermaid", "svg"]
