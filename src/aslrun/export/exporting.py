"""One machine, four forms: canonical ASL, CloudFormation, SAM and Terraform, as text.

The YAML form of a template is made by PyYAML, which is imported here and only then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..definition.model import Machine
from ..errors import extra_needed
from ..values import JSON
from .asl import to_asl, to_text
from .cloudformation import cloudformation, sam
from .stack import Options, Stack, stack
from .terraform import terraform

TEMPLATES: Mapping[str, Callable[[Stack], dict[str, JSON]]] = {
    "cloudformation": cloudformation,
    "sam": sam,
    "terraform": terraform,
}
TARGETS = ("asl", *TEMPLATES)
FORMATS = ("json", "yaml")


def export(
    machine: Machine,
    to: str = "asl",
    *,
    names: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    options: Options | None = None,
    format: str = "json",
) -> str:
    """The machine as a text that AWS, or a tool that deploys to AWS, takes.

    ``to`` is ``asl``, ``cloudformation``, ``sam`` or ``terraform``. ``names`` puts other names in the place of local
    ones: a resource as the definition writes it, or a function's name, to an ARN or to ``${Parameter}``;
    ``parameters`` gives such parameters, and those that the definition itself has, their defaults.
    ``options`` says what a template holds beside the machine.
    Templates of CloudFormation and SAM can also be written in YAML (extra ``yaml``).

    Raises ``ValueError`` for another target or format and for a name that the definition does not have.

    >>> from aslrun import load
    >>> ship = {"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:ship", "End": True}
    >>> machine = load({"StartAt": "Ship", "States": {"Ship": ship}}, name="order")
    >>> print(export(machine, names={"ship": "${ShipFunctionArn}"}), end="")
    {
      "StartAt": "Ship",
      "States": {
        "Ship": {
          "Type": "Task",
          "Resource": "${ShipFunctionArn}",
          "End": true
        }
      }
    }
    """
    if to not in TARGETS:
        raise ValueError(f"to must be one of {', '.join(TARGETS)}, not {to!r}")
    if format not in FORMATS or (format == "yaml" and to in ("asl", "terraform")):
        raise ValueError(
            f"{to} is written as {'JSON' if to in ('asl', 'terraform') else 'json or yaml'}, not {format!r}"
        )
    if to == "asl":
        return to_asl(machine, names)
    made = TEMPLATES[to](stack(machine, options or Options(), names, parameters))
    return to_text(made) + "\n" if format == "json" else _yaml(made)


def template(
    machine: Machine,
    to: str = "cloudformation",
    *,
    names: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    options: Options | None = None,
) -> dict[str, JSON]:
    """What ``export`` writes, as a value: for whoever adds resources of their own."""
    if to not in TEMPLATES:
        raise ValueError(f"to must be one of {', '.join(TEMPLATES)}, not {to!r}")
    return TEMPLATES[to](stack(machine, options or Options(), names, parameters))


def _yaml(value: dict[str, JSON]) -> str:
    """YAML in which a text of several lines stands as it is."""
    try:
        import yaml
    except ImportError:
        raise extra_needed("write YAML", "PyYAML", "yaml") from None

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)

    def number(dumper: yaml.SafeDumper, data: float) -> yaml.ScalarNode:
        return dumper.represent_float(float(data))

    Dumper.add_representer(str, text)
    Dumper.add_multi_representer(float, number)
    Dumper.add_multi_representer(int, lambda dumper, data: dumper.represent_int(int(data)))
    Dumper.add_representer(bool, yaml.SafeDumper.represent_bool)
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=120)
