"""Books."""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "book",
        sa.Column("isbn", sa.String(13), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("price", sa.Numeric(8, 2), nullable=False),
        sa.Column("stock", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("stock >= 0", name="book_stock_positive"),
    )


def downgrade():
    op.drop_table("book")
