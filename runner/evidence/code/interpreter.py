"""What the service really runs on: its Python, and the distributions installed for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from runner.model import Evidence
from runner.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter(Evidence):
    """The service's interpreter and what is installed in it."""

    python: str  # "3.12.1"
    implementation: str = "CPython"
    installed: Mapping[str, str]  # normalised name → version

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        answer = probe.ask("installed")
        installed = {normal(name): version for name, version in answer["installed"].items()}
        return cls(
            python=answer["python"],
            implementation=answer["implementation"],
            installed=installed,
        )


def normal(name: str) -> str:
    """A distribution's name as the packaging specifications compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
