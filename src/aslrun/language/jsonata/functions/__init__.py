"""The built-in functions: name, signature, number of parameters, implementation.

Rules that a change must keep:

1. An implementation gets the frame and arguments that fit the signature; a missing one is ``UNDEFINED``.
2. The number of parameters is part of the language: ``$map`` and its kin pass as many arguments as the
   function they call can take, so ``$map(items, $substring)`` passes three.
3. What grows or loops pays at ``frame.run``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..calls import Native
from . import arrays, aws, conversion, dates, encoding, evaluation, higher_order, numbers, objects, strings

STANDARD: dict[str, Any] = {
    name: Native(name, implementation, signature, arity)
    for module in (arrays, conversion, dates, encoding, higher_order, numbers, objects, strings)
    for name, signature, arity, implementation in module.FUNCTIONS
}
"""The functions of JSONata 2.0.6, without ``$eval``."""

STEP_FUNCTIONS: Mapping[str, Any] = {
    **STANDARD,
    **{
        name: Native(name, implementation, signature, arity) for name, signature, arity, implementation in aws.FUNCTIONS
    },
}
"""What AWS Step Functions offers: the standard functions and its own ``$partition $range $hash ...``."""


def is_builtin(name: str) -> bool:
    """Whether Step Functions has a function of this name (without ``$``)."""
    return name in STEP_FUNCTIONS


def may_take(name: str, arguments: Sequence[str]) -> bool:
    """Whether a function of this name may take arguments of such types, for each the letters that are possible.

    >>> may_take("contains", ["s", "sf"]), may_take("contains", ["s", "n"])
    (True, False)
    """
    return bool(STEP_FUNCTIONS[name].signature.may_match(arguments))


def builtin_names() -> tuple[str, ...]:
    """The names of the functions that Step Functions has (without ``$``)."""
    return tuple(STEP_FUNCTIONS)


WITH_EVAL: Mapping[str, Any] = {**STEP_FUNCTIONS, "eval": evaluation.EVAL}
"""The same, and ``$eval``."""
