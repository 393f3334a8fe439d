"""What a ledger tells: runs, findings, decisions and documents, each as it was in one moment. Nothing here writes."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import URL, ColumnElement, Engine, func
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlmodel import Session, col, select

from runner.errors import WorkflowError, first_line
from runner.model import Outcome
from runner.said import say
from workflow.ledger import chain
from workflow.ledger.chain import Verified
from workflow.ledger.fleet import standings
from workflow.ledger.identity import OWN, Identify, Identity, by_path, home_of, same_folder
from workflow.ledger.kept import KeptEvidence
from workflow.ledger.record import (
    SIGNED,
    Artifact,
    Asking,
    BuiltIn,
    Decision,
    Known,
    Only,
    Run,
    RunState,
    Standing,
)
from workflow.ledger.rows import (
    artifacts_of,
    decision_of,
    finding_of,
    note_of,
    results_of,
    run_of,
)
from workflow.ledger.schema import HEAD, version_of
from workflow.ledger.tables import (
    ArtifactRow,
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
REMEMBERED = 32  # ended runs that are kept whole in memory


@contextmanager
def telling(url: URL) -> Iterator[None]:
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


class Archive:
    """Runs, findings and documents of services; a service is asked for by its folder.

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
            return say("The ledger can't be reached.")
        if version != HEAD:
            return say(
                "The ledger has schema {version}, and this gonogo knows {head}. Start the newer one.",
                version=version,
                head=HEAD,
            )
        return ""

    @contextmanager
    def told(self) -> Iterator[None]:
        """What the database refuses is one sentence."""
        with telling(self.engine.url):
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
            go = (  # of each run of this service in turn, the newest first: all others' are many more
                select(func.count())
                .where(col(StageRow.run_id) == col(RunRow.id), col(StageRow.slug).in_(slugs))
                .where(StageRow.verdict == "GO", col(StageRow.whole).is_(True))
                .correlate(RunRow)
                .scalar_subquery()
            )
            ids = session.exec(select(ServiceRow.id).where(self.identity(service).rows)).all()
            query = select(RunRow.id).where(col(RunRow.service_id).in_(ids), go == len(slugs))
            older = [col(RunRow.id) < before] if before else []
            id = session.exec(query.where(*older).order_by(col(RunRow.id).desc()).limit(1)).first()
        return self.run(id) if id else None

    def fleet(self, built_in: BuiltIn | None = None) -> tuple[Standing, ...]:
        """Where each stage of every service stands by its newest whole run, as `standings` tells it."""
        with self._snapshot() as session:
            return standings(session, self._state, built_in)

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

    def digests(self, ids: Sequence[int], name: str) -> dict[int, str]:
        """Run → the hash of its document of this name, of those that have one."""
        with self._snapshot() as session:
            query = select(ArtifactRow.run_id, ArtifactRow.sha256)
            rows = session.exec(query.where(col(ArtifactRow.run_id).in_(ids), ArtifactRow.name == name)).all()
            return dict(rows)

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

    def contents(self, digests: Sequence[str]) -> dict[str, bytes]:
        """Hash → bytes of several, with one question. Raises `WorkflowError` as `content` does."""
        with self._snapshot() as session:
            query = select(ContentRow.sha256, ContentRow.content).where(col(ContentRow.sha256).in_(digests))
            found = dict(session.exec(query).all())
        whole = {sha256: held for sha256, held in found.items() if hashlib.sha256(held).hexdigest() == sha256}
        return whole | {sha256: self.content(sha256) for sha256 in digests if sha256 not in whole}

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

    def kept(self, root: str) -> KeptEvidence:
        """What earlier runs found about the service in a folder."""
        return KeptEvidence(self._session, self.identity(root), chain.append)

    @staticmethod
    def _row(session: Session, id: int) -> RunRow:
        row = session.get(RunRow, id)
        if row is None:
            raise WorkflowError(say("No run {id} in this ledger. `invoke status` lists the latest.", id=id))
        return row
