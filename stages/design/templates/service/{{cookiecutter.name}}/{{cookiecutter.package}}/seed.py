"""How do load tests get a database of realistic size? `python -m {{cookiecutter.package}}.seed --users 100 …`

The accounts are load-0001@example.com and so on, all with the password LOAD_TEST_PHRASE. The first
has the last of the roles, the others have each in turn. Same numbers in, same rows out, but for the
time of the run: rows are spread over the year before it.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update
from sqlmodel import SQLModel, col

from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.models import (
    {% for r in cookiecutter.made %}{{r.model}}, {% if r.states %}{{r.model}}State, {% endif %}{% for one in r.choices %}{{one.enum}}, {% endfor %}{% endfor %}Role, User
)
from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE, Passwords
from {{cookiecutter.package}}.settings import Settings

BATCH = 1_000
ROWS = { {%- for table, count in cookiecutter.rows.items() %}"{{table}}": {{count}}{{ ", " if not loop.last }}{% endfor -%} }
MINUTES_A_YEAR = 365 * 24 * 60
{% if "date" in cookiecutter.types %}
FIRST_DAY = date(2030, 1, 1)
{% endif %}
{% if "datetime" in cookiecutter.types %}
FIRST_MOMENT = datetime(2030, 1, 1, 8, tzinfo=UTC)
{% endif %}

Row = dict[str, Any]
Ids = dict[str, list[int]]


def email_of(number: int) -> str:
    return f"load-{number:04}@example.com"


def users(count: int, password_hash: str) -> Iterator[Row]:
    for number in range(1, count + 1):
        yield {
            "email": email_of(number),
            "display_name": f"Load {number:04}",
            "password_hash": password_hash,
            "role": tuple(Role)[(number - 2) % len(Role)],
        }


{% for r in cookiecutter.made %}
{% if r.is_link %}
def {{r.plural}}(count: int, ids: Ids, _: datetime) -> Iterator[Row]:
    for number in range(1, count + 1):
        yield { {%- for one in r.fields %}"{{one.column}}": {{ r.seeded(one) }}{{ ", " if not loop.last }}{% endfor -%} }


{% else %}
def {{r.plural}}(count: int, {{ "ids" if r.references|length > r.selfs|length or r.owned else "_" }}: Ids, now: datetime) -> Iterator[Row]:
    for number in range(1, count + 1):
        age = timedelta(minutes=number * MINUTES_A_YEAR // max(count, 1))
        yield {
            {% if r.owned %}
            "owner_id": {{ r.seeded_owner }},
            {% endif %}
            {% for one in r.fields %}
            {% if one.type == "reference" %}
            "{{one.column}}": {{ r.seeded(one) }},
            {% else %}
            "{{one.column}}": {{ r.seeded(one) }},
            {% endif %}
            {% endfor %}
            {% if r.states %}
            "state": tuple({{r.model}}State)[number % {{r.states|length}}],
            {% endif %}
            "version": 1,
            "created_at": now - age,
            "updated_at": now - age,
        }


{% endif %}
{% endfor %}
def fill(connection: Connection, wanted: argparse.Namespace, password_hash: str) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    store(connection, User, users(wanted.users, password_hash))
    ids = {"users": ids_of(connection, User)}
    {% for r in cookiecutter.made %}
    store(connection, {{r.model}}, {{r.plural}}(wanted.{{r.plural}}, ids, now))
    {% if r.users %}
    ids["{{r.plural}}"] = ids_of(connection, {{r.model}})
    {% endif %}
    {% for one in r.selfs if one.column not in r.kept %}
    nest(connection, {{r.model}}, "{{one.column}}", ids["{{r.plural}}"])
    {% endfor %}
    {% if r.plural in cookiecutter.kept %}
    ids["{{r.plural}} owners"] = ids_of(connection, {{r.model}}, "owner_id")
    {% endif %}
    {% endfor %}


{% if cookiecutter.kept %}
def ids_of(connection: Connection, table: type[SQLModel], column: str = "id") -> list[int]:
    columns = table.__table__.c  # type: ignore[attr-defined]
    return list(connection.scalars(select(columns[column]).order_by(columns.id)))
{% else %}
def ids_of(connection: Connection, table: type[SQLModel]) -> list[int]:
    column = table.__table__.c.id  # type: ignore[attr-defined]
    return list(connection.scalars(select(column).order_by(column)))
{% endif %}


{% if cookiecutter.nests %}
def nest(connection: Connection, table: type[SQLModel], column: str, ids: list[int]) -> None:
    """Four below each, as far as they go."""
    columns = table.__table__.c  # type: ignore[attr-defined]
    below = update(table).where(columns.id == bindparam("below")).values({column: bindparam("above")})
    pairs = [{"below": id, "above": ids[(number - 1) // 4]} for number, id in enumerate(ids) if number]
    for start in range(0, len(pairs), BATCH):
        connection.execute(below, pairs[start : start + BATCH])


{% endif %}
def store(connection: Connection, table: type[SQLModel], rows: Iterator[Row]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), BATCH):
        connection.execute(insert(table), waiting[start : start + BATCH])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m {{cookiecutter.package}}.seed", description=__doc__)
    for name, default in ROWS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default)
    wanted = parser.parse_args(arguments)
    settings = Settings()
    if settings.is_production:
        sys.stderr.write("Not in production: the password of these accounts is public.\n")
        return 2
    engine = open_engine(settings)
    try:
        return seed(engine, settings, wanted)
    finally:
        engine.dispose()


def seed(engine: Engine, settings: Settings, wanted: argparse.Namespace) -> int:
    with engine.begin() as connection:
        if connection.scalar(select(col(User.id)).where(col(User.email) == email_of(1))):
            sys.stderr.write("Seeded already: nothing to do.\n")
            return 0
        passwords = Passwords(settings.argon2_memory_kib, settings.argon2_passes)
        fill(connection, wanted, passwords.hash(LOAD_TEST_PHRASE))
    gather_statistics(engine)
    counts = ", ".join(f"{getattr(wanted, name)} {name}" for name in ROWS)
    sys.stdout.write(f"{counts}.\n")
    return 0


def gather_statistics(engine: Engine) -> None:
    """As autovacuum would soon do: fresh statistics, and a map for index-only scans."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    raise SystemExit(main())
