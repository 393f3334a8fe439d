"""Is work that a request leaves behind in its own process finished when that process is told to end?"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from runner.errors import NotThere, ProbeError, Thing, first_line
from runner.evidence.accounts.scene import scene as opened
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.job_effects import Effects, Hold, State, own_postbox, sent
from runner.evidence.code.job_operations import Beside, JobOperations
from runner.evidence.contract.contract import Contract
from runner.http.openapi import Operation
from runner.live.waiting import until
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.driver import PostgresError
from runner.postgres.writes import Watch
from runner.probe import Probe
from runner.said import say
from runner.words import listed

MOST = 3  # operations, each with a service of its own that is ended
MOST_TRANSACTIONS = 4  # of a request itself
SUCCESS = range(200, 300)
ANSWERED = 3.0  # seconds in which an answer comes that waits for nobody
GOES_ON = 1.0  # seconds that the work is still held up after its process was told to end
GRACE = 10.0  # seconds that container engines give


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Work that was under way behind an answer when its process was told to end."""

    start: Beside
    what: str = ""  # "rows in mails", "mails"
    done: bool = False
    exit_code: int | None = None  # None: it had to be killed
    problem: str = ""  # why it was not seen


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkBeside(Evidence):
    """Operations that leave work behind in their own process."""

    left: tuple[Left, ...]
    there: int  # such operations

    @classmethod
    def collect(cls, probe: Probe, found: JobOperations, contract: Contract, agreed: AgreedAccess | None) -> Self:
        absent = Thing.JOBS if found.none_at_all else None
        if not found.beside:
            raise NotThere("no request leaves work behind in its own process", looked=found.looked, absent=absent)
        left = [_tried(probe, contract, agreed, one) for one in found.beside[:MOST]]
        return cls(left=tuple(left), there=len(found.beside))


def _tried(probe: Probe, contract: Contract, agreed: AgreedAccess | None, start: Beside) -> Left:
    try:
        with _scene(probe, contract, agreed) as scene:
            operation = scene.here.requests.find(start.endpoint)
            if operation is None:
                return Left(start=start, problem=say("the contract does not tell it"))
            return _ended(scene, operation, start)
    except (ProbeError, PostgresError, httpx.HTTPError) as error:
        return Left(start=start, problem=first_line(error))


@contextmanager
def _scene(probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Iterator[Effects]:
    database = Migrator(probe).usable_database()
    with (
        own_postbox(probe, database) as (box, mails),
        opened(probe, contract, agreed, database, env=mails) as here,
        Watch(database) as watch,
    ):
        yield Effects(probe=probe, here=here, watch=watch, postbox=box)


def _ended(scene: Effects, operation: Operation, start: Beside) -> Left:
    """Held up at its first write, or its mail, behind the transactions that the answer waits for."""
    request, caller = scene.valid(operation)
    before = scene.look()
    status = sent(scene.here.client, request, caller)
    if status not in SUCCESS:
        return Left(start=start, problem=say("its valid request was answered {status}", status=status))
    tables = before.changed(scene.settled(before, ANSWERED))
    for passing in range(MOST_TRANSACTIONS + 1):
        if left := _held(scene, operation, start, tables, passing):
            return left
    return Left(start=start, problem=say("nothing that it writes or sends comes behind its answer"))


def _held(scene: Effects, operation: Operation, start: Beside, tables: tuple[str, ...], passing: int) -> Left | None:
    """None where the answer itself waits, or nothing does."""
    request, caller = scene.valid(operation)
    process = scene.here.server.process
    with scene.held(tables, passing) as hold, scene.here.server.client(ANSWERED) as client:
        status = sent(client, request, caller)
        in_its_midst = status in SUCCESS and _is_reached(hold)
        before, mail = scene.look(), bool(scene.postbox.held)
        if in_its_midst:
            process.let_go()
            time.sleep(GOES_ON)
    if not in_its_midst:
        scene.settled(before, 1)
        return None
    code = process.wait(GRACE)
    after = scene.settled(before, 1)
    done = _more(before, after)
    what = "a mail" if mail else f"a change in {listed(tables)}"
    scene.probe.note(f"kill -TERM {process.pid}  # behind the answer to {operation.endpoint}, before {what}")
    return Left(start=start, what=what, done=done, exit_code=code)


def _is_reached(hold: Hold) -> bool:
    return until(lambda: hold.reached, GOES_ON)


def _more(before: State, after: State) -> bool:
    return bool(before.changed(after)) or after.mails > before.mails
