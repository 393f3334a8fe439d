"""A service is known by a key, which stays when its folder is moved; a run keeps the folder that it was asked of.

Columns are renamed and added in place: SQLite would make a table anew, and dropping the old one drops its runs.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE service RENAME COLUMN root TO key")
    for table in ("service", "run"):
        op.add_column(table, sa.Column("root", sa.String(), nullable=False, server_default=""))
    op.execute("UPDATE service SET root = key, key = 'old:' || key")
    op.execute("UPDATE run SET root = (SELECT root FROM service WHERE service.id = run.service_id)")


def downgrade() -> None:
    """What lies in one folder becomes one service again."""
    op.execute(
        "UPDATE run SET service_id = (SELECT min(other.id) FROM service AS mine JOIN service AS other "
        "ON other.root = mine.root WHERE mine.id = run.service_id)"
    )
    op.execute("DELETE FROM service WHERE id NOT IN (SELECT min(id) FROM service GROUP BY root)")
    op.execute("UPDATE service SET key = root")
    for table in ("service", "run"):
        op.drop_column(table, "root")
    op.execute("ALTER TABLE service RENAME COLUMN key TO root")
