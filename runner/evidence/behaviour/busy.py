"""What still answers while others wait: the liveness while tables are locked, the rest while streams are open."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from runner.errors import ProbeError, first_line
from runner.evidence.accounts.visit import Visit, visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.contract.contract import Contract
from runner.evidence.contract.served_app import ServedApp, routes_called
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.live import pace
from runner.live.client import FOLLOWED
from runner.model import Evidence, Looked
from runner.postgres.driver import LockNotAvailable
from runner.postgres.sessions import lock_all, waiting
from runner.probe import Probe
from runner.said import say, together
from runner.vocabulary.health import LIVE_WORDS, READY_WORDS

AT_ONCE = 90  # more than AnyIO's 40 threads, and than most pools
STREAMS = 45
LATE = 0.8  # seconds after which a liveness is late …
SLOWER = 10  # … and times as long as it took when nobody waited
PATIENCE = 5.0
TRIES = 3
GATHERED = 1.5
LOCK_WITHIN = 3  # seconds
STILL = 6  # looks, a twentieth of a second apart, at which no further statement waits
QUICK = 0.6  # seconds in which what needs no locked table has answered
ENDLESS = 4.0  # seconds after which an answer that has not ended goes on
MOST = 5  # other operations that are asked while streams are open
SUCCESS = range(200, 300)
NUMBERS = re.compile(r"metrics|prometheus", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """A health path: its status before, its status and seconds while others wait. Status 0: no answer in time.

    `late`: each time that it was asked; `unsteady`: now late and now not.
    """

    path: str
    before: int
    status: int
    seconds: float
    late: bool
    unsteady: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An operation that goes on answering, and what another one answers while many of it are open."""

    endpoint: str
    opened: int  # that had begun to answer
    asked: str  # the other one
    before: int  # its status without streams
    status: int  # with them; 0: no answer in time


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy(Evidence):
    """The service while its threads and connections are taken."""

    live: tuple[Liveness, ...] = ()
    waiting: int = 0  # statements that waited for the locked tables meanwhile
    sent: int = 0  # requests that had no answer while the health paths were asked
    unlocked: str = ""  # why the tables could not be locked, so that nothing could be kept waiting
    streams: tuple[Stream, ...] = ()
    paths: int = 0  # health paths that there are
    reads: int = 0  # GETs that there are
    routed: bool = False  # which routes the app has is known, and so that none of them tells that it lives
    tried: int = 0  # of these: asked whether they go on answering

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, served: Looked[ServedApp], agreed: Looked[AgreedAccess]) -> Self:
        paths = tuple(path for path in routes_called(served.or_none(), LIVE_WORDS) if not READY_WORDS.search(path))
        with visit(probe, contract, agreed.or_none(), open_too=True) as here:
            with suppress(ProbeError):
                here.sign_in_all()
            gets = [one for one in here.requests.operations if one.method == "GET" and not _about_itself(one)]
            ready = [one for one in (_prepared(here, operation) for operation in gets) if one]
            kinds = [(one, _goes_on(here, one)) for one in ready]
            reads = [one for one, kind in kinds if not kind]
            unlocked = ""
            try:
                live, waiting, sent = _while_locked(here, paths, reads) if paths and reads else ((), 0, 0)
            except LockNotAvailable as error:  # a stream that holds its connection holds its locks, too
                (live, waiting, sent), unlocked = ((), 0, 0), first_line(error)
            streams = tuple(_streamed(here, one, kind, reads[:MOST]) for one, kind in kinds if kind and reads)
        probe.note(
            say(
                "{at_once} requests kept waiting by locked tables, then {paths} asked",
                at_once=AT_ONCE,
                paths=together(paths) or say("nothing"),
            )
        )
        return cls(
            live=live, waiting=waiting, sent=sent, unlocked=unlocked, streams=streams, paths=len(paths),
            reads=len(gets), tried=len(ready), routed=bool(gets) and served.or_none() is not None,
        )  # fmt: skip


Ready = tuple[Request, Mapping[str, str]]


def _about_itself(operation: Operation) -> bool:
    last = operation.path.rstrip("/").rpartition("/")[2]
    return any(words.fullmatch(last) for words in (LIVE_WORDS, READY_WORDS, NUMBERS))


def _prepared(here: Visit, operation: Operation) -> Ready | None:
    """A request of the one who may, on an object that is there; None where there is no way to one."""
    try:
        caller = here.caller(here.allowed(operation))
        return here.request(operation, caller), dict(caller.headers)
    except (ProbeError, httpx.HTTPError):
        return None


def _while_locked(here: Visit, paths: Sequence[str], reads: Sequence[Ready]) -> tuple[tuple[Liveness, ...], int, int]:
    """The health paths, the statements that waited, and the requests that had no answer by the end."""
    before = {path: sorted(_asked(here, path), key=_by_speed)[0] for path in paths}
    with ThreadPoolExecutor(AT_ONCE) as pool, _all_locked(here) as waiting, here.server.client(PATIENCE * 2) as client:
        held = [one for one, waits in zip(reads, pool.map(lambda one: _waits(here, one), reads), strict=True) if waits]
        sent = [pool.submit(_send, client, *held[number % len(held)]) for number in range(AT_ONCE if held else 0)]
        most = waiting()
        found = []
        for path in paths:
            well, alone = before[path]
            limit = max(LATE, SLOWER * alone)
            asked = sorted(_asked(here, path, limit * 1.2), key=_by_speed)
            quick = sum(status != 0 and seconds <= limit for status, seconds in asked)
            status, seconds = asked[TRIES // 2]
            found.append(
                Liveness(
                    path=path, before=well, status=status, seconds=round(seconds, 2), late=not quick,
                    unsteady=0 < quick <= TRIES // 2,
                )
            )  # fmt: skip
        unanswered = sum(not one.done() for one in sent)
    return tuple(found), most if held else 0, unanswered


def _waits(here: Visit, ready: Ready) -> bool:
    """Does it need one of the locked tables? What comes from a cache keeps nobody waiting."""
    request, headers = ready
    with here.server.client(QUICK) as client:
        try:
            request.send(client, headers)
        except httpx.TimeoutException:
            return True
        except httpx.HTTPError:
            return False
    return False


@contextmanager
def _all_locked(here: Visit) -> Iterator[Callable[[], int]]:
    """Every table is locked until the block ends. Gives what waits until statements wait for them, and counts these."""
    with here.database.connect() as connection, connection.transaction(force_rollback=True):
        lock_all(connection, "ACCESS EXCLUSIVE", LOCK_WITHIN)

        def stopped() -> int:
            most, until, still = 0, time.monotonic() + GATHERED * pace.slowness(), 0
            while time.monotonic() < until and (not most or still < STILL):
                before = most
                most = max(most, waiting(connection))
                still = still + 1 if most == before else 0
                time.sleep(0.05)
            return most

        yield stopped


def _send(client: httpx.Client, request: Request, headers: Mapping[str, str]) -> None:
    whole = {**request.headers, **headers}
    with suppress(httpx.HTTPError):
        client.request("GET", request.path, params=request.query, headers=whole)


def _asked(here: Visit, path: str, patience: float = PATIENCE) -> list[tuple[int, float]]:
    return [_status(here, path, patience) for _ in range(TRIES)]


def _by_speed(one: tuple[int, float]) -> tuple[bool, float]:
    """What was answered before what was not, the quickest first."""
    status, seconds = one
    return status == 0, seconds


def _status(here: Visit, path: str, patience: float = PATIENCE) -> tuple[int, float]:
    began = time.monotonic()
    with here.server.client(patience) as client:
        try:
            status = client.get(path).status_code
        except httpx.HTTPError:
            status = 0
    return status, time.monotonic() - began


# --- streams


def _goes_on(here: Visit, ready: Ready) -> str:
    """How it goes on answering: "stream", "poll" where not even its head comes, "" where it ends."""
    request, headers = ready
    seconds = ENDLESS * pace.slowness()
    until, begun = time.monotonic() + seconds, False
    whole = here.server.client(seconds + PATIENCE)  # which cuts answers off: later than we look
    try:
        with whole as client, _opened(client, request, headers, httpx.Timeout(seconds)) as answer:
            if answer.status_code not in SUCCESS:
                return ""
            begun = True
            for _ in answer.iter_raw():
                if time.monotonic() > until:
                    return "stream"
    except httpx.ReadTimeout:
        return "stream" if begun else "poll"
    except httpx.HTTPError:
        return ""
    return ""


def _opened(
    client: httpx.Client, request: Request, headers: Mapping[str, str], timeout: httpx.Timeout
) -> AbstractContextManager[httpx.Response]:
    whole = {**request.headers, **headers}
    asked: dict[str, Any] = {"params": request.query, "headers": whole, "timeout": timeout}
    return client.stream("GET", request.path, **asked, extensions={FOLLOWED: True})


def _streamed(here: Visit, ready: Ready, kind: str, others: Sequence[Ready]) -> Stream:
    """What the others answer while many of these are open."""
    before = {request.endpoint: _answers(here, request, headers) for request, headers in others}
    timeout = httpx.Timeout(PATIENCE)
    with ExitStack() as stack:
        opened = 0
        if kind == "poll":
            pool = stack.enter_context(ThreadPoolExecutor(STREAMS))
            client = stack.enter_context(here.server.client(PATIENCE * 2))
            sent = [pool.submit(_send, client, *ready) for _ in range(STREAMS)]
            time.sleep(GATHERED)
            opened = sum(not one.done() for one in sent)  # one that was refused holds nothing
        else:
            client = stack.enter_context(here.server.client())
            with suppress(httpx.HTTPError):
                for _ in range(STREAMS):
                    answer = stack.enter_context(_opened(client, *ready, timeout))
                    opened += answer.status_code in SUCCESS
        now = {request.endpoint: _answers(here, request, headers) for request, headers in others}
    lost = [one for one, status in now.items() if before[one] in SUCCESS and status not in SUCCESS]
    asked = next(iter([*lost, *now]), "")
    return Stream(
        endpoint=ready[0].endpoint, opened=opened, asked=asked, before=before.get(asked, 0), status=now.get(asked, 0),
    )  # fmt: skip


def _answers(here: Visit, request: Request, headers: Mapping[str, str]) -> int:
    with here.server.client(PATIENCE) as client:
        try:
            return request.send(client, headers).status_code
        except httpx.HTTPError:
            return 0
