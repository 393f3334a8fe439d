"""How do load tests get a database of realistic size? `python -m app.seed --users 200 …`

The accounts are load-0001@example.com and so on, all with the password LOAD_TEST_PHRASE. The first
is an admin, the next four are editors, the others authors. Same numbers in, same rows out, but for
the time of the run: posts are spread over the year before it.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text
from sqlmodel import SQLModel, col

from app.database import open_engine
from app.models import Comment, Post, PostTag, Role, Tag, User
from app.passwords import LOAD_TEST_PHRASE, Passwords
from app.settings import Settings

BATCH = 1_000
EDITORS = range(2, 6)
MINUTES_A_YEAR = 365 * 24 * 60
WORDS = ("ink", "press", "folio", "margin", "serif", "quarto", "proof", "column", "type", "plate")

Row = dict[str, Any]


def email_of(number: int) -> str:
    return f"load-{number:04}@example.com"


def role_of(number: int) -> Role:
    if number == 1:
        return Role.ADMIN
    return Role.EDITOR if number in EDITORS else Role.AUTHOR


def users(count: int, password_hash: str) -> Iterator[Row]:
    for number in range(1, count + 1):
        yield {
            "email": email_of(number),
            "display_name": f"Load {number:04}",
            "password_hash": password_hash,
            "role": role_of(number),
            "active": True,
        }


def posts(count: int, authors: list[int], now: datetime) -> Iterator[Row]:
    for number in range(count):
        age = timedelta(minutes=number * MINUTES_A_YEAR // max(count, 1))
        yield {
            "author_id": authors[number * 7 % len(authors)],
            "title": f"On {WORDS[number % 10]} and {WORDS[number * 3 // 10 % 10]}, part {number}",
            "body": " ".join(WORDS[(number + step) % 10] for step in range(60)),
            "published": number % 10 != 0,
            "version": 1,
            "created_at": now - age,
            "updated_at": now - age,
        }


def comments(count: int, posts: list[int], authors: list[int], now: datetime) -> Iterator[Row]:
    for number in range(count):
        yield {
            "post_id": posts[number * 31 % len(posts)],
            "author_id": authors[number * 13 % len(authors)],
            "body": f"A remark on {WORDS[number % 10]}, number {number}.",
            "created_at": now - timedelta(seconds=count - number),
        }


def post_tags(posts: list[int], tags: list[int]) -> Iterator[Row]:
    for number, post in enumerate(posts):
        for tag in {tags[number % len(tags)], tags[number * 3 % len(tags)]}:
            yield {"post_id": post, "tag_id": tag}


def fill(connection: Connection, wanted: argparse.Namespace, password_hash: str) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    store(connection, User, users(wanted.users, password_hash))
    store(connection, Tag, ({"name": f"topic-{n:03}"} for n in range(1, wanted.tags + 1)))
    authors = ids_of(connection, User)
    store(connection, Post, posts(wanted.posts, authors, now))
    post_ids = ids_of(connection, Post)
    store(connection, Comment, comments(wanted.comments, post_ids, authors, now))
    store(connection, PostTag, post_tags(post_ids, ids_of(connection, Tag)))


def store(connection: Connection, table: type[SQLModel], rows: Iterator[Row]) -> None:
    waiting = list(rows)
    for start in range(0, len(waiting), BATCH):
        connection.execute(insert(table), waiting[start : start + BATCH])


def ids_of(connection: Connection, table: type[User | Post | Tag]) -> list[int]:
    return list(connection.scalars(select(col(table.id)).order_by(col(table.id))))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.seed", description=__doc__)
    for name, default in (("users", 200), ("posts", 5_000), ("comments", 20_000), ("tags", 50)):
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
    sys.stdout.write(f"{wanted.users} users, {wanted.posts} posts, {wanted.comments} comments.\n")
    return 0


def gather_statistics(engine: Engine) -> None:
    """As autovacuum would soon do: fresh statistics, and a map for index-only scans."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text("VACUUM ANALYZE" if engine.name == "postgresql" else "ANALYZE"))


if __name__ == "__main__":
    raise SystemExit(main())
