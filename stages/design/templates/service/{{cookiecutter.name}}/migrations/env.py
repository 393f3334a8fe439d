"""Where do migrations run, and how long may one wait for a lock? The settings say where."""

from alembic import context

from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.models import User
from {{cookiecutter.package}}.settings import Settings

# of the models' own module, so that it is imported and none of its tables is missing
METADATA = User.metadata
LIMITS = ("SET lock_timeout = '2s'", "SET statement_timeout = '60s'")


def limit_waiting() -> None:
    """A migration that cannot have its lock soon gives up: everyone would queue behind it."""
    if context.get_context().dialect.name == "postgresql":
        for limit in LIMITS:
            context.execute(limit)


def print_sql(settings: Settings) -> None:
    context.configure(
        url=settings.url,
        target_metadata=METADATA,
        literal_binds=True,
        transaction_per_migration=True,
    )
    limit_waiting()
    with context.begin_transaction():
        context.run_migrations()


def migrate(settings: Settings) -> None:
    engine = open_engine(settings)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            compare_type=True,
            transaction_per_migration=True,
        )
        limit_waiting()
        connection.commit()
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    print_sql(Settings())
else:
    migrate(Settings())
