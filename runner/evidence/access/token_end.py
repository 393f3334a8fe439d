"""Does the store end a token that says nothing of its own end? Seen by letting its time run out there."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import psycopg
from psycopg import sql

from runner.evidence.access.token_attack import SUCCESS
from runner.evidence.access.token_door import TokenDoor
from runner.evidence.accounts.scene import uses_redis
from runner.live.postgres import Database
from runner.live.redis import key_with, seconds_left, tell
from runner.probe import Probe

BACK = "10 years"
EPOCH = 10 * 366 * 24 * 3600  # seconds of as long
TIMES = """
SELECT c.table_schema AS room, c.table_name AS name, array_agg(c.column_name::text) FILTER (
    WHERE c.data_type LIKE 'timestamp%' OR c.data_type = 'date') AS moments,
  array_agg(c.column_name::text) FILTER (
    WHERE c.data_type IN ('bigint', 'integer', 'double precision') AND c.column_name ~* 'exp|_at$|until') AS numbers
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE t.table_type = 'BASE TABLE' AND c.table_schema NOT IN ('pg_catalog', 'information_schema')
GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a token is kept, and what was seen when its time was over there."""

    where: str
    seconds: int | None = None  # that it had left; None: not known
    refused: bool  # once its time was over


def end_of(probe: Probe, door: TokenDoor) -> End | None:
    """None where the store was not seen to keep the token with a time."""
    if not door.token or not door.lets_in():
        return None
    kept = _in_redis(probe, door)
    if kept is not None:
        return kept
    changed = tuple(set_back(door.here.database, tuple(forms_of(door.token))))
    if not changed:
        return None
    refused = _refused(door)
    if not refused and uses_redis(probe):  # may be asked there first
        return None
    return End(where=", ".join(changed), refused=refused)


def _refused(door: TokenDoor) -> bool:
    """Is this very token refused, while a new one is let in?"""
    status = door.knock(door.caller.headers)
    return status not in SUCCESS and door.lets_in()


def _in_redis(probe: Probe, door: TokenDoor) -> End | None:
    """A service that takes only tokens that Redis knows ends them there: without its key the token is refused."""
    if not uses_redis(probe):
        return None
    redis = probe.workshop.redis()
    found = next((key for form in forms_of(door.token) if (key := key_with(redis, form))), None)
    left = seconds_left(redis, *found) if found else None
    if found is None or left is None:
        return None
    tell(redis, f"SELECT {found[0]}\r\nDEL {found[1]}")
    return End(where="Redis", seconds=left, refused=True) if _refused(door) else None


def forms_of(token: str) -> Iterator[str]:
    """How a store may know a token: itself, or a hash of it."""
    yield token
    for name in ("sha256", "sha512", "sha1", "md5", "blake2b"):
        digest = hashlib.new(name, token.encode())
        yield digest.hexdigest()
        yield base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
        yield base64.b64encode(digest.digest()).decode().rstrip("=")


def set_back(database: Database, forms: tuple[str, ...]) -> Iterator[str]:
    """Set every moment of the rows that hold one of these back by ten years; the columns that were."""
    for table in database.rows(TIMES):
        name = sql.Identifier(table["room"], table["name"])
        held = sql.SQL(" OR ").join(sql.SQL("strpos(t::text, {}) > 0").format(sql.Literal(form)) for form in forms)
        moments = [(one, sql.SQL("{0} = {0} - interval {1}"), sql.Literal(BACK)) for one in table["moments"] or ()]
        numbers = [(one, sql.SQL("{0} = {0} - {1}"), sql.Literal(EPOCH)) for one in table["numbers"] or ()]
        parts = [part.format(sql.Identifier(one), back) for one, part, back in (*moments, *numbers)]
        if not parts:
            continue
        statement = sql.SQL("UPDATE {} t SET {} WHERE {}").format(name, sql.SQL(", ").join(parts), held)
        with suppress(psycopg.Error), database.connect() as connection:  # a CHECK, a trigger, a generated column
            if connection.execute(statement).rowcount > 0:
                yield from (f"{table['name']}.{one}" for one, _, _ in (*moments, *numbers))
