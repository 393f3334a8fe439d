"""Which stages of a run wait for whose signature, and by which name another machine sent it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("demands", sa.JSON(none_as_null=True)))
    op.add_column("run", sa.Column("origin", sa.String()))
    op.create_index("ix_run_origin", "run", ["origin"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_run_origin", "run")
    op.drop_column("run", "origin")
    op.drop_column("run", "demands")
