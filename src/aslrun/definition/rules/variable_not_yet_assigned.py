"""variable-not-yet-assigned: a variable has its value before it is read.

> All values of an Assign are evaluated before any of them is bound; new values are seen from the next state on
> (after the States Language, Assign)

The variable is assigned, but on no way that leads here: in this very state, or in a later one. Assign it in a state
before, or use the expression itself.

Bad::

    {"QueryLanguage": "JSONata", "StartAt": "Sum", "States": {
      "Sum": {"Type": "Pass", "Assign": {"net": 10, "gross": "{% $net * 1.2 %}"}, "End": true}}}

Good::

    {"QueryLanguage": "JSONata", "StartAt": "Net", "States": {
      "Net": {"Type": "Pass", "Assign": {"net": 10}, "Next": "Gross"},
      "Gross": {"Type": "Pass", "Assign": {"gross": "{% $net * 1.2 %}"}, "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("variable-not-yet-assigned")
