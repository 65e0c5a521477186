"""Regular expressions of JavaScript, matched within a budget.

Python's ``re`` speaks another dialect (``\\s``, ``$``, back references, look-behind) and cannot be stopped:
a pattern like ``(a+)+$`` would hold the whole process. So patterns are parsed and matched here.
"""

from .machine import Program, compile_regex

__all__ = ["Program", "compile_regex"]
