"""Was a row altered since it was written? Each row is linked to the one that was written before it, by their hashes."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Column, ColumnElement, Float, Table, and_, func, select, text
from sqlmodel import Session, SQLModel

from runner.reuse.pieces import seal
from runner.said import say
from workflow.ledger.digest import KEYS, SEALED, START, digest_of, hash_of, key_of
from workflow.ledger.kept import piece_of
from workflow.ledger.tables import KeptRow, LinkRow

LOCK = text("SELECT pg_advisory_xact_lock(7304618)")  # one link at a time; SQLite has one writer anyway
OF_A_RUN = ("run", "stage", "finding", "artifact", "note")
HEADS = ("run", "stage")  # what a list of runs is drawn from
PRUNED = frozenset({"kept"})  # older ones go; whoever misses one looks again
BATCH = 2000  # rows that are in memory at once
LINKS: Table = SQLModel.metadata.tables["link"]
UNREADABLE = "unreadable"  # a key of what stands for a row with a value that its column can't hold

Said = tuple[int, str]  # the link that it is about, and a sentence
Values = Mapping[str, Any]
R = TypeVar("R", bound=SQLModel)


class Link(NamedTuple):
    id: int
    run: int | None
    kind: str
    key: str
    digest: str
    before: str
    hash: str

    @property
    def fits(self) -> bool:
        return self.hash == hash_of(self.before, self.kind, self.key, self.digest, self.run)

    @property
    def row(self) -> str:
        """What it links, for people: `finding 12 of run 3`."""
        return named(self.kind, self.key, self.run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What a look at the whole ledger found. `altered`: a sentence for each row, in the order of the chain."""

    links: int
    head: str  # the hash of the newest link: whoever writes it down elsewhere knows all that was before it
    altered: tuple[str, ...]
    known: bool = True  # the head that was asked for is one of the chain's


def append(session: Session, *rows: SQLModel) -> None:
    """Link rows that this transaction has just written, as its last act before it is committed."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(LOCK)  # SQLite has it since the first row that was written
    before = session.scalar(select(LINKS.c.hash).order_by(LINKS.c.id.desc()).limit(1)) or START
    for row in rows:
        kind, values = _written(row)
        key, digest, run = key_of(kind, values), digest_of(kind, values), run_of(kind, values)
        hash = hash_of(before, kind, key, digest, run)
        session.add(LinkRow(run_id=run, kind=kind, key=key, digest=digest, before=before, hash=hash))
        before = hash


def alone(session: Session) -> None:
    """From here to its end nobody else writes: what this transaction reads first is still so when it writes.

    Whatever writes more than rows of its own run (a service, a document's content, a decision) begins so: two that took
    the lock behind a row that the other one wants would wait for each other.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(LOCK)
    else:
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")


def still(session: Session) -> None:
    """What this transaction reads is the ledger of one moment: a row and its link, though others write meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    else:
        session.connection().exec_driver_sql("BEGIN")


def run_of(kind: str, row: Values) -> int | None:
    """The run that a row belongs to, None for what belongs to none."""
    found = row.get("id") if kind == "run" else row.get("run_id")
    return int(found) if found is not None else None


def named(kind: str, key: str, run: int | None) -> str:
    if kind == "run" or run is None:
        return f"{kind} {key}"
    return say("{kind} {key} of run {run}", kind=kind, key=key.partition("/")[2] or key, run=run)


def _written(row: SQLModel) -> tuple[str, Values]:
    """A row as it will be read again: a whole number in a column of fractions comes back as a fraction."""
    table: Table = SQLModel.metadata.tables[str(row.__tablename__)]
    values = {column.name: getattr(row, column.name) for column in table.columns}
    fractions = {column.name for column in table.columns if isinstance(column.type, Float)}
    return table.name, {name: float(v) if name in fractions and v is not None else v for name, v in values.items()}


def altered_in(session: Session, run: int) -> str:
    """The first thing of a run that is not as it was written, as a sentence; empty where all is."""
    links = _around(session, run)
    own = [link for link in links if link.run == run]
    breaks = [*_breaks(links, links[0].before if links else START)]
    differing = _differing(_newest(own), {kind: _rows(session, kind, [run]) for kind in OF_A_RUN})
    return min(breaks or differing, default=(0, ""))[1]


def whole(session: Session, kind: str, rows: Sequence[R]) -> list[R]:
    """Those of some rows that no run owns which are as they were written."""
    links = _newest(_links(session, LINKS.c.run_id.is_(None), LINKS.c.kind == kind))
    found = []
    for row in rows:
        values = _written(row)[1]
        link = links.get((kind, key_of(kind, values)))
        if link and link.fits and link.digest == digest_of(kind, values):
            found.append(row)
    return found


def altered_heads(session: Session, runs: Sequence[int], kinds: Sequence[str] = HEADS) -> dict[int, str]:
    """Run → what of its verdict, or its stages' verdicts, is not as it was written; only of runs where something is.

    `kinds`: `run` alone where the stages are not shown.
    """
    links: dict[int | None, list[Link]] = defaultdict(list)
    for link in _links(session, LINKS.c.run_id.in_(runs), LINKS.c.kind.in_(kinds)):
        links[link.run].append(link)
    rows: dict[tuple[str, int | None], list[tuple[str, Values]]] = defaultdict(list)
    for kind in kinds:
        for row in _rows(session, kind, runs):
            rows[kind, run_of(kind, row[1])].append(row)
    found: dict[int, str] = {}
    for run in runs:
        own = links[run]
        problems = [
            (one.id, say("link {id} ({row}) was altered", id=one.id, row=one.row)) for one in own if not one.fits
        ]
        of_run = {kind: rows[kind, run] for kind in kinds}
        if problems := [*problems, *_differing(_newest(own), of_run)]:
            found[run] = min(problems)[1]
    return found


def verify(session: Session, head: str = "") -> Verified:
    """A look at every link and every row. `head`: a hash that was once the newest, which must still be there."""
    breaks: list[Said] = []  # are told first: what hangs on a broken link may be as it was
    newest: dict[tuple[str, str], Link] = {}
    count, before, known = 0, START, not head
    for link in _links(session):
        breaks += _breaks([link], before)
        count, before, known = count + 1, link.hash, known or link.hash == head
        newest[link.kind, link.key] = link
    rows = [*_differing(newest, {kind: _rows(session, kind, None) for kind in KEYS}), *_damaged(session, newest)]
    altered = tuple(dict.fromkeys(said for _, said in [*breaks, *sorted(rows)]))
    return Verified(links=count, head=before, altered=altered, known=known)


def _links(session: Session, *where: ColumnElement[bool]) -> Iterator[Link]:
    query = select(*LINKS.columns).where(*where).order_by(LINKS.c.id).execution_options(yield_per=BATCH)
    return (Link(*row) for row in session.execute(query))


def _around(session: Session, run: int) -> list[Link]:
    """The links from the first of a run to its last, with those of others between, and the one behind."""
    ends = select(func.min(LINKS.c.id), func.max(LINKS.c.id)).where(LINKS.c.run_id == run)
    first, last = session.execute(ends).one()
    if first is None:
        return []
    behind = select(func.min(LINKS.c.id)).where(LINKS.c.id > last)
    end = session.scalar(behind) or last
    return list(_links(session, LINKS.c.id.between(first, end)))


def _breaks(links: Iterable[Link], before: str) -> Iterator[Said]:
    """Where a link does not follow the one before it, or is not what its hash says."""
    for link in links:
        if not link.fits:
            yield link.id, say("link {id} ({row}) was altered", id=link.id, row=link.row)
        elif link.before != before:
            yield link.id, say("what stood before link {id} ({row}) was removed or altered", id=link.id, row=link.row)
        before = link.hash


def _newest(links: Iterable[Link]) -> dict[tuple[str, str], Link]:
    return {(link.kind, link.key): link for link in links}


def _differing(
    newest: Mapping[tuple[str, str], Link], rows: Mapping[str, Iterable[tuple[str, Values]]]
) -> Iterator[Said]:
    """Rows that are not as their newest link says, that have none, and links that have lost their row."""
    left = {one: link for one, link in newest.items() if one[0] in rows}
    last = max((link.id for link in newest.values()), default=0) + 1
    for kind, found in rows.items():
        for key, row in found:
            link = left.pop((kind, key), None)
            if link is None:
                yield (
                    last,
                    say(
                        "{named}{beside} has no link: no run wrote it",
                        named=named(kind, key, run_of(kind, row)),
                        beside=_beside(row),
                    ),
                )
            elif UNREADABLE in row or digest_of(kind, row) != link.digest:
                yield link.id, say("{row}{beside} was altered", row=link.row, beside=_beside(row))
    for link in left.values():
        if link.kind not in PRUNED:
            yield link.id, say("{row} was removed", row=link.row)


def _beside(row: Values) -> str:
    """Which check or document it is about."""
    about = row.get("check") or row.get("title")
    return f" ({about})" if about else ""


def _rows(session: Session, kind: str, runs: Sequence[int] | None) -> Iterator[tuple[str, Values]]:
    """The rows of a table with their keys, those of some runs or all; nothing long."""
    table: Table = SQLModel.metadata.tables[kind]
    columns = [column for column in table.columns if column.name not in SEALED.get(kind, ())]
    of_run = table.c.id if kind == "run" else table.c.get("run_id")
    where = [of_run.in_(runs)] if runs is not None and of_run is not None else []
    seen: set[str] = set()
    try:
        query = select(*columns).where(*where).execution_options(yield_per=BATCH)
        for found in session.execute(query).mappings():
            row = dict(found)
            seen.add(key := key_of(kind, row))
            yield key, row
    except (ValueError, TypeError):  # a column holds what its type can't be
        for found in session.execute(select(*(table.c[name] for name in KEYS[kind])).where(*where)).mappings().all():
            if (key := key_of(kind, dict(found))) not in seen:
                yield key, _one(session, table, columns, dict(found))


def _one(session: Session, table: Table, columns: Sequence[Column[Any]], key: dict[str, Any]) -> Values:
    same = and_(*(table.c[name] == value for name, value in key.items()))
    try:
        return dict(session.execute(select(*columns).where(same)).mappings().one())
    except (ValueError, TypeError):
        return {**key, UNREADABLE: True}


def _damaged(session: Session, newest: Mapping[tuple[str, str], Link]) -> Iterator[Said]:
    """Contents that no longer have the digest that they are known by."""
    content, kept = SQLModel.metadata.tables["content"], KeptRow
    query = select(content.c.sha256, content.c.content).execution_options(yield_per=50)
    for sha256, held in session.execute(query):
        link = newest.get(("content", sha256))
        if link and hashlib.sha256(held).hexdigest() != sha256:
            yield link.id, say("{row} was altered", row=link.row)
    for (row,) in session.execute(select(kept).execution_options(yield_per=50)):
        link = newest.get(("kept", str(row.id)))
        piece = piece_of(row)
        if link and seal(piece.trace, piece.content) != row.seal:
            yield link.id, say("{row} ({kind}) was altered", row=link.row, kind=row.kind)
