"""Which Python handler serves a Task's resource.

Rules that a change must keep:

1. A pattern is an ARN in which ``*`` stands for any text and ``?`` for one character. The order of patterns is
   total, so that what serves a resource never depends on the order of registration: no wildcard before
   wildcards, then more literal characters, then the longer literal beginning, then the alphabet.
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

import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar, overload

from ..definition.model import Machine, MapState, TaskState
from ..errors import MissingHandlers
from ..values import JSON
from . import lambda_function, machines
from .lambda_function import FunctionReference
from .objects import ObjectStore
from .own_calls import own_call

if TYPE_CHECKING:
    from .invocation import Convention

Function = TypeVar("Function", bound=Callable[..., object])
OnRecovery = Literal["retry", "fail"]

_SERVICE = re.compile(r"arn:[^:]+:states:::(.+)")
_CALLBACK = ".waitForTaskToken"
_INVOKE = re.compile(rf"arn:[^:]+:states:::{lambda_function.INVOKE}(?:{re.escape(_CALLBACK)})?")
_ACTIVITY = re.compile(r"arn:[^:]+:states:[^:]*:[^:]*:activity:.+")
_REMEMBERED = 10_000  # answers kept by find(); FunctionName may come out of a payload, so there may be many
_REMEMBERED_MACHINES = 100  # a machine may be 100 KB, and may be made anew for every start


class Handler:
    """One registered function and how it wants to be called."""

    __slots__ = (
        "conventions",
        "function",
        "inline",
        "is_async",
        "name",
        "of_functions",
        "on_recovery",
        "pattern",
        "pure",
        "takes_task",
    )

    def __init__(
        self,
        pattern: str,
        function: Callable[..., object],
        *,
        name: str | None = None,
        inline: bool = False,
        pure: bool = False,
        on_recovery: OnRecovery = "retry",
    ) -> None:
        if on_recovery not in ("retry", "fail"):
            raise ValueError(f'resource {pattern}: on_recovery must be "retry" or "fail", not {on_recovery!r}')
        self.pattern = Pattern(pattern)
        self.function = function
        self.name = name or _name_of(function)
        self.takes_task = _takes_task(function, self.name)
        self.is_async = _is_async(function)
        self.inline = inline
        """A sync function that is so quick that it may run on the event loop itself."""
        self.pure = pure
        """It promises not to change its input, and so gets no copy."""
        self.on_recovery = on_recovery
        """After a crash in the middle of a call: call again, or let the task fail."""
        self.of_functions = self.pattern.of_functions
        self.conventions: dict[str, Convention] = {}
        """How a call is dressed, by resource; ``invocation`` keeps it here."""

    def __repr__(self) -> str:
        return f"<Handler {self.name} for {self.pattern.text}>"


class Pattern:
    """An ARN with wildcards.

    >>> Pattern("arn:aws:lambda:*:*:function:charge").matches("arn:aws:lambda:us-east-1:1:function:charge")
    True
    """

    __slots__ = ("_match", "_parts", "has_wildcard", "of_functions", "order", "text")

    def __init__(self, text: str) -> None:
        if not text or text != text.strip():
            raise ValueError(f"resource pattern must be an ARN, perhaps with * and ?, not {text!r}")
        self.text = text
        self._match = re.compile(_regex(text), re.DOTALL).fullmatch
        self._parts = (text.split(":") + ["*"] * 5)[:5]
        self.of_functions = text.startswith("arn:") and self._parts[2] == "lambda"
        literal = re.split(r"[*?]", text)
        self.has_wildcard = len(literal) > 1
        self.order = (self.has_wildcard, -sum(map(len, literal)), -len(literal[0]), text)

    def matches(self, arn: str) -> bool:
        return self._match(arn) is not None

    def matches_function(self, reference: FunctionReference) -> bool:
        """Whether it matches the function; what the reference leaves open, the pattern fills in itself."""
        _, partition, service, region, account = self._parts
        head = f"arn:{reference.partition or partition}:{service}:{reference.region or region}"
        return any(
            self._match(f"{head}:{reference.account or account}:function:{name}") is not None
            for name in reference.names()
        )


class TaskReference(NamedTuple):
    """A resource that a definition names: where, what, and its arguments as far as they are constant."""

    location: str
    resource: str
    arguments: JSON = None
    objects: bool = False
    """Whether the object store is to serve it, for an ItemReader or ResultWriter."""


class MissingHandler(NamedTuple):
    """A resource that nothing serves, and what it may have been meant to be."""

    location: str
    resource: str
    near: tuple[str, ...] = ()
    objects: bool = False

    def __str__(self) -> str:
        if self.objects:
            return f"{self.location}: no object store serves {self.resource}; give one as Resources(objects=...)"
        hint = f"; near: {', '.join(self.near)}" if self.near else ""
        return f"{self.location}: no handler serves {self.resource}{hint}"


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
        that a crash interrupted is not to be made again (kept for drivers that recover; none does yet).

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
        return [self._missing(reference) for reference in references if not self._serves(reference)]

    def _missing(self, reference: TaskReference) -> MissingHandler:
        wanted = _wanted(reference)
        near = () if reference.objects else self._near(wanted)
        return MissingHandler(reference.location, wanted, near, reference.objects)

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
            for reference in _references(each):
                yield reference._replace(location=f"{name}{reference.location}")
                if machines.started_by(reference.resource) is None:
                    continue
                if not self.is_started_here(reference.resource, reference.arguments):
                    continue
                started = self.find_machine(machines.started_machine(reference.arguments) or "")
                if started is not None and started not in seen:
                    seen.append(started)
                    names.append(f"machine {started.name}: ")

    def _near(self, wanted: str) -> tuple[str, ...]:
        known = [*self._handlers, *self._activities, *self._machines]
        tails: dict[str, list[str]] = {}
        for name in known:
            tails.setdefault(_tail(name), []).append(name)
        from difflib import get_close_matches  # imported here: only mistakes need it

        near = get_close_matches(_tail(wanted), tails, n=3, cutoff=0.6)
        return tuple(name for tail in near for name in tails[tail])


def _references(machine: Machine) -> Iterator[TaskReference]:
    for name, state in machine.states.items():
        if isinstance(state, TaskState):
            arguments = state.document.get("Parameters", state.document.get("Arguments"))
            yield TaskReference(f"States.{name}", state.resource.arn, arguments)
        elif isinstance(state, MapState):
            yield from _files(name, state)


def _files(name: str, state: MapState) -> Iterator[TaskReference]:
    """What a Map reads and writes."""
    if state.reader is not None:
        yield TaskReference(f"States.{name}.ItemReader", state.reader.resource, objects=True)
    if state.writer is not None and state.writer.resource:
        yield TaskReference(f"States.{name}.ResultWriter", state.writer.resource, objects=True)


def is_lambda_invoke(resource: str) -> bool:
    """Whether the resource is the optimized integration with Lambda, waiting for a token or not."""
    return lambda_function.INVOKE in resource and _INVOKE.fullmatch(resource) is not None


def is_function_arn(resource: str) -> bool:
    """Whether the resource is a Lambda function itself."""
    return (
        ":function:" in resource
        and resource.startswith("arn:")
        and lambda_function.function_reference(resource) is not None
    )


def is_activity_arn(resource: str) -> bool:
    """Whether the resource is an activity, declared or not."""
    return _ACTIVITY.fullmatch(resource) is not None


def _spellings(resource: str) -> tuple[str, ...]:
    if _SERVICE.fullmatch(resource):
        return tuple(dict.fromkeys((resource, resource.removesuffix(_CALLBACK))))
    reference = lambda_function.function_reference(resource) if resource.startswith("arn:") else None
    if reference is None or reference.qualifier is None:
        return (resource,)
    return resource, resource.removesuffix(f":{reference.qualifier}")


def _regex(text: str) -> str:
    wildcards = {"*": ".*", "?": "."}
    return "".join(wildcards.get(character) or re.escape(character) for character in text)


def _wanted(reference: TaskReference) -> str:
    """The missing resource; for ``lambda:invoke`` with the function, for that is what has no handler."""
    function = reference.arguments.get("FunctionName") if isinstance(reference.arguments, dict) else None
    if isinstance(function, str) and is_lambda_invoke(reference.resource):
        return f"{reference.resource} of function {function}"
    started = machines.started_machine(reference.arguments)
    if started is not None and machines.started_by(reference.resource) is not None:
        return f"{reference.resource} of state machine {started}"
    return reference.resource


def _tail(name: str) -> str:
    """What tells one resource from another: the function's or activity's name, or service and action."""
    return re.split(r":function:|:activity:|:stateMachine:|:::| of function ", name)[-1].casefold()


# --------------------------------------------------------------------------- what a function tells about itself


def _name_of(function: Callable[..., object]) -> str:
    plain = function.func if isinstance(function, functools.partial) else function
    return str(getattr(plain, "__qualname__", type(plain).__qualname__)).replace("<locals>.", "")


def _is_async(function: Callable[..., object]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def _takes_task(function: Callable[..., object], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # some built-in functions keep their signature to themselves
        return False
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    anything = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    required = sum(p.default is p.empty for p in places)
    forced = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]
    if required > 2 or forced or not (places or anything):
        raise TypeError(f"handler {name}{inspect.signature(function)} must take (input) or (input, task)")
    return required == 2 or (anything and len(places) < 2) or (len(places) >= 2 and places[1].name in _TASK_NAMES)


_TASK_NAMES = ("task", "context", "ctx")  # an optional second parameter is the task's only if it is called so
