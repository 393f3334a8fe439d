"""Decisions of people, who asked for a run, and a chain: each row is linked to the one before, and none is changed.

What an older gonogo has written is linked here as it is found; nothing can tell whether it was altered before.
"""

import sqlalchemy as sa
from alembic import op

from workflow.ledger.digest import KEYS, START, digest_of, hash_of, key_of

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADDED_ONLY = ("stage", "finding", "artifact", "note", "content", "decision", "link")
OLD = ("service", "run", "stage", "finding", "artifact", "note", "content", "kept")
REFUSAL = "the ledger is append-only: what was written stays"


def upgrade() -> None:
    op.add_column("run", sa.Column("by", sa.String()))
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("service_id", sa.Integer(), sa.ForeignKey("service.id", ondelete="RESTRICT"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "who", "email", "role", "digest")),
        sa.Column("commit", sa.String()),
        *(sa.Column(n, sa.String(), nullable=False) for n in ("stage", "step", "check", "place", "content", "reason")),
        sa.Column("until", sa.String()),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("about", sa.Integer()),
    )
    op.create_index("ix_decision_service_id_id", "decision", ["service_id", "id"])
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("run_id", sa.Integer()),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("kind", "key", "digest", "before", "hash")),
    )
    op.create_index("ix_link_run_id_id", "link", ["run_id", "id"])
    _link_what_is_there()
    _refuse_changes()


def _link_what_is_there() -> None:
    connection = op.get_bind()
    before, links = START, []
    for kind in OLD:
        table = sa.Table(kind, sa.MetaData(), autoload_with=connection)
        shown = [column for column in table.columns if column.name not in {"trace", "content"}]
        ordered = sa.select(*shown).order_by(*(table.c[name] for name in KEYS[kind]))
        for found in connection.execute(ordered).mappings():
            row = dict(found)
            key, digest = key_of(kind, row), digest_of(kind, row)
            run = row["id"] if kind == "run" else row.get("run_id")
            hash = hash_of(before, kind, key, digest, run)
            links.append({"run_id": run, "kind": kind, "key": key, "digest": digest, "before": before, "hash": hash})
            before = hash
    if links:
        connection.execute(sa.insert(sa.Table("link", sa.MetaData(), autoload_with=connection)), links)


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _refuse_in_postgresql()
        return
    for table in (*ADDED_ONLY, "run"):
        _refuse_in_sqlite(table, "DELETE")
    for table in ADDED_ONLY:
        _refuse_in_sqlite(table, "UPDATE")
    _refuse_in_sqlite("run", "UPDATE", "WHEN OLD.ended IS NOT NULL")
    _refuse_in_sqlite("service", "DELETE")


def _refuse_in_sqlite(table: str, change: str, when: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {when} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def _refuse_in_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION gonogo_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    refuse = "EXECUTE FUNCTION gonogo_append_only()"
    for table in ADDED_ONLY:
        op.execute(f'CREATE TRIGGER no_change BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW {refuse}')
    op.execute(f"CREATE TRIGGER no_change BEFORE UPDATE ON run FOR EACH ROW WHEN (OLD.ended IS NOT NULL) {refuse}")
    for table in ("run", "service"):
        op.execute(f"CREATE TRIGGER no_delete BEFORE DELETE ON {table} FOR EACH ROW {refuse}")
    for table in (*ADDED_ONLY, "run", "service"):
        op.execute(f'CREATE TRIGGER no_truncate BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {refuse}')


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION gonogo_append_only() CASCADE")
    else:
        tables = (*ADDED_ONLY, "run", "service")
        for name in [f"{table}_no_{change}" for table in tables for change in ("update", "delete")]:
            op.execute(f"DROP TRIGGER IF EXISTS {name}")
    op.drop_table("link")
    op.drop_table("decision")
    op.drop_column("run", "by")
