"""Does a cache ever lie, and does the service live on without it? Writes between reads, then Redis taken away."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Self

import httpx

from runner.errors import NotThere, ProbeError, Thing
from runner.evidence.accounts.scene import scene, uses_redis
from runner.evidence.accounts.visit import Visit
from runner.evidence.agreed.specification import AgreedAccess
from runner.evidence.behaviour.kept_questions import Mixed, mixed
from runner.evidence.behaviour.other_processes import TwoProcesses
from runner.evidence.behaviour.reads import Read, difference, read_of
from runner.evidence.contract.contract import Contract
from runner.http.budget import Budget
from runner.http.identities import Identity
from runner.http.openapi import Operation
from runner.http.requests import Request
from runner.http.things import PERSON_WORDS, object_path
from runner.live import pace
from runner.live.redis import Redis, tell
from runner.migrator import Migrator
from runner.model import Evidence
from runner.postgres.database import Database
from runner.probe import Probe
from runner.said import say
from runner.vocabulary.account_paths import is_of_sign_in
from runner.vocabulary.health import is_about_itself
from runner.vocabulary.names import words_of
from runner.words import plural

PATIENCE = 10.0  # seconds for one answer
MOST_ROUNDS = 25
MOST_OWN = 3  # kinds of things that a new account makes before it is changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An answer that was still the old one after a write, while the database knew better."""

    read: str  # the operation, "GET /posts/{post_id}"
    write: str
    path: str
    write_curl: str
    differs: str  # what the two answers differ in
    elsewhere: bool = False  # read from a second process of the service

    @property
    def again(self) -> str:
        """`$OTHER`: the second process."""
        read = f"curl -s {'$OTHER' if self.elsewhere else '$BASE'}{self.path}"
        return f"{read}; {self.write_curl}; {read}" if self.write_curl else f"curl -s $BASE{self.path}; {read}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One read with the caches empty, and again."""

    endpoint: str
    cold_ms: float
    warm_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """One read while Redis was there, and after it had gone."""

    endpoint: str
    path: str
    before: int
    after: int  # 0: no answer
    ms: float
    before_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Caches(Evidence):
    """Reads before and after each write, and without Redis."""

    redis: bool
    rounds: tuple[str, ...]  # the writes that were tried and accepted
    refused: tuple[tuple[str, str], ...]  # (write, why it could not be tried)
    changed: int  # pairs of a write and a read whose answer it changed
    stale: tuple[Stale, ...]
    timings: tuple[Timing, ...] = ()
    hits: int = 0  # of Redis itself, while something was read that had just been read
    misses: int = 0
    without: tuple[Without, ...] = ()
    writes: int = 0  # operations that change anything but accounts and sessions, tried or not
    reads: int = 0  # operations that read anything else than these
    slowness: float = 1.0  # by how much this machine was overcrowded meanwhile
    aged: int = 0  # of the changed answers: old ones that declare it themselves (max-age, Age)
    mixed: tuple[Mixed, ...] = ()  # answers that were kept for another question
    told_apart: int = 0  # questions that differ in one parameter, and are answered otherwise

    @property
    def idle(self) -> str:
        """Why nothing can be said of a cache in Redis; empty when it was used, or where there is none."""
        if not self.redis or self.hits:
            return ""
        asked = (
            say("Redis was asked {misses} times and never had the answer", misses=self.misses)
            if self.misses
            else say("Redis was never asked")
        )
        return say("{asked}: the cache is switched off, or it is none", asked=asked)

    @classmethod
    def collect(cls, probe: Probe, contract: Contract, agreed: AgreedAccess | None) -> Self:
        database = Migrator(probe).usable_database()
        with (
            own_redis(probe, database) as (redis, env),
            scene(probe, contract, agreed, database, env=env, timeout=PATIENCE) as visit,
        ):
            reader = Reader(visit, redis)
            writes = [op for op in visit.requests.operations if op.changes and not is_of_sign_in(op.path)]
            if not writes:
                raise NotThere(
                    "the contract has no operation that changes anything but accounts and sessions",
                    looked=say(
                        "the {operations} of the contract",
                        operations=plural(len(visit.requests.operations), "operation"),
                    ),
                    absent=None if visit.requests.operations else Thing.OPERATIONS,
                )
            late = Budget(visit.client)
            for write in late.within(writes[:MOST_ROUNDS], lambda one, why: reader.refused.append((one.endpoint, why))):
                reader.round(write)
            if redis:  # where nothing is shared, one process may be all that there is
                reader.compare_processes(probe, database, env, writes)
            reader.compare_with(probe, database)
            misses = hits_of(redis)[1] if redis else 0
            return cls(
                redis=redis is not None,
                rounds=tuple(reader.done),
                refused=tuple(reader.refused),
                changed=reader.changed,
                stale=tuple(reader.stale),
                timings=tuple(reader.timings.values()),
                hits=reader.hits,
                misses=misses,
                without=tuple(reader.without(redis)) if redis else (),
                writes=len(writes),
                reads=sum(is_read(one) for one in visit.requests.operations),
                aged=reader.aged,
                mixed=tuple(reader.mixed),
                told_apart=reader.told_apart,
                slowness=pace.slowness(),
            )


@contextmanager
def own_redis(probe: Probe, database: Database) -> Iterator[tuple[Redis | None, dict[str, str]]]:
    """A Redis that may be taken away, and the settings that lead the service to it; none where it uses none."""
    if not uses_redis(probe):
        yield None, {}
        return
    shared, _ = probe.environment.redis_of(database)
    own = probe.workshop.own_redis(probe.servers.asked_for().commands)
    names = [name for name, value in probe.environment.named().items() if "{redis" in value]
    whole = probe.environment.of(database)
    moved = {name: whole[name].replace(f":{shared.port}", f":{own.port}") for name in names}
    try:
        yield own, {name: str(own.port) if value == str(shared.port) else value for name, value in moved.items()}
    finally:
        own.process.stop(2)
        probe.workshop.runner.forget(own.process)


def hits_of(redis: Redis) -> tuple[int, int]:
    found = dict(re.findall(r"keyspace_(hits|misses):(\d+)", tell(redis, "INFO stats")))
    return int(found.get("hits", 0)), int(found.get("misses", 0))


def is_read(operation: Operation) -> bool:
    of_service = is_about_itself(operation.path) and "{" not in operation.path
    return operation.method == "GET" and not of_service and not is_of_sign_in(operation.path)


class Reader:
    """Asks one running service before and after writes, and remembers what it said."""

    def __init__(self, visit: Visit, redis: Redis | None) -> None:
        self.visit, self.redis = visit, redis
        self.done: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self.stale: list[Stale] = []
        self.timings: dict[str, Timing] = {}
        self.known: dict[tuple[str, bool], Request] = {}
        self.mixed: list[Mixed] = []
        self.changed = self.aged = self.told_apart = 0
        self._hits: dict[bool, int] = {}  # while strangers read again (False), while somebody signed in did (True)
        self.forgetful = redis is not None and self._sessions_survive()

    @property
    def hits(self) -> int:
        """Answers out of Redis at the second of two equal reads: a stranger's, for a session's own key is no cache."""
        return self._hits.get(False) or (0 if False in self._hits else self._hits.get(True, 0))

    def round(self, write: Operation) -> None:
        """Warm the caches, write, read, empty the caches, read again."""
        try:
            role = self.visit.allowed(write)
            # what is done to a person is done to a new one: the others must still be who they are afterwards
            own = bool(PERSON_WORDS & set(words_of(write.path)))
            caller = self.visit.fresh(role) if own else self.visit.caller(role)
            request = self.visit.request(write, caller)
        except ProbeError as error:
            self.refused.append((write.endpoint, str(error)))
            return
        beside = list(self._own_things(write, caller)) if own and caller.signed_in else []
        self._forget()  # what making the object left behind is not this write's doing
        before = [(one, self._warm(one)) for one in (*self._reads(request, caller), *beside)]
        before = [(one, read) for one, read in before if read.ok]
        answer = request.send(self.visit.client, caller.headers)
        if not answer.is_success:
            self.refused.append((write.endpoint, say("answered {status_code}", status_code=answer.status_code)))
            return
        self.done.append(write.endpoint)
        after = [self._ask(one) for one, _ in before]
        self._forget()
        for (one, old), new in zip(before, after, strict=True):
            self._judge(request, one, old, new, self._ask(one))

    def _judge(self, write: Request, request: Request, old: Read, new: Read, truth: Read) -> None:
        if truth.same(old):
            return
        self.changed += 1
        if new.same(old) and new.declared_age:
            self.aged += 1
        elif new.same(old):
            self.stale.append(
                Stale(
                    read=old.endpoint,
                    write=write.endpoint,
                    path=request.path,
                    write_curl=write.curl(signed_in=True),
                    differs=difference(new, truth),
                )
            )

    def _reads(self, write: Request, caller: Identity) -> Iterator[Request]:
        """Every GET that can be asked with the write's own path parameters, as the public and as the caller."""
        values = path_values(write)
        for one in self.visit.requests.operations:
            if is_read(one) and set(one.placeholders) <= set(values):
                request = self.visit.requests.example(one, values)
                if not one.is_protected:
                    yield request
                if caller.signed_in:
                    yield request.with_headers(caller.headers)

    def _own_things(self, write: Operation, caller: Identity) -> Iterator[Request]:
        """Reads of things that a new account made before it changes: they may show its name, as the lists of them do.

        Not before it is deleted, which rows of its own may forbid.
        """
        if write.method not in {"PUT", "PATCH"}:
            return
        seen: set[str] = set()
        for one in self.visit.requests.operations:
            if not is_read(one) or not one.placeholders or PERSON_WORDS & set(words_of(one.path)):
                continue
            if len(seen) == MOST_OWN and object_path(one) not in seen:
                continue
            with suppress(ProbeError):
                request = self.visit.requests.example(one, self.visit.objects.kept(one, caller).values)
                seen.add(object_path(one))
                if not one.is_protected:
                    yield request
                yield request.with_headers(caller.headers)

    def _warm(self, request: Request) -> Read:
        cold = self._ask(request)
        known = hits_of(self.redis)[0] if self.redis else 0
        warm = self._ask(request)
        if self.redis:
            signed_in = bool(request.headers)
            self._hits[signed_in] = self._hits.get(signed_in, 0) + hits_of(self.redis)[0] - known
        if warm.ok:
            self.known[request.path, bool(request.headers)] = request
            if self.forgetful and not request.headers:
                self.timings.setdefault(
                    request.endpoint, Timing(endpoint=request.endpoint, cold_ms=cold.ms, warm_ms=warm.ms)
                )
        return warm

    def _ask(self, request: Request, client: httpx.Client | None = None) -> Read:
        began = time.monotonic()
        try:
            response = request.send(client or self.visit.client)
        except httpx.HTTPError:
            return Read(endpoint=request.endpoint, path=request.path, status=0)
        ms = round((time.monotonic() - began) * 1000, 1)
        return read_of(request, response, ms)

    def _forget(self) -> None:
        if self.redis and self.forgetful:
            tell(self.redis, "FLUSHALL")

    def _sessions_survive(self) -> bool:
        """May Redis be emptied without signing everybody out?"""
        secured = [op for op in self.visit.requests.operations if op.method == "GET" and op.is_protected]
        for one in (op for op in secured if not op.placeholders):
            caller = self.visit.caller(self.visit.allowed(one))
            request = self.visit.requests.example(one).with_headers(caller.headers)
            if self._ask(request).ok:
                assert self.redis is not None
                tell(self.redis, "FLUSHALL")
                return self._ask(request).ok
        return True

    def compare_processes(self, probe: Probe, database: Database, env: dict[str, str], writes: list[Operation]) -> None:
        """What was written through the first process, read from another one on the same database and Redis."""
        with probe.service(database, env=env) as other, other.client(PATIENCE) as client:
            two = TwoProcesses(visit=self.visit, other=client, ask=self._ask, reads=self._reads)
            done = [one for one in writes if one.endpoint in self.done]
            self.stale += [
                Stale(
                    read=one.read,
                    write=say("{write} through another process", write=one.write),
                    path=one.path,
                    write_curl=one.write_curl,
                    differs=one.differs,
                    elsewhere=True,
                )
                for one in two.stale(done)
                if (one.read, one.write) not in {(known.read, known.write) for known in self.stale}
            ]

    def compare_with(self, probe: Probe, database: Database) -> None:
        """The same reads from a process that never cached anything: what the first keeps in its memory shows."""
        with probe.service(database) as fresh, fresh.client(PATIENCE) as client:
            asked = partial(self._ask, client=client)
            self.mixed, self.told_apart = mixed(self.visit, list(self.known.values()), self._ask, asked, self._forget)
            for request in list(self.known.values()):
                first, truth = self._ask(request), self._ask(request, client)
                steady = self._ask(request).same(first) and self._ask(request, client).same(truth)
                if first.ok and truth.ok and steady and not first.same(truth) and not first.declared_age:
                    self.stale.append(
                        Stale(
                            read=request.endpoint,
                            write=say("an earlier write"),
                            path=request.path,
                            write_curl="",
                            differs=difference(first, truth),
                            elsewhere=True,
                        )
                    )

    def without(self, redis: Redis) -> Iterator[Without]:
        """The same reads, and signing in, after Redis has gone."""
        alive = [(one, read) for one in self.known.values() if (read := self._ask(one)).ok]
        someone = self._someone()
        signed_in = self._sign_in(someone) if someone else (0, 0.0)
        redis.process.stop(2)
        for request, before in alive:
            after = self._ask(request)
            yield Without(
                endpoint=request.endpoint,
                path=request.path,
                before=before.status,
                after=after.status,
                ms=after.ms,
                before_ms=before.ms,
            )
        if someone and self.visit.people.login:
            status, ms = self._sign_in(someone)
            before_status, before_ms = signed_in
            endpoint = self.visit.people.login.endpoint
            yield Without(endpoint=endpoint, path="", before=before_status, after=status, ms=ms, before_ms=before_ms)

    def _someone(self) -> Identity | None:
        """Somebody who has an account and can sign in, as long as Redis is there."""
        try:
            return self.visit.fresh(self.visit.roles[0]) if self.visit.people.login is not None else None
        except (ProbeError, httpx.HTTPError):
            return None

    def _sign_in(self, someone: Identity) -> tuple[int, float]:
        """Status (0: no answer) and milliseconds."""
        began = time.monotonic()
        try:
            status = self.visit.people.try_password(someone.email, someone.password).status_code
        except httpx.HTTPError:
            status = 0
        return status, round((time.monotonic() - began) * 1000, 1)


def path_values(request: Request) -> dict[str, str]:
    """The values of a request's path parameters, by name."""
    pairs = zip(request.operation.segments, [p for p in request.path.split("/") if p], strict=False)
    return {name[1:-1].partition(":")[0]: value for name, value in pairs if name.startswith("{")}
