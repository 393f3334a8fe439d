"""The service's `spec.yaml`: as text, and as the validated specification."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, get_args

from pydantic import BaseModel, ValidationError

from runner import specification
from runner.discovery.source import is_ignored
from runner.errors import NotThere, ProbeError, Thing
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.reading.documents import NotReadable, Scalar, Yaml, read_document, yaml_in
from runner.said import say, together
from runner.specification_rules import clashing

MOST = 100  # problems that are told one by one
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")  # a sign of a script without spaces counts as one
# What to write where a key is missing.
REMEDIES = {
    "limit": say("write the number that must hold, `limit: 250`, or ask it under `questions:` and leave the need out"),
    "unit": say("write what the limit is counted in: ms, req/s or %"),
    "id": say("give it an id of its own, as REQ-POST-001"),
    "endpoint": say("write the method and the path: GET /posts"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationFile(Evidence):
    """The specification as it is written."""

    path: str
    text: str
    problems: tuple[Place, ...]  # why it is not a valid specification; empty when it is
    parsed: specification.Specification | None
    there: bool = True
    ignored: bool = False  # by git: no state of the service holds it
    document_there: bool = True  # the business document that it names exists
    document_words: int | None = None  # in it; None where it is no text that can be read

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = probe.target.spec
        if not probe.inside(path).is_file():
            return cls(path=path, text="", problems=(), parsed=None, there=False)
        try:
            text = read_document(probe.inside(path))
        except NotReadable as error:
            return cls(path=path, text="", problems=(_unreadable(path, error),), parsed=None)
        problems, parsed = parse(path, text)
        named = parsed.service.document if parsed else None
        ignored = is_ignored(probe.root, path)
        if named is None:
            return cls(path=path, text=text, problems=problems, parsed=parsed, ignored=ignored)
        try:
            document = probe.inside(named)
        except ProbeError as error:
            note = say("service.document: {error}. Name a document that lies inside", error=error)
            outside = in_file(path, line_at(text, "service", "document"), note)
            return cls(path=path, text=text, problems=(*problems, outside), parsed=None)
        words = _words(document) if document.is_file() else None
        there = document.is_file()
        return cls(path=path, text=text, problems=problems, parsed=parsed, document_there=there, document_words=words)

    def line_of(self, id: str) -> int | None:
        """The 1-based line on which an id is given, else on which the word first stands."""
        return next(iter(lines_of(self.text, id)), None) or line_of(self.text, id)

    def lines_of(self, id: str) -> tuple[int, ...]:
        """Every line that gives something this id."""
        return lines_of(self.text, id)

    def at(self, *path: int | str, note: str = "") -> Place:
        """The place of a key or an entry: `at("permissions", 3)`."""
        return in_file(self.path, line_at(self.text, *path), note)

    @property
    def texts(self) -> tuple[Scalar, ...]:
        """Every value in it that is no key."""
        return texts_in(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec(Evidence):
    """The validated specification."""

    file: SpecificationFile
    content: specification.Specification

    @classmethod
    def collect(cls, probe: Probe, file: SpecificationFile) -> Self:  # noqa: ARG003 - the file says it all
        if not file.there:
            looked = say("{path}, as gonogo.toml or convention names it", path=file.path)
            raise NotThere(
                say("this service has no specification ({path})", path=file.path),
                looked=looked,
                absent=Thing.SPECIFICATION,
            )
        if file.parsed is None:
            first = file.problems[0]
            raise ProbeError(
                say("{first} is not valid: {note}. Mend it, then type the command again", first=first, note=first.note)
            )
        return cls(file=file, content=file.parsed)

    def place(self, id: str, note: str = "") -> Place:
        """Where an id stands in the file."""
        return in_file(self.file.path, self.file.line_of(id), note)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedAccess(Evidence):
    """Who may do what, as the specification says."""

    roles: tuple[specification.Role, ...]
    permissions: tuple[specification.Permission, ...]

    @classmethod
    def collect(cls, probe: Probe, spec: Spec) -> Self:  # noqa: ARG003 - the specification says it all
        return cls(roles=spec.content.roles, permissions=spec.content.permissions)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedLoad(Evidence):
    """What the service must hold under which load, and which endpoints it is asked for."""

    quality: tuple[specification.Quality, ...]
    endpoints: tuple[str, ...]  # of the requirements

    @classmethod
    def collect(cls, probe: Probe, spec: Spec) -> Self:  # noqa: ARG003 - the specification says it all
        endpoints = [endpoint for requirement in spec.content.requirements for endpoint in requirement.endpoints]
        return cls(quality=spec.content.quality, endpoints=tuple(endpoints))


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedLimits(Evidence):
    """How often one caller may call an operation."""

    limits: tuple[specification.RateLimit, ...]

    @classmethod
    def collect(cls, probe: Probe, spec: Spec) -> Self:  # noqa: ARG003 - the specification says it all
        return cls(limits=spec.content.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRows(Evidence):
    """How many rows each table is to be judged with."""

    rows: Mapping[str, int]

    @classmethod
    def collect(cls, probe: Probe, spec: Spec) -> Self:  # noqa: ARG003 - the specification says it all
        return cls(rows=spec.content.data)


def parse(path: str, text: str) -> tuple[tuple[Place, ...], specification.Specification | None]:
    """The problems, each with its line, and the specification when there are none."""
    try:
        found = yaml_in(text)
    except NotReadable as error:
        return (_unreadable(path, error),), None
    try:
        parsed = specification.Specification.model_validate(found.value)
        clashes = [
            in_file(path, found.line(*loc), say("{map}: {said}", map=".".join(map(str, loc)), said=said))
            for loc, said in clashing(parsed)
        ]
        return tuple(clashes[:MOST]), None if clashes else parsed
    except ValidationError as error:
        told = error.errors(include_url=False)
        places = [in_file(path, found.line(*e["loc"]), _say(e)) for e in told[:MOST]]
        more = [in_file(path, None, say("and {told} more problems", told=len(told) - MOST))] if len(told) > MOST else []
        return (*places, *more), None


def _unreadable(path: str, problem: NotReadable) -> Place:
    return in_file(path, problem.line, say("not valid YAML: {problem}", problem=problem.problem))


def _say(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or say("the file")
    if error["type"] == "missing":
        remedy = REMEDIES.get(str(error["loc"][-1]), say("write it down"))
        return say("{where} is missing{in_which}: {remedy}", where=where, in_which=_in_which(error), remedy=remedy)
    if error["type"] != "extra_forbidden":
        return say("{where}: {error}", where=where, error=error["msg"])
    allowed = keys_at(error["loc"][:-1])
    near = get_close_matches(str(error["loc"][-1]), allowed, n=1)
    known = (
        say(" Did you mean `{near}`?", near=near[0])
        if near
        else say(" Allowed here: {allowed}.", allowed=together(allowed))
    )
    return say("{where}: no such key.{known}", where=where, known=known)


def keys_at(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that a specification knows at a place: () is its top, ("roles", 0) one of its roles."""
    model: type[BaseModel] = specification.Specification
    for name in (part for part in loc if isinstance(part, str)):
        field = next((f for key, f in model.model_fields.items() if name in (key, f.alias)), None)
        inner = [field.annotation, *get_args(field.annotation)] if field else []
        models = [one for one in inner if isinstance(one, type) and issubclass(one, BaseModel)]
        if not models:
            return []
        model = models[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _in_which(error: Any) -> str:
    """The id of the entry that lacks it."""
    entry = error["input"].get("id") if isinstance(error["input"], dict) else None
    return say(" ({entry})", entry=entry) if entry else ""


def _words(document: Path) -> int | None:
    try:
        return len(WORD.findall(read_document(document)))
    except NotReadable:
        return None


def line_of(text: str, word: str) -> int | None:
    """The 1-based line on which a word first stands: `R-1` does not stand in `R-10`."""
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if whole.search(line)), None)


def lines_of(text: str, id: str) -> tuple[int, ...]:
    """The 1-based lines that say `id: <id>`."""
    return tuple(one.line for one in texts_in(text) if one.where[-1:] == ("id",) and one.value == id)


def line_at(text: str, *path: int | str) -> int | None:
    """The 1-based line of a key or an entry, as deep as the document goes; None where it is not YAML."""
    document = _document(text)
    return document.line(*path) if document else None


@lru_cache(maxsize=8)
def _document(text: str) -> Yaml | None:
    try:
        return yaml_in(text)
    except NotReadable:
        return None


@lru_cache(maxsize=8)
def texts_in(text: str) -> tuple[Scalar, ...]:
    """Every value of a YAML document that is no key, in its order; none where it is not YAML."""
    document = _document(text)
    return tuple(document.scalars()) if document else ()
