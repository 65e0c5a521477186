"""Simulation: an execution in virtual time, to its end or until only news from outside can move it.

With plain functions as handlers there is no event loop at all; with async ones the loop's time is virtual too
(``virtual_loop``). Virtual time jumps exactly when no handler is at work.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ..definition.loading import load
from ..definition.model import Machine
from ..engine.events import Started
from ..engine.execution import Execution
from ..engine.limits import Limits, quotas
from ..resources.registry import Resources
from ..values import JSON
from .admission import admitted
from .fresh_stack import on_fresh_stack
from .host import Follower
from .naming import DEFAULT_PLACE, Place, check_name
from .result import Result
from .runs import result_of
from .simulation import PLAIN, SIMULATION_EPOCH, Simulation
from .straight import Road

Definition = Machine | str | os.PathLike[str] | Mapping[str, JSON]


@dataclass(slots=True)
class Setting:
    """When, where and as whom an execution is simulated; ``start`` is in seconds since the epoch."""

    name: str = "simulation"
    start: float = SIMULATION_EPOCH
    seed: int = 0
    limits: Limits | None = None
    place: Place = DEFAULT_PLACE
    on_history: Follower | None = None


def simulate(
    machine: Definition,
    input: JSON = None,
    resources: Resources | None = None,
    *,
    name: str = "simulation",
    seed: int = 0,
    start: float = SIMULATION_EPOCH,
    limits: Limits | None = None,
    place: Place | None = None,
    on_history: Follower | None = None,
) -> Result:
    """Run a state machine in virtual time and give what came of it; nothing in it really waits.

    ``machine`` is a loaded one or whatever ``load`` takes. Everything random comes from ``seed``; virtual time begins
    at ``start``, in seconds since the epoch. An execution that nothing but a task token or a worker can move comes
    back as RUNNING, with the tasks it waits for. ``on_history`` is told history records as they come.

    Raises ``InvalidDefinition``, ``MissingHandlers``, ``InvalidExecutionInput`` or ``InvalidName`` before anything
    runs.

    >>> wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "End": True}}}
    >>> result = simulate(wait, {"id": 7})
    >>> result.status, result.output, result.stopped_at - result.started_at
    ('SUCCEEDED', {'id': 7}, 86400.0)
    """
    check_name(name)
    machine, value, served = admitted(loaded(machine), input, Resources() if resources is None else resources, limits)
    place = place or DEFAULT_PLACE
    if served.has_async:
        from .virtual_loop import simulate_on_loop  # imported here: asyncio costs 30 ms and plain handlers need none

        return simulate_on_loop(machine, value, served, Setting(name, start, seed, limits, place, on_history))
    identity = place.identity(machine, name, _first)
    if on_history is not None:
        simulation = Simulation(served, start=start, place=place, limits=limits)
        simulation.host.on_history = on_history
        run = simulation.host.begin(machine, value, identity, seed)
    else:
        execution = Execution(machine, identity, quotas(machine.type, limits), PLAIN.mint)
        execution.fresh_stack = on_fresh_stack
        road = Road(execution, served)
        effects = road.drive(Started(value, start, seed))
        if execution.status != "RUNNING":
            return result_of(execution, execution.history)
        simulation = Simulation(served, start=execution.now, place=place, limits=limits)
        run = road.join(simulation.host, effects)
    simulation.finish(run)
    return run.result()


def _first() -> str:
    """What tells executions of one name apart, where there is one."""
    return "0"


def loaded(machine: Definition) -> Machine:
    """The machine itself, or what ``load`` makes of it."""
    return machine if isinstance(machine, Machine) else load(machine)
