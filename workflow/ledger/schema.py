"""Is the ledger's schema today's? Brings it there with the ledger's own migrations."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from runner.errors import WorkflowError
from runner.said import say

HEAD = "0007"  # a test holds it to the newest revision; comparing it saves importing Alembic on every start
MIGRATIONS = Path(__file__).parent / "migrations"


def ensure_schema(engine: Engine) -> str:
    """Migrate to HEAD; the older version that was there, empty where it was today's or there was none.

    Raises `WorkflowError` when the ledger was written by a newer gonogo.
    """
    with engine.connect() as connection:
        if version_of(connection) == HEAD:
            return ""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two processes may find an empty ledger at once
            connection.execute(text("SELECT pg_advisory_xact_lock(7304617)"))
        elif engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        version = version_of(connection)
        if version == HEAD:
            return ""
        _migrate(connection, version)
        return version or ""


def version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(connection: Connection, version: str | None) -> None:
    from alembic import command  # noqa: PLC0415 - slow to import, needed once
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = alembic_config(connection)
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise WorkflowError(
            say(
                "The ledger was written by a newer gonogo (schema {version}, this one knows {head}). "
                "Update gonogo, or name another ledger: GONOGO_LEDGER=sqlite:///other.db",
                version=version,
                head=HEAD,
            )
        )
    command.upgrade(config, "head")


def alembic_config(connection: Connection):  # type: ignore[no-untyped-def]  # noqa: ANN201 - Alembic stays unimported
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
