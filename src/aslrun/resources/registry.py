"""Which Python handler serves a Task's resource.

Rules that a change must keep:

1. Handlers are tried in the order of their patterns (``handler``), never in that of registration.
2. A resource has up to two spellings. ``<action>.waitForTaskToken`` is the same call as ``<action>`` (a ``.sync``
   is not: its result is the finished job); a function with a qualifier is the function. The first pattern in
   the order that matches any spelling serves it.
3. ``lambda:invoke`` is served by the handler of the function it names, and only if there is none by a handler
   of ``lambda:invoke`` itself. A pattern speaks of functions if its service is spelled out: ``arn:*:lambda:...``;
   a plain ``*`` does not. Partition, region and account that a FunctionName leaves open are the pattern's.
4. A task that starts an execution is served by a handler that was registered for its very resource, else by the
   registered machine that its arguments name (``machines``), else by a handler with a wildcard, else it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar, overload

from ..definition.model import Machine
from ..errors import MissingHandlers
from ..values import JSON
from . import lambda_function, machines, task_reference
from .activities import is_activity_arn
from .handler import Handler, OnRecovery
from .lambda_function import FunctionReference, is_lambda_invoke
from .objects import ObjectStore
from .own_calls import own_call
from .task_reference import MissingHandler, TaskReference

Function = TypeVar("Function", bound=Callable[..., object])

_SERVICE = re.compile(r"arn:[^:]+:states:::(.+)")
_CALLBACK = ".waitForTaskToken"
_REMEMBERED = 10_000  # answers kept by find(); FunctionName may come out of a payload, so there may be many
_REMEMBERED_MACHINES = 100  # a machine may be 100 KB, and may be made anew for every start


class Resources:
    """The handlers and activities that the tasks of a state machine may use, and the objects that its Maps may.

    ``objects`` stands where AWS has S3, for the ItemReader and ResultWriter of a distributed Map.

    >>> resources = Resources()
    >>> @resources.task("arn:aws:lambda:*:*:function:charge")
    ... def charge(order):
    ...     return {"charged": order["total"]}
    >>> resources.find("arn:aws:states:::lambda:invoke", {"FunctionName": "charge"})
    <Handler charge for arn:aws:lambda:*:*:function:charge>
    """

    __slots__ = ("_activities", "_found", "_handlers", "_machines", "_objects", "_ordered", "_served", "has_async")

    def __init__(self, *, objects: ObjectStore | None = None) -> None:
        self._objects = objects
        self._handlers: dict[str, Handler] = {}
        self._ordered: list[Handler] = []
        self._activities: dict[str, None] = {}
        self._machines: dict[str, Machine] = {}
        self._found: dict[tuple[str, FunctionReference | None], Handler | None] = {}
        self._served: dict[Machine, None] = {}  # machines of which every task is known to be served
        self.has_async = False
        """Whether any handler needs an event loop."""

    # ----------------------------------------------------------------------- registering

    @overload
    def task(
        self,
        pattern: str,
        handler: None = None,
        *,
        name: str | None = None,
        inline: bool = False,
        pure: bool = False,
        on_recovery: OnRecovery = "retry",
    ) -> Callable[[Function], Function]: ...

    @overload
    def task(
        self,
        pattern: str,
        handler: Function,
        *,
        name: str | None = None,
        inline: bool = False,
        pure: bool = False,
        on_recovery: OnRecovery = "retry",
    ) -> Function: ...

    def task(
        self,
        pattern: str,
        handler: Function | None = None,
        *,
        name: str | None = None,
        inline: bool = False,
        pure: bool = False,
        on_recovery: OnRecovery = "retry",
    ) -> Callable[[Function], Function] | Function:
        """Let a handler serve the resources that match ``pattern``; a decorator, or a call with the handler.

        The handler takes ``(input)`` or ``(input, task)`` and may be ``async``. ``inline``: a sync handler so
        quick that it needs no thread; ``pure``: it leaves its input as it is; ``on_recovery="fail"``: a call
        that a crash interrupted is not made again, and its task fails.

        Raises ``ValueError`` if the pattern is taken and ``TypeError`` for a handler with other parameters.

        >>> Resources().task("arn:aws:states:::sns:publish", lambda message: {"MessageId": "1"})
        <function <lambda> at ...>
        """

        if not isinstance(pattern, str):
            raise TypeError(f'a handler serves a resource: @resources.task("arn:..."), not {type(pattern).__name__}')

        def register(function: Function) -> Function:
            self._register(Handler(pattern, function, name=name, inline=inline, pure=pure, on_recovery=on_recovery))
            return function

        return register if handler is None else register(handler)

    def activity(self, arn_or_name: str) -> None:
        """Declare an activity; a name alone is known in every region and account.

        >>> resources = Resources()
        >>> resources.activity("approve")
        >>> resources.is_activity("arn:aws:states:us-east-1:111111111111:activity:approve")
        True
        """
        self._activities[arn_or_name] = None

    @property
    def objects(self) -> ObjectStore | None:
        """The object store, if there is one."""
        return self._objects

    @objects.setter
    def objects(self, store: ObjectStore | None) -> None:
        self._objects = store
        self._served = {}

    def machine(self, machine: machines.Definition, *, name: str | None = None, type: str = "STANDARD") -> Machine:
        """Let tasks start executions of a machine, a loaded one or whatever ``load`` takes; gives the machine.

        It is known in every region and account by its name, and by nothing but its ARN if ``name`` is a full one.
        ``type`` is that of a definition which is not loaded yet. Raises ``InvalidDefinition``, or ``ValueError`` if
        the name is taken.

        >>> resources = Resources()
        >>> child = resources.machine({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, name="child")
        >>> resources.find_machine("arn:aws:states:us-east-1:111111111111:stateMachine:child") is child
        True
        """
        loaded, known_as = machines.registered(machine, name, type)
        if known_as in self._machines and self._machines[known_as] is not loaded:
            raise ValueError(f"a state machine {known_as} is already registered")
        self._machines[known_as] = loaded
        self._served = {}
        return loaded

    def find_machine(self, arn: str) -> Machine | None:
        """The registered machine that an ARN leads to, also that of a version or an alias."""
        reference = machines.machine_reference(arn)
        return None if reference is None else self._machines.get(reference.arn) or self._machines.get(reference.name)

    def _register(self, handler: Handler) -> None:
        pattern = handler.pattern.text
        if taken := self._handlers.get(pattern):
            raise ValueError(
                f"resource {pattern} is already served by {taken.name}; {handler.name} cannot serve it too"
            )
        self._handlers[pattern] = handler
        self._reorder()

    def _reorder(self) -> None:
        self._ordered = sorted(self._handlers.values(), key=lambda handler: handler.pattern.order)
        self._found = {}
        self._served = {}
        self.has_async = any(handler.is_async for handler in self._ordered)

    # ----------------------------------------------------------------------- combining

    def copy(self) -> Resources:
        """Resources of their own with the same handlers, activities and objects."""
        return self | Resources()

    def __or__(self, other: Resources) -> Resources:
        """Both together; where both have a pattern, or objects, the right one's count (as in dictionaries)."""
        merged = Resources(objects=self._objects if other._objects is None else other._objects)
        merged._handlers = self._handlers | other._handlers
        merged._activities = self._activities | other._activities
        merged._machines = self._machines | other._machines
        merged._reorder()
        return merged

    def __iter__(self) -> Iterator[Handler]:
        """The handlers in the order in which they are tried."""
        return iter(self._ordered)

    # ----------------------------------------------------------------------- finding

    @property
    def activities(self) -> tuple[str, ...]:
        """ARNs and names of the declared activities."""
        return tuple(self._activities)

    @property
    def machines(self) -> Mapping[str, Machine]:
        """The registered state machines by the names and ARNs under which they are known."""
        return self._machines

    def is_activity(self, resource: str) -> bool:
        """Whether the resource is a declared activity."""
        return resource in self._activities or (
            is_activity_arn(resource) and resource.rpartition(":")[2] in self._activities
        )

    def find(self, resource: str, arguments: JSON = None) -> Handler | None:
        """The handler that serves a resource; the arguments tell which function ``lambda:invoke`` calls."""
        reference = None
        if lambda_function.INVOKE in resource and is_lambda_invoke(resource):
            reference = lambda_function.invoked_function(arguments)
        key = (resource, reference)
        try:
            return self._found[key]
        except KeyError:
            pass
        if len(self._found) >= _REMEMBERED:
            self._found.clear()
        found = self._found[key] = self._serving_function(reference) or self._serving(resource)
        return found

    def is_started_here(self, resource: str, arguments: JSON) -> bool:
        """Whether a task that starts an execution is for the registered machines, and for no handler."""
        handler = self.find(resource)
        if handler is None:
            return True
        started = machines.started_machine(arguments)
        return handler.pattern.has_wildcard and started is not None and self.find_machine(started) is not None

    def _serving_function(self, reference: FunctionReference | None) -> Handler | None:
        if reference is None:
            return None
        return next((h for h in self._ordered if h.of_functions and h.pattern.matches_function(reference)), None)

    def _serving(self, resource: str) -> Handler | None:
        spellings = _spellings(resource)
        return next((h for h in self._ordered if any(map(h.pattern.matches, spellings))), None)

    # ----------------------------------------------------------------------- what is missing

    def missing(self, machine: Machine | Iterable[TaskReference]) -> list[MissingHandler]:
        """The tasks that nothing serves, of a machine and of those that it surely starts, with names that come near."""
        references = self._all_references(machine) if isinstance(machine, Machine) else machine
        known = [*self._handlers, *self._activities, *self._machines]
        return [task_reference.missing(each, known) for each in references if not self._serves(each)]

    def require(self, machine: Machine | Iterable[TaskReference]) -> None:
        """Raise ``MissingHandlers``, naming every task of a machine that nothing serves."""
        if isinstance(machine, Machine) and machine in self._served:
            return
        missing = self.missing(machine)
        if not missing:
            if isinstance(machine, Machine):
                self._remember(machine)
            return
        count = len(missing)
        head = f"{count} resource{'' if count == 1 else 's'} without a handler"
        message = "\n  ".join([head, *map(str, missing)])
        raise MissingHandlers(message, list(dict.fromkeys(each.resource for each in missing)))

    def _remember(self, machine: Machine) -> None:
        if len(self._served) >= _REMEMBERED_MACHINES:
            self._served.clear()
        self._served[machine] = None

    def _serves(self, reference: TaskReference) -> bool:
        if reference.objects:
            return self._objects is not None
        if self.is_activity(reference.resource) or self.find(reference.resource, reference.arguments) is not None:
            return True
        if own_call(reference.resource) is not None:  # it may be about an execution of the same interpreter
            return True
        if machines.started_by(reference.resource) is not None:
            started = machines.started_machine(reference.arguments)
            return bool(self._machines) if started is None else self.find_machine(started) is not None
        # A function that is named only at run time may be any of the functions there are.
        unknown = is_lambda_invoke(reference.resource) and lambda_function.invoked_function(reference.arguments) is None
        return unknown and any(handler.of_functions for handler in self._ordered)

    def _all_references(self, machine: Machine) -> Iterator[TaskReference]:
        """What a machine names, and then what the machines name that it starts by constant ARNs."""
        seen, names = [machine], [""]
        for each, name in zip(seen, names, strict=False):  # both grow
            for reference in task_reference.references(each):
                yield reference._replace(location=f"{name}{reference.location}")
                if machines.started_by(reference.resource) is None:
                    continue
                if not self.is_started_here(reference.resource, reference.arguments):
                    continue
                started = self.find_machine(machines.started_machine(reference.arguments) or "")
                if started is not None and started not in seen:
                    seen.append(started)
                    names.append(f"machine {started.name}: ")


def _spellings(resource: str) -> tuple[str, ...]:
    if _SERVICE.fullmatch(resource):
        return tuple(dict.fromkeys((resource, resource.removesuffix(_CALLBACK))))
    reference = lambda_function.function_reference(resource) if resource.startswith("arn:") else None
    if reference is None or reference.qualifier is None:
        return (resource,)
    return resource, resource.removesuffix(f":{reference.qualifier}")
