"""Is it a slow hash that decides who gets in, for every account? Seen by giving one account the hash of another."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from runner.evidence.access.stored_passwords import HASHES
from runner.http.callers import Callers
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError, sql
from runner.postgres.tables import tables_of
from runner.said import say

SUCCESS = range(200, 300)
BYTES = "\\x"  # begins a value of bytes, as PostgreSQL writes it
# The least that each kind of hash has to cost, far below what is advised: less is no slow hash.
BCRYPT, PBKDF2, SCRYPT, ARGON2 = 8, 10_000, 4096, 4096  # 2^cost, iterations, N, KiB × passes
LOG_N = 12  # of scrypt, where it is written as an exponent


@dataclass(frozen=True, slots=True)
class Hash:
    """One stored hash, and the column that it stands in."""

    schema: str
    table: str
    column: str
    value: str

    @property
    def where(self) -> str:
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The column that decides who gets in: how many of its values are slow hashes."""

    where: str = ""  # empty: no hash came into the database with a new account
    kind: str = ""
    decides: bool = False  # an account with the hash of another opens with that one's password
    fast: str = ""  # why it is no slow hash
    hashed: int = 0
    values: int = 0


def kept(people: Callers, database: Database) -> Kept:
    """Two new accounts: the hash of one is written over that of the other, which then opens by the first's password."""
    first, second = _new(people, database), _new(people, database)
    same = next(((a, b) for a in first[2] for b in second[2] if a.where == b.where), None)
    if same is None:
        return Kept()
    mine, other = same
    values = [text_of(value) for value in _column(database, mine) if value]
    decides = _written_over(database, other, mine.value) and people.try_password(second[0], first[1]).is_success
    found = HASHES.match(text_of(mine.value))
    return Kept(
        where=mine.where,
        kind=found[0].strip("$") if found else "",
        decides=decides,
        fast=too_fast(text_of(mine.value)),
        hashed=sum(bool(HASHES.match(value)) for value in values),
        values=len(values),
    )


def text_of(value: str) -> str:
    """What a column of bytes holds, as the text that it is; any other value as it is."""
    if not value.startswith(BYTES):
        return value
    with suppress(ValueError):
        return bytes.fromhex(value.removeprefix(BYTES)).decode(errors="replace")
    return value


def too_fast(value: str) -> str:
    """What makes a hash of a slow kind a fast one; empty where it is slow."""
    for pattern, least, what in (
        (r"\$2[aby]\$(\d\d)\$", BCRYPT, "bcrypt with a cost of {number}"),
        (r"\$?pbkdf2[-_:]sha\d+[$:](\d+)", PBKDF2, "PBKDF2 with {number} iterations"),
        (r"scrypt:(\d+):", SCRYPT, "scrypt with N = {number}"),
        (r"\$scrypt\$ln=(\d+)", LOG_N, "scrypt with N = 2^{number}"),
    ):
        if (found := re.match(pattern, value)) and int(found[1]) < least:
            return say(what, number=int(found[1]))
    argon = re.match(r"\$argon2\w+\$(?:v=\d+\$)?m=(\d+),t=(\d+)", value)
    if argon and int(argon[1]) * int(argon[2]) < ARGON2:
        return say("argon2 with {argon} KiB and t = {argon2}", argon=argon[1], argon2=argon[2])
    return ""


def _new(people: Callers, database: Database) -> tuple[str, str, list[Hash]]:
    """Name and password of a new account, and the hashes that came into the database with it."""
    before = set(hashes_in(database))
    name, password, _ = people.sign_up()
    return name, password, [one for one in hashes_in(database) if one not in before]


def hashes_in(database: Database) -> Iterator[Hash]:
    """Every stored hash of a known kind, wherever it stands."""
    for table in tables_of(database):
        for row in _rows(database, table.place):
            for column, value in row.items():
                if isinstance(value, str) and HASHES.match(text_of(value)):
                    yield Hash(table.schema, table.name, column, value)


def _rows(database: Database, table: sql.Identifier) -> Iterator[Mapping[str, object]]:
    query = sql.SQL("SELECT to_jsonb(t) AS row FROM {} t LIMIT 1000").format(table)
    with database.connect() as connection:
        yield from (dict(found["row"]) for found in connection.execute(query))


def _column(database: Database, one: Hash) -> Iterator[str]:
    place = sql.Identifier(one.schema, one.table)
    yield from (str(row.get(one.column) or "") for row in _rows(database, place))


def _written_over(database: Database, one: Hash, value: str) -> bool:
    column = sql.Identifier(one.column)
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s").format(
        sql.Identifier(one.schema, one.table), column, column
    )
    with suppress(PostgresError), database.connect() as connection:  # a trigger, or a hash that must be its row's alone
        return connection.execute(statement, [value, one.value]).rowcount == 1
    return False
