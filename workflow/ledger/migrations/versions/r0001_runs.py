"""Services, runs, stages, findings, artifacts by content, and notes of progress."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("root", sa.String(), nullable=False, unique=True),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("service_id", sa.Integer(), sa.ForeignKey("service.id", ondelete="CASCADE"), nullable=False),
        sa.Column("asked", sa.String(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("only", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("verdict", sa.String()),
        sa.Column("commit", sa.String()),
        sa.Column("dirty", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("interpreter", sa.String(), nullable=False),
        sa.Column("tools", sa.JSON(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("beat", MOMENT, nullable=False),
        sa.Column("ended", MOMENT),
    )
    op.create_index("ix_run_service_id_id", "run", ["service_id", "id"])
    op.create_table(
        "stage",
        _of_run(primary_key=True),
        sa.Column("slug", sa.String(), primary_key=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_run(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("check", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
    )
    op.create_index("ix_finding_run_id_id", "finding", ["run_id", "id"])
    op.create_table(
        "content",
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
    )
    op.create_table(
        "artifact",
        _of_run(primary_key=True),
        sa.Column("stage", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), sa.ForeignKey("content.sha256", ondelete="RESTRICT"), nullable=False),
    )
    op.create_index("ix_artifact_sha256", "artifact", ["sha256"])
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), primary_key=True),
        _of_run(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
    )
    op.create_index("ix_note_run_id_id", "note", ["run_id", "id"])


def downgrade() -> None:
    for table in ("note", "artifact", "content", "finding", "stage", "run", "service"):
        op.drop_table(table)


def _of_run(*, primary_key: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("run.id", ondelete="CASCADE")
    return sa.Column("run_id", sa.Integer(), key, primary_key=primary_key, nullable=False)
