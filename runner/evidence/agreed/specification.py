"""The service's `spec.yaml`: as text, and as the validated specification."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from runner import specification
from runner.discovery.source import is_ignored
from runner.errors import NotThere, ProbeError, Thing
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.reading.documents import NotReadable, Scalar, read_document
from runner.said import say
from runner.specification_text import line_at, line_of, lines_of, parse, texts_in, unreadable

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|\w+")  # a sign of a script without spaces counts as one


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
            return cls(path=path, text="", problems=(unreadable(path, error),), parsed=None)
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


def _words(document: Path) -> int | None:
    try:
        return len(WORD.findall(read_document(document)))
    except NotReadable:
        return None
