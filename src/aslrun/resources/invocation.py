"""One call of a handler: what goes in, and what its result or its exception means for the task.

Rules that a change must keep:

1. A handler shares nothing with the execution: it gets a copy of the input (unless it is ``pure``), and what it
   returns is checked and copied in one pass before anybody sees it.
2. This is the only place that catches ``Exception``, and the only one that turns a handler's outcome into a
   task's. A cancelled call is no outcome: ``BaseException`` goes through.
3. How input and result are dressed depends on the resource alone, never on the driver (``_FUNCTION``,
   ``_INVOKE`` and ``_SERVICE`` below). Threads, cancellation and time-outs are the driver's::

       call = prepare(resources, resource, arguments, task, request_id)
       if isinstance(call, Failed): ...                       # nothing serves it, or the service refuses the call
       elif call.handler.is_async: outcome = await invoke(call)
       elif call.handler.inline:   outcome = invoke_sync(call)
       else:                       outcome = await anyio.to_thread.run_sync(invoke_sync, call)
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from types import CodeType, CoroutineType, TracebackType
from typing import Any, NamedTuple, TypeAlias

from ..errors import HandlerError, InvalidHandlerOutput, TaskError
from ..values import JSON, NotJSON, copy, plain, spaced, verbatim
from . import lambda_function
from .activities import is_activity_arn
from .handler import Handler
from .lambda_function import is_function_arn, is_lambda_invoke
from .registry import Resources
from .task_context import TaskContext

LONGEST_ERROR = 256
"""Characters of an error name."""
LONGEST_CAUSE = 32_768
"""Characters of a cause."""


class Succeeded(NamedTuple):
    """The handler's result, as the task's."""

    output: JSON


class Failed(NamedTuple):
    """Why the task fails."""

    error: str | None
    cause: str | None


Outcome: TypeAlias = Succeeded | Failed

AboutTask: TypeAlias = TaskContext | Callable[[], TaskContext]
"""A task's context, or how to make it."""


class NeedsEventLoop(HandlerError):
    """An async handler waits for something, and there is no event loop; raised to the caller of the driver."""


class Invocation:
    """A call that is ready to be made: ``call()`` it anywhere, then hand what happened to ``succeed`` or ``fail``."""

    __slots__ = ("_arguments", "_convention", "_task", "handler", "input")

    def __init__(self, handler: Handler, resource: str, arguments: JSON, task: AboutTask) -> None:
        convention = handler.conventions.get(resource) or _convention(handler, resource)
        dress = convention.input
        given = arguments if dress is None else dress(arguments)
        self._arguments = arguments
        self._convention = convention
        self.handler = handler
        self.input = given if handler.pure else copy(given)
        self._task = task

    @property
    def task(self) -> TaskContext:
        """What the handler may know of its task; made when it is first asked for, as many handlers never do."""
        if not isinstance(self._task, TaskContext):
            self._task = self._task()
        return self._task

    def call(self) -> object:
        """Call the function; an async one gives its coroutine."""
        handler, task = self.handler, self._task
        function = handler.function  # called from a local name, which is quicker: so in all of the hot path
        if not handler.takes_task:
            return function(self.input)
        return function(self.input, task if isinstance(task, TaskContext) else self.task)

    def succeed(self, value: object) -> Outcome:
        """The outcome when the function has returned ``value``."""
        try:
            output = self._convention.output
            return Succeeded(output(self, value))
        except InvalidHandlerOutput as error:
            return invalid_output(error)
        except Exception as exception:  # the value's own class may be broken
            return self.fail(exception)

    def fail(self, exception: BaseException) -> Outcome:
        """The outcome when the function has raised."""
        if isinstance(exception, TaskError) and (told := _told(exception)):
            return told
        error = type(exception).__name__
        stack = handler_stack(exception, self.handler.function)
        compact = self._convention.compact
        cause = lambda_function.error_text(error, _message(exception), stack, self.task.request_id, compact=compact)
        return failed(error, cause)

    def __repr__(self) -> str:
        return f"<Invocation of {self.handler.name} by {self.task.state}>"


# --------------------------------------------------------------------------- calling


def prepare(
    resources: Resources, resource: str, arguments: JSON, task: AboutTask, request_id: str | None = None
) -> Invocation | Failed:
    """Find the handler of a scheduled task and build the call; ``Failed`` where no call can be made.

    ``request_id`` is the context's, if it is given here.

    >>> resources = Resources()
    >>> _ = resources.task("arn:aws:lambda:*:*:function:add", lambda numbers: sum(numbers))
    >>> call = prepare(resources, "arn:aws:lambda:eu-west-1:111111111111:function:add", [1, 2], TaskContext(), "r-1")
    >>> invoke_sync(call)
    Succeeded(output=3)
    """
    if request_id is not None and isinstance(task, TaskContext):
        task.request_id = request_id
    handler = resources.find(resource, arguments)
    if handler is None:
        return unserved(resource, arguments, task if isinstance(task, TaskContext) else task())
    try:
        return Invocation(handler, resource, arguments, task)
    except lambda_function.PayloadRefused as refused:
        name = (task if isinstance(task, TaskContext) else task()).request_id
        return failed(*lambda_function.refusal("InvalidRequestContentException", 400, str(refused), name))
    except RecursionError:
        return failed("States.Runtime", f"The arguments of {resource} are nested too deep")


async def invoke(call: Invocation, begun: Awaitable[object] | None = None) -> Outcome:
    """Make the call and await its result; ``begun`` is what the function has returned already, if it has."""
    try:
        value = call.call() if begun is None else begun
        if isinstance(value, Awaitable):
            value = await value
    except Exception as exception:
        return call.fail(exception)
    return call.succeed(value)


class Waiting(NamedTuple):
    """A call that has made its first step and waits: what it has asked of the event loop, and who goes on."""

    coroutine: Coroutine[Any, Any, object]
    asked: object


def first_step(call: Invocation, begun: Awaitable[object] | None = None) -> Outcome | Waiting:
    """Make the call up to its first wait, which many do not have; ``begun`` is what the function returned already."""
    try:
        value = call.call() if begun is None else begun
        if isinstance(value, (CoroutineType, Awaitable)):  # the first of them is the quick one
            coroutine = value if isinstance(value, CoroutineType) else _awaited(value)
            try:
                return Waiting(coroutine, coroutine.send(None))
            except StopIteration as end:
                value = end.value
    except Exception as exception:
        return call.fail(exception)
    return call.succeed(value)


async def _awaited(value: Awaitable[object]) -> object:
    return await value


def invoke_sync(call: Invocation, run: Callable[[Coroutine[object, None, object]], object] | None = None) -> Outcome:
    """Make the call without an event loop; ``run`` drives a coroutine to its end (by default: while it never waits).

    Raises ``NeedsEventLoop`` if the coroutine of an async handler waits and there is no ``run``.
    """
    try:
        value = call.call()
        if isinstance(value, CoroutineType):
            value = (run or run_unsuspended)(value)
    except NeedsEventLoop:
        raise
    except Exception as exception:
        return call.fail(exception)
    return call.succeed(value)


def run_unsuspended(coroutine: Coroutine[object, None, object]) -> object:
    """The result of a coroutine that never waits.

    Raises ``NeedsEventLoop`` if it does.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    name = getattr(coroutine, "__qualname__", type(coroutine).__name__)
    raise NeedsEventLoop(f"handler {name} waits for something, which takes an event loop")


# --------------------------------------------------------------------------- outcomes


def failed(error: str, cause: str | None) -> Failed:
    """A failure within AWS's limits: a longer error name or cause is cut."""
    return Failed(error[:LONGEST_ERROR], None if cause is None else cause[:LONGEST_CAUSE])


def _told(exception: TaskError) -> Failed | None:
    """The failure that a handler has named itself; ``None`` if a class of its own lost error or cause on the way."""
    error, cause = getattr(exception, "error", None), getattr(exception, "cause", None)
    if isinstance(error, str) and (cause is None or isinstance(cause, str)):
        return failed(error, cause)
    return None


def invalid_output(error: InvalidHandlerOutput) -> Failed:
    """What a result that is no JSON means: the task fails under the error's own name, so a Catch can take it."""
    return failed(type(error).__name__, str(error))


def unserved(resource: str, arguments: JSON, task: TaskContext) -> Failed:
    """What a resource without a handler means at run time: a function is not found, anything else cannot be run."""
    function = lambda_function.invoked_function(arguments) if is_lambda_invoke(resource) else None
    if function is None and is_function_arn(resource):
        function = lambda_function.function_reference(resource)
    if function is not None:
        return failed(*lambda_function.function_not_found(function, task, task.request_id))
    if is_activity_arn(resource):
        return failed("States.Runtime", f"The activity {resource} does not exist.")
    return failed("States.Runtime", f"No handler serves the resource {resource}")


def accept(value: object, handler: str) -> JSON:
    """Check and copy what a handler returned; subclasses become the plain JSON types.

    Raises ``InvalidHandlerOutput`` with the place of what is no JSON.

    >>> accept({"when": {1, 2}}, "charge")
    Traceback (most recent call last):
    ...
    aslrun.errors.InvalidHandlerOutput: handler charge returned no JSON: at $.when a set is not JSON
    """
    try:
        return plain(value)
    except NotJSON as problem:
        raise InvalidHandlerOutput(handler, problem.path, problem.reason) from None


# --------------------------------------------------------------------------- conventions


@dataclass(frozen=True, slots=True)
class Convention:
    """How a kind of resource is called: what the handler gets, what becomes of its result, how causes are written."""

    input: Callable[[JSON], JSON] | None
    output: Callable[[Invocation, object], JSON]
    compact: bool


def _service_output(call: Invocation, value: object) -> JSON:
    return accept(value, call.handler.name)


def _function_output(call: Invocation, value: object) -> JSON:
    """The result of a Lambda function as it writes it; a function may also write the text itself, as bytes."""
    if isinstance(value, bytes):
        return verbatim(*lambda_function.result_of_bytes(value))
    return spaced(accept(value, call.handler.name))


def _invoke_output(call: Invocation, value: object) -> JSON:
    if isinstance(value, bytes):
        payload, text = lambda_function.result_of_bytes(value)
    else:
        payload = accept(value, call.handler.name)
        text = lambda_function.result_text(payload)
    return lambda_function.invoke_answer(call._arguments, copy(payload), text, call.task, call.task.request_id)


_FUNCTION = Convention(None, _function_output, compact=False)
_INVOKE = Convention(lambda_function.event, _invoke_output, compact=True)
_SERVICE = Convention(None, _service_output, compact=True)


def _convention(handler: Handler, resource: str) -> Convention:
    """How the handler is called for a resource, which it is then known for."""
    if is_function_arn(resource):
        convention = _FUNCTION
    else:
        convention = _INVOKE if handler.of_functions and is_lambda_invoke(resource) else _SERVICE
    handler.conventions[resource] = convention
    return convention


# --------------------------------------------------------------------------- exceptions


def handler_stack(exception: BaseException, function: Callable[..., object]) -> list[str]:
    """The lines of the traceback from the handler downward, as Lambda reports them."""
    frames = _from_handler(exception.__traceback__, _code_of(function))
    # Entries without columns, so that no line is underlined with carets.
    import traceback  # imported here: only exceptions need it

    plain = [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in traceback.extract_tb(frames)]
    return traceback.format_list(plain)


def _from_handler(frames: TracebackType | None, code: CodeType | None) -> TracebackType | None:
    """The traceback from the handler's own frame on; where that is not in it, from the first that is not ours."""
    first, outside = frames, None
    while first is not None:
        if first.tb_frame.f_code is code:
            return first
        if outside is None and first.tb_frame.f_code.co_filename != __file__:
            outside = first
        first = first.tb_next
    return outside


def _code_of(function: Callable[..., object]) -> CodeType | None:
    plain = function.func if isinstance(function, functools.partial) else function
    code = getattr(plain, "__code__", None) or getattr(type(plain).__call__, "__code__", None)
    return code if isinstance(code, CodeType) else None


def _message(exception: BaseException) -> str:
    try:
        return str(exception)
    except Exception:  # the handler's own exception class may be broken
        return ""
