"""The decision records: docs/decisions/*.md, one per choice, what each decides in its front matter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from runner.errors import ProbeError
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.reading.documents import NotReadable, yaml_in

FOLDERS = ("docs/decisions", "docs/adr", "docs/adrs", "doc/adr", "docs/architecture/decisions", "adr", "decisions")
CHOICE = ("package", "runtime", "service", "decides", "versions", "packages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One record. `decides` maps what was chosen (a package, python, postgresql) to the versions that are allowed."""

    id: str
    title: str
    status: str  # accepted, proposed, superseded, …
    path: str
    decides: Mapping[str, str]
    sections: Mapping[str, str]  # heading in lower case → text

    def place(self, note: str = "") -> Place:
        return in_file(self.path, 1, note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions(Evidence):
    """The decision records."""

    folder: str | None  # None: the service has none
    records: tuple[Decision, ...]

    @classmethod
    def collect(cls, probe: Probe) -> Self:
        folder = next((name for name in FOLDERS if (probe.root / name).is_dir()), None)
        if folder is None:
            return cls(folder=None, records=())
        names = sorted(p.name for p in probe.inside(folder).glob("*.md"))
        texts = ((f"{folder}/{n}", probe.read(f"{folder}/{n}", what="decision")) for n in names)
        return cls(folder=folder, records=tuple(record(*one) for one in texts if is_record(*one)))

    @property
    def accepted(self) -> tuple[Decision, ...]:
        return tuple(r for r in self.records if r.status == "accepted")


def is_record(path: str, text: str) -> bool:
    """Not the folder's own README, nor its template."""
    name = path.rpartition("/")[2].lower()
    return not name.startswith(("readme", "index", "template", "0000-template")) and bool(text.strip())


def record(path: str, text: str) -> Decision:
    """A record with front matter, or one in Nygard's form: a title, then `## Status`."""
    head = _front_matter(path, text)
    text = _shown(text)
    heading = re.search(r"^#\s+(.+)$", text, re.MULTILINE)
    status = re.search(r"^##\s+Status\s+(\w+)", text, re.MULTILINE | re.IGNORECASE)
    name = path.rpartition("/")[2].removesuffix(".md")
    return Decision(
        id=str(head.get("id") or name),
        title=str(head.get("title") or (heading[1].strip() if heading else name)),
        status=str(head.get("status") or (status[1] if status else "accepted")).strip().lower(),
        path=path,
        decides=_decides(head),
        sections=_sections(text),
    )


def _shown(text: str) -> str:
    """What a reader sees: without comments and blocks of code, in which a template often leaves its headings."""
    return re.sub(r"<!--.*?(?:-->|\Z)|^(```|~~~).*?(?:^\1|\Z)", "", text, flags=re.DOTALL | re.MULTILINE)


def _front_matter(path: str, text: str) -> dict[str, Any]:
    found = re.match(r"---\s*\n(.*?)\n---\s*(?:\n|$)", text, re.DOTALL)
    if not found:
        return {}
    try:
        loaded = yaml_in(found[1]).value
    except NotReadable as error:
        line = error.line + 1 if error.line else 1  # the first line is the `---`
        raise ProbeError(f"the front matter of {path} is not YAML: line {line}: {error.problem}") from error
    return loaded if isinstance(loaded, dict) else {}


def _decides(head: dict[str, Any]) -> dict[str, str]:
    """`package: fastapi` with `version: ">=0.139"`, or `decides:` with a map or a list of requirements."""
    key = next((key for key in CHOICE if head.get(key)), None)
    given = head[key] if key else None
    if isinstance(given, str):
        return {given: str(head.get("version") or "")}
    if isinstance(given, dict):
        return {str(name): "" if wanted in (None, "any", "*") else str(wanted) for name, wanted in given.items()}
    pairs = (re.match(r"\s*([\w.\[\]-]+?)\s*([<>=!~].*)?$", str(one)) for one in given or ())
    return {pair[1]: pair[2] or "" for pair in pairs if pair}


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^##\s+(.+?)\s*$", text, flags=re.MULTILINE)
    return {name.lower(): body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}
