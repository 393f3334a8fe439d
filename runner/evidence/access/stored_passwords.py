"""How does a service store passwords? Looked for in every table: in clear, as hashes without salt, as good ones."""

import base64
import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from runner.evidence.access.salted_digests import ALGORITHMS, salted
from runner.http.account_operations import login_name
from runner.http.callers import Callers
from runner.postgres.database import Database
from runner.postgres.driver import sql
from runner.postgres.tables import tables_of
from runner.said import say
from runner.vocabulary.secrets import is_password

HASHES = re.compile(r"\$argon2(?:id|i|d)\$|\$2[aby]\$\d\d\$|\$?pbkdf2[-_:]sha|scrypt[:$]|\$s(?:crypt|ha\d+)\$|\$[56]\$")
BYTES = re.compile(r"\\x((?:[0-9a-f]{2}){8,})\b")
SHORTEST_HASH = 20  # letters
MOMENT = re.compile(r"\d{4}-\d\d-\d\d")
SUCCESS = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Where a secret turned up that nobody should see."""

    what: str
    where: str
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """The tables of a service that people sign up with."""

    people: Callers
    client: httpx.Client
    database: Database

    def look(self, password: str) -> tuple[tuple[Leak, ...], tuple[str, ...]]:
        """Is somebody's password in the database, in clear or as a hash that tables exist for; and how hashes begin."""
        hashed = {match.strip("$") for _, text in self._rows() for match in HASHES.findall(text)}
        return self.readable(password) or tuple(self._twins()), tuple(sorted(hashed))

    def readable(self, password: str) -> tuple[Leak, ...]:
        """Where this password stands in the database in a form that can be read back, or is guessed fast."""
        forms, found = readable_forms(password), dict[Leak, None]()
        for table, text in self._rows():
            low = text.lower()  # some write a digest in capitals
            plain = next((form for form, value in forms.items() if value in text or value in low), "")
            if what := plain or salted(password, text):
                found[Leak(what=what, where=table)] = None
        return tuple(found)

    def _twins(self) -> Iterator[Leak]:
        """Two accounts with one password: what is stored alike for both, and not for a third, has no salt."""
        first, second, other = (self.people.registration() for _ in range(3))
        for field, value in first.fields.items():
            if is_password(field):
                second = second.with_field(field, value)
        if not all(one.send(self.client).status_code in SUCCESS for one in (first, second, other)):
            return
        rows = [dict(self._stored_of(login_name(one.fields))) for one in (first, second, other)]
        for column, value in rows[0].items():
            alike = value == rows[1].get(column) != rows[2].get(column)
            if alike and len(value) >= SHORTEST_HASH and not MOMENT.match(value):
                yield Leak(what=say("without a salt of its own, alike for two accounts"), where=column)

    def _stored_of(self, email: str) -> Iterator[tuple[str, str]]:
        """Table and column, and the text in it, of every row that holds this address."""
        held = sql.SQL("SELECT to_jsonb(t) AS row FROM {} t WHERE strpos(lower(t::text), lower(%s)) > 0 LIMIT 1")
        for table in tables_of(self.database):
            for found in self.database.rows(held.format(table.place), email):
                texts = ((column, value) for column, value in found["row"].items() if isinstance(value, str))
                yield from ((f"{table}.{column}", value) for column, value in texts)

    def _rows(self) -> Iterator[tuple[str, str]]:
        some = sql.SQL("SELECT t::text AS row FROM {} t LIMIT 1000")
        for table in tables_of(self.database):
            for found in self.database.rows(some.format(table.place)):
                yield str(table), with_bytes(str(found["row"]))


def readable_forms(password: str) -> dict[str, str]:
    """How a password may be stored so that it can be read back: written otherwise, or hashed as tables exist for."""
    raw = password.encode()
    found = {
        say("in clear"): password,
        say("in clear, as base64"): base64.b64encode(raw).decode().rstrip("="),
        say("in clear, as base64 for URLs"): base64.urlsafe_b64encode(raw).decode().rstrip("="),
        say("in clear, as hex"): raw.hex(),
        say("in clear, backwards"): password[::-1],
        say("in clear, as ROT13"): codecs.encode(password, "rot13"),
    }
    for name, how in ALGORITHMS.items():
        digest = hashlib.new(how, raw)  # looked for, not used
        found[say("as {name} without salt", name=name)] = digest.hexdigest()
        found[say("as {name} without salt, as base64", name=name)] = (
            base64.b64encode(digest.digest()).decode().rstrip("=")
        )
    return found


def with_bytes(row: str) -> str:
    """A row as PostgreSQL shows it, with the columns of bytes also as the text that they may hold."""
    return row + "".join(f" {bytes.fromhex(one).decode(errors='replace')}" for one in BYTES.findall(row))
