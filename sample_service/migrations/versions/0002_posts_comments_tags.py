"""Posts, their comments and their tags."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_posts()
    create_comments()
    create_tags()


def create_posts() -> None:
    op.create_table(
        "posts",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.String(20_000), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name="fk_posts_author_id_users", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 200", name=op.f("ck_posts_title_length")),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 20000", name=op.f("ck_posts_body_length")),
        sa.CheckConstraint("version > 0", name=op.f("ck_posts_version_positive")),
    )
    op.create_index("ix_posts_published_created_at_id", "posts", ["published", "created_at", "id"])
    op.create_index("ix_posts_author_id_created_at_id", "posts", ["author_id", "created_at", "id"])


def create_comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("author_id", BIG_ID, nullable=False),
        sa.Column("body", sa.String(2000), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comments"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="fk_comments_post_id_posts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name="fk_comments_author_id_users", ondelete="RESTRICT"
        ),
        sa.CheckConstraint("length(body) BETWEEN 1 AND 2000", name=op.f("ck_comments_body_length")),
    )
    op.create_index(
        "ix_comments_post_id_created_at_id", "comments", ["post_id", "created_at", "id"]
    )
    op.create_index("ix_comments_author_id", "comments", ["author_id"])


def create_tags() -> None:
    op.create_table(
        "tags",
        sa.Column("id", BIG_ID, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("name", name="uq_tags_name"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_tags_name_length")),
    )
    op.create_table(
        "post_tags",
        sa.Column("post_id", BIG_ID, nullable=False),
        sa.Column("tag_id", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "tag_id", name="pk_post_tags"),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name="fk_post_tags_post_id_posts", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name="fk_post_tags_tag_id_tags", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_post_tags_tag_id_post_id", "post_tags", ["tag_id", "post_id"])


def downgrade() -> None:
    op.drop_index("ix_post_tags_tag_id_post_id", table_name="post_tags")
    op.drop_table("post_tags")
    op.drop_table("tags")
    op.drop_index("ix_comments_author_id", table_name="comments")
    op.drop_index("ix_comments_post_id_created_at_id", table_name="comments")
    op.drop_table("comments")
    op.drop_index("ix_posts_author_id_created_at_id", table_name="posts")
    op.drop_index("ix_posts_published_created_at_id", table_name="posts")
    op.drop_table("posts")
