"""Writes what happens as it happens. Append-only but for a run's state and heartbeat.

Each row that is written is linked to the one before it (`workflow.ledger.chain`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, SQLModel, col, select

from runner.errors import WorkflowError, first_line
from runner.model import Document, Finding
from runner.said import say
from workflow.ledger import chain
from workflow.ledger.archive import Archive
from workflow.ledger.batch import Batch, Part
from workflow.ledger.identity import Identity
from workflow.ledger.record import (
    SIGNED,
    Decision,
    Note,
    Run,
    RunState,
    StageResult,
)
from workflow.ledger.rows import (
    artifact_row,
    columns_of,
    finding_row,
    note_row,
)
from workflow.ledger.tables import (
    ContentRow,
    DecisionRow,
    RunRow,
    ServiceRow,
    StageRow,
)


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


class Ledger(Archive):
    """An archive that is written to: runs, findings and documents as they become known, and what people decide."""

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
        raise WorkflowError(say("The run could not be written: others write the same just now. Send it again."))

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
