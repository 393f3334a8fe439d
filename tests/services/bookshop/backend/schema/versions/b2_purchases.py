"""Purchases."""

import sqlalchemy as sa
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade():
    op.create_table(
        "purchase",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("isbn", sa.String(13), sa.ForeignKey("book.isbn", ondelete="RESTRICT"), nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_index("ix_purchase_isbn", "purchase", ["isbn"])


def downgrade():
    op.drop_table("purchase")
