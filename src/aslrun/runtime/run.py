"""``aslrun.run``: one execution in real time, from code that has no event loop."""

from __future__ import annotations

import anyio

from ..engine.limits import Limits
from ..resources.registry import Resources
from ..values import JSON
from .interpreter import Interpreter
from .result import Result
from .simulate import Definition


def run(
    machine: Definition,
    input: JSON = None,
    resources: Resources | None = None,
    *,
    name: str | None = None,
    limits: Limits | None = None,
) -> Result:
    """Run a state machine in real time and block until it is over.

    Raises what ``Interpreter.start`` raises. Inside an event loop use ``Interpreter``.

    >>> run({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 7, "End": True}}}).output
    7
    """

    async def main() -> Result:
        async with Interpreter(resources, limits=limits) as interpreter:
            return await (await interpreter.start(machine, input, name=name)).result()

    return anyio.run(main)
