"""Evidence of earlier runs, as it is kept: compressed, sealed, the newest few of each kind."""

import hashlib
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from sqlmodel import Session, col, delete, func, select

from runner.errors import WorkflowError
from runner.reuse.pieces import Piece
from workflow.ledger.identity import Identity
from workflow.ledger.tables import ContentRow, KeptRow, RunRow, ServiceRow

Opens = Callable[[], AbstractContextManager[Session]]
NEWEST = 6  # pieces of each kind that are kept: who goes back to an earlier branch finds its evidence again


class KeptEvidence:
    """The kept evidence of one service. A `runner.reuse.memory.Store`."""

    def __init__(self, session: Opens, identity: Identity, link: Callable[..., None]) -> None:
        self._session, self._identity, self._link = session, identity, link
        self._texts: set[str] = set()  # that this process has kept already
        self._newest: dict[str, KeptRow] | None = None
        self._lock = threading.Lock()

    def pieces(self, kind: str) -> Iterator[Piece]:
        """Of one kind, the newest first; what can't be unpacked comes with a seal that fits nothing.

        The newest of each kind are read with one question, when the first is asked for.
        """
        with self._lock:
            if self._newest is None:
                self._newest = self._read_newest()
        newest = self._newest.get(kind)
        if newest is None:
            return
        yield piece_of(newest)
        with self._session() as session:
            query = select(KeptRow).join(ServiceRow).where(self._identity.rows, KeptRow.kind == kind)
            rows = session.exec(query.order_by(col(KeptRow.id).desc()).limit(NEWEST)).all()
        yield from (piece_of(row) for row in rows if row.id != newest.id)

    def newest(self, kind: str) -> Piece | None:
        """The newest of one kind, without a look at the others."""
        with self._session() as session:
            query = select(KeptRow).join(ServiceRow).where(self._identity.rows, KeptRow.kind == kind)
            row = session.exec(query.order_by(col(KeptRow.id).desc()).limit(1)).first()
            return piece_of(row) if row else None

    def _read_newest(self) -> dict[str, KeptRow]:
        with self._session() as session:
            newest = select(func.max(KeptRow.id)).join(ServiceRow).where(self._identity.rows).group_by(KeptRow.kind)
            return {row.kind: row for row in session.exec(select(KeptRow).where(col(KeptRow.id).in_(newest)))}

    def keep(self, kind: str, run: int, piece: Piece) -> None:
        with self._session() as session:
            service = session.get_one(RunRow, run).service_id
            row = KeptRow(
                run_id=run, service_id=service, kind=kind, trace=zlib.compress(piece.trace.encode()),
                content=zlib.compress(piece.content), seal=piece.seal,
            )  # fmt: skip
            session.add(row)
            session.flush()
            mine = (col(KeptRow.service_id) == service, col(KeptRow.kind) == kind)
            newest = select(KeptRow.id).where(*mine).order_by(col(KeptRow.id).desc()).limit(NEWEST)
            session.exec(delete(KeptRow).where(*mine, col(KeptRow.id).not_in(session.exec(newest).all())))
            self._link(session, row)
            session.commit()

    def keep_text(self, text: str) -> None:
        """A listing or a manifest, by its digest."""
        digest = hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()
        if digest in self._texts:
            return
        self._texts.add(digest)
        with self._session() as session:
            if session.get(ContentRow, digest) is None:
                content = text.encode(errors="surrogateescape")
                row = ContentRow(sha256=digest, content=content, size=len(content))
                session.add(row)
                self._link(session, row)
                session.commit()

    def contents(self, digests: Sequence[str]) -> dict[str, bytes]:
        """Digest → content, of those that are there and still have their digest: one question for all."""
        with self._session() as session:
            query = select(ContentRow.sha256, ContentRow.content).where(col(ContentRow.sha256).in_(digests))
            rows = session.exec(query).all()
        return {digest: content for digest, content in rows if hashlib.sha256(content).hexdigest() == digest}

    def text(self, digest: str) -> str | None:
        """None where there is none, or it no longer has its digest."""
        try:
            with self._session() as session:
                row = session.get(ContentRow, digest)
        except WorkflowError:
            return None
        if row is None or hashlib.sha256(row.content).hexdigest() != digest:
            return None
        return row.content.decode(errors="surrogateescape")


def piece_of(row: KeptRow) -> Piece:
    """Unpacked; what can't be unpacked has a seal that fits nothing."""
    try:
        trace = zlib.decompress(row.trace).decode()
        return Piece(trace=trace, content=zlib.decompress(row.content), seal=row.seal)
    except (zlib.error, UnicodeDecodeError):
        return Piece(trace="", content=b"", seal="")
