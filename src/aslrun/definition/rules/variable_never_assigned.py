"""variable-never-assigned: a variable that is read is assigned somewhere.

> A reference to a variable that has no value fails the state
> (after the developer guide, Passing data between states with variables)

No state of this machine, branch or iteration, nor of what is around it, assigns the variable. Look for a typing error.
What a branch assigns ends with the branch, and the children of a distributed Map see no variables from outside.

Bad::

    {"QueryLanguage": "JSONata", "StartAt": "Sum", "States": {
      "Sum": {"Type": "Pass", "Output": "{% $total * 2 %}", "End": true}}}

Good::

    {"QueryLanguage": "JSONata", "StartAt": "Read", "States": {
      "Read": {"Type": "Pass", "Assign": {"total": "{% $states.input.total %}"}, "Next": "Sum"},
      "Sum": {"Type": "Pass", "Output": "{% $total * 2 %}", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("variable-never-assigned")
