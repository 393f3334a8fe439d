"""The database itself keeps updated_at, whoever writes."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ON_POSTGRESQL = (
    """
    CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.updated_at := now();
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER touch_users BEFORE UPDATE ON users FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at()
    """,
    """
    CREATE TRIGGER touch_posts BEFORE UPDATE ON posts FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at()
    """,
    """
    CREATE TRIGGER touch_comments BEFORE UPDATE ON comments FOR EACH ROW
    WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION touch_updated_at()
    """,
)
OFF_POSTGRESQL = (
    "DROP TRIGGER touch_comments ON comments",
    "DROP TRIGGER touch_posts ON posts",
    "DROP TRIGGER touch_users ON users",
    "DROP FUNCTION touch_updated_at()",
)

# SQLite has no BEFORE trigger that can change the row: it updates once more
ON_SQLITE = (
    """
    CREATE TRIGGER touch_users AFTER UPDATE ON users FOR EACH ROW
    WHEN OLD.updated_at = NEW.updated_at
    BEGIN
        UPDATE users SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER touch_posts AFTER UPDATE ON posts FOR EACH ROW
    WHEN OLD.updated_at = NEW.updated_at
    BEGIN
        UPDATE posts SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
    END
    """,
    """
    CREATE TRIGGER touch_comments AFTER UPDATE ON comments FOR EACH ROW
    WHEN OLD.updated_at = NEW.updated_at
    BEGIN
        UPDATE comments SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id;
    END
    """,
)
OFF_SQLITE = (
    "DROP TRIGGER touch_comments",
    "DROP TRIGGER touch_posts",
    "DROP TRIGGER touch_users",
)


def on_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"


def upgrade() -> None:
    for statement in ON_POSTGRESQL if on_postgresql() else ON_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    for statement in OFF_POSTGRESQL if on_postgresql() else OFF_SQLITE:
        op.execute(statement)
