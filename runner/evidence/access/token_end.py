"""Does the store end a token that says nothing of its own end? Seen by letting its time run out there."""

import base64
import hashlib
import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from runner.evidence.access.protected_operation import ProtectedOperation
from runner.evidence.access.token_attack import SUCCESS
from runner.evidence.accounts.scene import uses_redis
from runner.live.redis import key_with, seconds_left, tell
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import tables_of
from runner.probe import Probe

NUMBERS = frozenset(("bigint", "integer", "double precision"))
UNTIL = re.compile(r"exp|_at$|until", re.IGNORECASE)
MOMENT_BACK, NUMBER_BACK = sql.SQL("{0} = {0} - interval '10 years'"), sql.SQL("{0} = {0} - 316224000")


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a token is kept, and what was seen when its time was over there."""

    where: str
    seconds: int | None = None  # that it had left; None: not known
    refused: bool  # once its time was over


def end_of(probe: Probe, protected: ProtectedOperation) -> End | None:
    """None where the store was not seen to keep the token with a time."""
    if not protected.token or not protected.lets_in():
        return None
    kept = _in_redis(probe, protected)
    if kept is not None:
        return kept
    changed = tuple(set_back(protected.here.database, tuple(forms_of(protected.token))))
    if not changed:
        return None
    refused = _refused(protected)
    if not refused and uses_redis(probe):  # may be asked there first
        return None
    return End(where=", ".join(changed), refused=refused)


def _refused(protected: ProtectedOperation) -> bool:
    """Is this very token refused, while a new one is let in?"""
    status = protected.status(protected.caller.headers)
    return status not in SUCCESS and protected.lets_in()


def _in_redis(probe: Probe, protected: ProtectedOperation) -> End | None:
    """A service that takes only tokens that Redis knows ends them there: without its key the token is refused."""
    if not uses_redis(probe):
        return None
    forms = list(forms_of(protected.token))
    kept = ((one, key) for one in probe.workshop.all_redis() for form in forms if (key := key_with(one, form)))
    redis, found = next(kept, (None, None))
    left = seconds_left(redis, *found) if redis and found else None
    if redis is None or found is None or left is None:
        return None
    tell(redis, f"SELECT {found[0]}\r\nDEL {found[1]}")
    return End(where="Redis", seconds=left, refused=True) if _refused(protected) else None


UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


def forms_of(token: str) -> Iterator[str]:
    """How a store may know a token: itself, a UUID in its other spelling, or a hash of it."""
    yield token
    if UUID.fullmatch(token):
        spelt = str(uuid.UUID(token))
        yield from {spelt, spelt.replace("-", "")} - {token}
    for name in ("sha256", "sha512", "sha1", "md5", "blake2b"):
        digest = hashlib.new(name, token.encode())
        yield digest.hexdigest()
        yield base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
        yield base64.b64encode(digest.digest()).decode().rstrip("=")


def _back(name: str, kind: str) -> sql.SQL | None:
    """How a column is set back; None for one that holds no moment."""
    if kind.startswith(("timestamp", "date")):
        return MOMENT_BACK
    return NUMBER_BACK if kind in NUMBERS and UNTIL.search(name) else None


def set_back(database: Database, forms: tuple[str, ...]) -> Iterator[str]:
    """Set every moment of the rows that hold one of these back by ten years; the columns that were."""
    for table in tables_of(database):
        held = sql.SQL(" OR ").join(sql.SQL("strpos(t::text, {}) > 0").format(sql.Literal(form)) for form in forms)
        ways = {name: back for name, kind in sorted(table.columns.items()) if (back := _back(name, kind))}
        parts = [back.format(sql.Identifier(name)) for name, back in ways.items()]
        if not parts:
            continue
        statement = sql.SQL("UPDATE {} t SET {} WHERE {}").format(table.place, sql.SQL(", ").join(parts), held)
        with suppress(PostgresError), database.connect() as connection:  # a CHECK, a trigger, a generated column
            if connection.execute(statement).rowcount > 0:
                yield from (f"{table.name}.{name}" for name in ways)
