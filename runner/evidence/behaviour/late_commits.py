"""Is "saved" said only once it is saved? Asked with a database in which every commit of a change fails."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.expendable import caller_and_owner
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.hidden_routes import CHANGES, hidden_changes
from runner.evidence.contract.routes import Routes
from runner.http.identities import Identity
from runner.http.objects import CannotMake
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live.waiting import until
from runner.model import Evidence
from runner.postgres.catalog import WHOLE_TABLES
from runner.postgres.database import Database
from runner.postgres.driver import LockNotAvailable
from runner.postgres.writes import SETTLED, Fingerprint, Watch
from runner.probe import Probe
from runner.said import say

MOST = 20  # operations, unless that is less than two thirds of them
PATIENCE = 10  # seconds that a new account may take, such as behind a mail that is sent first
SUCCESS, ACCEPTED = range(200, 300), 202
LONGEST_LOCK = 5  # seconds
TRIGGER = "gonogo_no_commit"
# Deferred: statements succeed, and the commit of a transaction that changed a row fails.
REFUSE = f"""
CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'gonogo lets no change be committed'; END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """What an operation answered when nothing could be stored. Status 0: no answer."""

    endpoint: str
    status: int
    unforced: bool = False  # it stored nothing although commits were possible
    clear: bool = True  # a success, or the same request succeeded afterwards: the commit alone was what failed
    curl: str = ""

    @property
    def false(self) -> bool:
        return self.status in SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCommits(Evidence):
    """Changing operations on a database that refuses every commit."""

    asked: tuple[Promised, ...]
    operations: int  # of the contract
    changing: int  # operations that there are to change something, those that the contract hides too

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None, routes: Routes) -> Self:
        with visit(probe, contract, agreed, open_too=True) as here, Watch(here.database) as watch:
            asked = tuple(_ask(here, watch))
            probe.note(
                say("{asked} changing operations while a deferred trigger refuses every commit", asked=len(asked))
            )
            operations = here.requests.operations
        changing = sum(operation.method in CHANGES for operation in operations) + len(hidden_changes(routes))
        return cls(asked=asked, operations=len(operations), changing=changing)


def _ask(here: Visit, watch: Watch) -> Iterator[Promised]:
    """The operations that succeed while commits are possible, once more while they are not."""
    found, lost = 0, ""
    changing = [operation for operation in here.requests.operations if operation.method in CHANGES]
    most = max(MOST, -(-2 * len(changing) // 3))
    for operation in changing:
        if found == most:
            return
        if operation == here.people.login:
            continue
        try:
            (caller, request), (other, again) = _one(here, operation), _one(here, operation)
        except ProbeError as error:
            lost = lost if isinstance(error, CannotMake) else str(error)
            continue
        time.sleep(SETTLED / 4)  # what the making of its objects wrote
        before = watch.look()
        first = request.send(here.client, caller.headers).status_code
        joins = operation == here.people.register  # it has to store something, some time
        wrote = first in SUCCESS and _wrote(watch, before, PATIENCE if joins else SETTLED)
        # 202 says that something is still to come; and who waits for a code may be known by a token alone
        if first in SUCCESS and joins and not wrote and first != ACCEPTED and before.tables == watch.look().tables:
            found += 1
            yield Promised(endpoint=operation.endpoint, status=first, unforced=True, curl=request.curl())
        elif wrote:
            found += 1
            status = _without_commit(here, again, other)
            yield Promised(
                endpoint=operation.endpoint,
                status=status,
                clear=status in SUCCESS or _status(here, again, other) in SUCCESS,
                curl=again.curl(signed_in=operation.is_protected),
            )
    if lost and not found:
        raise ProbeError(lost)


def _wrote(watch: Watch, before: Fingerprint, seconds: float) -> bool:
    """Did it change a row? What is committed after the answer shows a moment later, and must not count for the next."""
    return bool(until(lambda: before.differs(watch.look()), seconds, pause=0.02))


def _one(here: Visit, operation: Operation) -> tuple[Identity, Request]:
    """A valid request on an object of its own, and who sends it."""
    caller, owner = caller_and_owner(here, operation)
    registers = operation == here.people.register
    return caller, here.people.registration() if registers else here.objects.request(operation, owner)


def _without_commit(here: Visit, request: Request, caller: Identity) -> int:
    with no_commit(here.database):
        return _status(here, request, caller)


def _status(here: Visit, request: Request, caller: Identity) -> int:
    try:
        return request.send(here.client, caller.headers).status_code
    except httpx.TransportError:
        return 0


@contextmanager
def no_commit(database: Database) -> Iterator[None]:
    """While open, no transaction that changed a row of any table can be committed.

    Raises `ProbeError` where the service keeps a table locked, as a transaction that it never ends does.
    """
    with database.connect() as connection:
        connection.execute(f"SET lock_timeout = '{LONGEST_LOCK}s'".encode())
        try:
            connection.execute(REFUSE.encode())
            for row in connection.execute(WHOLE_TABLES.encode()).fetchall():
                connection.execute(_trigger(row["name"]).encode())
            yield
            connection.execute(f"DROP FUNCTION {TRIGGER} CASCADE".encode())
        except LockNotAvailable as error:
            raise ProbeError(
                say(
                    "the service holds a table for over {longest_lock} s after its answer, in a "
                    "transaction that it does not end, so no commit could be refused: {error}",
                    longest_lock=LONGEST_LOCK,
                    error=first_line(error),
                )
            ) from error


def _trigger(table: str) -> str:
    return (
        f"CREATE CONSTRAINT TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()"
    )
