"""JSONata 2.0.6: a query and transformation language for JSON, compiled to closures.

The engine knows nothing of states; it can be used alone::

    from aslrun.language import jsonata

    total = jsonata.compile("$sum(items.(price * quantity))")
    total({"items": [{"price": 2.5, "quantity": 4}]})             # 10

    report = jsonata.compile("$now('[Y]') & ': ' & $who")
    report(bindings={"who": "Ada"}, environment=jsonata.Environment(now=1_700_000_000_000))   # '2023: Ada'

What it gives is JSON, ``UNDEFINED`` (nothing there, which is not null) or a ``Function``. Errors carry the
reference's ``code`` and message and a ``position``. A budget (``Limits``) ends every evaluation: no recursion,
no regular expression and no range can hang or exhaust the process. ``parse`` gives the tree for static checks::

    [node.value for node in jsonata.walk(jsonata.parse("$a + $b")) if isinstance(node, jsonata.nodes.Variable)]

Beyond the language there are the functions that AWS Step Functions adds (``$partition $range $hash $random
$uuid $parse``), and as there, no ``$eval`` unless asked for. Whole numbers of any size pass through unharmed;
what is calculated is a 64-bit double as in the reference.
"""

from . import nodes
from .budget import Limits
from .errors import JsonataError, JsonataLimitError, JsonataSyntaxError
from .expression import Environment, Expression, compile
from .functions import builtin_names, is_builtin, may_take
from .nodes import Node, walk
from .shaping import parse
from .values import UNDEFINED, Function, Undefined, Value, is_function

__all__ = [
    "UNDEFINED",
    "Environment",
    "Expression",
    "Function",
    "JsonataError",
    "JsonataLimitError",
    "JsonataSyntaxError",
    "Limits",
    "Node",
    "Undefined",
    "Value",
    "builtin_names",
    "compile",
    "is_builtin",
    "is_function",
    "may_take",
    "nodes",
    "parse",
    "walk",
]
