"""variable-maybe-unassigned: a variable has a value on every way to where it is read.

> A reference to a variable that has no value fails the state
> (after the developer guide, Passing data between states with variables)

One of the ways that lead here does not assign the variable. Assign a default before the ways part, or ask for it first
(``IsPresent``, ``$exists``). Nothing is said where two Choice states look at the same thing: the ways may then belong
together.

Bad::

    {"QueryLanguage": "JSONata", "StartAt": "Kind", "States": {
      "Kind": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.vip %}", "Next": "Vip"}],
        "Default": "Pay"},
      "Vip": {"Type": "Pass", "Assign": {"discount": 10}, "Next": "Pay"},
      "Pay": {"Type": "Pass", "Output": "{% $discount %}", "End": true}}}

Good::

    {"QueryLanguage": "JSONata", "StartAt": "Kind", "States": {
      "Kind": {"Type": "Choice", "Choices": [{"Condition": "{% $states.input.vip %}", "Next": "Vip"}], "Default": "Pay",
        "Assign": {"discount": 0}},
      "Vip": {"Type": "Pass", "Assign": {"discount": 10}, "Next": "Pay"},
      "Pay": {"Type": "Pass", "Output": "{% $discount %}", "End": true}}}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..problem import Problem

if TYPE_CHECKING:
    from ..flow import Flow


def check(flow: Flow) -> Iterator[Problem]:
    """What the data flow says of it."""
    return flow.of("variable-maybe-unassigned")
