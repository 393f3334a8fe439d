"""What does the catalogue say without its code? Who only tells of checks need not load what judges."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Any

from runner.model import Artifact, Check, Evidence, Stage, Step
from stages import catalogue
from stages.catalogue import Catalogue

OF_CHECK = ("id", "step", "claim", "why", "fix")
OF_DOCUMENT = ("name", "step", "title")
OF_STAGE = ("slug", "task", "title", "question")


def outlined() -> str:
    """gonogo's own stages as JSON."""
    return json.dumps([_told(stage) for stage in catalogue.BUILT_IN.stages])


def read(text: str) -> Catalogue:
    """The catalogue of an outline: needs and code of a check, or of a document, are loaded when they are asked for."""
    return Catalogue(stages=tuple(map(_stage, json.loads(text))))


def _told(stage: Stage) -> dict[str, Any]:
    return _words(stage, OF_STAGE) | {
        "steps": [(step.id, step.title) for step in stage.steps],
        "checks": [_words(check, OF_CHECK) for check in stage.checks],
        "artifacts": [_words(one, OF_DOCUMENT) for one in stage.artifacts],
    }


def _words(thing: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _stage(told: Mapping[str, Any]) -> Stage:
    steps = tuple(Step(*one) for one in told["steps"])
    empty = Stage(**{name: told[name] for name in OF_STAGE}, steps=steps)
    checks = tuple(_check(empty.slug, **one) for one in told["checks"])
    return replace(empty, checks=checks, artifacts=tuple(_document(empty.slug, **one) for one in told["artifacts"]))


def _check(slug: str, id: str, **words: str) -> Check[...]:
    def whole() -> Check[...]:
        return next(one for one in _loaded(slug).checks if one.id == id)

    return Check(id=id, **words, needs=_Needs(whole), judge=lambda *args, **named: whole().judge(*args, **named))


def _document(slug: str, name: str, **words: str) -> Artifact[...]:
    def whole() -> Artifact[...]:
        return next(one for one in _loaded(slug).artifacts if one.name == name)

    return Artifact(name=name, **words, needs=_Needs(whole), write=lambda *args, **named: whole().write(*args, **named))


def _loaded(slug: str) -> Stage:
    """A stage with its code. That of the other six, which is most of the start, is left where it is."""
    stage: Stage = import_module(f"stages.{slug}").STAGE
    return stage


class _Needs(Mapping[str, type[Evidence]]):
    """What a check or a document is made of, loaded when somebody looks."""

    def __init__(self, whole: Callable[[], Check[...] | Artifact[...]]) -> None:
        self._whole = whole

    def __getitem__(self, name: str) -> type[Evidence]:
        return self._whole().needs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole().needs)

    def __len__(self) -> int:
        return len(self._whole().needs)
