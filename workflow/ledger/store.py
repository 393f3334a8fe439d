"""Writes what happens as it happens, and reads it back. Append-only but for a run's state and heartbeat.

Each row that is written is linked to the one before it (`workflow.ledger.chain`).
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, ColumnElement, Engine, func
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select

from runner.errors import WorkflowError, first_line
from runner.model import Document, Finding, Outcome
from runner.said import say
from workflow.ledger import chain
from workflow.ledger.batch import Batch, Part
from workflow.ledger.chain import Verified
from workflow.ledger.copying import copy_all
from workflow.ledger.engine import address_of, engine_for
from workflow.ledger.identity import OWN, Identify, Identity, by_path, home_of, same_folder
from workflow.ledger.kept import KeptEvidence
from workflow.ledger.reading import reader_for
from workflow.ledger.record import (
    SIGNED,
    Artifact,
    Asking,
    Decision,
    Known,
    Note,
    Only,
    Run,
    RunState,
    StageResult,
    Standing,
)
from workflow.ledger.rows import (
    artifact_row,
    artifacts_of,
    columns_of,
    decision_of,
    finding_of,
    finding_row,
    note_of,
    note_row,
    results_of,
    run_of,
)
from workflow.ledger.schema import HEAD, ensure_schema, version_of
from workflow.ledger.tables import (
    ContentRow,
    DecisionRow,
    FindingRow,
    NoteRow,
    RunRow,
    ServiceRow,
    StageRow,
)

SILENCE = timedelta(seconds=20)  # a run that has not written its heartbeat for so long is gone
Asked = str | Identity  # a service: its folder, or who it is where its folder is not at hand
ALTERED = "altered"  # instead of the verdict of a run whose record is not as it was written
REMEMBERED = 32  # ended runs that are kept whole in memory


def open_ledger(url: str) -> "Ledger":
    """The ledger at an SQLAlchemy URL, migrated. Raises `WorkflowError` when it can't be opened."""
    engine = engine_for(url)
    with _told(engine.url):
        try:
            before = ensure_schema(engine)
        except BaseException:
            engine.dispose()
            raise
    ledger = Ledger(engine)
    ledger.migrated = f"The ledger was migrated from schema {before} to {HEAD}." if before else ""
    return ledger


def read_ledger(url: str) -> "Ledger":
    """The ledger as it is, also where nothing can be written; without a run where there is none yet.

    In a file: nothing is made or changed there. Raises `WorkflowError` when it can't be read.
    """
    address = address_of(url)
    if address.get_backend_name() != "sqlite":
        return open_ledger(url)
    with _told(address):
        ledger = Ledger(reader_for(address))
    ledger.home = home_of(address)  # what is read may be a copy
    return ledger


def back_up(url: str, file: Path) -> Verified:
    """The whole ledger in a new file, a ledger of its own, also where it lies on PostgreSQL. See `copy_all`."""
    if file.exists():
        raise WorkflowError(say("{file} is there already; nothing was written. Name another file.", file=file))
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    source = read_ledger(url)
    try:
        found = _filled(source, f"sqlite:///{part.absolute()}")
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(file)
    return found


def restore(file: Path, url: str) -> Verified:
    """Fill an empty ledger with what a backup holds. Raises `WorkflowError` for a backup that was altered."""
    if not file.is_file():
        raise WorkflowError(say("There is no file {file}.", file=file))
    source = read_ledger(f"sqlite:///{file.absolute()}")
    altered = source.verify().altered
    if altered:
        raise WorkflowError(
            say("{file} is not as it was written: {altered}. Nothing was restored.", file=file, altered=altered[0])
        )
    return _filled(source, url)


def _filled(source: "Ledger", url: str) -> Verified:
    copy = open_ledger(url)
    try:
        with source.told(), copy.told():
            return copy_all(source.engine, copy.engine)
    finally:
        copy.close()
        source.close()


@contextmanager
def _told(url: URL) -> Iterator[None]:
    """A database that can't be opened is one sentence, without its password."""
    try:
        yield
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        said = said_by(error)
        raise WorkflowError(
            say(
                "The ledger {render_as_string} can't be opened: {said}. Name one that can be "
                "written: GONOGO_LEDGER=sqlite:////path/to/ledger.db",
                render_as_string=url.render_as_string(hide_password=True),
                said=said,
            )
        ) from error


def _only(which: Only) -> tuple[ColumnElement[bool], ...]:
    finished = col(RunRow.state) == RunState.FINISHED.value
    match which:
        case Only.ALL:
            return ()
        case Only.UNFINISHED:
            return (~finished,)
        case verdict:
            return (finished, col(RunRow.verdict) == verdict.value)


def said_by(error: Exception) -> str:
    """What the database itself said, else the library, without its hints."""
    return first_line((error.orig if isinstance(error, DBAPIError) else None) or error).rstrip(".")


def _service(session: Session, identity: Identity, name: str, root: str) -> tuple[ServiceRow, bool]:
    """The service's row, new where there is none; it says what the service is called and where it lies by now.

    And whether anything of it has changed.
    """
    rows = {row.key: row for row in session.exec(select(ServiceRow).where(identity.rows))}
    service = next((rows[key] for key in identity.known if key in rows), None) or next(iter(rows.values()), None)
    service = service or ServiceRow(key=identity.key, name=name, root=root)
    before = (service.id, service.key, service.name, service.root)
    service.key, service.name, service.root = identity.key, name, root
    session.add(service)
    session.flush()
    return service, before != (service.id, service.key, service.name, service.root)


def _rows_of(session: Session, id: int, parts: Sequence[Part]) -> Iterator[SQLModel]:
    """The rows of a run's parts, in order; before a document its content, where the ledger has none of that hash."""
    new: set[str] = set()
    for part in parts:
        match part:
            case Finding():
                yield finding_row(id, part)
            case StageResult():
                yield StageRow(run_id=id, **asdict(part))
            case Note():
                yield note_row(id, part)
            case Document():
                for text in (part.content, *(text for _, text in part.told)):
                    sha256 = hashlib.sha256(text).hexdigest()
                    if sha256 not in new and session.get(ContentRow, sha256) is None:
                        new.add(sha256)
                        session.add(content := ContentRow(sha256=sha256, content=text, size=len(text)))
                        session.flush()
                        yield content
                yield artifact_row(id, part)


class Ledger:
    """Runs, findings and artifacts of services; a service is asked for by its folder.

    `alive(host, pid)` tells whether a run's process still exists, `identify(root)` which service lies in a folder.
    """

    def __init__(
        self,
        engine: Engine,
        alive: Callable[[str, int], bool | None] = lambda _host, _pid: None,
        identify: Identify = by_path,
    ) -> None:
        self.engine = engine
        self._ended: dict[int, Run] = {}  # what has ended never changes
        self._identities: dict[str, Identity] = {}
        self.home = home_of(engine.url)
        self.migrated = ""  # a sentence where opening it changed its schema
        self.alive, self.identify = alive, identify

    def close(self) -> None:
        self.engine.dispose()

    def identity(self, service: Asked) -> Identity:
        """The service in a folder. In the ledger that lies there it has no other name than its own."""
        if isinstance(service, Identity):
            return service
        root = service
        if root not in self._identities:
            other = self.identify(root)
            here = self.home is not None and same_folder(self.home, root)
            self._identities[root] = Identity(key=OWN, before=other.known, alone=True) if here else other
        return self._identities[root]

    def owns(self, service: Asked, run: Run) -> bool:
        """Is it a run of the service in this folder, wherever that lay then?"""
        return self.identity(service).owns(run.key)

    def problem(self) -> str:
        """Why it can't be used now, as a sentence without its address; empty where it can."""
        try:
            with self.engine.connect() as connection:
                version = version_of(connection)
        except SQLAlchemyError:
            return "The ledger can't be reached."
        if version != HEAD:
            return f"The ledger has schema {version}, and this gonogo knows {HEAD}. Start the newer one."
        return ""

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the database refuses is one sentence."""
        with _told(self.engine.url):
            yield

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Raises `WorkflowError` when the place of the ledger has problem: a full disk, a server that is gone."""
        try:
            with Session(self.engine) as session:
                yield session
        except OperationalError as error:
            said = said_by(error)
            url = self.engine.url.render_as_string(hide_password=True)
            raise WorkflowError(
                say(
                    "The ledger {url} can't be used any more: {said}. What it was told before is kept. "
                    "See to that place, or name another one "
                    "(GONOGO_LEDGER=sqlite:////path/to/ledger.db); then start again.",
                    url=url,
                    said=said,
                )
            ) from error

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        """To read in: all of it as it was in one moment."""
        with self._session() as session:
            chain.still(session)
            yield session

    # --- writing

    def begin(self, run: Run) -> int:
        """Open a run and return its id (`run.id` is ignored)."""
        try:
            return self._begin(run)
        except IntegrityError:  # in the same instant another process wrote down that there is this service
            return self._begin(run)

    def _begin(self, run: Run) -> int:
        identity = self.identity(run.root)
        with self._session() as session:
            chain.alone(session)
            service, changed = _service(session, identity, run.service, run.root)
            row = RunRow(**columns_of(run), service_id=service.id or 0, beat=datetime.now(UTC))
            session.add(row)
            chain.append(session, *([service] if changed else []), row)
            session.commit()
            return row.id or 0

    def adopt(self, id: int, run: Run) -> None:
        """A prepared run's process reports: it is running, and this is what it is."""
        with self._session() as session:
            row = self._row(session, id)
            row.sqlmodel_update(columns_of(run) | {"beat": datetime.now(UTC)})
            session.add(row)
            chain.append(session, row)
            session.commit()

    def started(self, id: int, pid: int) -> None:
        """A prepared run's process was started; it may have reported already."""
        with self._session() as session:
            row = self._row(session, id)
            if row.ended is None:
                row.pid = pid
                session.add(row)
                session.commit()

    def beat(self, id: int) -> None:
        with self._session() as session:
            row = self._row(session, id)
            if row.ended is None:
                row.beat = datetime.now(UTC)
                session.add(row)
                session.commit()

    def take(self, run: Run, documents: Sequence[Document], origin: str) -> tuple[int, bool]:
        """Write a finished run that another machine sends, whole or not at all: (its id, whether it is new).

        `origin`: what its sender calls it; the same is written once, however often and by how many it is sent.
        The service keeps its own name and place where it is known already. Raises `ValueError` for what can't be kept.
        """
        for _ in range(3):
            try:
                with self._session() as session:
                    chain.alone(session)
                    if (known := session.exec(select(RunRow.id).where(RunRow.origin == origin)).first()) is not None:
                        return known, False
                    return self._take(session, run, documents, origin), True
            except (DataError, OverflowError) as error:
                raise ValueError(first_line(error)) from error
            except IntegrityError:  # in the same instant it was sent twice, or the service or a document was new twice
                continue
        raise WorkflowError("The run could not be written: others write the same just now. Send it again.")

    @staticmethod
    def _take(session: Session, run: Run, documents: Sequence[Document], origin: str) -> int:
        service = session.exec(select(ServiceRow).where(ServiceRow.key == run.key)).first()
        new = [] if service else [ServiceRow(key=run.key, name=run.service, root=run.root)]
        session.add_all(new)
        session.flush()
        owner = service or new[0]
        row = RunRow(**columns_of(run), service_id=owner.id or 0, beat=datetime.now(UTC), origin=origin)
        session.add(row)
        session.flush()
        id = row.id or 0
        parts = list(_rows_of(session, id, [*run.findings, *run.results, *run.notes, *documents]))
        session.add_all(parts)
        chain.append(session, *new, row, *parts)
        session.commit()
        return id

    def add_finding(self, id: int, finding: Finding) -> None:
        self.write(id, [finding])

    def add_document(self, id: int, document: Document) -> None:
        self.write(id, [document])

    def add_note(self, id: int, text: str, kind: str, seconds: float = 0.0) -> None:
        self.write(id, [Note(at=datetime.now(UTC), text=text, kind=kind, seconds=seconds)])

    def add_stage(self, id: int, result: StageResult) -> None:
        self.write(id, [result])

    def batch(self, id: int) -> Batch:
        """For a run that knows many parts in a moment: to be used in `with`."""
        return Batch(partial(self.write, id))

    def write(self, id: int, parts: Sequence[Part]) -> None:
        """Parts of a run in their order, all or none. A document is stored by content: the same bytes are kept once."""
        with self._session() as session:
            chain.alone(session)
            rows = list(_rows_of(session, id, parts))
            session.add_all(rows)
            chain.append(session, *rows)
            session.commit()

    def end(self, id: int, state: RunState, verdict: str | None, tools: dict[str, str] | None = None) -> None:
        with self._session() as session:
            row = self._row(session, id)
            row.state, row.verdict, row.ended = state, verdict, datetime.now(UTC)
            row.tools = row.tools | (tools or {})
            session.add(row)
            chain.append(session, row)
            session.commit()

    @staticmethod
    def _row(session: Session, id: int) -> RunRow:
        row = session.get(RunRow, id)
        if row is None:
            raise WorkflowError(say("No run {id} in this ledger. `invoke status` lists the latest.", id=id))
        return row

    def kept(self, root: str) -> KeptEvidence:
        """What earlier runs found about the service in a folder."""
        return KeptEvidence(self._session, self.identity(root), chain.append)

    def decide(self, root: str, name: str, decision: Decision) -> int:
        """Write down what a person decided about the service in a folder; returns its number.

        Who signs the same state twice, or in two windows in the same moment, has signed it once.
        """
        with self._session() as session:
            chain.alone(session)
            if decision.kind == SIGNED:
                names = ("kind", "email", "role", "stage", "step", "digest")
                same = [col(getattr(DecisionRow, name)) == getattr(decision, name) for name in names]
                query = select(DecisionRow).join(ServiceRow).where(self.identity(root).rows, *same)
                rows = session.exec(query).all()
                if whole := chain.whole(session, "decision", rows):
                    return whole[0].id or 0
            service, changed = _service(session, self.identity(root), name, root)
            told = {key: value for key, value in asdict(decision).items() if key not in {"id", "at"}}
            row = DecisionRow(service_id=service.id or 0, at=datetime.now(UTC), **told)
            session.add(row)
            chain.append(session, *([service] if changed else []), row)
            session.commit()
            return row.id or 0

    def decisions(self, service: Asked, limit: int = 500) -> tuple[Decision, ...]:
        """The latest decisions about a service, newest first; none that was altered since it was written."""
        with self._snapshot() as session:
            query = select(DecisionRow).join(ServiceRow).where(self.identity(service).rows)
            rows = session.exec(query.order_by(col(DecisionRow.id).desc()).limit(limit)).all()
            return tuple(map(decision_of, chain.whole(session, "decision", rows)))

    def verify(self, head: str = "") -> Verified:
        """A look at every row and link. `head`: a hash that was the newest once."""
        with self._snapshot() as session:
            return chain.verify(session, head)

    # --- reading

    def services(self, root: str = "") -> tuple[Known, ...]:
        """Every service with a run; `mine` is the one in `root`, which lies there now."""
        mine = self.identity(root) if root else None
        with self._snapshot() as session:
            query = select(ServiceRow).order_by(col(ServiceRow.name), col(ServiceRow.root), col(ServiceRow.id))
            found = [
                Known(key=row.key, name=row.name, root=root, mine=True)
                if mine and mine.owns(row.key)
                else Known(key=row.key, name=row.name, root=row.root)
                for row in session.exec(query)
            ]
        return tuple({"" if known.mine else known.key: known for known in found}.values())

    def runs(self, service: Asked, limit: int = 50, only: Only = Only.ALL) -> tuple[Run, ...]:
        """The latest runs of a service, newest first, with their stages' results but without findings."""
        with self._snapshot() as session:
            query = select(RunRow, ServiceRow).join(ServiceRow).where(self.identity(service).rows, *_only(only))
            pairs = session.exec(query.order_by(col(RunRow.id).desc()).limit(limit)).all()
            ids = [run.id for run, _ in pairs]
            stages = session.exec(select(StageRow).where(col(StageRow.run_id).in_(ids))).all()
            by_run: dict[int, list[StageRow]] = {}
            for stage in stages:
                by_run.setdefault(stage.run_id, []).append(stage)
            altered = chain.altered_heads(session, [id for id in ids if id is not None])
            found = [
                self._whole(
                    run, service, results=results_of(by_run.get(run.id or 0, [])), altered=altered.get(run.id or 0, "")
                )
                for run, service in pairs
            ]
            return self._signed(session, found)

    def outcomes(self, service: Asked, check: str, limit: int = 30) -> tuple[Asking, ...]:
        """What one check said in the latest runs that asked it, newest first."""
        with self._snapshot() as session:
            query = (
                select(RunRow.id, RunRow.commit, RunRow.started, FindingRow.outcome)
                .join(FindingRow, col(FindingRow.run_id) == col(RunRow.id))
                .join(ServiceRow, col(ServiceRow.id) == col(RunRow.service_id))
                .where(self.identity(service).rows, FindingRow.check == check)
            )
            rows = session.exec(query.order_by(col(RunRow.id).desc()).limit(limit)).all()
            return tuple(
                Asking(run=id or 0, commit=commit, started=started, outcome=Outcome(outcome))
                for id, commit, started, outcome in rows
            )

    def last_go(self, service: Asked, slugs: tuple[str, ...], before: int | None = None) -> Run | None:
        """The newest run that was GO for all these stages together, whole; `before`: older than that run."""
        with self._snapshot() as session:
            go = (
                select(StageRow.run_id)
                .where(col(StageRow.slug).in_(slugs), StageRow.verdict == "GO", col(StageRow.whole).is_(True))
                .group_by(col(StageRow.run_id))
                .having(func.count() == len(slugs))
            )
            query = select(func.max(RunRow.id)).join(ServiceRow).where(self.identity(service).rows)
            older = [col(RunRow.id) < before] if before else []
            id = session.exec(query.where(col(RunRow.id).in_(go), *older)).one()
        return self.run(id) if id else None

    def fleet(self) -> tuple[Standing, ...]:
        """Where each stage of every service stands by its newest whole run, with a few questions for all services.

        What is drawn from a run that was altered since it was written says so.
        """
        newest = (
            select(col(RunRow.service_id).label("of"), StageRow.slug, func.max(RunRow.id).label("id"))
            .join(StageRow, col(StageRow.run_id) == col(RunRow.id))
            .where(col(StageRow.whole).is_(True))
            .group_by(col(RunRow.service_id), col(StageRow.slug))
            .subquery()
        )
        with self._snapshot() as session:
            last = select(func.max(RunRow.id)).group_by(col(RunRow.service_id))
            heads = {row.service_id: row for row in session.exec(select(RunRow).where(col(RunRow.id).in_(last))).all()}
            stages = session.exec(
                select(newest.c.of, StageRow, RunRow)
                .join(StageRow, (col(StageRow.run_id) == newest.c.id) & (col(StageRow.slug) == newest.c.slug))
                .join(RunRow, col(RunRow.id) == newest.c.id)
            ).all()
            drawn = {run.id or 0 for _, _, run in stages} | {head.id or 0 for head in heads.values()}
            altered = chain.altered_heads(session, sorted(drawn))
            signed = self._all_signatures(session)
            lamps: dict[int, dict[str, tuple[str, bool]]] = {}
            waits: dict[int, dict[str, str]] = {}
            wrong: dict[int, str] = {}
            for of, stage, run in stages:
                stale = run.digest != heads[of].digest
                if told := altered.get(run.id or 0, ""):
                    wrong[of] = told
                    lamps.setdefault(of, {})[stage.slug] = (ALTERED, stale)
                    continue
                lamps.setdefault(of, {})[stage.slug] = (stage.verdict, stale)
                role = (run.demands or {}).get(stage.slug, "")
                given = signed.get((of, stage.slug, run.digest), [])
                if role and stage.verdict == "GO" and not any(one.may_sign_for(role) for one in given):
                    waits.setdefault(of, {})[stage.slug] = role
            return tuple(
                Standing(
                    key=service.key, name=service.name, root=service.root, run=head.id or 0, commit=head.commit,
                    started=head.started, state=self._state(head), lamps=lamps.get(service.id or 0, {}),
                    waits=waits.get(service.id or 0, {}),
                    altered=wrong.get(service.id or 0, "") or altered.get(head.id or 0, ""),
                )
                for service in session.exec(select(ServiceRow).order_by(col(ServiceRow.name), col(ServiceRow.id)))
                if (head := heads.get(service.id or 0))
            )  # fmt: skip

    @staticmethod
    def _all_signatures(session: Session) -> dict[tuple[int, str, str], list[Decision]]:
        """(service, stage, state) → the signatures of the whole of it, none that was altered."""
        query = select(DecisionRow).where(DecisionRow.kind == SIGNED, DecisionRow.step == "")
        rows = session.exec(query).all()
        found: dict[tuple[int, str, str], list[Decision]] = {}
        for row in chain.whole(session, "decision", rows) if rows else ():
            found.setdefault((row.service_id, row.stage, row.digest), []).append(decision_of(row))
        return found

    def run(self, id: int) -> Run:
        """One run, whole, with the signatures that it has by now. Raises `WorkflowError` when there is none."""
        run = self._ended.get(id) or self._read(id)
        if run.ended and id not in self._ended:
            while len(self._ended) >= REMEMBERED:
                self._ended.pop(next(iter(self._ended)), None)
            self._ended[id] = run
        with self._snapshot() as session:
            return self._signed(session, [run])[0]

    @staticmethod
    def _signed(session: Session, runs: Sequence[Run]) -> tuple[Run, ...]:
        """Runs of one service, each with the signatures of the state that it judged, newest first."""
        keys, digests = {run.key for run in runs}, {run.digest for run in runs}
        query = select(DecisionRow).join(ServiceRow).where(col(ServiceRow.key).in_(keys), DecisionRow.kind == SIGNED)
        query = query.where(col(DecisionRow.digest).in_(digests)).order_by(col(DecisionRow.id).desc())
        rows = session.exec(query).all()
        found = [decision_of(row) for row in chain.whole(session, "decision", rows)] if rows else []
        return tuple(replace(run, signatures=tuple(one for one in found if one.digest == run.digest)) for run in runs)

    def _read(self, id: int) -> Run:
        with self._snapshot() as session:
            row = self._row(session, id)
            service = session.get_one(ServiceRow, row.service_id)
            findings = session.exec(select(FindingRow).where(FindingRow.run_id == id).order_by(col(FindingRow.id)))
            notes = session.exec(select(NoteRow).where(NoteRow.run_id == id).order_by(col(NoteRow.id)))
            return self._whole(
                row,
                service,
                findings=tuple(finding_of(f) for f in findings),
                notes=tuple(map(note_of, notes)),
                results=results_of(session.exec(select(StageRow).where(StageRow.run_id == id)).all()),
                artifacts=artifacts_of(session, id),
                altered=chain.altered_in(session, id),
            )

    def document(self, id: int, name: str) -> Artifact | None:
        """A run's document of this name, without its content."""
        with self._snapshot() as session:
            return next((one for one in artifacts_of(session, id) if one.name == name), None)

    def newest(self, service: Asked) -> Run | None:
        """The newest run of a service, whole."""
        found = self.runs(service, limit=1)
        return self.run(found[0].id) if found else None

    def latest_of_stage(self, service: Asked, slug: str) -> Run | None:
        """The newest run that judged the whole of a stage, whole."""
        with self._snapshot() as session:
            query = (
                select(func.max(RunRow.id))
                .join(ServiceRow)
                .join(StageRow, col(StageRow.run_id) == col(RunRow.id))
                .where(self.identity(service).rows, StageRow.slug == slug, col(StageRow.whole).is_(True))
            )
            id = session.exec(query).one()
        return self.run(id) if id else None

    def content(self, sha256: str) -> bytes:
        """The bytes stored under a hash, checked. Raises `WorkflowError` when they are gone or damaged."""
        with self._snapshot() as session:
            row = session.get(ContentRow, sha256)
        if row is None:
            raise WorkflowError(say("No artifact with the hash {sha256}… in this ledger.", sha256=sha256[:12]))
        if hashlib.sha256(row.content).hexdigest() != sha256:
            raise WorkflowError(
                say("The artifact {sha256}… is damaged: its content no longer has its hash.", sha256=sha256[:12])
            )
        return row.content

    def _whole(self, row: RunRow, service: ServiceRow, **parts: Any) -> Run:
        return run_of(row, service, self._state(row), **parts)

    def _state(self, row: RunRow) -> RunState:
        """As stored, but a run whose process is gone is interrupted, whatever it managed to write."""
        state = RunState(row.state)
        if state not in {RunState.STARTING, RunState.RUNNING}:
            return state
        alive = self.alive(row.host, row.pid)
        if alive and self.home is not None:  # what began before the folder was copied or moved can't write here
            alive = same_folder(self.home, row.root)
        if alive is None:  # another machine's: its heartbeat tells
            alive = datetime.now(UTC) - row.beat < SILENCE
        return state if alive else RunState.INTERRUPTED
