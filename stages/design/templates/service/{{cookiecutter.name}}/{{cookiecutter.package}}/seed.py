"""How do load tests get a database of realistic size? `python -m {{cookiecutter.package}}.seed --users 100 …`

The accounts are load-0001@example.com and so on, all with the password LOAD_TEST_PHRASE. The first
is an admin. Same numbers in, same rows out, but for the time of the run: notes are spread over the
year before it.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text
from sqlmodel import SQLModel, col

from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.models import Note, Role, User
from {{cookiecutter.package}}.passwords import LOAD_TEST_PHRASE, Passwords
from {{cookiecutter.package}}.settings import Settings

BATCH = 1_000
MINUTES_A_YEAR = 365 * 24 * 60
WORDS = ("oak", "birch", "elm", "ash", "maple", "pine", "alder", "rowan", "hazel", "willow")

Row = dict[str, Any]


def email_of(number: int) -> str:
    return f"load-{number:04}@example.com"


def users(count: int, password_hash: str) -> Iterator[Row]:
    for number in range(1, count + 1):
        yield {
            "email": email_of(number),
            "display_name": f"Load {number:04}",
            "password_hash": password_hash,
            "role": Role.ADMIN if number == 1 else Role.MEMBER,
        }


def notes(count: int, owners: list[int], now: datetime) -> Iterator[Row]:
    for number in range(count):
        age = timedelta(minutes=number * MINUTES_A_YEAR // max(count, 1))
        yield {
            "owner_id": owners[number * 7 % len(owners)],
            "title": f"On {WORDS[number % 10]} and {WORDS[number * 3 // 10 % 10]}, part {number}",
            "body": " ".join(WORDS[(number + step) % 10] for step in range(40)),
            "version": 1,
            "created_at": now - age,
            "updated_at": now - age,
        }


def fill(connection: Connection, wanted: argparse.Namespace, password_hash: str) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    store(connection, User, users(wanted.users, password_hash))
    owners = list(connection.scalars(select(col(User.id)).order_by(col(User.id))))
    store(connection, Note, notes(wanted.notes, owners, now))


def store(connection: Connection, table: type[SQLModel], rows: Iterator[Row]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), BATCH):
        connection.execute(insert(table), waiting[start : start + BATCH])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m {{cookiecutter.package}}.seed", description=__doc__)
    for name, default in (("users", 100), ("notes", 5_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
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
    sys.stdout.write(f"{wanted.users} users, {wanted.notes} notes.\n")
    return 0


def gather_statistics(engine: Engine) -> None:
    """As autovacuum would soon do: fresh statistics, and a map for index-only scans."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    raise SystemExit(main())
