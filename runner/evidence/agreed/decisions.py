"""The decision records: docs/decisions/*.md, one per choice; what each decides stands in its front matter or its words.

Read are records with front matter, MADR's (bullets at the top, "Considered Options", "Decision Outcome") and Nygard's
("## Status", "## Decision").
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from runner.errors import ProbeError
from runner.model import Evidence, Place, in_file
from runner.probe import Probe
from runner.reading.documents import NotReadable, yaml_in
from runner.said import say
from runner.vocabulary.technologies import of_package, of_word, spoken_of

FOLDERS = (
    "docs/decisions", "docs/adr", "docs/adrs", "doc/adr", "docs/architecture/decisions", "adr", "decisions",
    "doc/decisions", "doc/architecture/decisions", "docs/adr/decisions", "docs/ADR", "doc/ADR", "docs/architecture/adr",
)  # fmt: skip
# `Status: accepted`, `* Status: Accepted`, `**Status**: proposed`; "* **Status:** ✅ Accepted"
STATUS_LINE = re.compile(
    r"^\s*(?:[-*+]\s+)?\**(?:status|状态)\**\s*[:：]\**\W*([^\W\d_]+)", re.IGNORECASE | re.MULTILINE
)
STATUS_HEAD = re.compile(r"^#{2,3}\s+(?:Status|状态)\s+[^\w\s]*\s*([^\W\d_]+)", re.MULTILINE | re.IGNORECASE)
KNOWN = {
    "accepted": "accepted", "approved": "accepted", "adopted": "accepted", "decided": "accepted", "active": "accepted",
    "agreed": "accepted", "implemented": "accepted", "done": "accepted", "final": "accepted", "已接受": "accepted",
    "已采纳": "accepted", "接受": "accepted", "proposed": "proposed", "draft": "proposed", "pending": "proposed",
    "open": "proposed", "提议": "proposed", "草案": "proposed", "rejected": "rejected", "已拒绝": "rejected",
    "deprecated": "deprecated", "废弃": "deprecated", "superseded": "superseded", "replaced": "superseded",
    "amended": "accepted", "obsolete": "superseded", "withdrawn": "rejected", "被取代": "superseded",
}  # fmt: skip
CHOSEN = re.compile(
    r"\b(?:chosen|choose|chose|use|using|adopt\w*|go with|went with|decided (?:on|for)|pick\w*|select\w*|"
    r"store\w*|run\w*|migrate to|move to|switch to|keep\w*)\b|选择|选用|采用|使用",
    re.IGNORECASE,
)
# What stands behind it in the same sentence was not chosen.
AGAINST = re.compile(
    r"\b(?:instead of|rather than|over|not|without|replac\w+|unlike|compared (?:to|with)|no longer|from|because|"
    r"since|due to)\b|而不是|代替|因为|不",
    re.IGNORECASE,
)
OR_NEWER = re.compile(r"\s*(?:\+|or (?:newer|later|higher|above)|and (?:newer|later|up)|以上|及以上)", re.IGNORECASE)
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
    status_said: str = "accepted"  # as it is written; empty where no status stands there
    servers: Mapping[str, str] = field(default_factory=dict)  # technology → versions that are allowed; empty: any
    links: Mapping[str, str] = field(default_factory=dict)  # what its front matter says of other records
    text: str = ""  # as a reader sees it

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
    name = path.rpartition("/")[2].removesuffix(".md")
    title = str(head.get("title") or (heading[1].strip() if heading else name))
    said = _status(head, text)
    return Decision(
        id=str(head.get("id") or name),
        title=title,
        status=KNOWN.get(said.lower(), said.lower()) if said else "accepted",
        path=path,
        decides=_decides(head),
        sections=_sections(text),
        status_said=said,
        servers=_servers(head) or _spoken_servers(title, text),
        links={key: str(value) for key, value in head.items() if re.match(r"status$|supersede", str(key))},
        text=text,
    )


def _status(head: Mapping[str, Any], text: str) -> str:
    """The word that says where it stands, as it is written; empty for none."""
    if given := str(head.get("status") or "").strip():
        return given.split()[0].strip(",;:")
    found = STATUS_HEAD.search(text) or STATUS_LINE.search(text)
    return found[1] if found else ""


def _servers(head: Mapping[str, Any]) -> dict[str, str]:
    """`servers: {postgresql: ">=16"}`, `service: redis` with its version, and of `decides` what is no package."""
    found: dict[str, str] = {}
    given = head.get("servers")
    if isinstance(given, Mapping):
        found = {str(name): "" if wanted in (None, "any", "*") else str(wanted) for name, wanted in given.items()}
    elif isinstance(given, list):
        found = dict.fromkeys(map(str, given), "")
    elif isinstance(given, str):
        found = {given: ""}
    if isinstance(service := head.get("service"), str):
        found.setdefault(service, str(head.get("version") or ""))
    for name, wanted in _decides(head).items():
        if of_word(name) and not of_package(name):
            found.setdefault(name, wanted)
    known = {(of_word(name) or name): wanted for name, wanted in found.items()}
    return {name if isinstance(name, str) else name.id: wanted for name, wanted in known.items()}


def _spoken_servers(title: str, text: str) -> dict[str, str]:
    """What the title names, and the sentences of the decision that say what was chosen."""
    sections = _sections(text)
    outcome = next((body for name, body in sections.items() if re.search(r"decision|outcome|决定|决策", name)), "")
    said = [*(one for one in re.split(r"(?<=[.!?。！？])\s|\n\s*\n|\n(?=[-*])", outcome) if CHOSEN.search(one)), title]
    found: dict[str, str] = {}
    for sentence in said:
        against = AGAINST.search(sentence, 1)
        kept = sentence[: against.start()] if against else sentence
        for known, version, where in spoken_of(kept):
            behind = kept[where:].partition(version)[2] if version else ""
            wanted = (f">={version}" if OR_NEWER.match(behind) else version) if version else ""
            found[known.id] = found.get(known.id) or wanted
    return found


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
        raise ProbeError(
            say(
                "the front matter of {path} is not YAML: line {line}: {problem}",
                path=path,
                line=line,
                problem=error.problem,
            )
        ) from error
    return loaded if isinstance(loaded, dict) else {}


def _decides(head: Mapping[str, Any]) -> dict[str, str]:
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
    """Heading → what stands below it; those of the third level, as MADR has its consequences, also by themselves."""
    found: dict[str, str] = {}
    for marks in ("##", "###"):
        ends = r"^#{2,3}\s" if marks == "###" else r"^##\s"
        for name, body in re.findall(rf"^{marks}\s+(.+?)\s*$\n?(.*?)(?={ends}|\Z)", text, re.MULTILINE | re.DOTALL):
            found.setdefault(name.lower(), body.strip())
    return found
