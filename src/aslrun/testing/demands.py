"""stub"""
from __future__ import annotations
from ..definition.model import Machine
from ..values import JSON

class Demands:
    def results(self, state: str) -> list[JSON]:
        return [{}]
    def inputs(self) -> list[JSON]:
        return [{}]

def demands_of(machine: Machine) -> Demands:
    return Demands()
