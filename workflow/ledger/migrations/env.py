"""Alembic's way into the ledger. `workflow.ledger.schema` hands it the connection."""

from alembic import context
from sqlmodel import SQLModel

from workflow.ledger import tables  # noqa: F401 - fills the metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
