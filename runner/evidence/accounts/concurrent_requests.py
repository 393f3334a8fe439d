"""The same request, many times at once: what evidence about races is made with. Not evidence itself."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx

from runner.evidence.accounts.visit import Visit
from runner.http.meant import as_meant
from runner.http.requests import Request
from runner.live.waiting import until
from runner.postgres.database import Database
from runner.postgres.driver import PostgresError
from runner.postgres.sessions import lock_all, waiting

AT_ONCE = 8
GATHERED = 1.0  # seconds in which all of them have looked, or are kept from it by something else
LOCK_WITHIN = 2  # seconds
PAUSE = 0.02


def at_once(
    here: Visit, request: Request, headers: Mapping[str, str], count: int = AT_ONCE, *, held: bool = False
) -> tuple[int, ...]:
    """The statuses of so many equal requests; 0: no answer came. `held` as in `answers_at_once`."""
    answers = answers_at_once(here, request, headers, count, held=held)
    return tuple(answer.status_code if answer is not None else 0 for answer in answers)


def answers_at_once(
    here: Visit, request: Request, headers: Mapping[str, str], count: int = AT_ONCE, *, held: bool = False
) -> tuple[httpx.Response | None, ...]:
    """The answers to so many equal requests, each on a connection of its own; None: none came.

    `held`: the database lets them read and keeps every write waiting until all of them have come so far, so that
    whoever looks first and writes then is seen whatever the machine is busy with.
    """
    return each_at_once(here, [request] * count, headers, held=held)


def each_at_once(
    here: Visit, requests: Sequence[Request], headers: Mapping[str, str], *, held: bool = False
) -> tuple[httpx.Response | None, ...]:
    """The answers to these requests, in their order. As `answers_at_once`."""
    count = len(requests)
    ready = threading.Barrier(count)

    def one(number: int) -> httpx.Response | None:
        with here.server.client() as client:
            as_meant(client, here.people.note)
            ready.wait(10)
            try:
                return requests[number].send(client, headers)
            except httpx.HTTPError:
                return None

    with ThreadPoolExecutor(count) as pool:
        if not held:
            return tuple(pool.map(one, range(count)))
        with writes_held(here.database) as gather:
            answers = [pool.submit(one, number) for number in range(count)]
            gather(count)
        return tuple(answer.result() for answer in answers)


@contextlib.contextmanager
def writes_held(database: Database) -> Iterator[Callable[[int], None]]:
    """Reads go on, writes wait until the block ends. Gives a function that waits until so many of them do.

    Where the tables can't be locked, as somebody else has them, nothing is held.
    """
    with database.connect() as connection, connection.transaction(force_rollback=True):
        with contextlib.suppress(PostgresError), connection.transaction():
            lock_all(connection, "SHARE", LOCK_WITHIN)

        def gather(count: int) -> None:
            until(lambda: waiting(connection) >= count, GATHERED, pause=PAUSE)

        yield gather
