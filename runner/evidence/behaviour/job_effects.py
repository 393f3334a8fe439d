"""What do jobs leave behind, and how is one held up in its midst? Rows, numbers, mails; locks, refusals."""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx

from runner.evidence.accounts.visit import Visit
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.http.identities import NOBODY, Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live.postbox import Postbox
from runner.live.waiting import until
from runner.postgres.database import Database
from runner.postgres.driver import LockNotAvailable, sql
from runner.postgres.sessions import end_locked_out, locked_out
from runner.postgres.tables import tables_of
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say

QUIET = 0.6  # seconds without a change, after which a job's effect is complete
SETTLES = 8.0
NUMBERS = frozenset({"integer", "bigint", "smallint", "numeric", "double precision", "real"})
# A number that grows with each try, or names something, is no effect.
TEXTS = frozenset({"text", "character varying", "json", "jsonb", "ARRAY"})
NO_EFFECT = re.compile(r"(?:^|_)(?:id|attempts?|tries|retries|retry|failures?|errors?)(?:_|$)", re.IGNORECASE)
# Counts changes of its row, whatever they are: an effect only where there is no other.
OF_THE_ROW = re.compile(r"(?:^|_)(?:version|revision)(?:_|$)", re.IGNORECASE)
TRIGGER = sql.SQL("CREATE TRIGGER {0} BEFORE INSERT OR UPDATE OR DELETE ON {1} EXECUTE FUNCTION {0}()")
REFUSAL, GATE, GATE_KEY = "gonogo_refuses_jobs", "gonogo_holds_jobs", 7_250_131
# A sequence counts the transactions that come; which one passes is kept in a setting that ends with it.
GATE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {GATE}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF coalesce(current_setting('{GATE}.passed', true), '') = '' THEN
    IF nextval('{GATE}') > {{passing}} THEN PERFORM pg_advisory_xact_lock_shared({GATE_KEY}); END IF;
    PERFORM set_config('{GATE}.passed', 'yes', true);
  END IF;
  RETURN NULL;
END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What can be counted of effects."""

    tables: Mapping[str, str]  # a fingerprint of each
    rows: Mapping[str, int]
    sums: Mapping[str, float]  # "accounts.balance"
    mails: int
    beside: Mapping[str, float] = field(default_factory=dict)  # versions, and how long all texts of a column are

    def changed(self, later: "State") -> tuple[str, ...]:
        return tuple(name for name, print in later.tables.items() if self.tables.get(name) != print)

    def effect(self, later: "State") -> dict[str, float]:
        """How many rows more, mails more, and by how much numbers moved in tables with as many rows as before."""
        rows = {name: later.rows[name] - number for name, number in self.rows.items() if name in later.rows}
        found: dict[str, float] = {say("rows in {name}", name=name): more for name, more in rows.items() if more > 0}
        for name, value in later.sums.items():
            table = name.rpartition(".")[0]
            if not rows.get(table) and (moved := value - self.sums.get(name, value)):
                found[name] = moved
        return found | ({"mails": later.mails - self.mails} if later.mails > self.mails else {})

    def moved(self, later: "State") -> dict[str, float]:
        """By how much versions and texts grew in tables with as many rows as before."""
        still = {name for name, number in self.rows.items() if later.rows.get(name) == number}
        moved = {name: value - self.beside.get(name, value) for name, value in later.beside.items()}
        return {name: more for name, more in moved.items() if more > 0 and name.rpartition(".")[0] in still}


@dataclass(slots=True, kw_only=True)
class Effects:
    """A running service, and what is seen of the work beside its requests."""

    probe: Probe
    here: Visit
    watch: Watch
    postbox: Postbox
    _sums: sql.Composed | None = None

    def valid(self, operation: Operation) -> tuple[Request, Identity]:
        """A valid request on an object of its own, and who sends it. Raises `ProbeError`."""
        people = self.here.people
        if operation == people.login:
            somebody = self.here.fresh(self.here.roles[0])
            return people.login_request(somebody.email, somebody.password), NOBODY
        if operation == people.register:
            return people.registration(), NOBODY
        caller, owner = caller_and_owner(self.here, operation)
        return self.here.objects.request(operation, owner), caller

    def look(self) -> State:
        database = self.here.database
        self._sums = self._sums or _sums_of(database)
        totals = database.rows(self._sums) if self._sums else []
        sums = {row["name"]: float(row["total"] or 0) for row in totals}
        counted = {row["name"] for row in totals if row["number"] and not OF_THE_ROW.search(column_of(row["name"]))}
        return State(
            tables=dict(self.watch.look().tables),
            rows=self.watch.rows(),
            sums={name: value for name, value in sums.items() if name in counted},
            mails=self.postbox.taken,
            beside={name: value for name, value in sums.items() if name not in counted},
        )

    def settled(self, before: State, seconds: float = SETTLES) -> State:
        """As it is once something differs from `before` and nothing has changed for a moment."""
        until(lambda: _differs(before, self.look()), seconds)
        last = self.look()
        deadline = time.monotonic() + SETTLES
        while time.monotonic() < deadline:
            time.sleep(QUIET)
            now = self.look()
            if not _differs(last, now):
                return now
            last = now
        return last

    @contextmanager
    def held(self, tables: tuple[str, ...], passing: int = 0) -> Iterator["Hold"]:
        """While open, transactions wait at their first write into these tables, and mails wait as well.

        `passing`: so many transactions go through first, as those of a request whose work beside comes behind it.
        """
        with self.postbox.holding(), self.here.database.connect() as connection:
            connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {GATE}; ALTER SEQUENCE {GATE} RESTART".encode())
            connection.execute(GATE_FUNCTION.format(passing=passing).encode())
            for place in self._places(tables):
                connection.execute(TRIGGER.format(sql.Identifier(GATE), place))
            connection.execute(f"SELECT pg_advisory_lock({GATE_KEY})".encode())
            try:
                yield Hold(self.here.database, self.postbox)
            finally:
                connection.execute(f"SELECT pg_advisory_unlock({GATE_KEY})".encode())
                connection.execute(f"SET lock_timeout = '{SETTLES:g}s'".encode())
                with suppress(LockNotAvailable):  # an open gate stops nobody
                    connection.execute(f"DROP FUNCTION {GATE} CASCADE".encode())

    def _places(self, tables: tuple[str, ...]) -> list[sql.Identifier]:
        return [table.place for table in tables_of(self.here.database) if str(table) in tables]

    @contextmanager
    def refused(self, tables: tuple[str, ...]) -> Iterator[None]:
        """While open, every write into these tables fails, and every mail is refused."""
        with self.postbox.refusing(), self.here.database.connect() as connection:
            connection.execute(f"CREATE SEQUENCE IF NOT EXISTS {REFUSAL}".encode())
            connection.execute(
                f"CREATE OR REPLACE FUNCTION {REFUSAL}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN PERFORM nextval('{REFUSAL}'); RAISE EXCEPTION 'gonogo lets this job fail'; END $$".encode()
            )
            for place in self._places(tables):
                connection.execute(TRIGGER.format(sql.Identifier(REFUSAL), place))
            try:
                yield
            finally:
                connection.execute(f"DROP FUNCTION {REFUSAL} CASCADE".encode())

    def refusals(self) -> int:
        """How often a write or a mail was refused in `refused`. A sequence counts what is rolled back, too."""
        rows = self.here.database.rows(f"SELECT last_value AS n, is_called FROM {REFUSAL}")  # noqa: S608 - a name of ours
        written = int(rows[0]["n"]) if rows and rows[0]["is_called"] else 0
        return written + (self.postbox.refused or 0)


@contextmanager
def own_postbox(probe: Probe, database: Database) -> Iterator[tuple[Postbox, dict[str, str]]]:
    """A postbox that nobody else writes to, and the settings that lead the service to it."""
    named, shared = probe.environment.named(), probe.workshop.postbox()
    whole = probe.environment.of(database)
    box = Postbox(probe.workshop.fence)
    try:
        yield box, {n: whole[n].replace(str(shared.port), str(box.port)) for n, v in named.items() if "{mail_port" in v}
    finally:
        box.close()


@dataclass(frozen=True, slots=True)
class Hold:
    """What waits for locks or for the postbox."""

    database: Database
    postbox: Postbox

    @property
    def reached(self) -> bool:
        return bool(self.postbox.held or locked_out(self.database))

    def cut(self) -> None:
        """The statements that waited end with their client, as when its machine is gone."""
        end_locked_out(self.database)


def sent(client: httpx.Client, request: Request, caller: Identity) -> int:
    """The status; 0 where no answer came."""
    try:
        return request.send(client, caller.headers).status_code
    except httpx.TransportError:
        return 0


def _differs(one: State, other: State) -> bool:
    return bool(one.changed(other)) or one.mails != other.mails


def column_of(name: str) -> str:
    """`shop.orders.total` → `total`."""
    return name.rpartition(".")[2]


def _sums_of(database: Database) -> sql.Composed | None:
    """A query of the sum of each number, and of the lengths of each text, that may be an effect."""
    one = sql.SQL("SELECT {} AS name, {} AS number, sum({})::float8 AS total FROM {}")
    length = sql.SQL("length({}::text)")
    parts = [
        one.format(
            sql.Literal(f"{table}.{name}"),
            sql.Literal(kind in NUMBERS),
            sql.Identifier(name) if kind in NUMBERS else length.format(sql.Identifier(name)),
            table.place,
        )
        for table in tables_of(database)
        for name, kind in table.columns.items()
        if kind in NUMBERS | TEXTS and not NO_EFFECT.search(name)
    ]
    return sql.SQL(" UNION ALL ").join(parts) if parts else None
