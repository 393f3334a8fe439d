"""What does a person do in a step of the checklist: what goes in, in plain words with an example?"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from runner.model import Artifact, Check, Stage, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """`takes`: what must be there before. `language` is the example's, as a highlighter calls it."""

    takes: str
    do: str
    language: str
    example: str


@cache
def guides() -> Mapping[str, Guide]:
    """By the step's id."""
    with Path(__file__).with_suffix(".toml").open("rb") as file:
        return {id: Guide(**told) for id, told in tomllib.load(file).items()}


def guide_of(step: Step) -> Guide | None:
    """None for a step of a team's own."""
    return guides().get(step.id)


def looks_at(stage: Stage, step: Step) -> tuple[str, ...]:
    """What gonogo itself looks at for a step: the titles of the evidence behind its checks and documents."""
    makers: list[Check[...] | Artifact[...]] = [*stage.checks, *stage.artifacts]
    kinds = (kind for one in makers if one.step == step.id for kind in one.needs.values())
    return tuple(dict.fromkeys(kind.title() for kind in kinds))
