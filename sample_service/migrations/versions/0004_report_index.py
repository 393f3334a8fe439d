"""An index for the report on authors, built while the service goes on writing."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ix_posts_report"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # an index left half-built by an interrupted run would otherwise pass for a good one
        drop()
        op.create_index(
            NAME,
            "posts",
            ["created_at", "author_id", "published"],
            if_not_exists=True,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        drop()


def drop() -> None:
    op.drop_index(NAME, table_name="posts", if_exists=True, postgresql_concurrently=True)
