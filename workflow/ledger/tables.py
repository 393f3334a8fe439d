"""How is it stored? The tables; rows never leave the ledger."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Index, LargeBinary
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

OLD = "old:"  # begins the key of a service that was kept before there were keys; its folder follows


class Aware(TypeDecorator[datetime]):
    """UTC timestamps that come back aware, also from SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:  # noqa: ARG002
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class ServiceRow(SQLModel, table=True):
    __tablename__ = "service"

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    root: str  # where it lay when it was asked last


class RunRow(SQLModel, table=True):
    __tablename__ = "run"
    __table_args__ = (Index("ix_run_service_id_id", "service_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    service_id: int = Field(foreign_key="service.id", ondelete="CASCADE")
    root: str  # where the service lay then
    asked: str
    stages: list[str] = Field(sa_column=Column(JSON, nullable=False))
    only: list[str] = Field(sa_column=Column(JSON, nullable=False))
    state: str
    verdict: str | None = None
    commit: str | None = None
    dirty: list[str] = Field(sa_column=Column(JSON, nullable=False))
    digest: str
    interpreter: str
    tools: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    host: str
    pid: int
    started: datetime = Field(sa_column=Column(Aware, nullable=False))
    beat: datetime = Field(sa_column=Column(Aware, nullable=False))
    ended: datetime | None = Field(default=None, sa_column=Column(Aware))
    by: str | None = None  # who asked for it
    demands: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    origin: str | None = Field(default=None, unique=True, index=True)  # what its sender calls it


class StageRow(SQLModel, table=True):
    __tablename__ = "stage"

    run_id: int = Field(foreign_key="run.id", primary_key=True, ondelete="CASCADE")
    slug: str = Field(primary_key=True)
    verdict: str
    seconds: float
    whole: bool  # all of its checks were asked


class FindingRow(SQLModel, table=True):
    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_run_id_id", "run_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", ondelete="CASCADE")
    at: datetime = Field(sa_column=Column(Aware, nullable=False))
    check: str
    stage: str
    step: str
    outcome: str
    body: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ContentRow(SQLModel, table=True):
    __tablename__ = "content"

    sha256: str = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size: int


class ArtifactRow(SQLModel, table=True):
    __tablename__ = "artifact"

    run_id: int = Field(foreign_key="run.id", primary_key=True, ondelete="CASCADE")
    stage: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    step: str
    title: str
    media_type: str
    sha256: str = Field(foreign_key="content.sha256", index=True, ondelete="RESTRICT")
    told: dict[str, str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class NoteRow(SQLModel, table=True):
    __tablename__ = "note"
    __table_args__ = (Index("ix_note_run_id_id", "run_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", ondelete="CASCADE")
    at: datetime = Field(sa_column=Column(Aware, nullable=False))
    text: str
    kind: str
    seconds: float
    said: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class KeptRow(SQLModel, table=True):
    """Evidence with what it depended on: `trace` and `content` are compressed, `seal` is the digest of both."""

    __tablename__ = "kept"
    __table_args__ = (Index("ix_kept_service_id_kind", "service_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="run.id", index=True, ondelete="CASCADE")
    service_id: int = Field(foreign_key="service.id", ondelete="CASCADE")
    kind: str
    trace: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seal: str


class DecisionRow(SQLModel, table=True):
    """What a person decided; `digest` is the state of the service that it speaks of, `about` an earlier decision."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_service_id_id", "service_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    service_id: int = Field(foreign_key="service.id", ondelete="RESTRICT")
    at: datetime = Field(sa_column=Column(Aware, nullable=False))
    kind: str
    who: str
    email: str
    role: str
    digest: str
    commit: str | None = None
    stage: str = ""
    step: str = ""
    check: str = ""
    place: str = ""
    content: str = ""  # the digest of what stands at the place
    reason: str = ""
    until: str | None = None  # the last day, as 2027-01-12
    assignee: str = ""
    about: int | None = None


class LinkRow(SQLModel, table=True):
    """One link of the chain: the digest of a row as it was written, and the hash of the link before."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_run_id_id", "run_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    run_id: int | None = None
    kind: str  # the row's table
    key: str  # of the row
    digest: str
    before: str
    hash: str
