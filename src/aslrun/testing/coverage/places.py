"""Where an item stands in the text of its definition."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...definition import json_text

if TYPE_CHECKING:
    from ...definition.json_text import Positions
    from ...definition.model import Machine
    from .items import Location


def positions_of(machine: Machine) -> Positions:
    """Line and column of every place of a machine's text; empty where it was loaded from no text of its own."""
    text = machine.text
    if not text:
        return {}
    if not text.lstrip().startswith("{"):
        from ...definition import yaml_text  # imported here: only YAML needs it

        found = yaml_text.positions(text)
    else:
        found = json_text.positions(text)
    return found if ("States",) in found else {}  # inside a template


def path_text(location: Location) -> str:
    """A location as people write it.

    >>> path_text(("States", "Route", "Choices", 0))
    'States.Route.Choices[0]'
    """
    return json_text.render_location(location)
