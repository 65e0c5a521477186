"""The parse tree to closures: what an expression does, decided once and not at every evaluation."""

from . import constructs, functions, operators, paths
from .core import Compiler, compile_tree

__all__ = ["Compiler", "compile_tree", "constructs", "functions", "operators", "paths"]
