"""Notes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.String(10_000), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_notes_owner_id_users", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_notes_title_length")),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 10000", name=op.f("ck_notes_body_length")),
        sa.CheckConstraint("version > 0", name=op.f("ck_notes_version_positive")),
    )
    op.create_index("ix_notes_owner_id", "notes", ["owner_id"])
    op.create_index("ix_notes_created_at_id", "notes", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_notes_created_at_id", table_name="notes")
    op.drop_index("ix_notes_owner_id", table_name="notes")
    op.drop_table("notes")
