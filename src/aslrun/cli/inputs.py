"""What the arguments of a command name: a definition, an input, handlers."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Collection, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from ..definition.documents import NamedFile, Text
from ..definition.json_text import render_location
from ..definition.loading import load
from ..definition.substitutions import open_names
from ..errors import InvalidDefinition
from ..resources.registry import Resources
from ..values import JSON, parse
from .problems import Problem, invalid_definition, near, unfilled_placeholders
from .terminal import cut, visible

if TYPE_CHECKING:
    from ..definition.model import Machine

STDIN = "-"
DEFAULT_ATTRIBUTE = "resources"


def read_machine(
    source: str,
    type: str,
    name: str | None = None,
    substitutions: Mapping[str, JSON] | None = None,
    as_text: Collection[str] | None = None,
) -> Machine:
    """The definition of a file, or of the standard input (``-``); of a template the one that ``name`` names.

    ``as_text`` are the placeholders that are none, for a command that lets them be said.
    """
    text = sys.stdin.read() if source == STDIN else None
    shown = "(standard input)" if text is not None else source
    if text is None and not os.path.exists(source):
        raise Problem(f"there is no file {source}", *near_files(source))
    read = NamedFile(source) if text is None else Text(text)
    try:
        return load(read, type=type, name=name, substitutions=substitutions)
    except InvalidDefinition as error:
        if substitutions and (left := _left(read, name, substitutions, error, as_text or ())):
            raise unfilled_placeholders(shown, left, may_be_text=as_text is not None) from None
        raise invalid_definition(error, shown, text) from None
    except ImportError as error:
        raise Problem(str(error)) from None


def _left(
    read: NamedFile | Text,
    name: str | None,
    given: Mapping[str, JSON],
    error: InvalidDefinition,
    as_text: Collection[str],
) -> dict[str, list[str]]:
    """The placeholders that nothing fills with their places, if they are all that is wrong."""
    from ..definition.sources import read_definition  # imported here: only mistakes need it

    try:
        document = read_definition(read, name=name, substitutions=given)
    except InvalidDefinition:
        return {}
    places = {
        placeholder: [render_location((*document.prefix, *location)) for location in found]
        for placeholder, found in open_names(document.value).items()
        if placeholder not in as_text
    }
    open = {path for paths in places.values() for path in paths}
    return places if all(each.path in open for each in error.diagnostics) else {}


def near_files(source: str) -> list[str]:
    """Files with names like one that is not there, as lines that help."""
    folder, name = os.path.split(source)
    try:
        names = [entry.name for entry in os.scandir(folder or ".") if entry.is_file()]
    except OSError:
        return [f"There is no folder {folder} either."]
    meant = near(name, names, alike=0.75)
    return [f"near: {', '.join(os.path.join(folder, each) for each in meant)}"] if meant else []


# --------------------------------------------------------------------------- input


def read_input(given: str | None, what: str = "input") -> JSON:
    """The input of an execution: JSON, ``@file``, or ``-`` for the standard input; an empty object if not given.

    ``what`` is the name of the option that gives it.
    """
    if given is None:
        return {}
    text, where = _input_text(given, what)
    try:
        return parse(text)
    except RecursionError:
        raise Problem(f"{where} is nested too deep") from None
    except ValueError as error:
        raise Problem(
            f"{where} is not JSON: {_reason(error)}", *_place(text, error), *_forgotten_at(given, what)
        ) from None


def _input_text(given: str, what: str) -> tuple[str, str]:
    if given == STDIN:
        return sys.stdin.read(), f"the {what} on the standard input"
    if not given.startswith("@"):
        return given, f"the {what}"
    path = given[1:]
    try:
        with open(path, encoding="utf-8-sig") as file:
            return file.read(), f"the {what} file {path}"
    except OSError as error:
        raise Problem(f"the {what} file {path} cannot be read: {error.strerror}", *near_files(path)) from None
    except UnicodeDecodeError:
        raise Problem(f"the {what} file {path} is not UTF-8") from None


def _reason(error: ValueError) -> str:
    message = getattr(error, "msg", str(error))
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    return message if line is None else f"{message} at line {line}, column {column}"


def _place(text: str, error: ValueError) -> list[str]:
    """The line of the mistake, and a mark under it."""
    line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
    lines = text.splitlines()
    if not isinstance(line, int) or not isinstance(column, int) or not 0 < line <= len(lines):
        return []
    start = max(0, column - 60)
    shown = cut(visible(lines[line - 1][start:]), 72)
    return [f"  {shown}", f"  {' ' * len(visible(lines[line - 1][start : column - 1]))}^"]


def _forgotten_at(given: str, what: str) -> list[str]:
    return ["", f"To read the file of this name, write --{what} @{given}"] if os.path.isfile(given) else []


# --------------------------------------------------------------------------- handlers


def read_handlers(spec: str) -> Resources:
    """The resources that ``module:name`` stands for; the module is looked for in the current folder first."""
    module_name, _, attribute = spec.partition(":")
    attribute = attribute or DEFAULT_ATTRIBUTE
    with _Foreign(f"the handlers in {module_name} cannot be imported"):
        module = _module(module_name, spec)
    found = _attribute(module, attribute)
    if callable(found) and not isinstance(found, Resources):
        with _Foreign(f"{module_name}:{attribute} raised"):
            found = found()
    if not isinstance(found, Resources):
        raise Problem(
            f"{module_name}:{attribute} must be an aslrun.Resources, or a function that gives one, not {_a(found)}"
        )
    return found


class _Foreign:
    """A block that runs code of somebody else: whatever it raises is told with its traceback."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, Problem):
            reason = f"{type(error).__name__}: {visible(str(error))}"
            raise Problem(f"{self._sentence}: {reason}", *_trace(error)) from None


def _module(name: str, spec: str) -> ModuleType:
    if name.endswith(".py") or "/" in name:
        dotted = name.removesuffix(".py").strip("./").replace("/", ".")
        hint = f"write --handlers {dotted}:{spec.partition(':')[2] or DEFAULT_ATTRIBUTE}"
        raise Problem(f"--handlers takes the name of a module, not a file: {hint}")
    sys.path.insert(0, os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise Problem(f"there is no module {name}, neither in {os.getcwd()} nor installed") from None
        raise


def _trace(error: BaseException) -> Sequence[str]:
    """The traceback from the first frame that is neither ours nor the import system's."""
    import traceback

    frames = [each for each in traceback.extract_tb(error.__traceback__) if not _is_machinery(each.filename)]
    lines = traceback.format_list(frames)
    if isinstance(error, SyntaxError):
        lines += traceback.format_exception_only(error)[:-1]  # the line itself; the message stands above
    return "".join(lines).rstrip().split("\n") if lines else ()


def _is_machinery(filename: str) -> bool:
    return filename == __file__ or filename.startswith("<frozen") or filename == importlib.__file__


def _attribute(module: ModuleType, name: str) -> object:
    try:
        return getattr(module, name)
    except AttributeError:
        meant = [key for key, value in vars(module).items() if isinstance(value, Resources)]
        hints = [f"near: {module.__name__}:{each}" for each in meant or near(name, vars(module))]
        raise Problem(f"the module {module.__name__} has no {name}", *hints) from None


def _a(value: object) -> str:
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"
