"""The service's architecture document: its text, and which servers and third parties it draws or lists."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from runner.errors import NotThere
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.said import together
from runner.vocabulary.technologies import spoken_of

PLACES = (
    "docs/architecture.md", "docs/ARCHITECTURE.md", "ARCHITECTURE.md", "architecture.md", "docs/architecture/README.md",
    "docs/architecture/index.md", "doc/architecture.md", "docs/arc42.md", "docs/design/architecture.md",
)  # fmt: skip
DRAWING = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*(?:mermaid|plantuml|puml|dot|d2)\b.*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A technology in a drawing or a row of a table."""

    id: str
    title: str
    version: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchitectureDocument(Evidence):
    """The architecture document."""

    path: str
    drawn: tuple[Drawn, ...]
    named: frozenset[str]  # technologies, anywhere in it
    words: str = ""  # its text in lower case, for what is no known technology
    drawings: int = 0

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        path = next((name for name in PLACES if (probe.root / name).is_file()), None)
        if path is None:
            raise NotThere(
                "this service has no architecture document (`invoke decide` writes one)",
                looked=together(PLACES[:4]),
            )
        return cls.read(path, probe.read(path, what="architecture document"))

    @classmethod
    def read(cls, path: str, text: str) -> Self:
        seen = COMMENT.sub(lambda one: "\n" * one[0].count("\n"), text)
        return cls(
            path=path,
            drawn=tuple(drawn_in(seen)),
            named=frozenset(known.id for known, _, _ in spoken_of(seen)),
            words=seen.lower(),
            drawings=len(DRAWING.findall(seen)),
        )

    def place(self, line: int | None, note: str) -> Place:
        return in_file(self.path, line, note)


def drawn_in(text: str) -> Iterator[Drawn]:
    """In its drawings, and in the first cell of a table's rows."""
    spans = [(one.start(), one[0]) for one in DRAWING.finditer(text)]
    spans += [(one.start(), one[0].split("|")[1]) for one in ROW.finditer(text) if one[0].count("|") > 1]
    for start, said in sorted(spans):
        for known, version, where in spoken_of(said):
            yield Drawn(id=known.id, title=known.title, version=version, line=text.count("\n", 0, start + where) + 1)
