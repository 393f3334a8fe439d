"""What a document's readers read in other languages: language → the hash of its content."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("artifact", sa.Column("told", sa.JSON(none_as_null=True)))


def downgrade() -> None:
    op.drop_column("artifact", "told")
