"""Coverage of state machines: which states, arrows, rules, retriers, catchers, Map sizes and time-outs were reached.

::

    coverage = Coverage()
    machine = coverage.watch("order.asl.json")
    simulate(machine, {"total": 7}, mocks)
    print(report_text(coverage))

With pytest, ``--aslrun-cov`` does it for a whole suite.
"""

from .collecting import Coverage, Covered
from .data import InvalidCoverageFile, read, write
from .items import Item, items_of
from .report import report_text

__all__ = ["Coverage", "Covered", "InvalidCoverageFile", "Item", "items_of", "read", "report_text", "write"]
