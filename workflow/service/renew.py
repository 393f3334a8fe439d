"""A generated service, brought to what its specification and the templates say now. No edit is ever lost."""

import re
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runner.errors import WorkflowError
from runner.processes.process import quick
from runner.reading.documents import NotReadable, read_document
from runner.said import say
from runner.specification import Specification
from runner.specification_text import parse
from workflow.service.people import Actor, maker_at, may_make
from workflow.service.scaffold import (
    BASE_FILES,
    TIDY,
    Names,
    Source,
    ids_of_every_service,
    read_source,
    render,
    told,
    unmade,
)
from workflow.service.update.asked import asked_for
from workflow.service.update.fills import fills_of
from workflow.service.update.folder import held, require_clean, write_all
from workflow.service.update.history import head_of, next_id
from workflow.service.update.merge import merged
from workflow.service.update.plan import BESIDE, REVISIONS, Kind, Move, plan
from workflow.service.update.record import ARCHIVE, NOTE, Record, read_record, written
from workflow.service.update.revision import revision_text
from workflow.service.update.steps import Fills, Steps, impossible, losses, rewritten, steps_between
from workflow.service.update.steps import told as told_of
from workflow.service.update.tables import tables_of

SPEC = "spec.yaml"
CRITERION = re.compile(r"\bAC-[A-Z0-9]+(?:[-._][A-Z0-9]+)*\b|\bAC_[A-Z0-9_]+\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """A new revision: where it stands, which one it follows, what it does."""

    path: str
    follows: str
    does: str
    text: bytes
    filled: tuple[str, ...]  # what rows that are there get
    slow: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What an update does, not yet written."""

    root: Path
    moves: tuple[Move, ...]
    revision: Revised | None
    losses: tuple[str, ...]
    record: Record
    recorded: Mapping[str, bytes]  # the files of the record as they are

    @property
    def conflicts(self) -> tuple[Move, ...]:
        return tuple(one for one in self.moves if one.kind is Kind.CONFLICT)

    @property
    def nothing(self) -> bool:
        return not (self.moves or self.revision)

    def of(self, kind: Kind) -> tuple[Move, ...]:
        return tuple(one for one in self.moves if one.kind is kind)


def renewal(root: Path, spec: str) -> Renewal:
    """What `write_renewal` would write. Raises `WorkflowError` where it can't be known, with what to do."""
    record = read_record(root)
    require_clean(root)
    names = Names(name=record.name, package=record.package)
    source = read_source(Path(spec)) if spec else _own_source(root, record)
    there = held(root, frozenset(record.files), REVISIONS)
    files = render(names, source, record.made, _tested(root, record))
    there |= held(root, frozenset(files), REVISIONS)
    moves = plan(record.files, there, files, merged)
    moves = _tidied(moves, files)
    before = _specification(SPEC, record.files[SPEC].decode())
    steps, back = (steps_between(tables_of(a), tables_of(b)) for a, b in ((record.files, files), (files, record.files)))
    fills = {**fills_of(before), **fills_of(source.content)}
    return Renewal(
        root=root,
        moves=moves,
        revision=_revised(there, files, steps, back, fills) if steps else None,
        losses=tuple(losses(steps, fills)),
        record=replace(record, files=files),
        recorded={path: (root / path).read_bytes() for path in (NOTE, ARCHIVE)},
    )


def write_renewal(found: Renewal, *, allow_loss: bool, actor: Actor | None = None) -> None:
    """All of it or nothing. `actor`: who asks, else who is at this machine.

    Raises `WorkflowError` for a viewer, and where rows would be lost and nobody has allowed that.
    """
    may_make(actor or maker_at(found.root), say("update {name}", name=found.record.name))
    if found.losses and not allow_loss:
        raise WorkflowError(
            "Nothing was written: rows that are there would lose something, or might not fit any more (see above). If"
            " that is meant, add --allow-loss; if not, put it back into the specification."
        )
    before: dict[str, bytes | None] = {}
    after: dict[str, bytes | None] = {}
    for move in found.moves:
        before[move.path], after[move.path] = move.ours, move.content
        if move.beside is not None:
            before[move.path + BESIDE], after[move.path + BESIDE] = None, move.beside
    if found.revision:
        before[found.revision.path], after[found.revision.path] = None, found.revision.text
    for path, content in written(found.record).items():
        before[path], after[path] = found.recorded[path], content
    write_all(found.root, before, {path: content for path, content in after.items() if content != before[path]})


def _own_source(root: Path, record: Record) -> Source:
    """What the service's own specification asks for now. Raises `WorkflowError` with each line in the way."""
    try:
        text = read_document(root / SPEC)
    except NotReadable as error:
        raise WorkflowError(
            say("{root}: {problem}. Name another one with --spec.", root=root / SPEC, problem=error.problem)
        ) from error
    now = _specification(SPEC, text)
    lines = (BASE_FILES / SPEC).read_text(encoding="utf-8")
    content = asked_for(now, _specification(SPEC, record.files[SPEC].decode()), ids_of_every_service(), lines)
    if problems := unmade(SPEC, text, content):
        raise WorkflowError(say("No service can be made of {root}:\n{told}", root=root / SPEC, told=told(problems)))
    document = content.service.document
    return Source(content=content, document=_document(root, document) if document else "")


def _document(root: Path, named: str) -> str:
    try:
        return read_document(root / named)
    except (NotReadable, OSError) as error:
        raise WorkflowError(
            say("The business document {named} can't be read. Put it there, or mend `service.document`.", named=named)
        ) from error


def _specification(path: str, text: str) -> Specification:
    problems, content = parse(path, text)
    if content is None or problems:
        raise WorkflowError(say("{path} is no specification:\n{told}", path=path, told=told(problems)))
    return content


def _tested(root: Path, record: Record) -> frozenset[str]:
    """Criteria for which the team has a test, so that none is written that fails until somebody writes it."""
    generated = {name for path, text in record.files.items() if _is_test(path) for name in _criteria(text)}
    files = [path for path in (root / "tests").rglob("*.py") if path.is_file()]
    return frozenset(name for path in files for name in _criteria(path.read_bytes())) - generated


def _is_test(path: str) -> bool:
    return path.startswith("tests/") and path.endswith(".py")


def _criteria(text: bytes) -> list[str]:
    return [one.upper().replace("_", "-") for one in CRITERION.findall(text.decode(errors="replace"))]


def _revised(
    there: Mapping[str, bytes], files: Mapping[str, bytes], steps: Steps, back: Steps, fills: Fills
) -> Revised:
    if reasons := list(impossible(steps, fills)):
        raise WorkflowError("\n".join([say("Nothing was written."), *reasons]))
    head = head_of(there)
    does = told_of(steps)
    id = next_id(head, there, does)
    tables = [*(t.name for t in steps.created), *(one.name for one in steps.changed), *(t.name for t in steps.gone)]
    path = f"{REVISIONS}{id}_{'_'.join(tables[:3])}.py"
    if path in there:
        raise WorkflowError(
            say(
                "{path} is there already; nothing was written. Give it another name, commit, and update again.",
                path=path,
            )
        )
    text = revision_text(id, head, steps, back, fills).encode()
    return Revised(
        path=path,
        follows=head,
        does=does,
        text=_tidy({**files, path: text})[path],
        filled=tuple(_filled(steps, fills)),
        slow=tuple(rewritten(steps)),
    )


def _filled(steps: Steps, fills: Fills) -> list[str]:
    """What rows that are there get: table.column and the value."""
    added = [(one.name, column) for one in steps.changed for column in one.added if not column.default]
    late = [(one.name, new) for one in steps.changed for old, new in one.altered if old.nullable]
    return [
        f"{table}.{column.name} = {fills[table, column.name]}"
        for table, column in (*added, *late)
        if not column.nullable and (table, column.name) in fills
    ]


def _tidied(moves: Sequence[Move], files: Mapping[str, bytes]) -> tuple[Move, ...]:
    """Merged code, formatted where the team's was formatted before."""
    mixed = {one.path: one for one in moves if one.kind in {Kind.MERGED, Kind.CONFLICT} and one.path.endswith(".py")}
    ours = {path: one.ours for path, one in mixed.items() if one.ours is not None}
    if not ours:
        return tuple(moves)
    tidy = [path for path, text in _tidy({**files, **ours}).items() if ours.get(path) == text]
    after = _tidy({**files, **{path: mixed[path].content or b"" for path in tidy}})
    return tuple(replace(one, content=after[one.path]) if one.path in tidy else one for one in moves)


def _tidy(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """As ruff writes them, by the service's own settings; as they are where it can't."""
    ruff = str(Path(sysconfig.get_path("scripts")) / "ruff")
    with tempfile.TemporaryDirectory(prefix="gonogo-tidy-") as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_bytes(text)
        for words in TIDY:
            quick([ruff, *words, "--no-cache", "--quiet", "."], cwd=Path(folder), timeout=60)
        return {path: (Path(folder) / path).read_bytes() for path in files}
